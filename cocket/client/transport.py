"""HTTP to a network's nodes: one session, several nodes, patience.

Everything this package asks of a node may be asked twice: reading changes nothing, and a document
submitted again is answered with the state of the first (DESIGN §1). So a request that was lost, or
met a node under load, is repeated: at the next node, after a pause that grows, and no more often
than `Patience` says.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

import aiohttp
import msgspec
from yarl import URL

from cocket.client.answers import Problem
from cocket.client.errors import Busy, LedgerError

ANSWER_BYTES_MAX = 64 * 1024 * 1024
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 90.0
"""Longer than a node may be asked to wait (60 s)."""
BUSY = (429, 503)
_ADDRESS = "a node's address begins with http:// or https://"
LOST = (aiohttp.ClientError, TimeoutError, ConnectionError)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try. Seconds throughout.

    attempts   requests without an answer, or turned away for load, before giving up
    pause      before the second attempt; doubles from there, up to `pause_max`, with jitter
    finality   how long to wait for a document to become final, or for its receipt
    sleep      an argument only so that tests need not wait
    """

    attempts: int = 8
    pause: float = 0.1
    pause_max: float = 10.0
    finality: float = 120.0
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, repr=False)

    async def rest(self, attempt: int, at_least: float = 0.0) -> None:
        """The pause after `attempt` (from 0), or what a node asked for if that is longer."""
        grown: float = min(self.pause * 2**attempt, self.pause_max)
        asked = min(at_least, self.pause_max)
        await self.sleep(max(asked, grown * random.uniform(0.5, 1.0)))


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a node: `path` already percent-encoded, with its query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a node answered, read whole. `retry_after` is in seconds."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None

    def problem(self) -> Problem:
        """The RFC 9457 problem in the body, or one made of the status where there is none."""
        try:
            return msgspec.json.decode(self.body, type=Problem)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Problem(code=f"http-{self.status}", detail=f"HTTP status {self.status}")

    def error(self) -> LedgerError:
        """The problem as an exception: `Busy` where the node is only under load."""
        problem = self.problem()
        message = problem.detail or problem.code
        if self.status in BUSY:
            return Busy(problem.code, message, self.retry_after or 0.0)
        return LedgerError(problem.code, message, problem.path)


class Transport:
    """A session with the nodes at `urls`: the first that answers is kept until it fails."""

    def __init__(self, urls: Sequence[str], patience: Patience) -> None:
        self._bases = [base_address(url.strip()) for url in urls if url.strip()]
        if not self._bases:
            raise ValueError(_ADDRESS)
        self.patience = patience
        self._current = 0
        self._open: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS
        )
        self._open = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def send(self, request: Request) -> Reply:
        """The first reply that is not about load.

        `Busy` when every attempt was turned away, `LedgerError` unreachable when none was answered.
        """
        attempt = 0
        while True:
            try:
                async with self.stream(request) as response:
                    reply = await read(response)
                if reply.status not in BUSY:
                    return reply
                error = reply.error()
            except LOST as lost:
                error = self.unreachable(lost)
            attempt = await self.after_failure(attempt, error)

    async def after_failure(self, attempt: int, error: LedgerError) -> int:
        """Rest, and turn to the next node; the number of the next attempt, or `error` raised."""
        self._current = (self._current + 1) % len(self._bases)
        if attempt + 1 >= self.patience.attempts:
            raise error
        asked = error.retry_after if isinstance(error, Busy) else 0.0
        await self.patience.rest(attempt, asked)
        return attempt + 1

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[aiohttp.ClientResponse]:
        """One attempt at the current node, its body not read yet. Raises what is in `LOST`."""
        if self._open is None:
            raise RuntimeError("use the ledger as an async context manager: async with Ledger(…)")
        url = URL(self._bases[self._current] + request.path, encoded=True)
        async with self._open.request(
            request.method,
            url,
            headers=request.headers,
            data=request.body,
            # A token must not follow a redirection to another host, so none is followed at all.
            allow_redirects=False,
        ) as response:
            yield response

    def unreachable(self, lost: BaseException) -> LedgerError:
        """What to say when the current node was lost for good."""
        node, said = self._bases[self._current], _reason(lost)
        return LedgerError(
            "unreachable",
            f"{node} did not answer ({said}): is the node running, the address right?",
        )


def _reason(lost: BaseException) -> str:
    """Why a request was lost: what the system says, where it says something."""
    if isinstance(lost, aiohttp.ClientConnectorDNSError):
        return lost.os_error.strerror or str(lost)
    if isinstance(lost, aiohttp.ClientConnectorError) and not isinstance(
        lost, aiohttp.ClientSSLError
    ):
        return os.strerror(lost.os_error.errno) if lost.os_error.errno else str(lost)
    return str(lost) or type(lost).__name__


def base_address(url: str) -> str:
    """A node's address without its last slash; `ValueError` says what is wrong with it."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(_ADDRESS)
    try:
        base = URL(url)
    except ValueError as error:
        raise ValueError(f"{url} is no address of a node: {error}") from None
    if base.host is None:
        raise ValueError(f"{url} is no address of a node: it names no host")
    return str(base).rstrip("/")


async def read(response: aiohttp.ClientResponse) -> Reply:
    """The whole reply; `LedgerError` if it is over 64 MiB. Raises what is in `LOST`."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            raise LedgerError("bad-answer", f"the node's answer is over {ANSWER_BYTES_MAX} bytes")
    asked = response.headers.get("Retry-After", "")
    retry_after = float(asked) if asked.isascii() and asked.isdecimal() else None
    return Reply(response.status, bytes(body), retry_after)
