"""The port on which a node answers: who may come in, decided before a byte of HTTP is read.

A caller is let in when its TLS certificate is pinned and it says Hello, all within a few seconds.
Until then it takes one of a bounded number of places, of which one address has a few; when they are
full, the caller that has been waiting longest makes room, from that address or from any. So a crowd
cannot keep members out, who need milliseconds. Everyone else is cut off and counted; the log names
an address once, then less and less often.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable
from errno import EADDRINUSE
from typing import cast

import structlog

from cocket.network.address import Address
from cocket.network.tls import Pins

log = structlog.get_logger(__name__)

WAITING_MAX = 128
WAITING_PER_ADDRESS_MAX = 16
NAMES_MAX = 1024
ACCEPT_AGAIN_S = 0.1
LOG_AGAIN_S = 60.0
LOG_AGAIN_S_MAX = 24 * 3600.0


class CannotListen(Exception):
    """The port cannot be had; the sentence names the address and the remedy."""


class _Caller(asyncio.Protocol):
    """A connection whose TLS handshake is done: HTTP takes over where the certificate is pinned."""

    def __init__(self, pins: Pins, http: Callable[[], asyncio.Protocol]) -> None:
        self.settled = asyncio.Event()
        self.transport: asyncio.Transport | None = None
        self.known = False
        self._pins = pins
        self._http = http

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find out who it is, before anything it says is read."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        if self._pins.organisation_of(transport.get_extra_info("ssl_object")) is None:
            return
        self.known = True
        http = self._http()
        http.connection_made(self.transport)
        self.transport.set_protocol(http)


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
        self._waiting: OrderedDict[socket.socket, asyncio.Task[None]] = OrderedDict()
        self._callers: dict[asyncio.BaseTransport, _Caller] = {}
        self._seldom = Seldom(LOG_AGAIN_S, LOG_AGAIN_S_MAX)

    async def open(self, listen: Address) -> Address:
        """Listen, and return the address, which has the port that was free where 0 was asked for.

        `CannotListen` if the address cannot be had.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            family, _, _, _, address = found[0]
            listener = socket.create_server(address, family=family, backlog=WAITING_MAX)
        except OSError as error:
            remedy = (
                "another program has this port: stop it, or choose another in [peer] listen"
                if error.errno == EADDRINUSE
                else "choose an address of this machine in [peer] listen"
            )
            raise CannotListen(
                f"cannot listen for peers on {listen} ({error.strerror}): {remedy}"
            ) from error
        listener.setblocking(False)
        self._listening = self._tasks.create_task(self._listen(listener))
        return Address(listen.host, listener.getsockname()[1])

    def settle(self, transport: asyncio.BaseTransport) -> None:
        """The caller behind this TLS transport said Hello, or was sent away: it waits no longer."""
        if transport in self._callers:
            self._callers[transport].settled.set()

    def refuse(self, address: str, reason: str) -> None:
        """Count a caller that was not let in, and log it unless its address was named lately."""
        self.refused += 1
        if self._seldom.worth_a_line(address, asyncio.get_running_loop().time()):
            log.warning("refused a connection", address=address, reason=reason)

    def close(self) -> None:
        """Answer no more; cut off who still waits."""
        self._listening.cancel()
        for task in self._waiting.values():
            task.cancel()

    async def _listen(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                try:
                    call, address = await loop.sock_accept(listener)
                except OSError as error:  # the caller is gone already, or no file is left to open
                    self.refuse("any", f"cannot accept: {error}")
                    await asyncio.sleep(ACCEPT_AGAIN_S)
                    continue
                host = str(address[0])
                self._make_room(host)
                self._waiting[call] = self._tasks.create_task(self._admit(call, host), name=host)

    def _make_room(self, host: str) -> None:
        """For one more caller, from `host`: at the cost of whoever has been waiting longest."""
        neighbours = [c for c, task in self._waiting.items() if task.get_name() == host]
        if len(neighbours) >= WAITING_PER_ADDRESS_MAX:
            longest = neighbours[0]
        elif len(self._waiting) >= WAITING_MAX:
            longest = next(iter(self._waiting))
        else:
            return
        task = self._waiting.pop(longest)
        task.cancel()
        self.refuse(task.get_name(), "too many callers wait at the door")

    async def _admit(self, call: socket.socket, address: str) -> None:
        caller = _Caller(self._pins, self._http)
        welcome = False
        try:
            async with asyncio.timeout(self._seconds):
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: caller, call, ssl=self._pins.server
                )
                if not caller.known or caller.transport is None:
                    raise ConnectionError("its certificate is not in the registry")
                self._callers[caller.transport] = caller
                await caller.settled.wait()
                welcome = True
        except TimeoutError:
            self.refuse(address, f"it did not say who it is within {self._seconds:g} s")
        except OSError as error:
            self.refuse(address, f"{error or type(error).__name__}")
        finally:
            self._waiting.pop(call, None)
            if caller.transport is not None:
                self._callers.pop(caller.transport, None)
            if not welcome and caller.transport is not None:
                caller.transport.abort()
            elif not welcome:
                call.close()


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
