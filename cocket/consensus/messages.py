"""What replicas send each other.

    proposal     [1, block bytes, signature]               signature: the leader's notarize vote
    vote         [2, kind, epoch, view, block id or nil, validator, signature]
    certificate  [3, kind, epoch, view, block id or nil, [[validator, signature], …]]
    ask          [4, epoch, last view, block id or nil]
    recall       [5, epoch, nonce]
    newest       [6, epoch, nonce, certificate fields or nil]
    held         [7, epoch, [batch id, …]]

Blocks, votes and certificates are those of `cocket.ledger.blocks`.
"""

from dataclasses import dataclass
from typing import Any

from cocket.ledger import wire
from cocket.ledger.blocks import (
    BATCHES_MAX,
    BLOCK_BYTES_MAX,
    CERTIFICATE_BYTES_MAX,
    SIGNATURE_BYTES,
    Block,
    Certificate,
    Kind,
    Subject,
    Vote,
)
from cocket.ledger.errors import Malformed

NONCE_BYTES = 16
HELD_MAX = BATCHES_MAX
MESSAGE_BYTES_MAX = max(BLOCK_BYTES_MAX + SIGNATURE_BYTES, CERTIFICATE_BYTES_MAX) + 64


@dataclass(frozen=True, slots=True)
class Proposal:
    """The leader's block, with its notarize vote on it: proposal and vote are one signature."""

    block: Block
    signature: bytes

    def vote(self, leader: int) -> Vote:
        """The notarize vote that this proposal is."""
        return Vote(notarize(self.block), leader, self.signature)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for certificates the sender lacks: the notarization of `block` if one is named,
    and what ended `last` and the views before it (0: none)."""

    epoch: int
    last: int
    block: bytes | None


@dataclass(frozen=True, slots=True)
class Recall:
    """A question of one that lost its journal: what is the newest certificate you hold? The answer
    repeats the nonce (16 bytes)."""

    epoch: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Newest:
    """The answer: the certificate by which the sender entered its view; None in the first."""

    epoch: int
    nonce: bytes
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class Held:
    """Batches that the sender holds, 1 to `HELD_MAX` (see `caution`)."""

    epoch: int
    batches: tuple[bytes, ...]


Message = Proposal | Vote | Certificate | Ask | Recall | Newest | Held


def notarize(block: Block) -> Subject:
    """The subject of a notarize vote on `block`."""
    return Subject(Kind.NOTARIZE, block.epoch, block.view, block.id)


def encode(message: Message) -> bytes:
    """The canonical bytes of a message."""
    match message:
        case Proposal(block, signature):
            return wire.pack([1, block.data, signature])
        case Vote():
            return wire.pack([2, *message.to_fields()])
        case Certificate():
            return wire.pack([3, *message.to_fields()])
        case Ask(epoch, last, block_id):
            return wire.pack([4, epoch, last, block_id])
        case Recall(epoch, nonce):
            return wire.pack([5, epoch, nonce])
        case Newest(epoch, nonce, certificate):
            proof = None if certificate is None else certificate.to_fields()
            return wire.pack([6, epoch, nonce, proof])
        case Held(epoch, batches):
            return wire.pack([7, epoch, list(batches)])


def decode(data: bytes) -> Message:
    """The message in `data`; `Malformed` unless `data` is exactly what `encode` makes of it.

    No signature is checked here.
    """
    tag, *value = wire.unpack(data, MESSAGE_BYTES_MAX, "message") or [None]
    match wire.integer(tag, "message kind"):
        case 1:
            block, signature = wire.fields(value, 2, "proposal")
            if not isinstance(block, bytes):
                raise Malformed("proposal: the block is not bytes")
            return Proposal(
                Block.parse(block), wire.octets(signature, "proposal signature", SIGNATURE_BYTES)
            )
        case 2:
            return Vote.from_fields(value)
        case 3:
            return Certificate.from_fields(value)
        case 4:
            return _ask(value)
        case 5:
            epoch, nonce = wire.fields(value, 2, "recall")
            return Recall(
                wire.integer(epoch, "recall epoch"), wire.octets(nonce, "recall nonce", NONCE_BYTES)
            )
        case 6:
            return _newest(value)
        case 7:
            return _held(value)
    raise Malformed("message: unknown kind")


def _ask(value: list[Any]) -> Ask:
    epoch, last, block = wire.fields(value, 3, "ask")
    return Ask(
        wire.integer(epoch, "ask epoch"),
        wire.integer(last, "ask last view"),
        None if block is None else wire.octets(block, "ask block"),
    )


def _newest(value: list[Any]) -> Newest:
    epoch, nonce, proof = wire.fields(value, 3, "newest")
    return Newest(
        wire.integer(epoch, "newest epoch"),
        wire.octets(nonce, "newest nonce", NONCE_BYTES),
        None if proof is None else Certificate.from_fields(proof),
    )


def _held(value: list[Any]) -> Held:
    epoch, ids = wire.fields(value, 2, "held")
    found = wire.array(ids, "held", HELD_MAX, minimum=1)
    batches = tuple(wire.octets(each, "held batch") for each in found)
    if len(set(batches)) != len(batches):
        raise Malformed("held: a batch is named twice")
    return Held(wire.integer(epoch, "held epoch"), batches)
