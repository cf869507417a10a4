"""What the node's storage holds, as values: the shapes that `reader` returns and `writes` takes.

What is made once for every document is a msgspec.Struct, which takes a fifth of the time to make.
"""

from dataclasses import dataclass
from typing import Any, Self

import msgspec

from cocket.ledger import wire
from cocket.ledger.batches import Batch
from cocket.ledger.blocks import Block
from cocket.ledger.checkpoint import Checkpoint
from cocket.ledger.errors import Refusal
from cocket.ledger.merkle import CompactRange

HEAD_BYTES_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Head:
    """How far this node has executed: the last applied block, the log and the state after it.

    `state` are the 2,048 bytes of the state's LtHash.
    """

    height: int
    block_id: bytes
    view: int
    time_ms: int
    log: CompactRange
    state: bytes

    def encode(self) -> bytes:
        """The bytes of the `head` row."""
        return wire.pack(
            [
                self.height,
                self.block_id,
                self.view,
                self.time_ms,
                self.log.size,
                list(self.log.peaks),
                self.state,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The head of a `head` row."""
        height, block_id, view, time_ms, size, peaks, state = wire.fields(
            wire.unpack(data, HEAD_BYTES_MAX, "head"), 7, "head"
        )
        return cls(height, block_id, view, time_ms, CompactRange(size, tuple(peaks)), state)


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch on disk. `number` grows with arrival; `unverified` are positions of documents whose
    key this node did not know when the batch came; `height` is the block that ordered it."""

    number: int
    batch: Batch
    signature: bytes
    unverified: tuple[int, ...]
    height: int | None


class Place(msgspec.Struct, frozen=True):
    """Where a document's bytes stand: batch number, first byte, length."""

    batch: int
    start: int
    length: int


class Final(msgspec.Struct, frozen=True):
    """The final state of a document. `leaf` is None and `refusal` set where it was refused.

    `notes` are {"warnings": [...], "unchecked": [...], "read": {key: value or None}}, {} where
    there is nothing to say; "read" is of documents that hide something (`Outcome.read`).
    """

    id: str
    height: int
    time_ms: int
    place: Place
    leaf: int | None
    refusal: Refusal | None
    notes: dict[str, Any]


class NewDocument(msgspec.Struct, frozen=True):
    """A committed document on its way into the index. `digest` are the 32 bytes of its id."""

    id: str
    digest: bytes
    leaf: int
    place: Place
    type: str
    issuer: str
    ucr: tuple[str, ...]
    notes: dict[str, Any]


class NewRefusal(msgspec.Struct, frozen=True):
    """A refused document on its way into the index."""

    id: str
    digest: bytes
    place: Place
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class AppliedBlock:
    """Everything one block changes, written in one transaction."""

    block: Block
    certificate: bytes | None
    head: Head
    documents: tuple[NewDocument, ...]
    refusals: tuple[NewRefusal, ...]
    state: dict[str, bytes | None]
    tiles: dict[tuple[int, int], bytes]
    checkpoint: Checkpoint | None
    own_cosignature: bytes | None
