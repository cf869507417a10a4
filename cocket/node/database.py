"""The node's SQLite file: schema, connections, one writer with group commit.

WAL mode, synchronous=FULL: a transaction that returned is on the disk. There is one writing
thread; what waits for it is committed together, so that many small promises cost one fsync.
"""

import asyncio
import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from cocket.node.metrics import Stage, Stages
from cocket.node.problems import NodeError, StorageFull

FORMAT = 1
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE batches (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    author TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    signature BLOB NOT NULL,
    unverified BLOB,              -- positions (MessagePack) whose key was not known on arrival
    height INTEGER,               -- the first block that ordered it; NULL while it waits
    data BLOB NOT NULL
);
CREATE INDEX batches_waiting ON batches (number) WHERE height IS NULL;
CREATE TABLE blocks (
    height INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    data BLOB NOT NULL,
    certificate BLOB,             -- finalization; NULL where a later block's covers this one
    time_ms INTEGER NOT NULL,
    leaves INTEGER NOT NULL       -- size of the log after this block
);
CREATE TABLE names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE documents (
    leaf INTEGER PRIMARY KEY,
    prefix INTEGER NOT NULL,      -- first 8 bytes of the id: a small key to find it by
    id BLOB NOT NULL,
    height INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    start INTEGER NOT NULL,       -- where the JWS stands in the batch's bytes
    length INTEGER NOT NULL,
    type INTEGER NOT NULL,
    issuer INTEGER NOT NULL,
    notes BLOB                    -- canonical JSON (`records.Final`); NULL if none
);
CREATE INDEX documents_prefix ON documents (prefix);
CREATE INDEX documents_type ON documents (type);
CREATE INDEX documents_issuer ON documents (issuer);
CREATE TABLE refusals (
    id BLOB PRIMARY KEY,
    height INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    path TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE consignments (ucr TEXT, leaf INTEGER, PRIMARY KEY (ucr, leaf)) WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE tiles (
    level INTEGER, number INTEGER, hashes BLOB NOT NULL, PRIMARY KEY (level, number)
);
CREATE TABLE checkpoints (
    height INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    text TEXT NOT NULL,
    own BLOB,                     -- this node's cosignature
    cosignatures BLOB             -- MessagePack of a quorum's; NULL until there is one
);
CREATE INDEX checkpoints_open ON checkpoints (height) WHERE cosignatures IS NULL;
"""

PAGE_BYTES = 8192
"""As large as a tile of the log; measured to cost a tenth less than SQLite's own choice."""
LARGE_CACHE_KIB = 8192
SMALL_CACHE_KIB = 1024
"""For the connections that write and execute, and for all others: the system caches files too."""
ROOM_BYTES_MIN = 1024 * 1024
WAL_PAGES = 2000
"""About 16 MiB of write-ahead log between checkpoints: pages written often are copied once."""

T = TypeVar("T")
Write = Callable[[sqlite3.Connection], T]
_Job = tuple[Write[Any], "asyncio.Future[Any]"]


def connect(path: Path, cache_kib: int = SMALL_CACHE_KIB) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are written out with BEGIN and COMMIT."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    return connection


def open_database(path: Path) -> sqlite3.Connection:
    """Open or make the database; `NodeError` damaged-database names the file and the remedy."""
    try:
        connection = connect(path)
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # heeded by a new file alone
        connection.execute("PRAGMA journal_mode = WAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;")
        elif version != FORMAT:
            raise NodeError(
                "database-version",
                f"{path} has format {version}, this program writes {FORMAT}: use the version of "
                "cocket that made it",
            )
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    except sqlite3.DatabaseError as error:
        raise failure(path, error) from None
    return connection


def failure(path: Path, error: sqlite3.Error) -> NodeError:
    """What an error of SQLite means for the operator."""
    if is_full(error) or (_says_nothing(error) and not _has_room(path)):
        return StorageFull(path)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return NodeError(
            "storage-failed",
            f"{path} cannot be used ({error}): look at the disk, its mount and the permissions of "
            f"{path.parent}, and start again. Nothing in there needs to be moved or removed",
        )
    why = " ".join(str(error).split())
    return NodeError(
        "damaged-database",
        f"{path} is damaged ({why}). Stop the node, move {path.name}, {path.name}-wal and "
        f"{path.name}-shm away, leave consensus.journal where it is, and start again: the node "
        "fetches the ledger from its peers",
    )


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk (or a quota) has no room."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _says_nothing(error: sqlite3.Error) -> bool:
    """SQLite reports many failures of a full disk as I/O errors, or as a file it cannot open."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def _has_room(path: Path) -> bool:
    """Whether the file system has at least some pages left."""
    room = os.statvfs(path.parent)
    inodes = room.f_favail > 0 or room.f_files == 0
    return inodes and room.f_bavail * room.f_frsize >= ROOM_BYTES_MIN


class Writer:
    """The one thread that writes. `await run(write)` returns once the transaction is durable.

    Writes that were waiting together share a transaction; if one of them fails, each is tried
    alone, so that a failure is only its own.
    """

    def __init__(self, path: Path, stages: Stages | None = None) -> None:
        self._path = path
        self._stages = stages or Stages()
        self._waiting: list[_Job] = []
        self._wake = threading.Condition()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def run(self, write: Write[T]) -> T:
        """Run `write(connection)` in a transaction; raises `StorageFull` or `NodeError`."""
        future: asyncio.Future[T] = self._loop.create_future()
        with self._wake:
            if self._closed:
                raise NodeError("stopping", "the node is stopping")
            self._waiting.append((write, future))
            self._wake.notify()
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Finish what waits and stop the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        connection = connect(self._path, LARGE_CACHE_KIB)
        while True:
            with self._wake:
                while not self._waiting and not self._closed:
                    self._wake.wait()
                turn, self._waiting = self._waiting, []
            if not turn:
                break
            with self._stages.measure(Stage.STORAGE):
                self._write(connection, turn)
        connection.close()

    def _write(self, connection: sqlite3.Connection, turn: list[_Job]) -> None:
        try:
            self._settle(turn, self._transaction(connection, [write for write, _ in turn]))
        except Exception as error:
            if len(turn) == 1:
                self._fail(turn[0][1], error)
                return
            for job in turn:
                self._write(connection, [job])

    @staticmethod
    def _transaction(connection: sqlite3.Connection, writes: list[Write[Any]]) -> list[Any]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            results = [write(connection) for write in writes]
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return results

    def _settle(self, turn: list[_Job], results: list[Any]) -> None:
        def settle() -> None:
            for (_, future), result in zip(turn, results, strict=True):
                if not future.done():
                    future.set_result(result)

        self._loop.call_soon_threadsafe(settle)

    def _fail(self, future: asyncio.Future[Any], error: Exception) -> None:
        if isinstance(error, sqlite3.Error):
            error = failure(self._path, error)
        self._loop.call_soon_threadsafe(
            lambda: None if future.done() else future.set_exception(error)
        )
