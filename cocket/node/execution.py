"""Final blocks, in order: run the contracts, append to the log, keep it all in one transaction.

A block is applied in slices of a few milliseconds, so that votes are never kept waiting by a large
one. The next block starts when this one is on the disk: the state that contracts read is always
the state that a restart would find.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cocket.contracts.engine import BlockRun, Engine, Outcome
from cocket.contracts.lthash import LtHash
from cocket.ledger import canonical
from cocket.ledger.blocks import Block
from cocket.ledger.checkpoint import Checkpoint
from cocket.ledger.document import Document
from cocket.ledger.genesis import DEPTH_MAX
from cocket.ledger.merkle import leaf_hash
from cocket.ledger.tiles import grow
from cocket.node.checkpoints import Checkpoints
from cocket.node.clock import Clock
from cocket.node.database import Writer
from cocket.node.metrics import Stage, Stages
from cocket.node.problems import StorageFull
from cocket.node.reader import Reader
from cocket.node.records import AppliedBlock, Final, Head, NewDocument, NewRefusal, Place
from cocket.node.verification import ParsedBatch, ParsedBatches, Verifier
from cocket.node.writes import apply_block

SLICE_S = 0.004
DOCUMENTS_CACHED = 256
FULL_DISK_RETRY_S = 1.0
BACKLOG_BLOCKS = 64
FOR_EVER = "table/"
"""Entries of the state that never change: of these it is not kept what a document's contract read.
"""
READ_BYTES_MAX = 64 * 1024
"""Of what was read, for a document that hides something; of one that read more, nothing is kept."""

Applied = Callable[[AppliedBlock, list[Final], list[str]], Awaitable[None]]
"""Told of a block once it is on the disk: what it changed, what became final in it, and the ids
of documents that it passed over because they were final before."""


class CommittedDocuments:
    """Committed documents for the contracts to read (`contracts.engine.LogReader`)."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._cache: OrderedDict[str, Document] = OrderedDict()

    def document(self, identity: str) -> Document | None:
        """A document committed before the running block; None for any other id."""
        document = self._cache.get(identity)
        if document is not None:
            self._cache.move_to_end(identity)
            return document
        place = self._reader.committed_place(identity)
        if place is None:
            return None
        document = self._cache[identity] = Document.parse(self._reader.jws(place))
        if len(self._cache) > DOCUMENTS_CACHED:
            self._cache.popitem(last=False)
        return document


@dataclass(slots=True)
class _Work:
    """What a block is turning into while it runs."""

    documents: list[NewDocument] = field(default_factory=list)
    refusals: list[NewRefusal] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    passed: list[str] = field(default_factory=list)


class Execution:
    """Applies final blocks one after the other."""

    def __init__(
        self,
        engine: Engine,
        head: Head,
        reader: Reader,
        writer: Writer,
        verifier: Verifier,
        parsed: ParsedBatches,
        checkpoints: Checkpoints,
        stages: Stages,
        clock: Clock,
        applied: Applied,
    ) -> None:
        self.head = head
        self.full_disk = False
        self.halted = False
        self._engine = engine
        self._digest = LtHash.from_bytes(head.state)
        self._reader = reader
        self._writer = writer
        self._verifier = verifier
        self._parsed = parsed
        self._checkpoints = checkpoints
        self._stages = stages
        self._clock = clock
        self._applied = applied
        self._queue: deque[tuple[Block, bytes | None]] = deque()
        self._more = asyncio.Event()
        self._shorter = asyncio.Event()
        self._longer = asyncio.Event()

    @property
    def state_digest(self) -> bytes:
        """The 32 bytes that stand for the state in a checkpoint."""
        return self._digest.digest

    @property
    def newest(self) -> tuple[int, bytes]:
        """Height and id of the newest block that is final here, applied or not."""
        if self._queue:
            block = self._queue[-1][0]
            return block.height, block.id
        return self.head.height, self.head.block_id

    @property
    def backlog(self) -> int:
        """Final blocks that are not applied yet."""
        return len(self._queue)

    def enqueue(self, block: Block, certificate: bytes | None) -> None:
        """A block became final. Their number is bounded by the documents that wait (`Pending`)."""
        newest = self._queue[-1][0].height if self._queue else self.head.height
        if block.height <= newest:
            return  # known already, from before a restart or from catching up
        assert block.height == newest + 1, "final blocks come in order"
        self._queue.append((block, certificate))
        self._more.set()
        self._longer.set()

    async def wait_for_room(self) -> None:
        """Wait until the backlog is short: catching up must not run ahead of the disk."""
        while len(self._queue) >= BACKLOG_BLOCKS:
            self._shorter.clear()
            await self._shorter.wait()

    async def wait_for_final(self, height: int) -> None:
        """Wait until the block at `height` is final here."""
        while self.newest[0] < height:
            self._longer.clear()
            await self._longer.wait()

    async def run(self) -> None:
        """Apply blocks until cancelled."""
        while True:
            while not self._queue or self.halted:
                self._more.clear()
                await self._more.wait()
            block, certificate = self._queue[0]
            await self._apply(block, certificate)
            self._queue.popleft()
            self._shorter.set()

    async def _apply(self, block: Block, certificate: bytes | None) -> None:
        batches = [await self._batch(identity) for identity in block.batches]
        run = self._engine.begin(block.height, block.time_ms, self._digest)
        work = _Work()
        for number, parsed in batches:
            await self._execute(run, work, number, parsed)
        with self._stages.measure(Stage.CONTRACTS):
            result = run.finish()
        with self._stages.measure(Stage.HASHING):
            tiles = grow(self.head.log.size, work.hashes, self._reader.tile)
            log = self.head.log.extend(work.hashes)
        head = Head(
            block.height, block.id, block.view, block.time_ms, log, result.digest.to_bytes()
        )
        checkpoint = own = None
        if work.hashes:
            checkpoint = Checkpoint(
                block.network, log.size, log.root(), block.height, result.digest.digest
            )
            own = self._checkpoints.sign(checkpoint, block.time_ms // 1000)
        applied = AppliedBlock(
            block=block,
            certificate=certificate,
            head=head,
            documents=tuple(work.documents),
            refusals=tuple(work.refusals),
            state=result.writes,
            tiles={(tile.level, tile.index): hashes for tile, hashes in tiles.items()},
            checkpoint=checkpoint,
            own_cosignature=own,
        )
        await self._keep(applied)
        self.head = head
        self._digest = result.digest
        self._engine.registry.forget(result.writes)
        self._checkpoints.applied(applied, result.writes)
        await self._applied(applied, _finals(applied), work.passed)

    async def _batch(self, identity: bytes) -> tuple[int, ParsedBatch]:
        """A batch's number in the database and its parsed documents."""
        found = self._parsed.pop(identity)
        if found is not None:
            return found
        stored = self._reader.batch(identity)
        assert stored is not None, "consensus hands out a block once its batches are stored"
        return stored.number, await self._verifier.parse(stored.batch, stored.unverified)

    async def _execute(self, run: BlockRun, work: _Work, number: int, parsed: ParsedBatch) -> None:
        """Run a batch's documents. A document that is final already, or stands twice, is passed."""
        final = self._reader.final([document.digest for document in parsed.documents])
        unverified = set(parsed.unverified)
        spans = parsed.batch.spans()
        position = 0
        while position < len(spans):
            with self._stages.measure(Stage.CONTRACTS), self._reader.snapshot():
                pause = self._clock.monotonic() + SLICE_S
                while position < len(spans) and self._clock.monotonic() < pause:
                    document = parsed.documents[position]
                    if document.digest in final or document.digest in work.seen:
                        work.passed.append(document.id)
                    else:
                        work.seen.add(document.digest)
                        outcome = run.execute(document, None if position in unverified else True)
                        self._record(work, document, outcome, Place(number, *spans[position]))
                    position += 1
            await asyncio.sleep(0)

    def _record(self, work: _Work, document: Document, outcome: Outcome, place: Place) -> None:
        if outcome.refusal is not None:
            work.refusals.append(NewRefusal(document.id, document.digest, place, outcome.refusal))
            return
        work.documents.append(
            NewDocument(
                id=document.id,
                digest=document.digest,
                leaf=self.head.log.size + len(work.documents),
                place=place,
                type=document.type,
                issuer=document.issuer,
                ucr=document.ucr,
                notes=_notes(outcome),
            )
        )
        work.hashes.append(leaf_hash(document.jws))

    async def _keep(self, applied: AppliedBlock) -> None:
        while True:
            try:
                await self._writer.run(apply_block(applied))
            except StorageFull:
                self.full_disk = True
                await asyncio.sleep(FULL_DISK_RETRY_S)
            else:
                self.full_disk = False
                return


def _notes(outcome: Outcome) -> dict[str, object]:
    notes: dict[str, object] = {}
    if outcome.warnings:
        notes["warnings"] = [
            {"code": each.code, "message": each.message, "path": each.path}
            for each in outcome.warnings
        ]
    if outcome.unchecked:
        notes["unchecked"] = list(outcome.unchecked)
    if outcome.read is not None:
        read = {key: value for key, value in outcome.read if not key.startswith(FOR_EVER)}
        if sum(len(key) + len(value or b"") for key, value in read.items()) <= READ_BYTES_MAX:
            notes["read"] = {
                key: None if value is None else canonical.decode(value, DEPTH_MAX)
                for key, value in read.items()
            }
    return notes


def _finals(applied: AppliedBlock) -> list[Final]:
    height, time_ms = applied.block.height, applied.block.time_ms
    committed = [
        Final(each.id, height, time_ms, each.place, each.leaf, None, each.notes)
        for each in applied.documents
    ]
    refused = [
        Final(each.id, height, time_ms, each.place, None, each.refusal, {})
        for each in applied.refusals
    ]
    return committed + refused
