"""The consensus journal on disk: what this validator has signed and seen, before it says so.

    append   length of the records (u32, big-endian), CRC-32 of the records (u32),
             CRC-32 of these eight bytes (u32), the records
    record   length (u32), the bytes (consensus.journal)

Appended as one and fdatasync'ed before any vote leaves. Only the last append can be torn, by a
crash before it was acknowledged: its records end early, do not match their checksum, or it is but
zeros. Such an end is cut off at start. Anything else is damage and stops the node, because a
validator that forgot a vote could cast another. A header vouches for itself, so that a damaged
length cannot pass for a torn end.
"""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from cocket.node.database import is_full
from cocket.node.problems import NodeError, StorageFull

HEADER = struct.Struct(">III")
CHECKED_BYTES = 8
"""So many bytes of a header are covered by the checksum at its end."""
LENGTH = struct.Struct(">I")
COMPACT_BYTES = 1024 * 1024
"""The journal is rewritten, without what is final, when it has grown by this much."""


class JournalFile:
    """An append-only file of records. Methods block on the disk: call them in a worker."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal and read it; the records are in `.records` until taken."""
        self._path = path
        fresh = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if fresh:
            sync_directory(path)
        data = path.read_bytes()
        self.records, self._size = _parse(path, data)
        if self._size < len(data):
            os.ftruncate(self._file, self._size)
        # What a killed process wrote may be in memory alone, and is about to be said again.
        os.fsync(self._file)
        self._compacted_size = self._size

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._size

    @property
    def wants_compaction(self) -> bool:
        """Whether it has grown enough since the last rewrite."""
        return self._size > self._compacted_size + COMPACT_BYTES

    def append(self, records: Iterable[bytes]) -> None:
        """Write and fdatasync; on a full disk nothing remains of it and `StorageFull` is raised."""
        data = _framed(records)
        try:
            _write_all(self._file, data)
            os.fdatasync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._size)
            if is_full(error):
                raise StorageFull(self._path) from None
            raise
        self._size += len(data)

    def rewrite(self, records: Iterable[bytes]) -> None:
        """Replace the whole journal, atomically: a new file, synced, then renamed over the old.
        On a full disk the old one stays in use and `StorageFull` is raised."""
        data = _framed(records)
        new = self._path.with_suffix(".new")
        try:
            file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
            try:
                _write_all(file, data)
                os.fsync(file)
                os.replace(new, self._path)
            except OSError:
                os.close(file)
                raise
        except OSError as error:
            new.unlink(missing_ok=True)
            if is_full(error):
                raise StorageFull(self._path) from None
            raise
        sync_directory(self._path)
        os.close(self._file)
        self._file = file
        self._size = self._compacted_size = len(data)

    def close(self) -> None:
        """Release the file."""
        os.close(self._file)


def read_records(path: Path) -> list[bytes]:
    """What a journal says, without opening it for writing; `NodeError` where it is damaged."""
    return _parse(path, path.read_bytes())[0]


def _framed(records: Iterable[bytes]) -> bytes:
    payload = b"".join(LENGTH.pack(len(record)) + record for record in records)
    header = HEADER.pack(len(payload), zlib.crc32(payload), 0)[:CHECKED_BYTES]
    return header + LENGTH.pack(zlib.crc32(header)) + payload


def _parse(path: Path, data: bytes) -> tuple[list[bytes], int]:
    """The records and how many bytes of `data` the whole appends among them fill."""
    records: list[bytes] = []
    offset = 0
    while offset + HEADER.size <= len(data):
        length, checksum, header_checksum = HEADER.unpack_from(data, offset)
        if zlib.crc32(data[offset : offset + CHECKED_BYTES]) != header_checksum:
            if any(data[offset:]):
                raise _damaged(path, offset)
            break
        begin = offset + HEADER.size
        payload = data[begin : begin + length]
        if zlib.crc32(payload) != checksum or len(payload) < length:
            if begin + length < len(data):
                raise _damaged(path, offset)
            break
        records += _split(payload)
        offset = begin + length
    return records, offset


def _split(payload: bytes) -> Iterator[bytes]:
    """The records of one append, whose checksum was good."""
    offset = 0
    while offset < len(payload):
        (length,) = LENGTH.unpack_from(payload, offset)
        offset += LENGTH.size
        yield payload[offset : offset + length]
        offset += length


def _damaged(path: Path, offset: int) -> NodeError:
    return NodeError(
        "damaged-journal",
        f"{path} is damaged at byte {offset}, and not by a crash while it was written. A validator "
        "that forgot a vote could contradict it. Move the file away and start again: without it "
        "the node abstains until it knows from the other validators where it may vote (see 'If the "
        "journal is lost' in docs/operators.md)",
    )


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def sync_directory(path: Path) -> None:
    """Make durable that the file `path` was made, renamed or removed."""
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
