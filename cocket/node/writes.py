"""Everything that is ever written to the database, each a function for `Writer.run`."""

import sqlite3
from base64 import urlsafe_b64decode
from collections.abc import Callable

from cocket.ledger import canonical, wire
from cocket.ledger.batches import Batch
from cocket.node.records import AppliedBlock, Head, Place

Write = Callable[[sqlite3.Connection], None]
_PREFIX_SHIFT = 1 << 63


def raw_id(document_id: str) -> bytes:
    """The 32 bytes of a document id."""
    return urlsafe_b64decode(document_id + "=")


def prefix(identity: bytes) -> int:
    """The first 8 bytes of an id as SQLite's signed integer."""
    return int.from_bytes(identity[:8], "big") - _PREFIX_SHIFT


def set_meta(name: str, value: bytes) -> Write:
    """Keep one named value."""
    return lambda db: _meta(db, name, value)


def store_batch(
    batch: Batch, signature: bytes, unverified: tuple[int, ...]
) -> Callable[[sqlite3.Connection], int]:
    """Keep a verified batch; returns its number. Keeping it twice is keeping it once."""

    def write(db: sqlite3.Connection) -> int:
        row = db.execute("SELECT number FROM batches WHERE id = ?", (batch.id,)).fetchone()
        if row is not None:
            return int(row[0])
        cursor = db.execute(
            "INSERT INTO batches (id, author, sequence, signature, unverified, data) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                batch.id,
                batch.author,
                batch.sequence,
                signature,
                wire.pack(list(unverified)) if unverified else None,
                batch.data,
            ),
        )
        return int(cursor.lastrowid or 0)

    return write


def apply_block(applied: AppliedBlock) -> Write:
    """Keep a block with all it did: index, state, tree, checkpoint and head, or none of them."""

    def write(db: sqlite3.Connection) -> None:
        block = applied.block
        db.execute(
            "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)",
            (
                block.height,
                block.id,
                block.data,
                applied.certificate,
                block.time_ms,
                applied.head.log.size,
            ),
        )
        db.executemany(
            "UPDATE batches SET height = ? WHERE id = ? AND height IS NULL",
            [(block.height, batch) for batch in block.batches],
        )
        _documents(db, applied)
        removed = [(key,) for key, value in applied.state.items() if value is None]
        db.executemany("DELETE FROM state WHERE key = ?", removed)
        db.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?)",
            [(key, value) for key, value in applied.state.items() if value is not None],
        )
        db.executemany(
            "INSERT OR REPLACE INTO tiles VALUES (?, ?, ?)",
            [(level, index, hashes) for (level, index), hashes in applied.tiles.items()],
        )
        if applied.checkpoint is not None:
            db.execute(
                "INSERT INTO checkpoints VALUES (?, ?, ?, ?, NULL)",
                (
                    block.height,
                    applied.checkpoint.size,
                    str(applied.checkpoint),
                    applied.own_cosignature,
                ),
            )
        _meta(db, "head", applied.head.encode())

    return write


def initial_state(head: Head, state: dict[str, bytes], genesis_hash: bytes) -> Write:
    """The state that genesis sets up, at height 0."""

    def write(db: sqlite3.Connection) -> None:
        db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state.items())
        _meta(db, "genesis", genesis_hash)
        _meta(db, "head", head.encode())

    return write


def store_cosignatures(height: int, cosignatures: list[tuple[int, bytes]]) -> Write:
    """Keep a quorum's cosignatures (validator index, signature) of the checkpoint at `height`."""
    data = wire.pack([list(pair) for pair in cosignatures])

    def write(db: sqlite3.Connection) -> None:
        db.execute(
            "UPDATE checkpoints SET cosignatures = ? WHERE height = ? AND cosignatures IS NULL",
            (data, height),
        )

    return write


def _documents(db: sqlite3.Connection, applied: AppliedBlock) -> None:
    height = applied.block.height
    names = _numbers(db, {n for each in applied.documents for n in (each.type, each.issuer)})
    rows = []
    for each in applied.documents:
        rows.append(
            (
                each.leaf,
                prefix(each.digest),
                each.digest,
                height,
                *_place(each.place),
                names[each.type],
                names[each.issuer],
                canonical.encode(each.notes) if each.notes else None,
            )
        )
    db.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.executemany(
        "INSERT OR IGNORE INTO consignments VALUES (?, ?)",
        [(ucr, each.leaf) for each in applied.documents for ucr in each.ucr],
    )
    db.executemany(
        "INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                each.digest,
                height,
                *_place(each.place),
                each.refusal.code,
                each.refusal.message,
                each.refusal.path,
            )
            for each in applied.refusals
        ],
    )


def _place(place: Place) -> tuple[int, int, int]:
    return place.batch, place.start, place.length


def _numbers(db: sqlite3.Connection, names: set[str]) -> dict[str, int]:
    """Small numbers for the few names (types, issuers) that stand in every row."""
    numbers = {}
    for name in sorted(names):
        row = db.execute("SELECT number FROM names WHERE name = ?", (name,)).fetchone()
        if row is None:
            cursor = db.execute("INSERT INTO names (name) VALUES (?)", (name,))
            numbers[name] = int(cursor.lastrowid or 0)
        else:
            numbers[name] = int(row[0])
    return numbers


def _meta(db: sqlite3.Connection, name: str, value: bytes) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
