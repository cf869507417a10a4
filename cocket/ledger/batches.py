"""Batches: the documents a node took, as it sends them to its peers (DESIGN §5, §7).

[1, author, sequence, [jws, …]]        id = SHA-256; author signs "cocket/batch/1\\n" + id
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from cocket.ledger import wire
from cocket.ledger.document import DOCUMENT_BYTES_MAX
from cocket.ledger.errors import Malformed

VERSION = 1
LABEL = b"cocket/batch/1\n"
DOCUMENTS_MAX = 512
BYTES_MAX = 256 * 1024
ORGANISATION_CHARACTERS_MAX = 32
ENVELOPE_BYTES_MAX = 64 + DOCUMENTS_MAX * 3
"""What author, sequence and the length prefixes of the documents add to the documents' bytes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents in the order in which `author`, an organisation id, took them."""

    author: str
    sequence: int
    documents: tuple[bytes, ...]
    data: bytes = field(init=False, repr=False, compare=False)
    id: bytes = field(init=False)

    def __post_init__(self) -> None:
        data = wire.pack([VERSION, self.author, self.sequence, list(self.documents)])
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "id", sha256(data).digest())

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The batch in `data`; `Malformed` unless it is exactly what `.data` would be."""
        batch = wire.unpack(data, BYTES_MAX + ENVELOPE_BYTES_MAX, "batch")
        version, author, sequence, documents = wire.fields(batch, 4, "batch")
        if wire.integer(version, "batch version") != VERSION:
            raise Malformed(f"batch: version {version} is not known here")
        wire.text(author, "batch author", ORGANISATION_CHARACTERS_MAX)
        wire.integer(sequence, "batch sequence")
        for jws in wire.array(documents, "batch documents", DOCUMENTS_MAX, minimum=1):
            if not isinstance(jws, bytes) or not 0 < len(jws) <= DOCUMENT_BYTES_MAX:
                raise Malformed(f"batch: a document is not 1 to {DOCUMENT_BYTES_MAX} bytes")
        if sum(map(len, documents)) > BYTES_MAX:
            raise Malformed(f"batch: documents of more than {BYTES_MAX} bytes")
        # Made without __post_init__: `unpack` proved that these bytes are the canonical ones.
        self = object.__new__(cls)
        object.__setattr__(self, "author", author)
        object.__setattr__(self, "sequence", sequence)
        object.__setattr__(self, "documents", tuple(documents))
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "id", sha256(data).digest())
        return self

    @property
    def signed_bytes(self) -> bytes:
        """What the author's `vote` key signs."""
        return LABEL + self.id

    def spans(self) -> list[tuple[int, int]]:
        """(offset, length) of each document within `data`, so that one can be read alone."""
        spans = []
        end = len(self.data)
        for jws in reversed(self.documents):
            start = end - len(jws)
            spans.append((start, len(jws)))
            end = start - (2 if len(jws) < 256 else 3)  # MessagePack's bin 8 or bin 16 header
        spans.reverse()
        return spans
