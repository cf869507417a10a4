"""The port on which a node answers: who may come in, decided before a byte of HTTP is read.

A caller is let in when its TLS certificate is pinned and it says Hello, all within a few seconds.
Until then it takes one of a bounded number of places; when they are full, the caller that has been
waiting longest makes room, so that a crowd that says nothing cannot keep members out, who need
milliseconds. Everyone else is cut off and counted; the log names an address once, then less and
less often.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from errno import EADDRINUSE
from typing import cast

import structlog

from cocket.network.tls import Pins

log = structlog.get_logger(__name__)

WAITING_MAX = 128
NAMES_MAX = 1024
LOG_AGAIN_S = 60.0
LOG_AGAIN_S_MAX = 24 * 3600.0


class CannotListen(Exception):
    """The port cannot be had; the sentence names the address and the remedy."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a node listens or is reached: `host:port`, IPv6 in brackets."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The address in `text`; `ValueError`, with a sentence, for anything else."""
        host, colon, port = text.rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            colon = ""
        if not host or not colon or not (port.isascii() and port.isdigit() and int(port) < 2**16):
            raise ValueError(f"{text!r} is not an address: write host:port or [IPv6]:port")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Caller(asyncio.Protocol):
    """A connection that has come in; until HTTP takes over it keeps what the caller sends.

    The client's last TLS flight may carry its HTTP request along, before we know who it is.
    """

    def __init__(self, arrived: "Callable[[Caller], None]") -> None:
        self.transport: asyncio.Transport
        self.said = bytearray()
        self._arrived = arrived

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP is up: not a byte is read until TLS asks for it."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        self.transport.pause_reading()
        self._arrived(self)

    def data_received(self, data: bytes) -> None:
        """What came between the handshake and `hand_over`: one read at the most."""
        self.said += data

    def hand_over(self, secured: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Let `protocol` speak over the TLS transport from here on."""
        protocol.connection_made(secured)
        secured.set_protocol(protocol)
        if self.said:
            protocol.data_received(bytes(self.said))


class Door:
    """Listens, and hands callers whose certificate is pinned to an HTTP protocol."""

    def __init__(
        self,
        pins: Pins,
        http: Callable[[], asyncio.Protocol],
        tasks: asyncio.TaskGroup,
        seconds: float,
    ) -> None:
        self.refused = 0
        """How many callers were cut off since the start."""
        self._pins = pins
        self._http = http
        self._tasks = tasks
        self._seconds = seconds
        self._server: asyncio.Server | None = None
        self._waiting: OrderedDict[Caller, asyncio.Task[None]] = OrderedDict()
        self._settled: dict[asyncio.BaseTransport, asyncio.Event] = {}
        self._seldom = Seldom(LOG_AGAIN_S, LOG_AGAIN_S_MAX)

    async def open(self, listen: Address) -> Address:
        """Listen, and return the address, which has the port that was free where 0 was asked for.

        `CannotListen` if the address cannot be had.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: Caller(self._arrived), listen.host, listen.port, backlog=WAITING_MAX
            )
        except OSError as error:
            remedy = (
                "another program has this port: stop it, or choose another in [peer] listen"
                if error.errno == EADDRINUSE
                else "choose an address of this machine in [peer] listen"
            )
            raise CannotListen(
                f"cannot listen for peers on {listen} ({error.strerror}): {remedy}"
            ) from error
        return Address(listen.host, self._server.sockets[0].getsockname()[1])

    def settle(self, transport: asyncio.BaseTransport) -> None:
        """The caller behind this TLS transport said Hello, or was sent away: it waits no longer."""
        if transport in self._settled:
            self._settled[transport].set()

    def refuse(self, address: str, reason: str) -> None:
        """Count a caller that was not let in, and log it unless its address was named lately."""
        self.refused += 1
        if self._seldom.worth_a_line(address, asyncio.get_running_loop().time()):
            log.warning("refused a connection", address=address, reason=reason)

    def close(self) -> None:
        """Answer no more; cut off who still waits."""
        if self._server is not None:
            self._server.close()
        for caller in self._waiting:
            caller.transport.abort()

    def _arrived(self, caller: Caller) -> None:
        if len(self._waiting) >= WAITING_MAX:
            _longest, task = self._waiting.popitem(last=False)
            task.cancel("too many callers wait at the door")
        self._waiting[caller] = self._tasks.create_task(self._admit(caller))

    async def _admit(self, caller: Caller) -> None:
        address = str((caller.transport.get_extra_info("peername") or ("unknown",))[0])
        secured: asyncio.Transport | None = None
        try:
            async with asyncio.timeout(self._seconds):
                secured = await asyncio.get_running_loop().start_tls(
                    caller.transport, caller, self._pins.server, server_side=True
                )
                if secured is None:
                    raise ConnectionError("it left during the TLS handshake")
                if self._pins.organisation_of(secured.get_extra_info("ssl_object")) is None:
                    raise ConnectionError("its certificate is not in the registry")
                settled = self._settled[secured] = asyncio.Event()
                caller.hand_over(secured, self._http())
                await settled.wait()
        except TimeoutError:
            self.refuse(address, f"it did not say who it is within {self._seconds:g} s")
            _cut(caller, secured)
        except OSError as error:
            self.refuse(address, f"{error or type(error).__name__}")
            _cut(caller, secured)
        except asyncio.CancelledError as cancelled:
            self.refuse(address, str(cancelled) or "this node is stopping")
            _cut(caller, secured)
            raise
        finally:
            self._waiting.pop(caller, None)
            if secured is not None:
                self._settled.pop(secured, None)


class Seldom:
    """What was logged lately: each name (of a peer, an address) once, then ever less often.

    No more than `NAMES_MAX` are kept: the ones logged longest ago are forgotten.
    """

    def __init__(self, again_s: float, again_s_max: float) -> None:
        self._again_s = again_s
        self._again_s_max = again_s_max
        self._quiet: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def worth_a_line(self, name: str, now: float) -> bool:
        """Whether to log `name` now (seconds on a monotonic clock)."""
        until, pause = self._quiet.get(name, (now, self._again_s / 2))
        if now < until:
            return False
        pause = min(2 * pause, self._again_s_max)
        self._quiet[name] = (now + pause, pause)
        self._quiet.move_to_end(name)
        if len(self._quiet) > NAMES_MAX:
            self._quiet.popitem(last=False)
        return True


def _cut(caller: Caller, secured: asyncio.Transport | None) -> None:
    (secured or caller.transport).abort()
    caller.transport.abort()
