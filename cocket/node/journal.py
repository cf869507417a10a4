"""The consensus journal on disk: what this validator has signed and seen, before it says so.

    record   length (u32, big-endian), CRC-32 of the bytes (u32), the bytes (consensus.journal)

Appended and fdatasync'ed before any vote leaves. A torn last record (a crash in the middle of an
append that was never acknowledged) is cut off at start; damage anywhere else stops the node,
because a validator that forgot a vote could cast another.
"""

import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

from cocket.node.database import is_full
from cocket.node.problems import NodeError, StorageFull

FRAME = struct.Struct(">II")
RECORD_BYTES_MAX = 1024 * 1024
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
            _sync_directory(path)
        data = path.read_bytes()
        self.records, self._size = _parse(path, data)
        if self._size < len(data):
            os.ftruncate(self._file, self._size)
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
        data = b"".join(map(_framed, records))
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
        """Replace the whole journal, atomically: a new file, synced, then renamed over the old."""
        data = b"".join(map(_framed, records))
        new = self._path.with_suffix(".new")
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            _write_all(file, data)
            os.fsync(file)
            os.replace(new, self._path)
        except OSError as error:
            os.close(file)
            new.unlink(missing_ok=True)
            if is_full(error):
                raise StorageFull(self._path) from None
            raise
        _sync_directory(self._path)
        os.close(self._file)
        self._file = file
        self._size = self._compacted_size = len(data)

    def close(self) -> None:
        """Release the file."""
        os.close(self._file)


def _framed(record: bytes) -> bytes:
    return FRAME.pack(len(record), zlib.crc32(record)) + record


def _parse(path: Path, data: bytes) -> tuple[list[bytes], int]:
    """The records and how many bytes of `data` they fill."""
    records = []
    offset = 0
    while offset < len(data):
        if offset + FRAME.size > len(data):
            break
        length, checksum = FRAME.unpack_from(data, offset)
        end = offset + FRAME.size + length
        if not 0 < length <= RECORD_BYTES_MAX or end > len(data):
            break
        record = data[offset + FRAME.size : end]
        if zlib.crc32(record) != checksum:
            if end < len(data):
                raise NodeError(
                    "damaged-journal",
                    f"{path} is damaged at byte {offset}, with good records after it. A validator "
                    "that forgot a vote could contradict it: keep this node off, and read 'If the "
                    "journal is lost' in docs/operators.md",
                )
            break
        records.append(record)
        offset = end
    return records, offset


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_directory(path: Path) -> None:
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
