"""A simulated network: connections that delay, stall, break, and may be cut one way or both.

Like TCP, a connection carries frames in order and loses none until it breaks; then all that was on
its way is lost. What runs into a cut waits for its end, as long as the connection lasts. The other
end of a machine that lost power hears nothing at all.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING
from zlib import crc32

from cocket.ledger.organisations import Organisation
from cocket.network.address import Address
from cocket.network.connection import Answer, Connection, Gone
from tests.simulation.nodes.loop import Life
from tests.simulation.nodes.printed import Printed

if TYPE_CHECKING:
    from tests.simulation.nodes.world import World

WINDOW_BYTES = 256 * 1024
"""So much is on its way, or unread, before a sender has to wait."""
HURT_S = 5.0


@dataclass(frozen=True, slots=True, repr=False)
class Weather(Printed):
    """How long frames take: between these, and ten times as long for the share that has to be sent
    again."""

    straggle: float = 0.0
    latency_ms: tuple[int, int] = (2, 30)


FAIR = Weather()


class Pipe:
    """One direction of a connection."""

    def __init__(self, network: Network, sender: str, receiver: Life) -> None:
        self.network = network
        self.sender = sender
        self.receiver = receiver
        self.bytes = 0
        self.end: str | None = None
        """Why nothing more comes, once that has arrived."""
        self._numbers = count()
        self._next = 0
        self._stuck: dict[int, bytes | str] = {}
        self._flying: dict[int, tuple[asyncio.TimerHandle, bytes | str]] = {}
        self._arrived: dict[int, bytes | str] = {}
        self._unread: deque[bytes] = deque()
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    def put(self, what: bytes | str) -> None:
        """Send a frame; or, as a text, the reason for which the connection ends."""
        if isinstance(what, bytes):
            self.bytes += len(what)
        number = next(self._numbers)
        if self._is_cut:
            self._stuck[number] = what
        else:
            self._travel(number, what, 0.0)

    @property
    def _is_cut(self) -> bool:
        return self.network.is_cut(self.sender, self.receiver.name)

    def _travel(self, number: int, what: bytes | str, extra_s: float) -> None:
        delay = self.network.delay_s(self.sender, self.receiver.name, len(what)) + extra_s
        timer = self.network.loop.call_later(
            delay, self._arrive, number, what, context=self.network.context
        )
        self._flying[number] = timer, what

    def hurry(self) -> None:
        """The line is slow no more: what is on its way comes sooner."""
        for number, (timer, what) in list(self._flying.items()):
            timer.cancel()
            self._travel(number, what, 0.0)

    def _arrive(self, number: int, what: bytes | str) -> None:
        del self._flying[number]
        if self._is_cut:
            self._stuck[number] = what
            return
        self._arrived[number] = what
        while self.end is None and self._next in self._arrived:
            what = self._arrived.pop(self._next)
            self._next += 1
            if isinstance(what, str):
                self.break_off(what)
            else:
                self._unread.append(what)
                _wake(self._news)

    def healed(self) -> None:
        """The cut is over: what ran into it is sent again."""
        stuck, self._stuck = self._stuck, {}
        extra_s = self.network.random.uniform(0.0, 1.0) if stuck else 0.0
        for number, what in stuck.items():
            self._travel(number, what, extra_s)

    def break_off(self, reason: str) -> None:
        """Nothing more comes or goes this way."""
        self.end = self.end or reason
        self._unread.clear()
        _wake(self._news)
        _wake(self._room)

    async def room(self) -> None:
        """Until the window has room."""
        while self.bytes > WINDOW_BYTES and self.end is None:
            self._room = self.network.loop.create_future()
            await self._room

    async def get(self) -> bytes:
        """The next frame; `Gone` after the last."""
        while not self._unread:
            if self.end is not None:
                raise Gone(self.end)
            self._news = self.network.loop.create_future()
            await self._news
        data = self._unread.popleft()
        self.bytes -= len(data)
        _wake(self._room)
        return data


class End:
    """A `Connection`: one end of two pipes."""

    def __init__(self, me: Life, peer: str, out: Pipe, into: Pipe) -> None:
        self.me = me
        self.peer: str | None = peer
        self.out = out
        self.into = into
        self.open = True

    async def send(self, data: bytes) -> None:
        """See `Connection`."""
        self._check()
        network = self.out.network
        network.world.sent(self.me.name, str(self.peer), data)
        self.out.put(data)
        await self.out.room()
        self._check()

    async def receive(self) -> bytes:
        """See `Connection`."""
        return await self.into.get()

    async def close(self, reason: str, blamed: bool) -> None:
        """See `Connection`."""
        if not self.open or self.me.dead:
            return
        self.open = False
        network = self.out.network
        network.world.say(self.me.name, f"hangs up on {self.peer}: {reason}")
        if blamed:
            network.world.watch.blamed(self.me.name, str(self.peer), reason)
        self.out.put(f"it left, saying: {reason[:120]}" if reason else "it left")
        await asyncio.sleep(network.random.uniform(0.0, 0.1))
        self.into.break_off("this end was closed")
        network.forget(self)

    def _check(self) -> None:
        if self.into.end is not None or not self.open or self.me.dead:
            raise Gone(f"the connection broke: {self.into.end}")

    def vanish(self, silently: bool) -> None:
        """The process is gone; its system tells the other end, if it still runs."""
        self.open = False
        self.into.break_off("gone")
        if not silently:
            self.out.put("the connection broke: reset")


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


class Network:
    """Who can reach whom, and how quickly."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.loop = world.loop
        self.random = world.random
        self.context = world.context
        self.ends: list[End] = []
        self.boards: dict[str, Board] = {}
        self.weather = FAIR
        self.bytes_per_s = 20e6
        self.slow: dict[str, float] = {}
        """So many times slower is all that a machine sends and gets."""
        self.cuts: Counter[tuple[str, str]] = Counter()
        """How many cuts there are now, from the first to the second of each pair."""
        self._hurt_at = 0.0

    def is_cut(self, sender: str, receiver: str) -> bool:
        """Whether nothing gets from one machine to the other."""
        return self.cuts[sender, receiver] > 0

    def hurt(self) -> None:
        """Something fails now."""
        self._hurt_at = self.loop.time()

    @property
    def hurt_lately(self) -> bool:
        """Whether something failed in the last seconds, so that nodes may not have noticed."""
        return self.loop.time() - self._hurt_at < HURT_S

    def delay_s(self, sender: str, receiver: str, size: int) -> float:
        """How long a frame takes."""
        weather = self.weather
        delay = self.random.uniform(*weather.latency_ms) / 1000 + size / self.bytes_per_s
        if self.random.random() < weather.straggle:
            delay *= 10
        return delay * self.slow.get(sender, 1.0) * self.slow.get(receiver, 1.0)

    def cut(self, pairs: Iterable[tuple[str, str]]) -> None:
        """From now on nothing gets from the first to the second of these."""
        self.cuts.update(pairs)

    def mend(self, pairs: Iterable[tuple[str, str]]) -> None:
        """A cut is over."""
        self.cuts.subtract(pairs)
        self._healed()

    def quicken(self, name: str) -> None:
        """A machine's connection is slow no more."""
        self.slow.pop(name, None)
        for end in self.ends:
            if name in (end.out.sender, end.out.receiver.name):
                end.out.hurry()

    def heal(self) -> None:
        """The network works again."""
        for name in list(self.slow):
            self.quicken(name)
        self.cuts.clear()
        self._healed()

    def _healed(self) -> None:
        for end in list(self.ends):
            if not self.is_cut(end.out.sender, end.out.receiver.name):
                end.out.healed()

    def break_some(self, share: float) -> None:
        """Connections that happen to break: both ends hear of it."""
        for end in list(self.ends):
            if self.random.random() < share / 2:
                self.world.say(end.me.name, f"loses its connection with {end.peer}")
                end.into.break_off("the connection broke: reset")
                end.out.put("the connection broke: reset")
                self.forget(end)

    def died(self, life: Life, silently: bool) -> None:
        """A process ended."""
        for end in [each for each in self.ends if each.me is life]:
            end.vanish(silently)
            self.forget(end)

    def forget(self, end: End) -> None:
        """An end that is closed."""
        if end in self.ends:
            self.ends.remove(end)

    async def call(self, caller: Life, name: str) -> Connection:
        """What `Switchboard.call` does: whoever calls decides how long to wait."""
        for _ in range(3):  # there, back, there: TCP and TLS
            await asyncio.sleep(self.delay_s(caller.name, name, 1_000))
            await self._passable(caller.name, name)
        board = self.boards.get(name)
        if board is None or board.life.dead:
            if self.world.machines[name].powered:
                raise Gone(f"cannot reach {name}: refused")
            await self.loop.create_future()
        assert board is not None
        out, into = Pipe(self, caller.name, board.life), Pipe(self, name, caller)
        mine, theirs = End(caller, name, out, into), End(board.life, caller.name, into, out)
        accepted: asyncio.Future[None] = self.loop.create_future()
        self.ends += [mine, theirs]
        try:
            board.ring(theirs, lambda: _wake(accepted))
            await accepted
        except asyncio.CancelledError:  # who called has given up
            mine.vanish(silently=caller.dead)
            self.forget(mine)
            raise
        return mine

    async def _passable(self, one: str, other: str) -> None:
        while self.is_cut(one, other) or self.is_cut(other, one):  # noqa: ASYNC110
            await asyncio.sleep(0.5)


class Board:
    """A `Switchboard` of one life of a machine."""

    refused = 0

    def __init__(self, network: Network, life: Life) -> None:
        self.network = network
        self.life = life
        self._answer: Answer | None = None
        self._tasks: asyncio.TaskGroup | None = None

    def admit(self, member: Organisation) -> None:
        """Everyone is known here."""

    def expel(self, member: str) -> None:
        """See `admit`."""

    async def open(self, listen: Address, answer: Answer, tasks: asyncio.TaskGroup) -> Address:
        """See `Switchboard`."""
        self._answer, self._tasks = answer, tasks
        self.network.boards[self.life.name] = self
        return listen

    async def call(self, member: Organisation) -> Connection:
        """See `Switchboard`."""
        return await self.network.call(self.life, member.id)

    def ring(self, connection: Connection, accepted: Callable[[], None]) -> None:
        """Somebody calls: the process answers when it is run."""

        def answer() -> None:
            if self._answer is not None and self._tasks is not None:
                accepted()
                self._tasks.create_task(self._talk(self._answer, connection))

        self.network.loop.call_soon(answer, context=self.life.context)

    @staticmethod
    async def _talk(answer: Answer, connection: Connection) -> None:
        await answer(connection)

    def greeted(self, caller: Connection) -> None:
        """There is no door here."""

    def refuse(self) -> None:
        """See `Switchboard`."""
        self._answer = None

    async def close(self) -> None:
        """See `Switchboard`."""


def fingerprint(data: bytes) -> str:
    """Short, for traces."""
    return f"{crc32(data):08x}"
