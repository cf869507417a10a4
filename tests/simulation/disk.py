"""What survives. A process that dies leaves all that it wrote; a machine that loses power leaves
what was synced, and of the rest some part that nobody chose."""

import zlib
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from cocket.consensus.effects import Finalized

HEADER_BYTES = 8


@dataclass(slots=True)
class Disk:
    """A journal of records, each with its length and checksum; and what the application stored,
    whose every write is its own sync.

    `written` holds the records since the last sync, `journal` the bytes that are safe.
    """

    journal: bytearray = field(default_factory=bytearray)
    written: list[bytes] = field(default_factory=list)
    chain: list[Finalized] = field(default_factory=list)
    batches: dict[bytes, None] = field(default_factory=dict)
    own_batches: dict[bytes, None] = field(default_factory=dict)

    def append(self, record: bytes) -> None:
        """Write a record; it is lost or torn if the power fails before the next sync."""
        self.written.append(_framed(record))

    def sync(self) -> None:
        """All that was written is safe."""
        self.journal += b"".join(self.written)
        self.written.clear()

    def replace(self, records: list[bytes]) -> None:
        """Compaction: a new file, synced, then renamed over the old one."""
        self.journal = bytearray(b"".join(map(_framed, records)))

    def cut_power(self, chance: Random) -> str:
        """Of the bytes that were not synced some first part remains: "lost" or "torn" is what
        happened to the rest, "" if there is none."""
        ends = list(accumulate(map(len, self.written)))
        tail = b"".join(self.written)
        self.written.clear()
        if not tail:
            return ""
        kept = chance.choice([0, len(tail), chance.choice(ends), chance.randrange(len(tail))])
        self.journal += tail[:kept]
        if kept == len(tail):
            return ""
        return "lost" if kept in (0, *ends) else "torn"

    def boot(self) -> list[bytes]:
        """The records. A torn end is cut off, and what a killed process wrote is synced before
        anyone relies on it: it may be nowhere but in memory yet."""
        self.sync()
        records, size = _parse(bytes(self.journal))
        del self.journal[size:]
        return records

    @property
    def records(self) -> list[bytes]:
        """The whole records that are safe."""
        return _parse(bytes(self.journal))[0]


def _framed(record: bytes) -> bytes:
    return len(record).to_bytes(4) + zlib.crc32(record).to_bytes(4) + record


def _parse(data: bytes) -> tuple[list[bytes], int]:
    """The whole records at the beginning of `data`, and how many bytes they fill."""
    records: list[bytes] = []
    offset = 0
    while offset + HEADER_BYTES <= len(data):
        length = int.from_bytes(data[offset : offset + 4])
        checksum = int.from_bytes(data[offset + 4 : offset + HEADER_BYTES])
        record = data[offset + HEADER_BYTES : offset + HEADER_BYTES + length]
        if len(record) < length or zlib.crc32(record) != checksum:
            break
        records.append(record)
        offset += HEADER_BYTES + length
    return records, offset
