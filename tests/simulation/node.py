"""One simulated machine: a replica, its clocks, what its disk keeps, and a plain driver.

The driver is what `cocket.node` does with `Effects`, with a disk and a network that fail. Each
thing it does for them is a step, and the machine can die between any two (`dies_in`):

    append a record · sync · send to one peer · hand a block out · store a batch · commit · compact
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cocket.consensus import journal, messages
from cocket.consensus.effects import Effects, Finalized
from cocket.consensus.floor import Floor
from cocket.consensus.replica import Replica
from cocket.consensus.timing import Now
from cocket.consensus.tree import Fork
from cocket.ledger.blocks import Block
from cocket.ledger.errors import Malformed, Refused
from tests.simulation.clock import Clock
from tests.simulation.committees import GENESIS, Sign
from tests.simulation.disk import Disk
from tests.simulation.frames import (
    Frame,
    GiveBatch,
    GiveBlock,
    GiveChain,
    WantBatch,
    WantBlock,
    WantChain,
)
from tests.simulation.promises import Broken

if TYPE_CHECKING:
    from tests.simulation.world import World

CHAIN_MAX = 32
"""So many blocks answer one request for a stretch of chain."""
OFFER_MS = 3_000
"""An author offers its batches again so often until they are ordered."""
BACKLOG_MAX = 2_000
"""So many messages wait for a frozen machine; more are lost."""


class PowerCut(Exception):
    """The machine dies between two steps."""


class Node:
    """See the module. `replica` is None while the machine is down."""

    honest = True

    def __init__(self, world: World, index: int, sign: Sign) -> None:
        self.world = world
        self.index = index
        self.label = str(index)
        self.sign = sign
        self.clock = Clock()
        self.disk = Disk()
        self.replica: Replica | None = None
        self.chain: list[Finalized] = []
        self.ordered: set[bytes] = set()
        self.dies_in: int | None = None
        """So many steps until it crashes; only writes to the journal count if it `dies_writing`."""
        self.dies_writing = False
        self.dies_by_power = True
        self._others = [other for other in range(world.committee.size) if other != index]
        self._backlog: list[Callable[[], None]] | None = None
        """What has to be done once it is no longer frozen; None if it is not."""
        self._life = 0
        self._tick_ms: int | None = None

    @property
    def up(self) -> bool:
        return self.replica is not None

    @property
    def now(self) -> Now:
        """What its clocks show."""
        return self.clock.show(self.world.now_ms)

    @property
    def height(self) -> int:
        return len(self.chain)

    @property
    def frozen(self) -> bool:
        return self._backlog is not None

    def reaches(self, other: int) -> bool:
        """Whether it sends anything to this peer."""
        return True

    # life

    def start(self) -> None:
        """Boot from the disk."""
        assert self.replica is None
        world = self.world
        records = [journal.decode(record) for record in self.disk.boot()]
        world.say(f"{self.label} starts with {len(records)} records")
        self._life += 1
        self._tick_ms = None
        self.chain = list(self.disk.chain)
        self.ordered = {batch for item in self.chain for batch in item.block.batches}
        self.clock.boot(world.now_ms, 1_000 * self._life)
        self.replica = Replica(
            world.committee,
            self.index,
            self.sign,
            world.timing,
            floor_of(self.chain),
            records,
            self.now,
        )
        if self.honest:
            world.watch.started(self, records)
        self.act(self.replica.start(self.now))
        for batch in list(self.disk.batches):
            if batch not in self.ordered and self.replica is not None:
                self.act(self.replica.on_batch(batch, self.now))
        self.reconnect()
        self._offer()

    def crash(self, power: bool = True) -> None:
        """Lose everything that is not on the disk; or, if only the process dies, not written."""
        self.world.faults["power cut" if power else "kill"] += 1
        damage = self.disk.cut_power(self.world.random) if power else ""
        self.world.say(f"{self.label} crashes{damage and f', its last writes are {damage}'}")
        if damage:
            self.world.faults[f"write {damage}"] += 1
        self.replica = None
        self.dies_in = None
        self._backlog = None
        self._life += 1

    def freeze(self) -> None:
        """Stop, and keep everything."""
        self.world.say(f"{self.label} freezes")
        self._backlog = []

    def thaw(self) -> None:
        """Go on, as if no time had passed; what came meanwhile is dealt with first."""
        backlog, self._backlog = self._backlog or [], None
        self.world.say(f"{self.label} goes on, {len(backlog)} things waited for it")
        for action in backlog:
            if self.up:
                action()

    def _wake(self, action: Callable[[], None]) -> None:
        if self._backlog is None:
            action()
        else:
            self._backlog.append(action)

    def _later(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Do something later, unless this life of the machine is over by then."""
        life = self._life

        def run() -> None:
            if life == self._life:
                self._wake(action)

        self.world.at(delay_ms, run)

    def _dies(self, writing: bool = False) -> bool:
        """Whether this is its last moment: called before each step."""
        if self.dies_in is None or (self.dies_writing and not writing):
            return False
        self.dies_in -= 1
        return self.dies_in < 0

    # sessions

    def reconnect(self) -> None:
        """Open sessions with all that can be reached, from both ends."""
        for other in self._others:
            if self.world.connected(self.index, other) and self.world.connected(other, self.index):
                self.greet(other)
                self.world.nodes[other].greet(self.index)

    def greet(self, peer: int) -> None:
        """A session with this peer has opened."""
        if self.up and self.world.nodes[peer].up:
            self._wake(lambda: self._on_peer(peer))

    def _on_peer(self, peer: int) -> None:
        if self.replica is not None:
            self.act(self.replica.on_peer(peer, self.now))

    def _post(self, to: int, thing: object) -> None:
        """Put something on the wire."""
        self.world.send(self.index, to, thing)

    def _transmit(self, to: int | None, thing: object) -> None:
        for other in self._others if to is None else [to]:
            if self.reaches(other):
                if self._dies():
                    raise PowerCut
                self._post(other, thing)

    # batches

    def take(self, batch: bytes, to: Iterable[int] | None = None) -> None:
        """A client's batch: durable here, then on its way to the others, or only to some."""
        if not self.up:
            return
        self.world.say(f"{self.label} takes batch {self.world.name(batch)}")
        self.disk.own_batches[batch] = None
        self.store(batch)
        for other in self._others if to is None else to:
            self._post(other, GiveBatch(batch))
        if to is None and self.up:
            self._later(OFFER_MS, self._offer)

    def store(self, batch: bytes) -> None:
        """A batch has come: keep it, and tell the replica."""
        if batch in self.disk.batches:
            return
        if self._dies():
            self.crash(self.dies_by_power)
            return
        self.disk.batches[batch] = None
        if self.replica is not None and batch not in self.ordered:
            self.act(self.replica.on_batch(batch, self.now))

    def _offer(self) -> None:
        waiting = [batch for batch in self.disk.batches if batch not in self.ordered]
        if not self.up or not waiting:
            return
        for batch in waiting:
            for other in self._others:
                if self.reaches(other):
                    self._post(other, GiveBatch(batch))
        self._later(OFFER_MS, self._offer)

    # events

    def deliver(self, sender: int, thing: object) -> None:
        """Something has come over the network."""
        if self.up and (self._backlog is None or len(self._backlog) < BACKLOG_MAX):
            self._wake(lambda: self.receive(sender, thing))

    def receive(self, sender: int, thing: object) -> None:
        """The driver reads it."""
        if self.replica is None:
            return
        match thing:
            case Frame():
                self._hear(self.replica, sender, thing)
            case GiveBatch(batch):
                self.store(batch)
            case GiveBlock(block):
                self.act(self.replica.on_block(block, self.now))
            case GiveChain(items):
                self._catch_up(self.replica, items)
            case WantBatch(batch) if batch in self.disk.batches:
                self._post(sender, GiveBatch(batch))
            case WantBlock(block_id):
                self._give_block(self.replica, sender, block_id)
            case WantChain(height):
                self._give_chain(sender, height)

    def _hear(self, replica: Replica, sender: int, frame: Frame) -> None:
        try:
            message = frame.decode()
        except Malformed:
            self.world.faults["malformed"] += 1
            return
        watched = self.honest and self.world.watch.hears(self, sender, message)
        try:
            effects = replica.on_message(sender, message, self.now)
        except Fork as fork:
            raise Broken("agreement", f"node {self.label} sees {fork}") from fork
        self.act(effects)
        if watched and self.up:
            self.world.watch.heard(self)

    def _give_block(self, replica: Replica, peer: int, block_id: bytes) -> None:
        final = (item.block for item in self.chain if item.block.id == block_id)
        block: Block | None = replica.block(block_id) or next(final, None)
        if block is not None:
            self._post(peer, GiveBlock(block))

    def _give_chain(self, peer: int, height: int) -> None:
        items = self.chain[height - 1 : height - 1 + CHAIN_MAX]
        while items and items[-1].certificate is None:
            items.pop()
        if items:
            self._post(peer, GiveChain(tuple(items)))

    def _catch_up(self, replica: Replica, items: tuple[Finalized, ...]) -> None:
        certificate = items[-1].certificate
        if items[0].block.height > self.height + 1 or certificate is None:
            return
        blocks = [item.block for item in items]
        try:
            effects = replica.on_finalized(blocks, certificate, self.now)
        except Refused:
            return
        for block in blocks:
            self.disk.batches |= dict.fromkeys(block.batches)
        self.act(effects)

    def _tick(self, due_ms: int) -> None:
        if self._tick_ms == due_ms and self.replica is not None:
            self._tick_ms = None
            self.act(self.replica.on_tick(self.now))
            if self.honest and self.up:
                self.world.watch.ticked(self)

    # effects

    def act(self, effects: Effects) -> None:
        """Carry out effects, in the order their contract demands; or die on the way."""
        try:
            self.persist(effects)
            if self.honest:
                self.world.watch.effects(self, effects)
            for evidence in effects.evidence:
                self.world.say(f"{self.label} holds evidence against {evidence.validator}")
            for send in effects.send:
                if self.world.trace is not None:
                    to = "all" if send.to is None else send.to
                    self.world.say(f"{self.label} -> {to}: {self.world.show(send.message)}")
                self._transmit(send.to, Frame(messages.encode(send.message)))
            self._apply(effects.finalized)
            self._fetch(effects)
        except PowerCut:
            self.world.faults["crash between effects"] += 1
            self.crash(self.dies_by_power)
        else:
            self._arm()

    def persist(self, effects: Effects) -> None:
        """Append to the journal and sync; nothing else of these effects may happen before."""
        for record in effects.persist:
            if self._dies(writing=True):
                raise PowerCut
            self.disk.append(journal.encode(record))
        if effects.persist:
            if self._dies(writing=True):
                raise PowerCut
            self.disk.sync()
            if self.honest:
                self.world.watch.synced(self, effects.persist)

    def _apply(self, finalized: list[Finalized]) -> None:
        for item in finalized:
            if self._dies():
                raise PowerCut
            name = self.world.name(item.block.id)
            self.world.say(f"{self.label} finalizes {name} height {item.block.height}")
            self.chain.append(item)
            self.ordered.update(item.block.batches)
        if finalized:
            height = len(self.chain)
            self._later(self.world.random.randint(0, 200), lambda: self._commit(height))

    def _commit(self, height: int) -> None:
        """The application's own sync: from here on it starts after these blocks."""
        if self.replica is None:
            return
        if self._dies():
            self.crash(self.dies_by_power)
            return
        if height > len(self.disk.chain):
            self.disk.chain = self.chain[:height]
        self.replica.applied(floor_of(self.disk.chain))
        if self.world.random.random() < 0.25:
            snapshot = self.replica.journal_snapshot(floor_of(self.disk.chain))
            if self._dies():
                self.crash(self.dies_by_power)
                return
            self.disk.replace([journal.encode(record) for record in snapshot])

    def _fetch(self, effects: Effects) -> None:
        chance = self.world.random
        for batch, holder in effects.fetch_batches:
            self._transmit(holder, WantBatch(batch))
        for block_id in effects.fetch_blocks:
            self._transmit(chance.choice(self._others), WantBlock(block_id))
        if effects.behind:
            peer = chance.choice(self._others)
            self.world.say(f"{self.label} is behind, asks {peer}")
            self._transmit(peer, WantChain(self.height + 1))

    def _arm(self) -> None:
        assert self.replica is not None
        due_ms = self.replica.deadline
        if due_ms != self._tick_ms:
            self._tick_ms = due_ms
            if due_ms is not None:
                delay_ms = self.clock.moment_ms(due_ms) - self.world.now_ms
                self._later(max(0, delay_ms), lambda: self._tick(due_ms))


def floor_of(chain: list[Finalized]) -> Floor:
    """The floor that a chain is."""
    return Floor.of(chain[-1].block, chain[-1].certificate) if chain else GENESIS
