"""What peers say to each other: one frozen class a kind, in canonical MessagePack, at most 1 MiB.

    [1, version, network, genesis hash, height]     Hello        first, both ways
    [2]                                             Alive        said when there is nothing to say
    [3, message]                                    ConsensusFrame
    [4, batch, author's signature]                  BatchFrame
    [5, height, checkpoint text, cosignature]       CosignatureFrame
    [6, [batch id, …]]                              Offer
    [7, height]                                     Height
    [8, number, question]                           Asked        a question: see `questions`
    [9, number, answer]                             Answered     the answer to that number
    [10]                                            Freight      first, on a second connection

`decode` accepts exactly what `encode` makes; anything else is `Malformed` and ends the session.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from cocket.ledger import wire
from cocket.ledger.blocks import NETWORK_CHARACTERS_MAX, SIGNATURE_BYTES
from cocket.ledger.errors import Malformed
from cocket.network import questions
from cocket.network.questions import Answer, Question

VERSION = 2
FRAME_BYTES_MAX = 1024 * 1024
CONSENSUS_BYTES_MAX = FRAME_BYTES_MAX - 7
"""A frame less its array, its kind and the length of the message."""
CHECKPOINT_CHARACTERS_MAX = 256
OFFER_BATCHES_MAX = 1024


@dataclass(frozen=True, slots=True)
class Hello:
    """Who speaks which version, for which network, and how far it is."""

    kind: ClassVar[int] = 1
    version: int
    network: str
    genesis_hash: bytes
    height: int

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.version, self.network, self.genesis_hash, self.height]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        version, network, genesis_hash, height = wire.fields(fields, 4, "hello")
        return cls(
            wire.integer(version, "hello version"),
            wire.text(network, "hello network", NETWORK_CHARACTERS_MAX),
            wire.octets(genesis_hash, "hello genesis hash"),
            wire.integer(height, "hello height"),
        )


@dataclass(frozen=True, slots=True)
class Alive:
    """Nothing to say, but still here."""

    kind: ClassVar[int] = 2

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return []

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        wire.fields(fields, 0, "alive")
        return cls()


@dataclass(frozen=True, slots=True)
class ConsensusFrame:
    """An encoded message of consensus; `cocket.consensus` knows what it says."""

    kind: ClassVar[int] = 3
    data: bytes

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.data]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        (data,) = wire.fields(fields, 1, "consensus")
        return cls(questions.blob(data, "consensus message", CONSENSUS_BYTES_MAX))


@dataclass(frozen=True, slots=True)
class BatchFrame:
    """A batch (`Batch.data`) as its author signed it. Neither is parsed or verified yet."""

    kind: ClassVar[int] = 4
    batch: bytes
    signature: bytes

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.batch, self.signature]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        batch, signature = wire.fields(fields, 2, "batch frame")
        return cls(
            questions.blob(batch, "batch", questions.BATCH_BYTES_MAX),
            wire.octets(signature, "batch signature", SIGNATURE_BYTES),
        )


@dataclass(frozen=True, slots=True)
class CosignatureFrame:
    """A validator's cosignature (time and signature) under the checkpoint of a height."""

    kind: ClassVar[int] = 5
    height: int
    checkpoint: str
    cosignature: bytes

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.height, self.checkpoint, self.cosignature]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        height, checkpoint, cosignature = wire.fields(fields, 3, "cosignature frame")
        return cls(
            wire.integer(height, "cosignature height"),
            wire.text(checkpoint, "checkpoint", CHECKPOINT_CHARACTERS_MAX),
            wire.octets(cosignature, "cosignature", questions.COSIGNATURE_BYTES),
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """Batches that are held here and not yet ordered; the peer fetches what it lacks."""

    kind: ClassVar[int] = 6
    batches: tuple[bytes, ...]

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [list(self.batches)]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        (ids,) = wire.fields(fields, 1, "offer")
        return cls(questions.ids(ids, "offer", OFFER_BATCHES_MAX))


@dataclass(frozen=True, slots=True)
class Height:
    """The last block that is final here. A claim: believe it of f + 1 peers."""

    kind: ClassVar[int] = 7
    height: int

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.height]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        (height,) = wire.fields(fields, 1, "height")
        return cls(wire.integer(height, "height"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `number` ties the answer to it and counts up within a session."""

    kind: ClassVar[int] = 8
    number: int
    question: Question

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.number, questions.to_value(self.question)]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        number, question = wire.fields(fields, 2, "question")
        return cls(wire.integer(number, "question number"), questions.question(question))


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to the question of this number."""

    kind: ClassVar[int] = 9
    number: int
    answer: Answer

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.number, questions.to_value(self.answer)]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        number, answer = wire.fields(fields, 2, "answer")
        return cls(wire.integer(number, "answer number"), questions.answer(answer))


@dataclass(frozen=True, slots=True)
class Freight:
    """In the place of a Hello: this connection belongs to the session that its caller has, and
    carries what may wait."""

    kind: ClassVar[int] = 10

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return []

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The frame of decoded fields; `Malformed` otherwise."""
        wire.fields(fields, 0, "freight")
        return cls()


Notice = ConsensusFrame | BatchFrame | CosignatureFrame | Offer | Height
"""What a node hears from a peer; the other frames are between the two ends of a session."""

Frame = Hello | Alive | Notice | Asked | Answered | Freight

KINDS: dict[int, type[Frame]] = {
    each.kind: each
    for each in (
        Hello,
        Alive,
        ConsensusFrame,
        BatchFrame,
        CosignatureFrame,
        Offer,
        Height,
        Asked,
        Answered,
        Freight,
    )
}


def encode(frame: Frame) -> bytes:
    """The canonical bytes of a frame."""
    data = wire.pack([frame.kind, *frame.to_fields()])
    assert len(data) <= FRAME_BYTES_MAX, f"a frame of kind {frame.kind} has {len(data)} bytes"
    return data


def decode(data: bytes) -> Frame:
    """The frame in `data`; `Malformed` unless it is exactly what `encode` would make."""
    kind, *fields = wire.array(wire.unpack(data, FRAME_BYTES_MAX, "frame"), "frame", 8, minimum=1)
    known = KINDS.get(kind) if type(kind) is int else None
    if known is None:
        raise Malformed("frame: of a kind that is not known here")
    return known.from_fields(fields)
