"""What a peer may be asked, and what it answers (the question's or answer's array in a frame).

    [1, [batch id, …]]          GetBatches   →  [2, [[batch, author's signature], …]]   Batches
    [3, block id]               GetBlock     →  [4, block or nil]                       BlockAnswer
    [5, start, count]           GetChain     →  [6, tip, [link, …]]                     Chain
    [7, height, start]          GetWrites    →  [8, total, [[key, digest], …]]          Writes
                                any          →  [9, reason]                             Unable

    link   [block, certificate or nil, [[cosigner, cosignature], …]]

An answer holds as much as fits in a frame; whoever wants more asks again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from cocket.ledger import batches, wire
from cocket.ledger.blocks import (
    SIGNATURE_BYTES,
    VALIDATORS_MAX,
    Block,
    Certificate,
    Kind,
)
from cocket.ledger.errors import Malformed

ANSWER_BYTES_MAX = 1024 * 1024 - 64
"""A frame less its kind, number and the lengths around them."""
GET_BATCHES_MAX = 256
GET_CHAIN_MAX = 256
CHAIN_LINKS_MAX = 8192
"""More than fit: a link is at least 130 bytes."""
WRITES_MAX = 16384
KEY_BYTES_MAX = 1024
REASON_CHARACTERS_MAX = 200
COSIGNATURE_BYTES = 8 + SIGNATURE_BYTES
"""A C2SP cosignature: the time in seconds as a big-endian u64, then the signature."""
BATCH_BYTES_MAX = batches.BYTES_MAX + batches.ENVELOPE_BYTES_MAX


def blob(value: Any, what: str, size_max: int) -> bytes:
    """`value` if it is a byte string of 1 to `size_max` bytes; `Malformed` otherwise."""
    if not isinstance(value, bytes) or not 0 < len(value) <= size_max:
        raise Malformed(f"{what}: not 1 to {size_max} bytes")
    return value


def ids(value: Any, what: str, maximum: int) -> tuple[bytes, ...]:
    """`value` as 1 to `maximum` different ids of 32 bytes; `Malformed` otherwise."""
    found = tuple(wire.octets(each, what) for each in wire.array(value, what, maximum, minimum=1))
    if len(set(found)) != len(found):
        raise Malformed(f"{what}: names an id twice")
    return found


@dataclass(frozen=True, slots=True)
class GetBatches:
    """Send these batches, as many as you hold and as fit."""

    kind: ClassVar[int] = 1
    ids: tuple[bytes, ...]

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [list(self.ids)]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The question of decoded fields; `Malformed` otherwise."""
        (wanted,) = wire.fields(fields, 1, "get batches")
        return cls(ids(wanted, "get batches", GET_BATCHES_MAX))


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches (`Batch.data`) with their authors' signatures, neither parsed nor verified yet."""

    kind: ClassVar[int] = 2
    batches: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def fitting(cls, held: Iterable[tuple[bytes, bytes]]) -> Self:
        """As many of these as fit in an answer, from the first on."""
        chosen = []
        room = ANSWER_BYTES_MAX
        for batch, signature in held:
            room -= len(batch) + SIGNATURE_BYTES + 10
            if room < 0:
                break
            chosen.append((batch, signature))
        return cls(tuple(chosen))

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [[list(pair) for pair in self.batches]]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The answer of decoded fields; `Malformed` otherwise."""
        (found,) = wire.fields(fields, 1, "batches")
        pairs = []
        for pair in wire.array(found, "batches", GET_BATCHES_MAX):
            batch, signature = wire.fields(pair, 2, "batches")
            pairs.append(
                (
                    blob(batch, "batch", BATCH_BYTES_MAX),
                    wire.octets(signature, "batch signature", SIGNATURE_BYTES),
                )
            )
        return cls(tuple(pairs))


@dataclass(frozen=True, slots=True)
class GetBlock:
    """Send the block of this id."""

    kind: ClassVar[int] = 3
    id: bytes

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.id]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The question of decoded fields; `Malformed` otherwise."""
        (block,) = wire.fields(fields, 1, "get block")
        return cls(wire.octets(block, "get block"))


@dataclass(frozen=True, slots=True)
class BlockAnswer:
    """The block, or None if it is not held here."""

    kind: ClassVar[int] = 4
    block: Block | None

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [None if self.block is None else self.block.data]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The answer of decoded fields; `Malformed` otherwise."""
        (block,) = wire.fields(fields, 1, "block answer")
        return cls(None if block is None else _block(block))


@dataclass(frozen=True, slots=True)
class GetChain:
    """Send about `count` final blocks from the height `start` on."""

    kind: ClassVar[int] = 5
    start: int
    count: int

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.start, self.count]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The question of decoded fields; `Malformed` otherwise."""
        start, count = wire.fields(fields, 2, "get chain")
        return cls(
            wire.integer(start, "get chain start"),
            wire.integer(count, "get chain count", GET_CHAIN_MAX),
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A final block; its FINALIZE certificate, where one is held; validators' cosignatures.

    A block without one is final because a later block is, and names it as an ancestor.
    """

    block: Block
    certificate: Certificate | None
    cosignatures: tuple[tuple[int, bytes], ...]

    def to_value(self) -> list[Any]:
        """The wire value."""
        return [
            self.block.data,
            None if self.certificate is None else self.certificate.data,
            [list(pair) for pair in self.cosignatures],
        ]

    @classmethod
    def from_value(cls, value: Any) -> Self:
        """The link of a decoded value; `Malformed` otherwise. No signature is checked yet."""
        data, certificate, cosignatures = wire.fields(value, 3, "link")
        block = _block(data)
        return cls(
            block,
            None if certificate is None else _finalization(block, certificate),
            tuple(_cosignatures(cosignatures)),
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """Final blocks at successive heights; the last has its certificate. `tip`: how far we are."""

    kind: ClassVar[int] = 6
    tip: int
    links: tuple[Link, ...]

    def __post_init__(self) -> None:
        if not self.links:
            return
        if self.links[-1].certificate is None:
            raise Malformed("chain: the last block has no certificate")
        first = self.links[0].block.height
        if any(link.block.height != first + n for n, link in enumerate(self.links)):
            raise Malformed("chain: heights do not follow each other")
        if self.links[-1].block.height > self.tip:
            raise Malformed("chain: goes beyond its tip")

    @classmethod
    def fitting(cls, tip: int, links: Sequence[Link]) -> Self:
        """As many of these as fit in an answer, from the first on, up to one with a certificate.

        Where certificates are so far apart that none fits, cosignatures are left out: without
        them a receipt waits; without blocks a node does.
        """
        chosen = _fitting(links)
        if not chosen:
            chosen = _fitting([Link(link.block, link.certificate, ()) for link in links])
        return cls(tip, tuple(chosen))

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.tip, [link.to_value() for link in self.links]]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The answer of decoded fields; `Malformed` otherwise."""
        tip, links = wire.fields(fields, 2, "chain")
        return cls(
            wire.integer(tip, "chain tip"),
            tuple(Link.from_value(each) for each in wire.array(links, "chain", CHAIN_LINKS_MAX)),
        )


@dataclass(frozen=True, slots=True)
class GetWrites:
    """Send what the block at `height` wrote to the state, from the `start`th key on."""

    kind: ClassVar[int] = 7
    height: int
    start: int

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.height, self.start]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The question of decoded fields; `Malformed` otherwise."""
        height, start = wire.fields(fields, 2, "get writes")
        return cls(
            wire.integer(height, "get writes height"), wire.integer(start, "get writes start")
        )


@dataclass(frozen=True, slots=True)
class Writes:
    """State keys a block wrote, in ascending order, each with its value's digest (32 bytes).

    `total`: how many the block wrote. Two nodes whose states differ find the key by comparing.
    """

    kind: ClassVar[int] = 8
    total: int
    writes: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def fitting(cls, writes: Sequence[tuple[bytes, bytes]], start: int) -> Self:
        """As many of these as fit in an answer, from the `start`th on."""
        chosen = []
        room = ANSWER_BYTES_MAX
        for key, digest in writes[start : start + WRITES_MAX]:
            room -= len(key) + len(digest) + 6
            if room < 0:
                break
            chosen.append((key, digest))
        return cls(len(writes), tuple(chosen))

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.total, [list(pair) for pair in self.writes]]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The answer of decoded fields; `Malformed` otherwise."""
        total, writes = wire.fields(fields, 2, "writes")
        pairs: list[tuple[bytes, bytes]] = []
        for pair in wire.array(writes, "writes", WRITES_MAX):
            key, digest = wire.fields(pair, 2, "write")
            blob(key, "write key", KEY_BYTES_MAX)
            if pairs and key <= pairs[-1][0]:
                raise Malformed("writes: keys are not in ascending order")
            pairs.append((key, wire.octets(digest, "write digest")))
        return cls(wire.integer(total, "writes total"), tuple(pairs))


@dataclass(frozen=True, slots=True)
class Unable:
    """No answer, and why; ask another peer."""

    kind: ClassVar[int] = 9
    reason: str

    def to_fields(self) -> list[Any]:
        """The wire fields after the kind, in order."""
        return [self.reason]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The answer of decoded fields; `Malformed` otherwise."""
        (reason,) = wire.fields(fields, 1, "unable")
        return cls(wire.text(reason, "unable", REASON_CHARACTERS_MAX))


Question = GetBatches | GetBlock | GetChain | GetWrites
Answer = Batches | BlockAnswer | Chain | Writes | Unable

QUESTIONS: dict[int, type[Question]] = {
    each.kind: each for each in (GetBatches, GetBlock, GetChain, GetWrites)
}
ANSWERS: dict[int, type[Answer]] = {
    each.kind: each for each in (Batches, BlockAnswer, Chain, Writes, Unable)
}
ANSWER_TO: dict[type[Question], type[Answer]] = {
    GetBatches: Batches,
    GetBlock: BlockAnswer,
    GetChain: Chain,
    GetWrites: Writes,
}
"""Which answer a question asks for; `Unable` may always come instead."""


def to_value(message: Question | Answer) -> list[Any]:
    """The wire value of a question or an answer."""
    return [message.kind, *message.to_fields()]


def question(value: Any) -> Question:
    """The question of a decoded value; `Malformed` for anything else."""
    kind, *fields = wire.array(value, "question", 4, minimum=1)
    known = QUESTIONS.get(kind) if type(kind) is int else None
    if known is None:
        raise Malformed("question: of a kind that is not known here")
    return known.from_fields(fields)


def answer(value: Any) -> Answer:
    """The answer of a decoded value; `Malformed` for anything else."""
    kind, *fields = wire.array(value, "answer", 4, minimum=1)
    known = ANSWERS.get(kind) if type(kind) is int else None
    if known is None:
        raise Malformed("answer: of a kind that is not known here")
    return known.from_fields(fields)


def _block(data: Any) -> Block:
    if not isinstance(data, bytes):
        raise Malformed("block: not bytes")
    return Block.parse(data)


def _finalization(block: Block, data: Any) -> Certificate:
    if not isinstance(data, bytes):
        raise Malformed("certificate: not bytes")
    certificate = Certificate.parse(data)
    subject = certificate.subject
    if subject.kind is not Kind.FINALIZE or subject.block != block.id:
        raise Malformed("link: the certificate does not finalize the block")
    return certificate


def _cosignatures(value: Any) -> Iterable[tuple[int, bytes]]:
    previous = -1
    for pair in wire.array(value, "cosignatures", VALIDATORS_MAX):
        cosigner, cosignature = wire.fields(pair, 2, "cosignature")
        wire.integer(cosigner, "cosigner", VALIDATORS_MAX - 1)
        if cosigner <= previous:
            raise Malformed("cosignatures: cosigners are not in ascending order")
        previous = cosigner
        yield cosigner, wire.octets(cosignature, "cosignature", COSIGNATURE_BYTES)


def _fitting(links: Sequence[Link]) -> list[Link]:
    room = ANSWER_BYTES_MAX
    chosen: list[Link] = []
    certified = 0
    for link in links[:CHAIN_LINKS_MAX]:
        size = len(link.block.data) + len(link.cosignatures) * (COSIGNATURE_BYTES + 5) + 16
        room -= size + (0 if link.certificate is None else len(link.certificate.data))
        if room < 0:
            break
        chosen.append(link)
        if link.certificate is not None:
            certified = len(chosen)
    return chosen[:certified]
