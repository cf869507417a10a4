"""Batches from peers: who may send them, who is to blame, and what is kept all the same."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cocket.ledger.batches import Batch
from cocket.ledger.document import Document
from cocket.ledger.errors import Refused
from cocket.network.frames import Offer
from cocket.node.database import Writer, open_database
from cocket.node.dissemination import OFFER_AFTER_S, Dissemination
from cocket.node.pending import Pending
from cocket.node.problems import StorageFull
from cocket.node.reader import Reader
from cocket.node.verification import BadBatch, ParsedBatch, ParsedBatches
from tests.protocol_examples import committee, invoice, key

ME, AUTHOR = "carrier", "customs-cn"


class Verifier:
    """Says what the test wants said of a batch: `bad` positions have a wrong signature."""

    def __init__(self) -> None:
        self.bad: tuple[int, ...] = ()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def batch(self, batch: Batch, tolerant: bool) -> ParsedBatch:
        await self.may_end.wait()
        if self.bad and not tolerant:
            raise BadBatch("document 0 of the batch has an invalid signature")
        return ParsedBatch(batch, tuple(map(Document.parse, batch.documents)), self.bad)


class Node:
    """A dissemination on a real database."""

    def __init__(self, path: Path) -> None:
        open_database(path).close()
        self.reader, self.writer, self.verifier = Reader(path), Writer(path), Verifier()
        self.pending = Pending(8, 8)
        self.available: list[bytes] = []
        self.dissemination = Dissemination(
            ME,
            key(1),
            committee(),
            self.reader,
            self.writer,
            self.verifier,  # type: ignore[arg-type]
            ParsedBatches(),
            self.pending,
            lambda frame: None,
            self.available.append,
        )


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    node = Node(tmp_path / "ledger.db")
    yield node
    await node.writer.close()


def batch(sequence: int = 1) -> tuple[Batch, bytes]:
    made = Batch(AUTHOR, sequence, (invoice().jws,))
    return made, key(2).sign(made.signed_bytes)


async def test_what_waits_is_offered_at_once_to_who_comes_and_to_the_others_when_it_is_late(
    node: Node,
) -> None:
    assert node.dissemination.offers() is None
    made, signature = batch()
    await node.dissemination.receive(made.data, signature, AUTHOR)
    assert node.dissemination.offers() == Offer((made.id,))
    assert node.dissemination.offers(OFFER_AFTER_S) is None
    node.dissemination.ordered([made.id])
    assert node.dissemination.offers() is None


async def test_an_authors_batch_is_kept_and_told_of(node: Node) -> None:
    made, signature = batch()
    await node.dissemination.receive(made.data, signature, AUTHOR)
    assert node.available == [made.id]
    assert node.reader.has_batch(made.id)
    assert invoice().id in node.pending


async def test_a_batch_is_told_of_though_the_session_that_brought_it_ended_meanwhile(
    node: Node,
) -> None:
    """It would be on the disk, so that nobody fetches it, and consensus would not know of it."""
    made, signature = batch()
    session = asyncio.ensure_future(node.dissemination.receive(made.data, signature, AUTHOR))
    run = node.writer.run

    async def ends_first(write: object) -> object:
        session.cancel()
        return await run(write)  # type: ignore[arg-type]

    node.writer.run = ends_first  # type: ignore[method-assign, assignment]
    with pytest.raises(asyncio.CancelledError):
        await session
    await run(lambda connection: None)  # writes are made in order: the batch is on the disk
    assert await node.dissemination.fetched(made.data, signature, wanted=True)
    assert node.available == [made.id]
    assert node.dissemination.waiting == 1


async def test_a_batch_pushed_by_another_or_not_signed_by_its_author_blames_the_sender(
    node: Node,
) -> None:
    made, signature = batch()
    with pytest.raises(Refused, match="nobody asked"):
        await node.dissemination.receive(made.data, signature, "hub")
    with pytest.raises(Refused, match="did not sign"):
        await node.dissemination.receive(made.data, bytes(64), AUTHOR)
    assert not node.available


async def test_a_badly_signed_document_blames_its_author_but_no_peer_that_was_asked_for_it(
    node: Node,
) -> None:
    node.verifier.bad = (0,)
    made, signature = batch()
    with pytest.raises(Refused, match="signed a bad batch"):
        await node.dissemination.receive(made.data, signature, AUTHOR)
    assert not await node.dissemination.fetched(made.data, signature, wanted=False)
    assert not node.reader.has_batch(made.id)


async def test_a_batch_that_a_block_names_is_kept_whatever_its_documents_are(node: Node) -> None:
    node.verifier.bad = (0,)
    made, signature = batch()
    assert await node.dissemination.fetched(made.data, signature, wanted=True)
    stored = node.reader.batch(made.id)
    assert stored is not None
    assert stored.unverified == (0,)


async def test_a_batch_counts_as_here_only_once_it_is_stored(node: Node) -> None:
    made, signature = batch()
    node.verifier.may_end.clear()
    first = asyncio.create_task(node.dissemination.receive(made.data, signature, AUTHOR))
    await asyncio.sleep(0)
    second = asyncio.create_task(node.dissemination.fetched(made.data, signature, wanted=True))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not second.done()
    node.verifier.may_end.set()
    await first
    assert await second
    assert node.reader.has_batch(made.id)


async def test_an_author_cannot_fill_the_node_but_what_blocks_name_is_taken(node: Node) -> None:
    for sequence in (1, 2, 3):
        made, signature = batch(sequence)
        await node.dissemination.receive(made.data, signature, AUTHOR)
    assert len(node.available) == 2  # of room for 8, a fourth each
    made, signature = batch(3)
    assert not await node.dissemination.fetched(made.data, signature, wanted=False)
    assert await node.dissemination.fetched(made.data, signature, wanted=True)


async def test_a_full_disk_is_said_once_and_what_did_not_fit_is_taken_when_there_is_room(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_room(write: object) -> None:
        raise StorageFull(Path("ledger.db"))

    with monkeypatch.context() as patch, capture_logs() as lines:
        patch.setattr(node.writer, "run", no_room)
        for sequence in range(20):
            made, signature = batch(sequence)
            await node.dissemination.receive(made.data, signature, AUTHOR)
            assert not await node.dissemination.fetched(made.data, signature, wanted=True)
    assert [line["event"] for line in lines] == ["batch-not-kept"]
    assert not node.available
    assert await node.dissemination.fetched(made.data, signature, wanted=True)


async def test_what_is_ordered_as_soon_as_it_can_be_seen_on_the_disk_waits_no_more(
    node: Node,
) -> None:
    """Both writes go through the one writer, and their ends come to the loop in that order."""

    async def order(identity: bytes) -> None:
        while not node.reader.has_batch(identity):  # noqa: ASYNC110 (as soon as can be)
            await asyncio.sleep(0)
        await node.writer.run(lambda database: None)
        node.dissemination.ordered([identity])

    for sequence in range(100):
        made, signature = batch(sequence)
        ordering = asyncio.create_task(order(made.id))
        await node.dissemination.receive(made.data, signature, AUTHOR)
        await ordering
        assert node.dissemination.waiting == 0
