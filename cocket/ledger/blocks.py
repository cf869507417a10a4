"""Blocks, and the votes and certificates of consensus about them (DESIGN §5).

    block        [1, network, epoch, view, height, parent id, time_ms, [batch id, …]]   id = SHA-256
    notarize     "cocket/notarize/1\\n" + [network, epoch, view, block id]
    nullify      "cocket/nullify/1\\n"  + [network, epoch, view]
    finalize     "cocket/finalize/1\\n" + [network, epoch, view, block id]
    vote         [kind, epoch, view, block id or nil, validator, signature]
    certificate  [kind, epoch, view, block id or nil, [[validator, signature], …]]

A validator is named by its index in the committee of its epoch.
Kinds: 1 notarize, 2 nullify, 3 finalize.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Any, Self

from cocket.ledger import wire
from cocket.ledger.errors import Malformed

VERSION = 1
BATCHES_MAX = 64
NETWORK_CHARACTERS_MAX = 64
VALIDATORS_MIN = 4
VALIDATORS_MAX = 100
SIGNATURE_BYTES = 64
BLOCK_BYTES_MAX = 256 + BATCHES_MAX * 34
CERTIFICATE_BYTES_MAX = 128 + VALIDATORS_MAX * 70


class Kind(IntEnum):
    """What a vote says about a view."""

    NOTARIZE = 1
    NULLIFY = 2
    FINALIZE = 3


LABELS = {
    Kind.NOTARIZE: b"cocket/notarize/1\n",
    Kind.NULLIFY: b"cocket/nullify/1\n",
    Kind.FINALIZE: b"cocket/finalize/1\n",
}


def faults_tolerated(validators: int) -> int:
    """f: how many of n validators may be faulty in any way."""
    return (validators - 1) // 3


def quorum(validators: int) -> int:
    """n - f. Never 2f + 1: that is wrong for every n that is not 3f + 1."""
    return validators - faults_tolerated(validators)


@dataclass(frozen=True, slots=True)
class Block:
    """A leader's proposal: the batches that come next after `parent` (32 bytes, a block id).

    `view` and `height` count from 1; height 0 is genesis. `time_ms` is milliseconds since 1970.
    """

    network: str
    epoch: int
    view: int
    height: int
    parent: bytes
    time_ms: int
    batches: tuple[bytes, ...]
    data: bytes = field(init=False, repr=False, compare=False)
    id: bytes = field(init=False)

    def __post_init__(self) -> None:
        data = wire.pack(
            [
                VERSION,
                self.network,
                self.epoch,
                self.view,
                self.height,
                self.parent,
                self.time_ms,
                list(self.batches),
            ]
        )
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "id", sha256(data).digest())

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The block in `data`; `Malformed` unless it is exactly what `.data` would be."""
        block = wire.unpack(data, BLOCK_BYTES_MAX, "block")
        version, network, epoch, view, height, parent, time_ms, batches = wire.fields(
            block, 8, "block"
        )
        if wire.integer(version, "block version") != VERSION:
            raise Malformed(f"block: version {version} is not known here")
        for batch in wire.array(batches, "block batches", BATCHES_MAX):
            wire.octets(batch, "block batch id")
        if len(set(batches)) != len(batches):
            raise Malformed("block: names a batch twice")
        return cls(
            network=wire.text(network, "block network", NETWORK_CHARACTERS_MAX),
            epoch=wire.integer(epoch, "block epoch"),
            view=wire.integer(view, "block view"),
            height=wire.integer(height, "block height"),
            parent=wire.octets(parent, "block parent"),
            time_ms=wire.integer(time_ms, "block time"),
            batches=tuple(batches),
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What is voted on: the kind, the view, and the block (None for nullify alone)."""

    kind: Kind
    epoch: int
    view: int
    block: bytes | None

    def __post_init__(self) -> None:
        if (self.block is None) != (self.kind is Kind.NULLIFY):
            raise Malformed("vote: nullify names no block, notarize and finalize name one")

    def signed_bytes(self, network: str) -> bytes:
        """What a validator's `vote` key signs: the kind's label and the canonical subject."""
        named: list[Any] = [network, self.epoch, self.view]
        if self.block is not None:
            named.append(self.block)
        return LABELS[self.kind] + wire.pack(named)

    @classmethod
    def of(cls, kind: Any, epoch: Any, view: Any, block: Any) -> Self:
        """A subject from decoded fields; `Malformed` for anything else."""
        if type(kind) is not int or kind not in (1, 2, 3):
            raise Malformed("vote: unknown kind")
        return cls(
            kind=Kind(kind),
            epoch=wire.integer(epoch, "vote epoch"),
            view=wire.integer(view, "vote view"),
            block=None if block is None else wire.octets(block, "vote block"),
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """One validator's signed word on a subject."""

    subject: Subject
    validator: int
    signature: bytes

    def to_fields(self) -> list[Any]:
        """The wire fields, in order."""
        s = self.subject
        return [int(s.kind), s.epoch, s.view, s.block, self.validator, self.signature]

    @classmethod
    def from_fields(cls, value: Any) -> Self:
        """A vote from decoded fields; `Malformed` for anything else. Signature not yet checked."""
        kind, epoch, view, block, validator, signature = wire.fields(value, 6, "vote")
        return cls(
            Subject.of(kind, epoch, view, block),
            wire.integer(validator, "vote validator", VALIDATORS_MAX - 1),
            wire.octets(signature, "vote signature", SIGNATURE_BYTES),
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """Votes of a quorum on one subject, by ascending validator, none twice."""

    subject: Subject
    signatures: tuple[tuple[int, bytes], ...]

    def __post_init__(self) -> None:
        validators = [validator for validator, _ in self.signatures]
        if validators != sorted(set(validators)):
            raise Malformed("certificate: validators are not in ascending order, each once")

    def to_fields(self) -> list[Any]:
        """The wire fields, in order."""
        s = self.subject
        return [int(s.kind), s.epoch, s.view, s.block, [list(pair) for pair in self.signatures]]

    @classmethod
    def from_fields(cls, value: Any) -> Self:
        """A certificate from decoded fields; `Malformed` otherwise. Signatures not yet checked."""
        kind, epoch, view, block, signatures = wire.fields(value, 5, "certificate")
        pairs = []
        for pair in wire.array(signatures, "certificate signatures", VALIDATORS_MAX, minimum=1):
            index, signature = wire.fields(pair, 2, "certificate signature")
            wire.integer(index, "certificate validator", VALIDATORS_MAX - 1)
            pairs.append((index, wire.octets(signature, "certificate signature", SIGNATURE_BYTES)))
        return cls(Subject.of(kind, epoch, view, block), tuple(pairs))

    @property
    def data(self) -> bytes:
        """The canonical bytes."""
        return wire.pack(self.to_fields())

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The certificate in `data`; `Malformed` unless it is exactly what `.data` would be."""
        return cls.from_fields(wire.unpack(data, CERTIFICATE_BYTES_MAX, "certificate"))
