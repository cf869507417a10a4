"""The mark of the first start is good once; without it, no journal means a lost one."""

from pathlib import Path
from random import Random

import pytest

from cocket.consensus.journal import Applied, Lost, Record
from cocket.node.first_start import JOURNAL_FILE, MARK_FILE, mark, open_journal
from cocket.node.journal import JournalFile
from tests.protocol_examples import genesis

GENESIS = genesis()


def opened(data: Path, height: int = 0, seed: int = 1) -> list[Record]:
    """What the journal says at a start."""
    journal, records = open_journal(data, GENESIS, height, Random(seed))
    assert not (data / MARK_FILE).exists()
    journal.close()
    return records


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data directory of a node that was never started."""
    (tmp_path / MARK_FILE).write_bytes(mark(GENESIS))
    return tmp_path


def lost(records: list[Record]) -> bool:
    return any(isinstance(record, Lost) for record in records)


def test_the_first_start_takes_the_mark_away_and_the_second_finds_a_journal(data: Path) -> None:
    first = opened(data)
    assert [type(record) for record in first] == [Applied]
    assert opened(data) == first


def test_without_journal_and_mark_the_journal_was_lost_and_stays_so(data: Path) -> None:
    opened(data)
    (data / JOURNAL_FILE).unlink()
    again = opened(data)
    assert lost(again)
    assert opened(data, seed=2) == again
    (data / JOURNAL_FILE).unlink()
    assert lost(opened(data, seed=2))
    assert opened(data) != again, "each loss has its own nonce"


def test_an_emptied_journal_is_a_lost_one(data: Path) -> None:
    opened(data)
    (data / JOURNAL_FILE).write_bytes(b"")
    assert lost(opened(data))


def test_a_crash_within_the_first_start_leaves_another_first_start(data: Path) -> None:
    JournalFile(data / JOURNAL_FILE).close()
    assert not lost(opened(data))
    journal = (data / JOURNAL_FILE).read_bytes()
    for cut in range(len(journal)):
        (data / JOURNAL_FILE).write_bytes(journal[:cut])
        (data / MARK_FILE).write_bytes(mark(GENESIS))
        assert not lost(opened(data)), "the first append was torn"
    (data / MARK_FILE).write_bytes(mark(GENESIS))
    assert not lost(opened(data)), "the mark outlived the first append"
    assert not lost(opened(data))


def test_a_mark_is_no_good_beside_a_ledger_with_blocks_or_of_another_network(data: Path) -> None:
    assert lost(opened(data, height=1))
    (data / JOURNAL_FILE).unlink()
    (data / MARK_FILE).write_bytes(mark(GENESIS).replace(b"genesis", b"Genesis"))
    assert lost(opened(data))


def test_a_mark_that_is_put_back_beside_a_journal_changes_nothing(data: Path) -> None:
    opened(data)
    (data / JOURNAL_FILE).unlink()
    before = opened(data)
    assert lost(before)
    (data / MARK_FILE).write_bytes(mark(GENESIS))
    assert opened(data) == before
