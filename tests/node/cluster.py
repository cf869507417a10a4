"""Four real nodes as four processes, for tests: founded in a folder, killed at the end."""

import asyncio
import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
import msgspec

from bench.documents import invoice
from cocket.demo.processes import free_ports
from cocket.ledger.document import Document, sign
from cocket.ledger.keys import SigningKey, base64url
from cocket.node.founding import Member, Plan, found

NETWORK = "test-lane"
NODES = ("carrier", "customs-cn", "customs-my", "hub")
MERCHANT = "exporter"
MEMBERS = (
    Member(id="carrier", legal_name="Carrier", country="MY", roles=("carrier",)),
    Member(id="customs-cn", legal_name="Customs-Cn", country="CN", roles=("customs",)),
    Member(id="customs-my", legal_name="Customs-My", country="MY", roles=("customs",)),
    Member(id="hub", legal_name="Hub", country="MY", roles=("payment",)),
    Member(id=MERCHANT, legal_name="Musang Orchards", country="MY", roles=("merchant",)),
)
RUN = ("cocket", "node", "run")
DOCUMENTS = (
    *("commercial-invoice", "bill-of-lading", "title-action"),
    *("import-declaration", "clearance", "revocation"),
)
"""Few, for every node compiles all that its network begins with."""
_numbers = itertools.count(1)


class Cluster:
    """A network in a directory. The organisations in `nodes` have one each; a node is a process of
    `python -m` with `command` and its directory. The network begins now, or at `time_ms`."""

    def __init__(
        self,
        directory: Path,
        *,
        network: str = NETWORK,
        nodes: Sequence[str] = NODES,
        members: Sequence[Member] = MEMBERS,
        key: Callable[[str], SigningKey] = lambda _: SigningKey.generate(),
        command: Sequence[str] = RUN,
        time_ms: int | None = None,
        documents: Sequence[str] = DOCUMENTS,
    ) -> None:
        self.directory = directory
        self.nodes = tuple(nodes)
        self.command = tuple(command)
        self.keys: dict[str, SigningKey] = {}
        ports = free_ports(2 * len(nodes))
        self.peer_ports = dict(zip(nodes, ports, strict=False))
        self.api_ports = dict(zip(nodes, ports[len(nodes) :], strict=True))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

        def make_wallet(path: Path, organisation: str, network: str) -> bytes:
            path.write_text("{}")
            self.keys[organisation] = key(organisation)
            return self.keys[organisation].public_key

        placed = tuple(map(self._placed, members))
        plan = Plan(network=network, members=placed, documents=tuple(documents))
        found(plan, directory / "net", make_wallet, time_ms)

    def _placed(self, member: Member) -> Member:
        """The member with the addresses of its node, if it has one."""
        if member.id not in self.nodes:
            return member
        return msgspec.structs.replace(
            member,
            peer=f"127.0.0.1:{self.peer_ports[member.id]}",
            api=f"127.0.0.1:{self.api_ports[member.id]}",
            reads="open",
        )

    # -- nodes ------------------------------------------------------------------------------

    def home(self, name: str) -> Path:
        """A node's directory."""
        return self.directory / "net" / name

    def url(self, name: str) -> str:
        """Where a node's API answers."""
        return f"http://127.0.0.1:{self.api_ports[name]}"

    def log(self, name: str) -> str:
        """Everything a node has logged."""
        return (self.directory / f"{name}.log").read_text()

    def start(self, *names: str, **environment: str) -> None:
        """Start nodes, with more variables in their environment; does not wait."""
        for name in names or self.nodes:
            command = [sys.executable, "-m", *self.command, str(self.home(name))]
            with (self.directory / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    command, stdout=log, stderr=log, env={**os.environ, **environment}
                )

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> int:
        """SIGTERM; the exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(30)

    def close(self) -> None:
        """End every process."""
        for name in list(self.processes):
            self.kill(name)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """All nodes run, and are ready; they end with this."""
        self.start()
        try:
            await self.until_ready()
            yield self
        finally:
            self.close()

    # -- asking -----------------------------------------------------------------------------

    async def get(self, name: str, path: str) -> Any:
        """A JSON answer."""
        async with aiohttp.ClientSession() as session, session.get(self.url(name) + path) as answer:
            return await answer.json(content_type=None)

    async def text(self, name: str, path: str) -> tuple[int, str]:
        """Status and text of an answer."""
        async with aiohttp.ClientSession() as session, session.get(self.url(name) + path) as answer:
            return answer.status, await answer.text()

    async def post(
        self, name: str, body: bytes, media_type: str = "application/dc+sd-jwt", query: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Submit something; status and JSON of the answer."""
        headers = {"Content-Type": media_type}
        url = f"{self.url(name)}/v1/documents{query}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def commit(self, name: str, document: Document) -> dict[str, Any]:
        """Submit a document and wait until it is final; its answer."""
        _, answer = await self.post(name, document.jws, query="?wait=committed&timeout=60")
        return answer

    async def submit_all(self, name: str, documents: Iterable[Document]) -> list[dict[str, Any]]:
        """Submit many as NDJSON; an answer for each."""
        body = b"\n".join(document.jws for document in documents)
        url = f"{self.url(name)}/v1/documents"
        headers = {"Content-Type": "application/x-ndjson"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return [json.loads(line) for line in (await answer.text()).splitlines()]

    async def status(self, name: str) -> dict[str, Any] | None:
        """A node's status; None while it does not answer."""
        try:
            return dict(await self.get(name, "/v1/status"))
        except aiohttp.ClientError:
            return None

    async def until(self, what: str, holds: Any, seconds: float = 60) -> None:
        """Wait until `await holds()` is true; a failure says what did not come."""
        deadline = time.monotonic() + seconds
        while not await holds():
            if time.monotonic() > deadline:
                logs = "\n".join(f"--- {n}\n{self.log(n)[-1500:]}" for n in self.nodes)
                raise AssertionError(f"{what}: not within {seconds} s\n{logs}")
            await asyncio.sleep(0.1)

    async def until_ready(self, *names: str) -> None:
        """Wait until nodes are ready; fails at once if one of them ended."""

        async def ready() -> bool:
            for name in names or self.nodes:
                process = self.processes.get(name)
                assert process is None or process.poll() is None, self.log(name)[-1500:]
            found = [await self.status(name) for name in names or self.nodes]
            return all(each is not None and each["ready"] for each in found)

        await self.until("nodes ready", ready, 120)

    async def until_equal(self, leaves: int, *names: str) -> list[dict[str, Any]]:
        """Wait until all nodes have `leaves` documents; their statuses, which must agree."""
        found: list[dict[str, Any] | None] = []

        async def reached() -> bool:
            found[:] = [await self.status(name) for name in names or self.nodes]
            return all(each is not None and each["leaves"] == leaves for each in found)

        await self.until(f"{leaves} documents on every node", reached, 120)
        return [each for each in found if each is not None]

    # -- documents --------------------------------------------------------------------------

    def claims(self, organisation: str = MERCHANT, **changes: Any) -> dict[str, Any]:
        """The claims of a fresh invoice, changed as given (a None removes)."""
        claims = {
            "iss": organisation,
            "aud": NETWORK,
            "iat": int(time.time()),
            "jti": base64url(secrets.token_bytes(16)),
            "vct": "urn:cocket:commercial-invoice:1",
            "ucr": ["TEST1"],
            "refs": {},
            "body": invoice(next(_numbers)),
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def document(self, organisation: str = MERCHANT, **changes: Any) -> Document:
        """A fresh, signed invoice."""
        return sign(self.claims(organisation, **changes), self.keys[organisation])

    def new_key(self, key: SigningKey, **members: Any) -> Document:
        """The merchant registers a key, signed with its old one; the body may have more members."""
        added = [{"use": "sign", "publicKey": base64url(key.public_key)}]
        body = {"id": MERCHANT, "addKeys": added, **members}
        return self.document(vct="urn:cocket:organisation:1", ucr=[], body=body)
