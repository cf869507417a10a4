"""Catching up: final blocks by height from several peers at once, verified, delivered in order.

    ask       ranges of heights, a few at a time, each from another peer
    verify    in order: heights and parents from our floor on, and every certificate's signatures
    batches   fetch those the verified blocks name
    deliver   to the node, in order

Nothing here is believed because somebody said it: a range that does not verify is asked elsewhere,
and whoever sent it is blamed. Nor is there a state in which a node gives up, or needs a restart:
`run` looks at what peers say and at what is final here, again and again, as long as the node runs.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

import structlog

from cocket.ledger.blocks import Kind, Subject
from cocket.ledger.committee import Committee
from cocket.ledger.errors import Malformed
from cocket.network.fetch import Answering, Fetcher
from cocket.network.questions import CHAIN_LINKS_MAX, Chain, GetChain, Link
from cocket.network.session import NoAnswer

log = structlog.get_logger(__name__)

RANGE_BLOCKS = 64
RANGES_IN_FLIGHT = 4
"""Ranges asked for or waiting for their turn; each is a frame (1 MiB) at the most."""
STRETCHES_WAITING = 1
ANSWER_S = 5.0
GRACE_S = 1.0
"""How long consensus may lag behind what peers say before we ask them: blocks are on their way."""
SHELVE_S = 1.0
SHELVE_S_MAX = 30.0
FORGIVE_S = 60.0


class ChainStore(Protocol):
    """The node's own chain, as far as catching up needs it."""

    @property
    def floor(self) -> tuple[int, bytes]:
        """Height and id of the last block that is final here; genesis is 0 and its hash."""

    @property
    def committee(self) -> Committee:
        """The validators of the newest epoch that is known here."""

    def committee_of(self, epoch: int) -> Committee | None:
        """The validators of an epoch, None if it is not known here (yet)."""

    def holds(self, batch: bytes) -> bool:
        """Whether the batch of this id is stored here."""

    async def deliver(self, links: Sequence[Link]) -> None:
        """Final blocks that follow the floor; the last has its certificate, all batches are stored.

        Certificates are verified, cosignatures are not. Return when `floor` has come to the last
        of them. Blocks that consensus brought meanwhile are to be passed over.
        """


@dataclass(frozen=True, slots=True)
class Progress:
    """How far behind this node is, as far as it can know."""

    height: int
    target: int | None
    """What f + 1 connected validators say is final, so at least one honest one; None when fewer
    are connected, and nothing is known."""
    catching_up: bool

    @property
    def behind_by(self) -> int | None:
        """Blocks that are final elsewhere and not here; None when that is not known."""
        return None if self.target is None else max(0, self.target - self.height)


@dataclass(frozen=True, slots=True)
class _Range:
    """Heights asked for, `start` to `end` inclusive, and the answer to come."""

    start: int
    end: int
    answer: "asyncio.Task[_Stretch | None]"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Final blocks, who sent them, and which of their batches are not here."""

    links: tuple[Link, ...]
    peer: str
    missing: tuple[bytes, ...] = ()


class Catchup:
    """Keeps this node's chain up with its peers'."""

    def __init__(
        self, peers: Answering, store: ChainStore, batches: Fetcher, random: Random
    ) -> None:
        self._peers = peers
        self._store = store
        self._batches = batches
        self._random = random
        self._catching_up = False
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._shelf = Shelf()
        self._asking: dict[str, int] = {}
        self._took_s: dict[str, float] = {}

    def wake(self) -> None:
        """A peer connected, or said how far it is."""
        self._news.set()

    def hurry(self) -> None:
        """Consensus saw that it lacks blocks: ask at once."""
        self._hurry.set()
        self._news.set()

    @property
    def progress(self) -> Progress:
        """How far this node is, and how far the others are."""
        return Progress(self._store.floor[0], self._target(), self._catching_up)

    async def run(self) -> None:
        """Catch up whenever behind, until cancelled."""
        while True:
            await self._until_behind()
            self._catching_up = True
            try:
                await self._advance()
            finally:
                self._catching_up = False

    def _target(self) -> int | None:
        committee, heights = self._store.committee, self._peers.heights()
        validators = [each.organisation for each in committee.validators]
        said = sorted((heights[each] for each in validators if each in heights), reverse=True)
        faulty = committee.faults_tolerated
        return said[faulty] if len(said) > faulty else None

    def _goal(self) -> int:
        """The highest block anybody claims who may be asked; whether it is true, asking shows."""
        now = _now()
        claims = self._peers.heights().items()
        return max(
            (height for peer, height in claims if not self._shelf.holds(peer, now)), default=0
        )

    async def _until_behind(self) -> None:
        while not self._hurry.is_set():
            self._news.clear()
            goal = self._goal()
            if goal <= self._store.floor[0]:
                await _event(self._news, self._shelf.next_end(_now()))
            elif not await _event(self._hurry, _now() + GRACE_S) and self._store.floor[0] < goal:
                return

    async def _advance(self) -> None:
        """From the floor to what is claimed now; ends early when there is nobody left to ask."""
        self._hurry.clear()
        height, head = self._store.floor
        goal = max(self._goal(), height + 1)
        log.info("catching up", height=height, goal=goal)
        ready: asyncio.Queue[_Stretch | None] = asyncio.Queue(STRETCHES_WAITING)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver(ready))
            await self._collect(height, head, goal, ready, tasks)
            await ready.put(None)

    async def _collect(
        self,
        height: int,
        head: bytes,
        goal: int,
        ready: asyncio.Queue[_Stretch | None],
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Ask for ranges ahead, and pass on in order what verifies."""
        ranges: deque[_Range] = deque()

        def ask(start: int, end: int) -> _Range:
            return _Range(start, end, tasks.create_task(self._ask(start, end - start + 1)))

        asked = height
        try:
            while height < goal:
                while len(ranges) < RANGES_IN_FLIGHT and asked < goal:
                    end = min(asked + RANGE_BLOCKS, goal)
                    ranges.append(ask(asked + 1, end))
                    asked = end
                this = ranges.popleft()
                found = await this.answer
                if found is None:
                    return
                stretch = await self._verified(found, height, head)
                if stretch is None:
                    ranges.appendleft(ask(this.start, this.end))
                    continue
                if stretch.links:
                    await ready.put(stretch)
                    last = stretch.links[-1].block
                    height, head = last.height, last.id
                if height < this.end:
                    ranges.appendleft(ask(height + 1, this.end))
        finally:
            for each in ranges:
                each.answer.cancel()

    async def _deliver(self, ready: asyncio.Queue[_Stretch | None]) -> None:
        while (stretch := await ready.get()) is not None:
            # What counts as arrived may still not be stored: only the store knows.
            while missing := [each for each in stretch.missing if not self._store.holds(each)]:
                await self._batches.obtain(missing, stretch.peer)
            await self._store.deliver(stretch.links)

    async def _ask(self, start: int, count: int) -> _Stretch | None:
        """Blocks from `start` on, not yet verified; None when nobody is left who may have them."""
        passed: set[str] = set()
        while (peer := self._choose(start, passed)) is not None:
            self._asking[peer] = self._asking.get(peer, 0) + 1
            began = _now()
            try:
                chain = await self._peers.request(peer, GetChain(start, count), ANSWER_S)
                assert isinstance(chain, Chain)
            except NoAnswer as reason:
                log.info("a peer does not help to catch up", peer=peer, reason=str(reason))
                self._shelf.put(peer, _now())
                continue
            finally:
                self._asking[peer] -= 1
            self._took_s[peer] = _now() - began
            if chain.links and chain.links[0].block.height == start:
                return _Stretch(chain.links, peer)
            passed.add(peer)
            if self._peers.heights().get(peer, 0) >= start:
                self._shelf.put(peer, _now())  # it claims to have what it does not send
        return None

    def _choose(self, start: int, passed: set[str]) -> str | None:
        """Whom to ask: who claims to have it, is not shelved, and would be quickest."""
        now = _now()
        heights = self._peers.heights()
        able = [each for each in heights if each not in passed and not self._shelf.holds(each, now)]
        able = [each for each in able if heights[each] >= start] or able
        self._random.shuffle(able)
        return min(
            able,
            key=lambda each: (self._asking.get(each, 0) + 1) * self._took_s.get(each, 0.0),
            default=None,
        )

    async def _verified(self, found: _Stretch, height: int, head: bytes) -> _Stretch | None:
        """The part of a stretch that follows `height`; None, and its sender dropped, if it lies."""
        links = tuple(link for link in found.links if link.block.height > height)
        committees = {
            link.block.epoch: self._store.committee_of(link.block.epoch) for link in links
        }
        known = {epoch: each for epoch, each in committees.items() if each is not None}
        if len(known) < len(committees):
            self._shelf.put(found.peer, _now())  # an epoch we cannot judge yet, or an invented one
            return None
        try:
            check_ancestry(links, height, head)
            await asyncio.to_thread(check_certificates, links, known)
        except Malformed as error:
            self._peers.blame(found.peer, f"it sent a chain that is not final: {error}")
            self._shelf.put(found.peer, _now())
            return None
        batches = [each for link in links for each in link.block.batches]
        missing = tuple(each for each in batches if not self._store.holds(each))
        self._batches.want(missing, found.peer)
        return _Stretch(links, found.peer, missing)


class Shelf:
    """Peers that were slow or did not help: not asked for a while, and for longer each time."""

    def __init__(self) -> None:
        self._shelved: dict[str, tuple[float, float]] = {}

    def put(self, peer: str, now: float) -> None:
        """Do not ask this peer for a while from `now` on (seconds, monotonic)."""
        until, pause = self._shelved.get(peer, (now, SHELVE_S / 2))
        if now - until > FORGIVE_S:
            pause = SHELVE_S / 2
        pause = min(2 * pause, SHELVE_S_MAX)
        self._shelved[peer] = (now + pause, pause)

    def holds(self, peer: str, now: float) -> bool:
        """Whether the peer is not to be asked at `now`."""
        return peer in self._shelved and now < self._shelved[peer][0]

    def next_end(self, now: float) -> float | None:
        """When the next peer may be asked again; None if all may."""
        return min((end for end, _ in self._shelved.values() if end > now), default=None)


def check_ancestry(links: Sequence[Link], height: int, head: bytes) -> None:
    """`Malformed` unless each block is the child of the one before, the first that of `head`."""
    for link in links:
        if (link.block.height, link.block.parent) != (height + 1, head):
            raise Malformed(f"block {link.block.height} is not the child of block {height}")
        height, head = link.block.height, link.block.id


def check_certificates(links: Sequence[Link], committees: Mapping[int, Committee]) -> None:
    """`Malformed` unless every certificate is a quorum's FINALIZE of its block, the last has one.

    Cosignatures are not verified here, but each must be some validator's.
    Takes 50 µs a signature: runs in a thread.
    """
    if links and links[-1].certificate is None:
        raise Malformed(f"block {links[-1].block.height}, the last, has no certificate")
    for link in links:
        block, certificate = link.block, link.certificate
        committee = committees[block.epoch]
        if block.network != committee.network:
            raise Malformed(f"block {block.height} is of another network")
        if any(validator >= committee.size for validator, _ in link.cosignatures):
            raise Malformed(f"block {block.height}: cosigned by who is not a validator")
        if certificate is None:
            continue
        if certificate.subject != Subject(Kind.FINALIZE, block.epoch, block.view, block.id):
            raise Malformed(f"block {block.height}: its certificate is about something else")
        if not committee.verify_certificate(certificate):
            raise Malformed(f"block {block.height}: its certificate is not a quorum's")


def answer_chain(
    start: int, count: int, tip: int, read: Callable[[int, int], Sequence[Link]]
) -> Chain:
    """What to answer to GetChain. `read(start, count)` gives stored links in order, `tip` bounds.

    Where the last block asked for has no certificate of its own, blocks up to one that has follow.
    """
    links: list[Link] = []
    while len(links) < CHAIN_LINKS_MAX:
        first = start + len(links)
        more = read(first, min(count, tip - first + 1)) if count and first <= tip else ()
        links += more
        if not more or any(link.certificate is not None for link in more):
            break
    return Chain.fitting(tip, links)


async def _event(event: asyncio.Event, until: float | None) -> bool:
    """Wait for an event, at most until a time of the loop's clock; whether it came."""
    try:
        async with asyncio.timeout_at(until):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _now() -> float:
    return asyncio.get_running_loop().time()
