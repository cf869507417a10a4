"""Everything that is ever read from the database. One `Reader` belongs to one thread."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cocket.ledger import canonical, wire
from cocket.ledger.batches import Batch
from cocket.ledger.document import ID_PATTERN
from cocket.ledger.errors import Refusal
from cocket.ledger.keys import base64url
from cocket.ledger.tiles import TileId
from cocket.node.database import SMALL_CACHE_KIB, connect
from cocket.node.records import Final, Head, Place, StoredBatch
from cocket.node.writes import prefix, raw_id

IDS_PER_QUERY = 500
COSIGNATURES_BYTES_MAX = 16_384
NOTES_DEPTH_MAX = 72
"""Values of the state, the deepest of which are schemas, are within."""
_FINAL = "SELECT leaf, documents.id, height, batch, start, length, notes, time_ms FROM documents"
_SMALL = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
"""As contracts have it: of A-Z."""


class Reader:
    """Reads committed data; every method is one short query."""

    def __init__(self, path: Path, cache_kib: int = SMALL_CACHE_KIB) -> None:
        self._db = connect(path, cache_kib)
        self._db.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Release the connection."""
        self._db.close()

    # -- head, state, tree ------------------------------------------------------------------

    def meta(self, name: str) -> bytes | None:
        """A named value."""
        return self._bytes("SELECT value FROM meta WHERE name = ?", (name,))

    def head(self) -> Head | None:
        """How far this node has executed; None before genesis was loaded."""
        data = self.meta("head")
        return None if data is None else Head.decode(data)

    def get(self, key: str) -> bytes | None:
        """A value of the contracts' state (`contracts.state.StateReader`)."""
        return self._bytes("SELECT value FROM state WHERE key = ?", (key,))

    def state_items(self, start: str, end: str) -> Iterator[tuple[str, bytes]]:
        """State entries with start <= key < end, in order."""
        yield from self._db.execute(
            "SELECT key, value FROM state WHERE key >= ? AND key < ? ORDER BY key", (start, end)
        )

    def tile(self, tile: TileId) -> bytes:
        """The hashes of a tile of the log's tree, b"" where there is none yet."""
        query = "SELECT hashes FROM tiles WHERE level = ? AND number = ?"
        return self._bytes(query, (tile.level, tile.index)) or b""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One view of the database for all that is read inside, which must not await anything:
        the lock is taken once, not for each question."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    # -- batches and blocks -----------------------------------------------------------------

    def batch(self, identity: bytes) -> StoredBatch | None:
        """A batch by its id."""
        rows = self._batches("WHERE id = ?", (identity,))
        return next(rows, None)

    def batch_bytes(self, identity: bytes) -> tuple[bytes, bytes] | None:
        """The bytes of a batch and its author's signature, as peers exchange them."""
        query = "SELECT data, signature FROM batches WHERE id = ?"
        row = self._db.execute(query, (identity,)).fetchone()
        return None if row is None else (row[0], row[1])

    def has_batch(self, identity: bytes) -> bool:
        """Whether a batch is kept here."""
        return self._value("SELECT 1 FROM batches WHERE id = ?", (identity,)) is not None

    def waiting_batches(self) -> Iterator[StoredBatch]:
        """Batches that no applied block has ordered, oldest first."""
        yield from self._batches("WHERE height IS NULL ORDER BY number", ())

    def highest_sequence(self, author: str) -> int:
        """The largest sequence number among an author's batches, 0 if there is none."""
        query = "SELECT max(sequence) FROM batches WHERE author = ?"
        return self._value(query, (author,)) or 0

    def block(self, height: int) -> tuple[bytes, bytes | None] | None:
        """The bytes of an applied block and of its own finalization certificate, if it has one."""
        query = "SELECT data, certificate FROM blocks WHERE height = ?"
        row = self._db.execute(query, (height,)).fetchone()
        return None if row is None else (row[0], row[1])

    def block_by_id(self, identity: bytes, newest: int) -> bytes | None:
        """The bytes of one of the last few applied blocks, found by its id."""
        query = "SELECT data FROM blocks WHERE height > ? AND id = ?"
        return self._bytes(query, (newest - 1024, identity))

    def chain(self, start: int, count: int) -> list[tuple[bytes, bytes | None, bytes | None]]:
        """(block, certificate, cosignatures) from height `start` upwards, at most `count`."""
        return self._db.execute(
            "SELECT data, certificate, cosignatures FROM blocks LEFT JOIN checkpoints "
            "USING (height) WHERE height >= ? ORDER BY height LIMIT ?",
            (start, count),
        ).fetchall()

    # -- checkpoints ------------------------------------------------------------------------

    def checkpoint(self, height: int) -> tuple[str, bytes | None, list[tuple[int, bytes]]] | None:
        """(text, own cosignature, a quorum's cosignatures or []) of the block at `height`."""
        query = "SELECT text, own, cosignatures FROM checkpoints WHERE height = ?"
        row = self._db.execute(query, (height,)).fetchone()
        return None if row is None else (row[0], row[1], cosignatures(row[2]))

    def newest_own(self) -> tuple[int, str, bytes] | None:
        """(height, text, own cosignature) of the newest checkpoint that this node signed."""
        row: tuple[int, str, bytes] | None = self._db.execute(
            "SELECT height, text, own FROM checkpoints WHERE own IS NOT NULL "
            "ORDER BY height DESC LIMIT 1"
        ).fetchone()
        return row

    def cosigned(self, leaf: int) -> tuple[str, list[tuple[int, bytes]]] | None:
        """The first checkpoint with a quorum's cosignatures that covers a leaf."""
        height = self._value("SELECT height FROM documents WHERE leaf = ?", (leaf,))
        row = self._db.execute(
            "SELECT text, cosignatures FROM checkpoints WHERE height >= ? "
            "AND cosignatures IS NOT NULL ORDER BY height LIMIT 1",
            (height,),
        ).fetchone()
        return None if row is None else (row[0], cosignatures(row[1]))

    def newest_cosigned(self) -> tuple[str, list[tuple[int, bytes]]] | None:
        """The newest checkpoint with a quorum's cosignatures."""
        row = self._db.execute(
            "SELECT text, cosignatures FROM checkpoints WHERE cosignatures IS NOT NULL "
            "ORDER BY height DESC LIMIT 1"
        ).fetchone()
        return None if row is None else (row[0], cosignatures(row[1]))

    def open_checkpoints(self, below: int, limit: int) -> list[int]:
        """Heights below `below` whose checkpoint still lacks a quorum, newest first."""
        rows = self._db.execute(
            "SELECT height FROM checkpoints WHERE cosignatures IS NULL AND height < ? "
            "ORDER BY height DESC LIMIT ?",
            (below, limit),
        )
        return [height for (height,) in rows]

    # -- documents --------------------------------------------------------------------------

    def final(self, digests: Sequence[bytes]) -> set[bytes]:
        """Which of these documents, by their 32 byte digests, are committed or refused."""
        known: set[bytes] = set()
        for start in range(0, len(digests), IDS_PER_QUERY):
            some = digests[start : start + IDS_PER_QUERY]
            marks = ",".join("?" * len(some))
            for query, values in (
                (f"SELECT id FROM documents WHERE prefix IN ({marks})", list(map(prefix, some))),
                (f"SELECT id FROM refusals WHERE id IN ({marks})", some),
            ):
                known.update(identity for (identity,) in self._db.execute(query, values))
        return known

    def outcome(self, identity: str) -> Final | None:
        """The final state of a document, None while it has none."""
        raw = raw_id(identity)
        for row in self._db.execute(
            f"{_FINAL} JOIN blocks USING (height) WHERE prefix = ?", (prefix(raw),)
        ):
            if row[1] == raw:
                return _final(row)
        row = self._db.execute(
            "SELECT height, batch, start, length, code, message, path, time_ms "
            "FROM refusals JOIN blocks USING (height) WHERE refusals.id = ?",
            (raw,),
        ).fetchone()
        if row is None:
            return None
        height, batch, start, length, code, message, path, time_ms = row
        place = Place(batch, start, length)
        return Final(identity, height, time_ms, place, None, Refusal(code, message, path), {})

    def committed_place(self, identity: str) -> Place | None:
        """Where a committed document stands; None for any other."""
        raw = raw_id(identity)
        query = "SELECT id, batch, start, length FROM documents WHERE prefix = ?"
        for found, batch, start, length in self._db.execute(query, (prefix(raw),)):
            if found == raw:
                return Place(batch, start, length)
        return None

    def jws(self, place: Place) -> bytes:
        """A document's bytes."""
        query = "SELECT substr(data, ?, ?) FROM batches WHERE number = ?"
        return bytes(self._value(query, (place.start + 1, place.length, place.batch)))

    def search(
        self, *, after: int, limit: int, kind: str | None, issuer: str | None, ucr: str | None
    ) -> list[Final]:
        """Committed documents with leaf > `after`, in log order, that match all that is given."""
        wheres, values = ["leaf > ?"], [after]
        source = "documents"
        for column, name in (("type", kind), ("issuer", issuer)):
            if name is not None:
                wheres.append(f"{column} = (SELECT number FROM names WHERE name = ?)")
                values.append(name)  # type: ignore[arg-type]
        if ucr is not None:
            source = "consignments CROSS JOIN documents USING (leaf)"
            wheres.append("ucr = ?")
            values.append(ucr)  # type: ignore[arg-type]
        query = _FINAL.replace("FROM documents", f"FROM {source}")
        return [
            _final(row)
            for row in self._db.execute(
                f"{query} JOIN blocks USING (height) "
                f"WHERE {' AND '.join(wheres)} ORDER BY leaf LIMIT ?",
                (*values, limit),
            )
        ]

    def numbered(self, kind: str, issuer: str, number: str) -> list[Final]:
        """The document of this type to which its issuer gave this number, or none.

        The standard types' contracts keep numbers in the state, of titles with the title itself.
        """
        name = f"{kind.split(':')[2]}/{issuer}/{number.translate(_SMALL)}"
        for key in (f"number/{name}", f"title/{name}"):
            value = self.get(key)
            found = None if value is None else canonical.decode(value)
            identity = found.get("document") if isinstance(found, dict) else found
            if isinstance(identity, str) and re.match(ID_PATTERN, identity):
                final = self.outcome(identity)
                if final is not None and final.leaf is not None:
                    return [final]
        return []

    # -- helpers ----------------------------------------------------------------------------

    def _value(self, query: str, values: Iterable[Any]) -> Any:
        row = self._db.execute(query, tuple(values)).fetchone()
        return None if row is None else row[0]

    def _bytes(self, query: str, values: Iterable[Any]) -> bytes | None:
        value: bytes | None = self._value(query, values)
        return value

    def _batches(self, where: str, values: tuple[Any, ...]) -> Iterator[StoredBatch]:
        for number, data, signature, unverified, height in self._db.execute(
            f"SELECT number, data, signature, unverified, height FROM batches {where}", values
        ):
            positions = wire.unpack(unverified, 4096, "positions") if unverified else []
            yield StoredBatch(number, Batch.parse(data), signature, tuple(positions), height)


def cosignatures(data: bytes | None) -> list[tuple[int, bytes]]:
    """(validator index, signature) of a `cosignatures` column."""
    if data is None:
        return []
    pairs = wire.unpack(data, COSIGNATURES_BYTES_MAX, "cosignatures")
    return [(index, signature) for index, signature in pairs]


def _final(row: tuple[Any, ...]) -> Final:
    leaf, raw, height, batch, start, length, notes, time_ms = row
    return Final(
        id=base64url(raw),
        height=height,
        time_ms=time_ms,
        place=Place(batch, start, length),
        leaf=leaf,
        refusal=None,
        notes=canonical.decode(notes, NOTES_DEPTH_MAX) if notes else {},
    )
