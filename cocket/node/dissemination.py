"""Batches: making our own, taking the others', and offering what nobody has ordered yet.

A batch is on the disk before anybody is told of it: before its submitters hear `pending`, before
consensus may vote for a block that names it.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from cocket.ledger.batches import Batch
from cocket.ledger.committee import Committee
from cocket.ledger.document import Document
from cocket.ledger.errors import Refused
from cocket.ledger.keys import SigningKey, verify
from cocket.network.batcher import Batcher
from cocket.network.door import Seldom
from cocket.network.frames import OFFER_BATCHES_MAX, BatchFrame, Offer
from cocket.node.database import Writer
from cocket.node.pending import Pending
from cocket.node.problems import NodeError, StorageFull
from cocket.node.reader import Reader
from cocket.node.verification import BadBatch, ParsedBatch, ParsedBatches, Verifier
from cocket.node.writes import store_batch

LOG_AGAIN_S = 5.0
LOG_AGAIN_S_MAX = 300.0
OFFER_AFTER_S = 2.0
"""A batch that has waited this long may have been lost on its way: its id is offered again."""

log = structlog.get_logger("dissemination")
Broadcast = Callable[[BatchFrame | Offer], None]


class Dissemination:
    """The batches that wait to be ordered."""

    def __init__(
        self,
        me: str,
        vote_key: SigningKey,
        committee: Committee,
        reader: Reader,
        writer: Writer,
        verifier: Verifier,
        parsed: ParsedBatches,
        pending: Pending,
        broadcast: Broadcast,
        available: Callable[[bytes], None],
    ) -> None:
        self._me = me
        self._key = vote_key
        self._committee = committee
        self._reader = reader
        self._writer = writer
        self._verifier = verifier
        self._parsed = parsed
        self._pending = pending
        self._broadcast = broadcast
        self._available = available
        self._batcher = Batcher()
        self._sequence = reader.highest_sequence(me)
        self._promises: dict[str, asyncio.Future[NodeError | None]] = {}
        self._more = asyncio.Event()
        self._waiting: dict[bytes, tuple[str, int, float]] = {}
        self._by_author: dict[str, int] = {}
        self._receiving: dict[bytes, asyncio.Task[bool]] = {}
        self._seldom = Seldom(LOG_AGAIN_S, LOG_AGAIN_S_MAX)

    # -- our own ----------------------------------------------------------------------------

    async def enqueue(self, documents: Sequence[Document]) -> list[NodeError | None]:
        """For each document None once it is in a batch on the disk, or why it is not."""
        loop = asyncio.get_running_loop()
        promises: list[asyncio.Future[NodeError | None]] = []
        for document in documents:
            promise = self._promises[document.id] = loop.create_future()
            promises.append(promise)
            self._batcher.add(document, asyncio.get_running_loop().time())
        self._more.set()
        return list(await asyncio.gather(*promises))

    async def run(self) -> None:
        """Make batches as they fall due, until cancelled."""
        while True:
            await self._until_due()
            await self._make(self._batcher.take(asyncio.get_running_loop().time()))

    async def _until_due(self) -> None:
        while True:
            self._more.clear()
            due = self._batcher.due()
            wait_s = None if due is None else due - asyncio.get_running_loop().time()
            if wait_s is not None and wait_s <= 0:
                return
            try:
                async with asyncio.timeout(wait_s):
                    await self._more.wait()
            except TimeoutError:
                pass

    async def _make(self, documents: Sequence[Document]) -> None:
        self._sequence += 1
        batch = Batch(self._me, self._sequence, tuple(each.jws for each in documents))
        signature = self._key.sign(batch.signed_bytes)
        parsed = ParsedBatch(batch, tuple(documents), ())
        try:
            await self._keep(signature, parsed)
        except NodeError as error:
            self._settle(documents, error)
            return
        self._settle(documents, None)
        self._broadcast(BatchFrame(batch.data, signature))

    def _settle(self, documents: Sequence[Document], error: NodeError | None) -> None:
        for document in documents:
            promise = self._promises.pop(document.id)
            if not promise.done():
                promise.set_result(error)

    # -- the others' ------------------------------------------------------------------------

    async def receive(self, data: bytes, signature: bytes, sender: str) -> None:
        """Take a batch that its author, and nobody else, sends unasked; what is wrong with it is
        its sender's fault (`Refused`, `Malformed`)."""
        batch = self._authentic(data, signature)
        if batch.author != sender:
            raise Refused("bad-batch", f"a batch of {batch.author}, which nobody asked it for")
        try:
            await self._take(batch, signature, wanted=False)
        except BadBatch as error:
            log.error("bad-batch", author=batch.author, why=str(error))
            raise Refused("bad-batch", f"{batch.author} signed a bad batch: {error}") from None

    async def fetched(self, data: bytes, signature: bytes, wanted: bool) -> bool:
        """Take a batch that a peer was asked for; whether it is on the disk now. On a full disk it
        is not, and is asked for again.

        A `wanted` one is named by a block. It is kept even with documents that are badly signed:
        whether their key was known when they came differs from node to node, and only execution
        decides, the same everywhere. Its author is to blame, not the peer that has it.
        """
        batch = self._authentic(data, signature)
        try:
            return await self._take(batch, signature, wanted)
        except BadBatch as error:
            log.error("bad-batch", author=batch.author, why=str(error))
            return False

    def _authentic(self, data: bytes, signature: bytes) -> Batch:
        batch = Batch.parse(data)
        index = self._committee.index(batch.author)
        if index is None or not verify(
            self._committee.validators[index].vote_key, batch.signed_bytes, signature
        ):
            raise Refused("bad-batch", f"a batch that {batch.author} did not sign")
        return batch

    async def _take(self, batch: Batch, signature: bytes, wanted: bool) -> bool:
        if self._reader.has_batch(batch.id):
            return True
        storing = self._receiving.get(batch.id)
        if storing is None:
            if not wanted and self._over_quota(batch):
                self._warn("author-over-quota", batch.author, "too much of it waits to be ordered")
                return False
            storing = asyncio.ensure_future(self._store(batch, signature, wanted))
            storing.add_done_callback(_heard)
            self._receiving[batch.id] = storing
        return await asyncio.shield(storing)  # a session that ends leaves no batch half taken

    async def _store(self, batch: Batch, signature: bytes, wanted: bool) -> bool:
        try:
            await self._keep(signature, await self._verifier.batch(batch, tolerant=wanted))
        except StorageFull:
            self._warn("batch-not-kept", batch.author, "the disk is full")
            return False
        finally:
            del self._receiving[batch.id]
        return True

    def _warn(self, event: str, author: str, why: str) -> None:
        """Say once, and then ever less often, what goes for one batch after the other."""
        if self._seldom.worth_a_line(event, asyncio.get_running_loop().time()):
            log.warning(event, author=author, why=why)

    def lacking(self, ids: Sequence[bytes]) -> list[bytes]:
        """Which of a peer's offered batches this node does not hold."""
        return [
            each
            for each in ids
            if each not in self._waiting
            and each not in self._receiving  # being verified or stored at the moment
            and not self._reader.has_batch(each)
        ]

    # -- all of them ------------------------------------------------------------------------

    def restore(self) -> None:
        """After a restart: what was on the disk and not ordered is on its way again."""
        for stored in self._reader.waiting_batches():
            self._wait_for_order(stored.batch, 0.0)
            for jws in stored.batch.documents:
                document = Document.parse(jws)
                self._pending.add(document.id, document.issuer)
            self._available(stored.batch.id)

    def ordered(self, ids: Sequence[bytes]) -> None:
        """Blocks that name these batches were applied."""
        for identity in ids:
            known = self._waiting.pop(identity, None)
            if known is not None:
                author, documents, _ = known
                self._by_author[author] -= documents

    async def offer(self) -> None:
        """Tell peers what still waits, now and then, until cancelled. Idle, this says nothing."""
        while True:
            await asyncio.sleep(OFFER_AFTER_S)
            offer = self.offers(OFFER_AFTER_S)
            if offer is not None:
                self._broadcast(offer)

    def offers(self, waited_s: float = 0.0) -> Offer | None:
        """The first of what has waited for so long; None if nothing has. All of it is news to a
        peer that has just come: what was sent before passed it by."""
        late = asyncio.get_running_loop().time() - waited_s
        ids = [each for each, (_, _, since) in self._waiting.items() if since <= late]
        return Offer(tuple(ids[:OFFER_BATCHES_MAX])) if ids else None

    @property
    def waiting(self) -> int:
        """Batches held here that no applied block has ordered."""
        return len(self._waiting)

    async def _keep(self, signature: bytes, parsed: ParsedBatch) -> None:
        batch = parsed.batch
        number = await self._writer.run(store_batch(batch, signature, parsed.unverified))
        self._parsed.put(number, parsed)
        self._wait_for_order(batch, asyncio.get_running_loop().time())
        unverified = set(parsed.unverified)
        for position, document in enumerate(parsed.documents):
            # Who is said to have issued it counts only once its signature was checked.
            owner = batch.author if position in unverified else document.issuer
            self._pending.add(document.id, owner)
        self._available(batch.id)

    def _wait_for_order(self, batch: Batch, since: float) -> None:
        count = len(batch.documents)
        self._waiting[batch.id] = (batch.author, count, since)
        self._by_author[batch.author] = self._by_author.get(batch.author, 0) + count

    def _over_quota(self, batch: Batch) -> bool:
        held = self._by_author.get(batch.author, 0) + len(batch.documents)
        return held > self._pending.documents_max // self._committee.size


def _heard(storing: asyncio.Task[bool]) -> None:
    """Nobody may be left to hear how it ended."""
    if not storing.cancelled():
        storing.exception()
