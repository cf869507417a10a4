"""When a batch is made, in virtual time."""

from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger.batches import BYTES_MAX, DOCUMENTS_MAX, Batch
from cocket.ledger.document import DOCUMENT_BYTES_MAX
from cocket.network.batcher import GATHER_S, Batcher


class Paper:
    """As much of a document as a batcher looks at."""

    def __init__(self, size: int) -> None:
        self.jws = bytes(size)


def test_the_first_document_of_an_idle_node_goes_at_once():
    batcher = Batcher()
    assert batcher.due() is None
    paper = Paper(1000)
    batcher.add(paper, 5.0)
    assert batcher.due() == 5.0
    assert batcher.take(5.0) == (paper,)
    assert batcher.due() is None


def test_documents_that_come_soon_after_a_batch_wait_20_ms_for_company():
    batcher = Batcher()
    batcher.add(Paper(1000), 5.0)
    batcher.take(5.0)
    batcher.add(Paper(1000), 5.001)
    batcher.add(Paper(1000), 5.015)
    assert batcher.due() == 5.001 + GATHER_S
    assert len(batcher.take(5.021)) == 2


def test_after_20_ms_without_a_batch_a_node_is_idle_again():
    batcher = Batcher()
    batcher.add(Paper(1000), 5.0)
    batcher.take(5.0)
    batcher.add(Paper(1000), 5.03)
    assert batcher.due() == 5.03


def test_a_batch_of_512_documents_does_not_wait():
    batcher = Batcher()
    batcher.take(5.0)
    for _ in range(DOCUMENTS_MAX - 1):
        batcher.add(Paper(10), 5.001)
    assert batcher.due() == 5.001 + GATHER_S
    batcher.add(Paper(10), 5.002)
    assert batcher.due() == 5.001
    assert len(batcher.take(5.002)) == DOCUMENTS_MAX


def test_a_batch_of_256_kib_does_not_wait_and_what_does_not_fit_goes_into_the_next():
    batcher = Batcher()
    batcher.take(5.0)
    papers = [Paper(DOCUMENT_BYTES_MAX) for _ in range(6)]
    for paper in papers:
        batcher.add(paper, 5.001)
    assert batcher.due() == 5.001
    assert batcher.take(5.002) == tuple(papers[:4])
    assert batcher.due() == 5.001 + GATHER_S
    assert batcher.take(5.021) == tuple(papers[4:])


@given(st.lists(st.integers(1, DOCUMENT_BYTES_MAX), min_size=1, max_size=1200))
def test_every_document_is_taken_once_in_order_in_batches_that_parse(sizes: list[int]):
    batcher = Batcher()
    papers = [Paper(size) for size in sizes]
    for n, paper in enumerate(papers):
        batcher.add(paper, n / 1000)
    taken = []
    now = 2.0
    while batcher.due() is not None:
        batch = batcher.take(now)
        assert sum(len(paper.jws) for paper in batch) <= BYTES_MAX
        assert 0 < len(batch) <= DOCUMENTS_MAX
        taken += batch
    assert taken == papers and len(batcher) == 0


def test_the_largest_batch_fits_in_a_batch():
    batcher = Batcher()
    for _ in range(DOCUMENTS_MAX):
        batcher.add(Paper(BYTES_MAX // DOCUMENTS_MAX), 0.0)
    batch = Batch("customs-my", 2**63 - 1, tuple(paper.jws for paper in batcher.take(0.0)))
    assert Batch.parse(batch.data) == batch
