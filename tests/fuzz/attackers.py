"""Clients and callers that mean harm: each a process that attacks one port for some seconds.

    python -m tests.fuzz.attackers NAME PORT SECONDS SIZE [DIRECTORY]

They come from 127.0.0.2, so that who is honest has another address. SIZE is how many connections.
DIRECTORY is an organisation's, whose TLS key the attacker then has: a member gone bad.
"""

import asyncio
import os
import resource
import ssl
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

HERE = "127.0.0.2"
POST = b"POST /v1/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/dc+sd-jwt\r\n"
GET = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"
PIPELINED = 200
OPENING_AT_ONCE = 50
AGAIN_S = 0.5
"""After a connection was closed, its attacker comes again: no sooner, so that load is bounded."""


@dataclass(frozen=True, slots=True)
class Target:
    """The port, by how many at a time, and the member whose key the attackers have."""

    port: int
    size: int
    directory: Path | None
    opening: asyncio.Semaphore


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Conduct = Callable[[Target, Stream], Awaitable[None]]
"""What one attacker does on one connection; it is called again and again."""


async def silent(_: Target, stream: Stream) -> None:
    """Says nothing."""
    await stream[0].read()


async def slow_head(_: Target, stream: Stream) -> None:
    """A request's head, a byte a second (slowloris)."""
    await _drip(stream, POST + b"X-Long: " + b"x" * 10_000)


async def slow_body(_: Target, stream: Stream) -> None:
    """A body, a byte a second."""
    stream[1].write(POST + b"Content-Length: 50000\r\n\r\n")
    await _drip(stream, b"x" * 50_000)


async def deaf(_: Target, stream: Stream) -> None:
    """Asks for the largest pages again and again, and never reads an answer."""
    await _never_read(stream, GET % b"/v1/documents?limit=200" * 8)


async def deaf_follower(_: Target, stream: Stream) -> None:
    """Follows every event from the first, and never reads one."""
    await _never_read(stream, GET % b"/v1/events?after=-1")


async def endless_head(_: Target, stream: Stream) -> None:
    """A head of ever more headers."""
    stream[1].write(b"GET / HTTP/1.1\r\n")
    while True:
        stream[1].write(b"X-%d: " % Random().getrandbits(32) + b"x" * 8000 + b"\r\n")
        await stream[1].drain()
        await asyncio.sleep(0.01)


async def pipelining(_: Target, stream: Stream) -> None:
    """Hundreds of requests at once, without waiting for an answer."""
    reading = asyncio.create_task(_read_all(stream))
    try:
        while not reading.done():
            for path in (b"/healthz", b"/v1/status", b"/metrics", b"/v1/documents?limit=1"):
                stream[1].write(GET % path * (PIPELINED // 4))
            await stream[1].drain()
            await asyncio.sleep(0.1)
    finally:
        reading.cancel()


async def coming_and_going(_: Target, stream: Stream) -> None:
    """Connects, asks one thing, and is gone before the answer."""
    stream[1].write(GET % b"/v1/status")
    await stream[1].drain()


async def half_open(_: Target, stream: Stream) -> None:
    """Begins a TLS handshake, and leaves it at that."""
    stream[1].write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32))
    await stream[0].read()


async def garbage(_: Target, stream: Stream) -> None:
    """Random bytes from the first on."""
    stream[1].write(os.urandom(4096))
    await stream[0].read()


async def stranger(_: Target, stream: Stream) -> None:
    """A whole handshake, without a certificate that anybody knows, and garbage after it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    await stream[1].start_tls(context)
    stream[1].write(os.urandom(4096))
    await stream[0].read()


async def member(target: Target, stream: Stream) -> None:
    """The handshake of a member, and garbage after it."""
    assert target.directory is not None
    await stream[1].start_tls(_identity(target.directory))
    stream[1].write(os.urandom(64 * 1024))
    await stream[0].read()


CONDUCTS: dict[str, Conduct] = {
    each.__name__.replace("_", "-"): each
    for each in (
        silent,
        slow_head,
        slow_body,
        deaf,
        deaf_follower,
        endless_head,
        pipelining,
        coming_and_going,
        half_open,
        garbage,
        stranger,
        member,
    )
}


async def _drip(stream: Stream, data: bytes) -> None:
    for byte in data:
        stream[1].write(bytes([byte]))
        await stream[1].drain()
        await asyncio.sleep(1)


async def _never_read(stream: Stream, requests: bytes) -> None:
    stream[1].transport.pause_reading()  # type: ignore[attr-defined]
    stream[1].write(requests)
    while not stream[1].transport.is_closing():
        await asyncio.sleep(1)
        stream[1].write(b"")


async def _read_all(stream: Stream) -> None:
    with suppress(OSError):
        while await stream[0].read(2**16):
            pass


def _identity(directory: Path) -> ssl.SSLContext:
    from cocket.network.tls import Identity, Pins
    from cocket.node.config import load_config, load_genesis, load_keys

    config = load_config(directory)
    genesis = load_genesis(config)
    node = genesis.organisation(config.organisation).node
    assert node is not None
    pins = Pins(Identity(config.organisation, load_keys(config).tls, node.certificate))
    for each in genesis.validators:
        pins.pin(genesis.organisation(each))
    return pins.client


async def _attacker(target: Target, conduct: Conduct) -> None:
    while True:
        with suppress(OSError, ssl.SSLError, EOFError):
            async with target.opening:
                stream = await asyncio.open_connection(
                    "127.0.0.1", target.port, local_addr=(HERE, 0)
                )
            try:
                await conduct(target, stream)
            finally:
                stream[1].transport.abort()
        await asyncio.sleep(AGAIN_S)


async def attack(conduct: Conduct, target: Target, seconds: float) -> None:
    """`target.size` attackers at a time, for so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            for _ in range(target.size):
                tasks.create_task(_attacker(target, conduct))


def main() -> None:
    """Attack, at the lowest priority: what is measured is the node, not who gets the processor."""
    name, port, seconds, size, *directory = sys.argv[1:]
    os.nice(19)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    opening = asyncio.Semaphore(OPENING_AT_ONCE)
    target = Target(int(port), int(size), Path(directory[0]) if directory else None, opening)
    asyncio.run(attack(CONDUCTS[name], target, float(seconds)))


if __name__ == "__main__":
    main()
