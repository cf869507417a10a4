"""One simulated machine: a replica, what its disk keeps through a crash, and a plain driver.

The driver is what `cocket.node` does with `Effects`, with a disk and a network that fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cocket.consensus import journal, messages
from cocket.consensus.effects import Effects, Finalized
from cocket.consensus.floor import Floor
from cocket.consensus.replica import Replica
from cocket.ledger.blocks import Block, Certificate
from tests.simulation.committees import Sign

if TYPE_CHECKING:
    from tests.simulation.world import World

CHAIN_MAX = 32
"""So many blocks answer one request for a stretch of chain."""
OFFER_MS = 3_000
"""An author offers its batches again so often until they are ordered."""


@dataclass(slots=True)
class Disk:
    """What survives a crash: everything in here was synced."""

    records: list[bytes] = field(default_factory=list)
    chain: list[Finalized] = field(default_factory=list)
    batches: dict[bytes, None] = field(default_factory=dict)
    own_batches: dict[bytes, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """An encoded consensus message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class WantBlock:
    block_id: bytes


@dataclass(frozen=True, slots=True)
class WantBatch:
    batch: bytes


@dataclass(frozen=True, slots=True)
class WantChain:
    height: int


@dataclass(frozen=True, slots=True)
class GiveBlock:
    block: Block


@dataclass(frozen=True, slots=True)
class GiveBatch:
    batch: bytes


@dataclass(frozen=True, slots=True)
class GiveChain:
    """Blocks that follow each other; the last has a certificate."""

    blocks: tuple[Finalized, ...]


class Node:
    """See the module. `replica` is None while the machine is down."""

    honest = True

    def __init__(self, world: World, index: int, sign: Sign) -> None:
        self.world = world
        self.index = index
        self.sign = sign
        self.disk = Disk()
        self.replica: Replica | None = None
        self.chain: list[Finalized] = []
        self.ordered: set[bytes] = set()
        self.clock_skew_ms = 0
        self.dies_in_sync = False
        """Crash during the next sync: only some of its records survive, and nothing is sent."""
        self._life = 0
        self._tick_ms: int | None = None

    @property
    def up(self) -> bool:
        return self.replica is not None

    @property
    def others(self) -> list[int]:
        return [node.index for node in self.world.nodes if node.index != self.index]

    @property
    def height(self) -> int:
        return len(self.chain)

    # life

    def start(self) -> None:
        """Boot from the disk."""
        assert self.replica is None
        world = self.world
        world.say(f"{self.index} starts with {len(self.disk.records)} records")
        self._life += 1
        self._tick_ms = None
        self.chain = list(self.disk.chain)
        self.ordered = {batch for item in self.chain for batch in item.block.batches}
        records = [journal.decode(record) for record in self.disk.records]
        now = world.clock(self.index)
        self.replica = Replica(
            world.committee,
            self.index,
            self.sign,
            world.timing,
            self.floor(self.chain),
            records,
            now,
        )
        self.act(self.replica.start(now))
        for batch in list(self.disk.batches):
            if batch not in self.ordered and self.replica is not None:
                self.act(self.replica.on_batch(batch, world.clock(self.index)))
        self.reconnect()
        self._offer()

    def crash(self) -> None:
        """Lose everything that is not on the disk."""
        self.world.say(f"{self.index} crashes")
        self.replica = None
        self._life += 1

    def reconnect(self) -> None:
        """Open sessions with all that can be reached, from both ends."""
        for other in self.others:
            if self.world.weather.connected(self.index, other):
                self._greet(other)
                self.world.nodes[other]._greet(self.index)

    def _greet(self, peer: int) -> None:
        if self.replica is not None and self.world.nodes[peer].up:
            self.act(self.replica.on_peer(peer, self.world.clock(self.index)))

    def _later(self, delay_ms: int, action: str, *values: object) -> None:
        """Call a method later, unless this life of the machine is over by then."""
        life = self._life

        def run() -> None:
            if life == self._life and self.up:
                getattr(self, action)(*values)

        self.world.at(delay_ms, run)

    # batches

    def take(self, batch: bytes, to: Iterable[int] | None = None) -> None:
        """A client's batch: durable here, then on its way to the others."""
        self.world.say(f"{self.index} takes batch {self.world.name(batch)}")
        self.disk.own_batches[batch] = None
        self.store(batch)
        for other in self.others if to is None else to:
            self.world.send(self.index, other, GiveBatch(batch))
        if to is None:
            self._later(OFFER_MS, "_offer")

    def store(self, batch: bytes) -> None:
        """A batch has come: keep it, and tell the replica."""
        self.disk.batches[batch] = None
        if self.replica is not None and batch not in self.ordered:
            self.act(self.replica.on_batch(batch, self.world.clock(self.index)))

    def _offer(self) -> None:
        waiting = [batch for batch in self.disk.own_batches if batch not in self.ordered]
        for batch in waiting:
            for other in self.others:
                self.world.send(self.index, other, GiveBatch(batch))
        if waiting:
            self._later(OFFER_MS, "_offer")

    # events

    def receive(self, sender: int, thing: object) -> None:
        """Something has come over the network."""
        if self.replica is None:
            return
        now = self.world.clock(self.index)
        match thing:
            case Frame(data):
                self.act(self.replica.on_message(sender, messages.decode(data), now))
            case GiveBatch(batch):
                self.store(batch)
            case GiveBlock(block):
                self.act(self.replica.on_block(block, now))
            case GiveChain(items):
                self._catch_up(items)
            case WantBatch(batch) if batch in self.disk.batches:
                self.world.send(self.index, sender, GiveBatch(batch))
            case WantBlock(block_id):
                self._give_block(sender, block_id)
            case WantChain(height):
                self._give_chain(sender, height)

    def _give_block(self, peer: int, block_id: bytes) -> None:
        assert self.replica is not None
        block = self.replica.block(block_id)
        for item in self.chain:
            if item.block.id == block_id:
                block = item.block
        if block is not None:
            self.world.send(self.index, peer, GiveBlock(block))

    def _give_chain(self, peer: int, height: int) -> None:
        items = self.chain[height - 1 : height - 1 + CHAIN_MAX]
        while items and items[-1].certificate is None:
            items.pop()
        if items:
            self.world.send(self.index, peer, GiveChain(tuple(items)))

    def _catch_up(self, items: tuple[Finalized, ...]) -> None:
        if self.replica is None or items[0].block.height > self.height + 1:
            return
        certificate = items[-1].certificate
        assert certificate is not None
        for item in items:
            for batch in item.block.batches:
                self.disk.batches[batch] = None
        blocks = [item.block for item in items]
        self.act(self.replica.on_finalized(blocks, certificate, self.world.clock(self.index)))

    def _tick(self, due_ms: int) -> None:
        if self._tick_ms == due_ms and self.replica is not None:
            self._tick_ms = None
            self.act(self.replica.on_tick(self.world.clock(self.index)))
            if self.honest:
                self.world.watch.ticked(self)

    # effects

    def act(self, effects: Effects) -> None:
        """Carry out effects, in the order their contract demands."""
        if not self._sync([journal.encode(record) for record in effects.persist]):
            return
        if self.honest:
            self.world.watch.effects(self, effects)
        for send in effects.send:
            self.world.say(
                f"{self.index} -> {'all' if send.to is None else send.to}: "
                f"{self.world.show(send.message)}"
            )
            frame = Frame(messages.encode(send.message))
            for other in self.others if send.to is None else [send.to]:
                self.world.send(self.index, other, frame)
        self._apply(effects.finalized)
        self._fetch(effects)
        self._arm()

    def _sync(self, records: list[bytes]) -> bool:
        if records and self.dies_in_sync:
            self.dies_in_sync = False
            self.disk.records += records[: self.world.random.randint(0, len(records))]
            self.crash()
            return False
        self.disk.records += records
        return True

    def _apply(self, finalized: list[Finalized]) -> None:
        for item in finalized:
            name = self.world.name(item.block.id)
            self.world.say(f"{self.index} finalizes {name} height {item.block.height}")
            self.chain.append(item)
            self.ordered.update(item.block.batches)
        if finalized:
            self._later(self.world.random.randint(0, 200), "_commit", len(self.chain))

    def _commit(self, height: int) -> None:
        """The application's own sync: from here on it starts after these blocks."""
        if height > len(self.disk.chain):
            self.disk.chain = self.chain[:height]
        if self.replica is None:
            return
        self.replica.applied(self.floor(self.disk.chain))
        if self.world.random.random() < 0.1:
            snapshot = self.replica.journal_snapshot(self.floor(self.disk.chain))
            self.disk.records = [journal.encode(record) for record in snapshot]

    def _fetch(self, effects: Effects) -> None:
        for batch, holder in effects.fetch_batches:
            self.world.send(self.index, holder, WantBatch(batch))
        for block_id in effects.fetch_blocks:
            self.world.send(self.index, self.world.random.choice(self.others), WantBlock(block_id))
        if effects.behind:
            peer = self.world.random.choice(self.others)
            self.world.say(f"{self.index} is behind, asks {peer}")
            self.world.send(self.index, peer, WantChain(self.height + 1))

    def _arm(self) -> None:
        assert self.replica is not None
        due_ms = self.replica.deadline
        if due_ms != self._tick_ms:
            self._tick_ms = due_ms
            if due_ms is not None:
                self._later(due_ms - self.world.now_ms, "_tick", due_ms)

    def floor(self, chain: list[Finalized]) -> Floor:
        """The floor that a chain is."""
        from tests.simulation.world import GENESIS

        if not chain:
            return GENESIS
        certificate: Certificate | None = chain[-1].certificate
        return Floor.of(chain[-1].block, certificate)
