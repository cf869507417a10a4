"""The consensus driver: events in, effects carried out, in the one order that is safe.

    turn:  take the events that came → replica → one append and fdatasync of all they want kept
           → only then send, deliver what is final, fetch what is missing

While the disk syncs, new events gather for the next turn. There is no other path by which a vote
can leave this node.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from cocket.consensus.effects import Effects, Finalized, Send
from cocket.consensus.floor import Floor
from cocket.consensus.journal import Record
from cocket.consensus.journal import encode as encode_record
from cocket.consensus.messages import Message, Proposal
from cocket.consensus.replica import Replica
from cocket.consensus.timing import Now
from cocket.consensus.tree import Fork
from cocket.ledger.blocks import Block, Certificate
from cocket.ledger.errors import Refused
from cocket.node.clock import Clock
from cocket.node.clock_watch import ClockWatch
from cocket.node.inbox import Inbox
from cocket.node.journal import JournalFile
from cocket.node.metrics import Stage, Stages
from cocket.node.problems import StorageFull

EVENTS_PER_TURN = 256
FULL_DISK_RETRY_S = 1.0

Event = Callable[[Now], Effects]
log = structlog.get_logger("consensus")


class Wishes:
    """What the driver asks of the rest of the node. Each call returns at once."""

    def __init__(
        self,
        send: Callable[[Send], None],
        deliver: Callable[[Sequence[Finalized]], None],
        fetch_blocks: Callable[[Sequence[bytes]], None],
        fetch_batches: Callable[[Sequence[tuple[bytes, int]]], None],
        behind: Callable[[Certificate], None],
        blame: Callable[[int, str], None],
    ) -> None:
        self.send = send
        self.deliver = deliver
        self.fetch_blocks = fetch_blocks
        self.fetch_batches = fetch_batches
        self.behind = behind
        self.blame = blame


class Ordering:
    """Runs one replica. Every event waits in its `Inbox`."""

    def __init__(
        self,
        replica: Replica,
        journal: JournalFile,
        clock: Clock,
        clock_watch: ClockWatch,
        wishes: Wishes,
        stages: Stages,
        on_halt: Callable[[str], None],
    ) -> None:
        self.full_disk = False
        self.halted: str | None = None
        self.replica = replica
        self.clock_watch = clock_watch
        self._journal = journal
        self._clock = clock
        self._wishes = wishes
        self._stages = stages
        self._on_halt = on_halt
        self._inbox: Inbox[Event] = Inbox()
        self._wake = asyncio.Event()
        self._disk = ThreadPoolExecutor(1, "journal")

    async def message(self, sender: int, message: Message) -> None:
        """A peer said something; waits while too much of it is waiting already."""
        if isinstance(message, Proposal):
            self.clock_watch.heard(sender, message.block.time_ms, self._clock.now())
        await self._inbox.hear(sender, lambda at: self.replica.on_message(sender, message, at))
        self._wake.set()

    def peer(self, validator: int) -> None:
        """A session with a validator has opened."""
        self._add(lambda at: self.replica.on_peer(validator, at))

    def batch(self, identity: bytes) -> None:
        """A batch is verified and durable here, and not ordered yet."""
        self._add(lambda at: self.replica.on_batch(identity, at))

    def block(self, block: Block) -> None:
        """A block that was asked for came."""
        self._add(lambda at: self.replica.on_block(block, at))

    def finalized(self, blocks: Sequence[Block], certificate: Certificate) -> None:
        """Catching up brought final blocks, verified, with all their batches stored."""
        self._add(lambda at: self.replica.on_finalized(blocks, certificate, at))

    def applied(self, floor: Floor) -> None:
        """A block was applied and is durable: replica and journal may forget what lies below.
        Takes its turn after the batches that were named before it (`Replica.on_batch`)."""
        self._add(lambda at: self._let_go(floor))

    def halt(self, why: str) -> None:
        """Sign nothing more, ever again in this process."""
        if self.halted is None:
            self.halted = why
            self._on_halt(why)
            self._wake.set()

    async def run(self) -> None:
        """Turn after turn, until cancelled."""
        await self._carry_out(self.replica.start(self._clock.now()))
        while self.halted is None:
            await self._wait()
            if self.halted is None:
                await self._turn()
        log.error("halted", why=self.halted)
        while True:  # keep taking what peers say, and say nothing
            self._inbox.clear()
            self._wake.clear()
            await self._wake.wait()

    def close(self) -> None:
        """Release the journal, after `run` has ended."""
        self._disk.shutdown(wait=True)
        self._journal.close()

    def _add(self, event: Event) -> None:
        self._inbox.put(event)
        self._wake.set()

    async def _wait(self) -> None:
        """Until there is an event or the replica's deadline has come."""
        if self._inbox:
            await asyncio.sleep(0)
            return
        self._wake.clear()
        deadline = self.replica.deadline
        if deadline is None:
            await self._wake.wait()
            return
        left_s = (deadline - self._clock.now().monotonic_ms) / 1000
        if left_s > 0:
            timer = asyncio.get_running_loop().call_later(left_s, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()

    async def _turn(self) -> None:
        effects = Effects()
        try:
            with self._stages.measure(Stage.CONSENSUS):
                for event in self._inbox.take(EVENTS_PER_TURN):
                    effects.add(self._happen(event))
                deadline = self.replica.deadline
                if deadline is not None and deadline <= self._clock.now().monotonic_ms:
                    effects.add(self.replica.on_tick(self._clock.now()))
        except Fork as fork:
            return self.halt(
                f"two contradicting blocks are certified ({fork}): more than f validators are "
                "faulty; compare the certificates with the other members"
            )
        await self._carry_out(effects)

    def _happen(self, event: Event) -> Effects:
        try:
            return event(self._clock.now())
        except Refused as error:
            log.error("catch-up-refused", why=str(error))
            return Effects()

    async def _carry_out(self, effects: Effects) -> None:
        if effects.persist:
            await self._persist(effects.persist)
        if self.halted is not None:
            return
        for send in effects.send:
            self._wishes.send(send)
        if effects.finalized:
            self._wishes.deliver(effects.finalized)
        if effects.fetch_blocks:
            self._wishes.fetch_blocks(effects.fetch_blocks)
        if effects.fetch_batches:
            self._wishes.fetch_batches(effects.fetch_batches)
        for certificate in effects.behind:
            self._wishes.behind(certificate)
        for evidence in effects.evidence:
            log.error("evidence", what=str(evidence))
        for validator, why in effects.blame:
            self._wishes.blame(validator, why)

    async def _persist(self, records: Sequence[Record]) -> None:
        """Keep the records; on a full disk wait, saying nothing, until there is room."""
        encoded = [encode_record(record) for record in records]
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.run_in_executor(self._disk, self._journal.append, encoded)
            except StorageFull as error:
                if not self.full_disk:
                    log.error("disk-full", detail=error.message)
                self.full_disk = True
                await asyncio.sleep(FULL_DISK_RETRY_S)
            else:
                self.full_disk = False
                return

    def _let_go(self, floor: Floor) -> Effects:
        self.replica.applied(floor)
        if self._journal.wants_compaction:
            self._compact(floor)
        return Effects()

    def _compact(self, floor: Floor) -> None:
        """Rewrite the journal. A few records, once in megabytes: done within the turn."""
        records = [encode_record(record) for record in self.replica.journal_snapshot(floor)]
        try:
            self._journal.rewrite(records)
        except StorageFull as error:
            log.warning("journal-not-compacted", detail=error.message)
