"""The HTTP port: raw bytes of requests, through the real server's protocol and the real routes.

The node behind it is whole but does not run: nothing it is given is ever ordered.
"""

import asyncio
import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from uvicorn.server import ServerState

from cocket.demo.processes import free_ports
from cocket.ledger.keys import SigningKey
from cocket.network.address import Address
from cocket.node.founding import found, plan_for
from cocket.node.process import start
from tests import protocol_examples as examples
from tests.fuzz import mutate
from tests.fuzz.decoder import Broken, Decoder
from tests.fuzz.mutate import mutator
from tests.fuzz.of_edges import FOLDER

ANSWER_S = 0.02
"""Routes that wait (for finality, for events) are left after so long."""
KIB = 1024
_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3}) .*?\r\n\r\n", re.DOTALL)
REQUEST_WORDS = (
    *(b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b" HTTP/1.0", b"%00", b"%ff", b"%", b"?"),
    *(b"&", b"=", b"after=", b"limit=", b"timeout=nan", b"timeout=-0", b"wait=committed", b"ucr="),
    *(b"type=", b"issuer=", b"../", b"//", b"#", b"9" * 30, b"-1", b"\xc3\xa9", b"\xff", b"1e3"),
    *(b"\r\nTransfer-Encoding: chunked", b"\r\nContent-Length: 99999999", b"\r\nContent-Length: 0"),
    *(b"\r\nContent-Type: application/msgpack", b"\r\nContent-Type: application/x-ndjson"),
    *(b"\r\nExpect: 100-continue", b"\r\nUpgrade: websocket\r\nConnection: upgrade", b"\r\nHost:"),
    *(b"\r\nLast-Event-ID: \xb2\xb3", b"\r\nAuthorization: Bearer a.b.c", b"\r\n\r\n", b"http://"),
)


class Wire(asyncio.Transport):
    """A connection's end that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class Port:
    """A node's API port, asked one connection after the other."""

    def __init__(self, directory: Path) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # tasks are cut short here
        self.loop = asyncio.new_event_loop()
        plan = plan_for("green-lane", free_ports(4), [9101, 9102, 9103, 9104])
        members = tuple(msgspec.structs.replace(each, reads="open") for each in plan.members)
        plan = msgspec.structs.replace(plan, members=members)
        self.loop.run_until_complete(self._open(plan, directory))

    async def _open(self, plan: Any, directory: Path) -> None:
        found(plan, directory / "net", lambda *_: SigningKey.generate().public_key)
        node = start(directory / "net" / plan.members[0].id)
        node.peers.address = Address("127.0.0.1", 9101)  # as if it listened
        server: Any = node._server
        self.config = server._server.config
        self.config.load()

    def answer(self, request: bytes) -> bytes:
        """All that the port says to these bytes before it closes, or has nothing more to say."""
        return self.loop.run_until_complete(self._answer(request))

    async def _answer(self, request: bytes) -> bytes:
        wire, state = Wire(), ServerState()
        protocol: Any = self.config.http_protocol_class(
            config=self.config, server_state=state, app_state={}, _loop=self.loop
        )
        protocol.connection_made(wire)
        protocol.data_received(request)
        waiting = list(state.tasks)
        if waiting:
            await asyncio.wait(waiting, timeout=ANSWER_S)
        written = bytes(wire.written)
        protocol.connection_lost(None)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return written


@cache
def port() -> Port:
    """The one of this process."""
    return Port(FOLDER.path)


def _request(data: bytes) -> None:
    answer = port().answer(data)
    match = _STATUS.match(answer)
    if not answer:
        return  # the request is not whole, or its answer takes its time
    if match is None:
        raise Broken("http-request: this is not an answer of HTTP")
    status, told = int(match[1]), b"application/problem+json" in match[0]
    if status >= 500 and status != 503:
        raise Broken(f"http-request: status {status}")
    if status >= 400 and not told and b"HEAD" not in data:
        raise Broken(f"http-request: status {status} without a problem")


def _requests() -> list[bytes]:
    document = examples.invoice().jws
    paths = (
        *(f"/v1/documents/{'A' * 43}", f"/v1/documents/{'A' * 43}/receipt", "/v1/log/checkpoint"),
        *("/v1/documents?type=urn:cocket:clearance:1&issuer=hub&ucr=X&after=1&limit=7", "/metrics"),
        *("/v1/consignments/6MY%20X/1?after=1", "/v1/events?after=3", "/v1/types", "/v1/status"),
        *("/healthz", "/readyz", "/v1/trust-bundle"),
    )
    gets = [f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths]
    head = b"POST /v1/documents?wait=committed&timeout=0.01 HTTP/1.1\r\nHost: x\r\n"
    posts = [
        head + b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (media_type, len(body), body)
        for media_type, body in (
            (b"application/dc+sd-jwt", b"a.b.c"),
            (b"application/x-ndjson", b"a.b.c\n" + document + b"~x~"),
            (b"application/msgpack", b"\x91\xc4\x02ab"),
        )
    ]
    chunked = (
        head
        + b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    return [*gets, *posts, chunked]


API = (
    Decoder(
        "http-request",
        _request,
        None,
        _requests,
        mutator(mutate.tokens(REQUEST_WORDS), 64 * KIB),
        (),
        ms_max=1000,
    ),
)
