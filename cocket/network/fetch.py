"""Getting from peers what is missing here, by id, until it came or nobody wants it any more.

Whoever was named as a holder is asked first, then the others, in an order that chance decides. A
peer that does not answer for some seconds is not waited for: the next is asked beside it. When all
have been asked in vain there is a pause that grows. What came is verified by the caller's `accept`;
a peer that answers with anything else than what it was asked for is blamed.

What peers merely offer is kept apart: a peer's own list, from which only that peer is asked, a bit
at a time and once. So nobody's offers take room or time from what this node itself wants.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import heappop, heappush
from itertools import islice
from random import Random
from typing import Protocol

import structlog

from cocket.ledger.blocks import Block
from cocket.ledger.errors import Malformed, Refused
from cocket.network.questions import Answer, Batches, BlockAnswer, GetBatches, GetBlock, Question
from cocket.network.session import NoAnswer

log = structlog.get_logger(__name__)

ANSWER_S = 10.0
IMPATIENT_S = 3.0
PAUSE_S = 0.2
PAUSE_S_MAX = 5.0
FORGET_S = 30.0
"""What nobody waits for, and nobody asked for again within this time, is no longer wanted."""
WANTED_MAX = 16384
OFFERED_PER_PEER_MAX = 1024
LOOKS_MAX = 512
"""So many of what is due are looked at before the loop gets its turn again."""
ASKS_MAX = 16
"""For what is wanted, of peers that are not slow; for what is offered, one more of each peer."""
ASKS_PER_PEER_MAX = 2
ASKS_PER_ID_MAX = 3
BATCHES_PER_ASK = 64


class Answering(Protocol):
    """The peers, as far as fetching needs them (`peers.Peers`)."""

    @property
    def connected(self) -> list[str]:
        """The peers that can be asked."""

    def heights(self) -> dict[str, int]:
        """What each connected peer said is the last block final there."""

    async def request(self, peer: str, question: Question, within: float) -> Answer:
        """The answer; `NoAnswer` if there is none within so many seconds."""

    def blame(self, peer: str, reason: str) -> None:
        """The peer broke the protocol."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is still wanted: for how many seconds it has been, and who was asked for it so far."""

    identity: bytes
    since_s: float
    asked: tuple[str, ...]


@dataclass(slots=True, eq=False)
class _Want:
    """Something missing: whom to ask first, whom we asked, and when to ask again."""

    until: float
    due: float = 0.0
    hints: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    rounds: int = 0
    waiters: int = 0
    since: float = 0.0
    tried: dict[str, None] = field(default_factory=dict)
    got: asyncio.Event = field(default_factory=asyncio.Event)


class _Plan:
    """Asks about to be made: at most `asks_max`, to peers that are `free`."""

    def __init__(self, free: Iterable[str], asks_max: int, ids_per_ask: int) -> None:
        self.asks: dict[str, list[bytes]] = {}
        self._open = dict.fromkeys(free if asks_max > 0 else ())
        self._asks_max = asks_max
        self._ids_per_ask = ids_per_ask

    @property
    def full(self) -> bool:
        """Whether nobody can be asked for anything more."""
        return not self._open

    def choose(self, want: _Want) -> str | None:
        """Who can be asked for one more and was not asked for this yet."""
        hinted = (peer for peer in want.hints if peer in self._open)
        return next((each for each in (*hinted, *self._open) if each not in want.asked), None)

    def add(self, peer: str, identity: bytes) -> None:
        """Ask this peer for this id too."""
        ids = self.asks.setdefault(peer, [])
        ids.append(identity)
        if len(ids) == self._ids_per_ask:
            del self._open[peer]
        if len(self.asks) >= self._asks_max:
            for each in [each for each in self._open if each not in self.asks]:
                del self._open[each]


Ask = Callable[[str, tuple[bytes, ...]], Awaitable[Collection[bytes]]]
"""Ask a peer for ids; returns those that came and were accepted."""


class Fetcher:
    """What is missing of one kind. `run` does the asking, as long as the node runs."""

    def __init__(self, peers: Answering, ask: Ask, random: Random, ids_per_ask: int) -> None:
        self._peers = peers
        self._ask_peer = ask
        self._random = random
        self._ids_per_ask = ids_per_ask
        self._wanted: dict[bytes, _Want] = {}
        self._ready: OrderedDict[bytes, None] = OrderedDict()
        self._later: list[tuple[float, bytes]] = []
        """A heap of what is due when; entries that are not a want's `due` any more are void."""
        self._offered: dict[str, OrderedDict[bytes, None]] = {}
        self._asking: dict[bytes, set[str]] = {}
        self._asks: dict[str, list[float]] = {}
        self._asks_offered: dict[str, float] = {}
        """Asks that wait for an answer: when they began."""
        self._news = asyncio.Event()

    def __len__(self) -> int:
        """How many are wanted."""
        return len(self._wanted)

    def wants(self, identity: bytes) -> bool:
        """Whether this node itself wants it; what peers only offer does not count."""
        return identity in self._wanted

    def missing(self) -> list[Missing]:
        """All that is wanted, the longest missing first."""
        now = self._now()
        return [
            Missing(identity, now - want.since, tuple(want.tried))
            for identity, want in self._wanted.items()
        ]

    def want(self, ids: Iterable[bytes], hint: str | None = None) -> None:
        """Fetch these, beginning with `hint`. Saying it again keeps the wish alive.

        Beyond a bound, new wishes are not noted: whoever still has them will say them again.
        """
        for each in ids:
            if each in self._wanted or len(self._wanted) < WANTED_MAX:
                self._want(each, hint)
        self._news.set()

    def offered(self, ids: Iterable[bytes], peer: str) -> None:
        """The peer says that it has these, and that they may be news here.

        They are asked of this peer only, once, and take the place of what it offered before; beyond
        a bound they are passed over. For what is wanted anyway, the peer is one more to ask.
        """
        mine = self._offered[peer] = OrderedDict()
        for each in islice(ids, OFFERED_PER_PEER_MAX):
            if each in self._wanted:
                self._hint(each, peer)
            else:
                mine[each] = None
        self._news.set()

    def arrived(self, identity: bytes) -> None:
        """It is here now, whichever way it came."""
        for offered in self._offered.values():
            offered.pop(identity, None)
        want = self._forget(identity)
        if want is not None:
            want.got.set()

    async def obtain(self, ids: Iterable[bytes], hint: str | None = None) -> None:
        """Return once all of these have come; they stay wanted for as long as this waits."""
        wants = [self._want(each, hint) for each in ids]
        self._news.set()
        for want in wants:
            want.waiters += 1
        try:
            for want in wants:
                await want.got.wait()
        finally:
            for want in wants:
                want.waiters -= 1

    def peer_connected(self) -> None:
        """There is someone new to ask."""
        for identity in self._wanted:
            self._now_due(identity)
        self._news.set()

    async def run(self) -> None:
        """Ask for what is wanted, and then for what is offered, until cancelled."""
        async with asyncio.TaskGroup() as asks:
            while True:
                self._news.clear()
                now = self._now()
                connected = self._peers.connected
                self._random.shuffle(connected)
                for peer, ids in self._plan(connected, now):
                    asks.create_task(self._ask_wanted(peer, ids, now))
                for peer, ids in self._plan_offered(connected, now):
                    asks.create_task(self._ask_offered(peer, ids))
                try:
                    async with asyncio.timeout_at(self._next(now)):
                        await self._news.wait()
                except TimeoutError:
                    pass

    def _next(self, now: float) -> float | None:
        """When to look again, unless there is news before: an answer, a wish, an offer, a peer."""
        later = self._later[0][0] if self._later else None
        if not self._ready:
            return later
        return now + PAUSE_S if later is None else min(later, now + PAUSE_S)

    def _want(self, identity: bytes, hint: str | None) -> _Want:
        until = self._now() + FORGET_S
        want = self._wanted.get(identity)
        if want is None:
            want = self._wanted[identity] = _Want(until, since=self._now())
            want.asked.update(self._asking.get(identity, ()))
            self._now_due(identity)
        want.until = until
        if hint is not None:
            self._hint(identity, hint)
        for peer, offered in self._offered.items():
            if identity in offered:
                del offered[identity]
                self._hint(identity, peer)
        return want

    def _hint(self, identity: bytes, peer: str) -> None:
        hints = self._wanted[identity].hints
        if peer not in hints:
            hints.append(peer)
            self._now_due(identity)

    def _forget(self, identity: bytes) -> _Want | None:
        self._ready.pop(identity, None)
        return self._wanted.pop(identity, None)

    def _now_due(self, identity: bytes) -> None:
        self._wanted[identity].due = 0.0
        self._ready[identity] = None

    def _due_at(self, identity: bytes, due: float) -> None:
        self._wanted[identity].due = due
        self._ready.pop(identity, None)
        heappush(self._later, (due, identity))

    def _plan(self, connected: list[str], now: float) -> list[tuple[str, tuple[bytes, ...]]]:
        """Whom to ask at `now` for what is wanted; costs what is due, not all that is wanted."""
        while self._later and self._later[0][0] <= now:
            due, identity = heappop(self._later)
            if identity in self._wanted and self._wanted[identity].due == due:
                self._now_due(identity)
        slow = self._slow(now)
        plan = _Plan(
            [peer for peer in connected if len(self._asks.get(peer, ())) < ASKS_PER_PEER_MAX],
            ASKS_MAX - sum(len(self._asks[peer]) for peer in self._asks.keys() - slow),
            self._ids_per_ask,
        )
        prompt = set(connected) - slow
        for identity in list(islice(self._ready, LOOKS_MAX)):
            if plan.full:
                break
            self._place(identity, plan, prompt, now)
        for peer in plan.asks:
            self._asks.setdefault(peer, []).append(now)
        return [(peer, tuple(ids)) for peer, ids in plan.asks.items()]

    def _slow(self, now: float) -> set[str]:
        """Peers that owe an answer for so long that nothing may wait for them."""
        began = {peer: min(asks) for peer, asks in self._asks.items()}
        both = (*began.items(), *self._asks_offered.items())
        return {peer for peer, since in both if now >= since + IMPATIENT_S}

    def _place(self, identity: bytes, plan: _Plan, prompt: set[str], now: float) -> None:
        """Find somebody to ask for this, or settle when to look again."""
        want, asking = self._wanted[identity], self._asking.get(identity, set())
        if want.waiters == 0 and now > want.until and not asking:
            self._forget(identity)
            return
        peer = plan.choose(want)
        if peer is not None and len(asking & prompt) < ASKS_PER_ID_MAX:
            plan.add(peer, identity)
            want.asked.add(peer)
            want.tried[peer] = None
            self._asking.setdefault(identity, set()).add(peer)
            self._due_at(identity, now + IMPATIENT_S)
        elif asking & prompt:
            self._due_at(identity, now + IMPATIENT_S)  # an answer may come
        elif want.asked >= prompt:
            self._start_over(identity, want, now)
        else:
            self._ready.move_to_end(identity)  # whom to ask is busy: others first

    def _start_over(self, identity: bytes, want: _Want, now: float) -> None:
        """All peers were asked in vain: ask them again after a pause."""
        want.asked.intersection_update(self._asking.get(identity, ()))
        pause = min(PAUSE_S * 2**want.rounds, PAUSE_S_MAX)
        want.rounds = min(want.rounds + 1, 16)
        self._due_at(identity, now + pause * self._random.uniform(0.5, 1.0))

    def _plan_offered(
        self, connected: list[str], now: float
    ) -> list[tuple[str, tuple[bytes, ...]]]:
        """Whom to ask for what it offered: one ask a peer at a time."""
        for peer in self._offered.keys() - set(connected):
            del self._offered[peer]
        asks = []
        for peer in connected:
            offered = self._offered.get(peer)
            ids: list[bytes] = []
            while offered and peer not in self._asks_offered and len(ids) < self._ids_per_ask:
                identity, _ = offered.popitem(last=False)
                if identity not in self._asking:
                    self._asking[identity] = {peer}
                    ids.append(identity)
            if ids:
                self._asks_offered[peer] = now
                asks.append((peer, tuple(ids)))
        return asks

    async def _ask_wanted(self, peer: str, ids: tuple[bytes, ...], began: float) -> None:
        try:
            await self._ask(peer, ids)
        finally:
            self._asks[peer].remove(began)
            if not self._asks[peer]:
                del self._asks[peer]

    async def _ask_offered(self, peer: str, ids: tuple[bytes, ...]) -> None:
        try:
            came = await self._ask(peer, ids)
            offered = self._offered.get(peer)
            if came and not offered:  # the rest may not have fitted into the answer
                self.offered((each for each in ids if each not in came), peer)
        finally:
            del self._asks_offered[peer]

    async def _ask(self, peer: str, ids: tuple[bytes, ...]) -> Collection[bytes]:
        """Ask; returns what came."""
        came: Collection[bytes] = ()
        try:
            came = await self._ask_peer(peer, ids)
        except NoAnswer:
            pass  # the next is asked
        except (Malformed, Refused) as error:
            self._peers.blame(peer, f"its answer is wrong: {error}")
        except Exception:
            log.exception("what a peer sent could not be kept; it is asked for again", peer=peer)
        finally:
            for identity in came:
                self.arrived(identity)
            for identity in ids:
                self._answered(identity, peer, bool(came))
            self._news.set()
        return came

    def _answered(self, identity: bytes, peer: str, helpful: bool) -> None:
        asking = self._asking[identity]
        asking.remove(peer)
        if not asking:
            del self._asking[identity]
        want = self._wanted.get(identity)
        if want is not None:
            self._now_due(identity)
            if helpful:  # the rest may not have fitted into the answer
                want.asked.discard(peer)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


AcceptBatch = Callable[[bytes, bytes, bool], Awaitable[bool]]
"""Verify and store a batch with its author's signature; True once it is durably held here.

The third says whether this node wanted it: False if it was only offered. `Malformed` or `Refused`
blame the peer that sent it, so they are for what an honest peer cannot send: bytes that are no
batch, or a signature that is not the author's. For all else that is wrong, return False.
"""
AcceptBlock = Callable[[Block], None]
"""Take a block that was asked for: its id is right, nothing else is known of it."""


def batch_fetcher(peers: Answering, accept: AcceptBatch, random: Random) -> Fetcher:
    """A fetcher of batches."""

    async def ask(peer: str, ids: tuple[bytes, ...]) -> Collection[bytes]:
        answer = await peers.request(peer, GetBatches(ids), ANSWER_S)
        assert isinstance(answer, Batches)
        came = []
        for batch, signature in answer.batches:
            identity = sha256(batch).digest()
            if identity not in ids:
                raise Malformed("it sent a batch it was not asked for")
            if await accept(batch, signature, fetcher.wants(identity)):
                came.append(identity)
        return came

    fetcher = Fetcher(peers, ask, random, BATCHES_PER_ASK)
    return fetcher


def block_fetcher(peers: Answering, accept: AcceptBlock, random: Random) -> Fetcher:
    """A fetcher of blocks."""

    async def ask(peer: str, ids: tuple[bytes, ...]) -> Collection[bytes]:
        (identity,) = ids
        answer = await peers.request(peer, GetBlock(identity), ANSWER_S)
        assert isinstance(answer, BlockAnswer)
        if answer.block is None:
            return ()
        if answer.block.id != identity:
            raise Malformed("it sent a block it was not asked for")
        accept(answer.block)
        return (identity,)

    return Fetcher(peers, ask, random, 1)
