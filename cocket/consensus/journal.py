"""The journal: what a replica must find again after a crash, one record an entry. No I/O here.

    own vote       [1, kind, epoch, view, block id or nil, validator, signature]
    own proposal   [2, block bytes, signature]
    header         [3, block bytes]                        of a block this replica notarized
    certificate    [4, kind, epoch, view, block id or nil, [[validator, signature], …]]
    floor          [5, epoch, view, height, block id, time_ms, certificate fields or nil]
    evidence       [6, vote fields, vote fields]
    lost           [7, epoch, nonce, view or nil]          an earlier journal is gone: `abstention`

Every record names its epoch, so that an old epoch's journal means nothing to the next (failure 4).
The order of the records means nothing either (failure 3): a journal is a set of facts.
"""

from dataclasses import dataclass
from typing import Any

from cocket.consensus.evidence import Evidence
from cocket.consensus.floor import Floor
from cocket.consensus.messages import NONCE_BYTES
from cocket.ledger import wire
from cocket.ledger.blocks import (
    BLOCK_BYTES_MAX,
    CERTIFICATE_BYTES_MAX,
    SIGNATURE_BYTES,
    Block,
    Certificate,
    Vote,
)
from cocket.ledger.errors import Malformed

RECORD_BYTES_MAX = max(BLOCK_BYTES_MAX + SIGNATURE_BYTES, CERTIFICATE_BYTES_MAX) + 128


@dataclass(frozen=True, slots=True)
class OwnVote:
    """A vote this replica signed: it may repeat it, and never cast one that contradicts it."""

    vote: Vote

    @property
    def epoch(self) -> int:
        """The epoch the record belongs to."""
        return self.vote.subject.epoch


@dataclass(frozen=True, slots=True)
class OwnProposal:
    """A block this replica proposed, and its notarize vote on it."""

    block: Block
    signature: bytes

    @property
    def epoch(self) -> int:
        """The epoch the record belongs to."""
        return self.block.epoch


@dataclass(frozen=True, slots=True)
class Header:
    """A block this replica notarized: whoever asks for it later can have it."""

    block: Block

    @property
    def epoch(self) -> int:
        """The epoch the record belongs to."""
        return self.block.epoch


@dataclass(frozen=True, slots=True)
class Learned:
    """A verified certificate."""

    certificate: Certificate

    @property
    def epoch(self) -> int:
        """The epoch the record belongs to."""
        return self.certificate.subject.epoch


@dataclass(frozen=True, slots=True)
class Applied:
    """The floor under a compacted journal: nothing at or below its view is ever signed again."""

    epoch: int
    floor: Floor


@dataclass(frozen=True, slots=True)
class Accused:
    """Evidence against a validator."""

    evidence: Evidence

    @property
    def epoch(self) -> int:
        """The epoch the record belongs to."""
        return self.evidence.first.subject.epoch


@dataclass(frozen=True, slots=True)
class Lost:
    """The journal before this one is lost. `nonce` (16 bytes) is new with each loss; nothing is
    signed in views up to `until`, and as long as that is None, in none at all."""

    epoch: int
    nonce: bytes
    until: int | None = None


Record = OwnVote | OwnProposal | Header | Learned | Applied | Accused | Lost


def encode(record: Record) -> bytes:
    """The canonical bytes of a record."""
    match record:
        case OwnVote(vote):
            return wire.pack([1, *vote.to_fields()])
        case OwnProposal(block, signature):
            return wire.pack([2, block.data, signature])
        case Header(block):
            return wire.pack([3, block.data])
        case Learned(certificate):
            return wire.pack([4, *certificate.to_fields()])
        case Applied(epoch, floor):
            proof = floor.certificate and floor.certificate.to_fields()
            return wire.pack(
                [5, epoch, floor.view, floor.height, floor.block_id, floor.time_ms, proof]
            )
        case Accused(evidence):
            return wire.pack([6, *evidence.to_fields()])
        case Lost(epoch, nonce, until):
            return wire.pack([7, epoch, nonce, until])


def decode(data: bytes) -> Record:
    """The record in `data`; `Malformed` unless `data` is exactly what `encode` makes of it."""
    tag, *value = wire.unpack(data, RECORD_BYTES_MAX, "record") or [None]
    match wire.integer(tag, "record kind"):
        case 1:
            return OwnVote(Vote.from_fields(value))
        case 2:
            block, signature = wire.fields(value, 2, "own proposal")
            return OwnProposal(
                _block(block), wire.octets(signature, "own proposal signature", SIGNATURE_BYTES)
            )
        case 3:
            (block,) = wire.fields(value, 1, "header")
            return Header(_block(block))
        case 4:
            return Learned(Certificate.from_fields(value))
        case 5:
            return _applied(value)
        case 6:
            return Accused(Evidence.from_fields(value))
        case 7:
            epoch, nonce, until = wire.fields(value, 3, "lost")
            return Lost(
                wire.integer(epoch, "lost epoch"),
                wire.octets(nonce, "lost nonce", NONCE_BYTES),
                None if until is None else wire.integer(until, "lost until"),
            )
    raise Malformed("record: unknown kind")


def _block(data: Any) -> Block:
    if not isinstance(data, bytes):
        raise Malformed("record: the block is not bytes")
    return Block.parse(data)


def _applied(value: list[Any]) -> Applied:
    epoch, view, height, block_id, time_ms, proof = wire.fields(value, 6, "floor")
    floor = Floor(
        wire.integer(view, "floor view"),
        wire.integer(height, "floor height"),
        wire.octets(block_id, "floor block"),
        wire.integer(time_ms, "floor time"),
        None if proof is None else Certificate.from_fields(proof),
    )
    return Applied(wire.integer(epoch, "floor epoch"), floor)
