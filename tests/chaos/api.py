"""The public HTTP API, as any stranger uses it: no file, log or memory of a node is looked at."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

ANSWER_S = 10.0
STATUS_S = 1.0
PAGE = 200
Json = dict[str, Any]


class Unreachable(Exception):
    """No answer: whether the request was carried out is not known."""


class Api:
    """Asks nodes, which are named by their URLs."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def text(self, url: str, path: str, timeout_s: float = ANSWER_S) -> tuple[int, str]:
        """Status and body of a GET."""
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        try:
            async with self._session.get(url + path, timeout=timeout) as answer:
                return answer.status, await answer.text()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{url}{path}: {error!r}") from None

    async def submit(
        self, url: str, documents: Sequence[bytes], timeout_s: float = ANSWER_S
    ) -> list[Json]:
        """An answer for each document."""
        try:
            async with self._session.post(
                f"{url}/v1/documents",
                data=b"\n".join(documents),
                headers={"Content-Type": "application/x-ndjson"},
                timeout=aiohttp.ClientTimeout(total=timeout_s),
            ) as answer:
                text = await answer.text()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{url}: {error!r}") from None
        answers = [json.loads(line) for line in text.splitlines()]
        if len(answers) != len(documents):  # a problem about the request as a whole
            raise Unreachable(f"{url}: {text[:300]}")
        return answers

    async def status(self, url: str) -> Json | None:
        """What a node says of itself; None while it does not answer."""
        try:
            code, text = await self.text(url, "/v1/status", STATUS_S)
        except Unreachable:
            return None
        return dict(json.loads(text)) if code == 200 else None

    async def pages(self, url: str) -> AsyncIterator[list[Json]]:
        """A node's whole log, in its order."""
        after: int | None = -1
        while after is not None:
            path = f"/v1/documents?after={after}&limit={PAGE}"
            _, text = await self.text(url, path, 60)
            page = json.loads(text)
            yield page["documents"]
            after = page["next"]


@asynccontextmanager
async def strangers() -> AsyncIterator[Api]:
    """An `Api` for as long as it is needed."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Api(session)
