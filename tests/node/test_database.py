"""The writer keeps its promises; damage, age and a full disk are named, with what to do."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from cocket.node.database import FORMAT, Writer, connect, open_database
from cocket.node.lock import DirectoryLock
from cocket.node.problems import NodeError, StorageFull
from cocket.node.writes import set_meta


def value(path: Path, name: str) -> bytes | None:
    row = connect(path).execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


async def test_writes_that_wait_together_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_database(path).close()
    writer = Writer(path)
    await asyncio.gather(*(writer.run(set_meta(f"n{i}", b"%d" % i)) for i in range(50)))
    await writer.close()
    assert [value(path, f"n{i}") for i in range(50)] == [b"%d" % i for i in range(50)]


async def test_one_failing_write_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_database(path).close()
    writer = Writer(path)

    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO meta VALUES ('half', x'01')")
        raise RuntimeError("in the middle")

    results = await asyncio.gather(
        writer.run(set_meta("before", b"1")),
        writer.run(half),
        writer.run(set_meta("after", b"2")),
        return_exceptions=True,
    )
    await writer.close()
    assert isinstance(results[1], RuntimeError)
    assert (value(path, "before"), value(path, "half"), value(path, "after")) == (b"1", None, b"2")


async def test_a_full_disk_is_named_and_the_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_database(path).close()
    writer = Writer(path)

    def fill(db: sqlite3.Connection) -> None:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 1}")
        db.execute("INSERT INTO meta VALUES ('large', zeroblob(1000000))")

    with pytest.raises(StorageFull, match=r"free some"):
        await writer.run(fill)

    def free(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA max_page_count = 1073741823")
        db.execute("INSERT INTO meta VALUES ('large', zeroblob(1000000))")

    await writer.run(free)
    await writer.close()
    assert len(value(path, "large") or b"") == 1_000_000


@pytest.mark.parametrize(
    "junk", [b"this is not a database" * 100, b"SQLite format 3\0" + b"x" * 9000]
)
def test_a_damaged_database_says_what_to_do(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(junk)
    with pytest.raises(NodeError, match="fetches the ledger from its peers") as caught:
        open_database(path)
    assert caught.value.code == "damaged-database"


def test_a_database_of_another_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    database = open_database(path)
    database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    database.close()
    with pytest.raises(NodeError, match=f"format {FORMAT + 1}") as caught:
        open_database(path)
    assert caught.value.code == "database-version"


def test_a_second_process_on_one_directory_is_turned_away(tmp_path: Path) -> None:
    first = DirectoryLock(tmp_path)
    with pytest.raises(NodeError, match="Never run two nodes") as caught:
        DirectoryLock(tmp_path)
    assert caught.value.code == "already-running"
    first.release()
    DirectoryLock(tmp_path).release()
