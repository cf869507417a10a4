"""Getting from peers what is missing here, by id, until it came or nobody wants it any more.

Whoever was named as a holder is asked first, then the others, in an order that chance decides. A
peer that does not answer for some seconds is not waited for: the next is asked beside it. When all
have been asked in vain there is a pause that grows. What came is verified by the caller's `accept`;
a peer that answers with anything else than what it was asked for is blamed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
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
ASKS_MAX = 16
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


@dataclass(slots=True, eq=False)
class _Want:
    """Something missing: whom to ask first, whom we asked, and when to ask again."""

    hints: list[str]
    due: float
    until: float
    asked: set[str] = field(default_factory=set)
    asks: int = 0
    rounds: int = 0
    waiters: int = 0
    got: asyncio.Event = field(default_factory=asyncio.Event)


class _Plan:
    """Asks about to be made: at most `asks_max`, to peers that are `free`."""

    def __init__(self, free: Collection[str], asks_max: int, ids_per_ask: int) -> None:
        self.asks: dict[str, list[bytes]] = {}
        self._open = set(free) if asks_max > 0 else set()
        self._asks_max = asks_max
        self._ids_per_ask = ids_per_ask

    @property
    def full(self) -> bool:
        """Whether nobody can be asked for anything more."""
        return not self._open

    def choose(self, candidates: Iterable[str]) -> str | None:
        """The first of these that can be asked for one more."""
        return next((peer for peer in candidates if peer in self._open), None)

    def add(self, peer: str, identity: bytes) -> None:
        """Ask this peer for this id too."""
        ids = self.asks.setdefault(peer, [])
        ids.append(identity)
        if len(ids) == self._ids_per_ask:
            self._open.discard(peer)
        if len(self.asks) >= self._asks_max:
            self._open.intersection_update(
                each for each in self.asks if len(self.asks[each]) < self._ids_per_ask
            )


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
        self._asks: dict[str, int] = {}
        self._news = asyncio.Event()

    def __len__(self) -> int:
        """How many are wanted."""
        return len(self._wanted)

    def want(self, ids: Iterable[bytes], hint: str | None = None) -> None:
        """Fetch these, beginning with `hint`. Saying it again keeps the wish alive.

        Beyond a bound, new wishes are not noted: whoever still has them will say them again.
        """
        for each in ids:
            if each in self._wanted or len(self._wanted) < WANTED_MAX:
                self._want(each, hint)
        self._news.set()

    def arrived(self, identity: bytes) -> None:
        """It is here now, whichever way it came."""
        want = self._wanted.pop(identity, None)
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
        now = self._now()
        for want in self._wanted.values():
            want.due = min(want.due, now)
        self._news.set()

    async def run(self) -> None:
        """Ask for what is wanted, until cancelled."""
        async with asyncio.TaskGroup() as asks:
            while True:
                self._news.clear()
                now = self._now()
                for peer, ids in self._plan(now):
                    asks.create_task(self._ask(peer, ids))
                try:
                    async with asyncio.timeout_at(self._next(now)):
                        await self._news.wait()
                except TimeoutError:
                    pass

    def _next(self, now: float) -> float | None:
        """When to look again, unless there is news before: what was due at `now` and is not asked
        for waits for a free peer, which is news too."""
        if not self._wanted:
            return None
        later = (want.due for want in self._wanted.values() if want.due > now)
        return min(later, default=now + IMPATIENT_S)

    def _want(self, identity: bytes, hint: str | None) -> _Want:
        now = self._now()
        want = self._wanted.get(identity)
        if want is None:
            want = self._wanted[identity] = _Want([], now, 0.0)
        want.until = now + FORGET_S
        if hint is not None and hint not in want.hints:
            want.hints.append(hint)
            want.due = now
        return want

    def _plan(self, now: float) -> list[tuple[str, tuple[bytes, ...]]]:
        """Whom to ask for what at `now`."""
        connected = self._peers.connected
        self._random.shuffle(connected)
        plan = _Plan(
            [peer for peer in connected if self._asks.get(peer, 0) < ASKS_PER_PEER_MAX],
            ASKS_MAX - sum(self._asks.values()),
            self._ids_per_ask,
        )
        for identity, want in list(self._wanted.items()):
            if plan.full:
                break
            if now < want.due:
                continue
            if want.waiters == 0 and now > want.until and want.asks == 0:
                del self._wanted[identity]
                continue
            candidates = [*filter(connected.__contains__, want.hints), *connected]
            peer = plan.choose([each for each in candidates if each not in want.asked])
            if peer is not None and want.asks < ASKS_PER_ID_MAX:
                plan.add(peer, identity)
                want.asked.add(peer)
                want.asks += 1
                want.due = now + IMPATIENT_S
            elif want.asks > 0:
                want.due = now + IMPATIENT_S  # an answer may come
            elif want.asked.issuperset(connected):
                self._start_over(want, now)
        for peer in plan.asks:
            self._asks[peer] = self._asks.get(peer, 0) + 1
        return [(peer, tuple(ids)) for peer, ids in plan.asks.items()]

    def _start_over(self, want: _Want, now: float) -> None:
        """All peers were asked in vain: ask them again after a pause."""
        want.asked.clear()
        pause = min(PAUSE_S * 2**want.rounds, PAUSE_S_MAX)
        want.rounds = min(want.rounds + 1, 16)
        want.due = now + pause * self._random.uniform(0.5, 1.0)

    async def _ask(self, peer: str, ids: tuple[bytes, ...]) -> None:
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
            self._asks[peer] -= 1
            if not self._asks[peer]:
                del self._asks[peer]
            for identity in came:
                self.arrived(identity)
            now = self._now()
            for identity in ids:
                want = self._wanted.get(identity)
                if want is not None:
                    want.asks -= 1
                    want.due = min(want.due, now)
                    if came:  # the rest may not have fitted into the answer
                        want.asked.discard(peer)
            self._news.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


AcceptBatch = Callable[[bytes, bytes], Awaitable[None]]
"""Verify and store a batch and its author's signature; `Malformed` or `Refused` if it is bad."""
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
            await accept(batch, signature)
            came.append(identity)
        return came

    return Fetcher(peers, ask, random, BATCHES_PER_ASK)


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
