"""Decoders of what peers say to each other, and of what a replica reads again after a crash."""

from pathlib import Path
from random import Random
from typing import Any

from cocket.consensus import journal, messages
from cocket.consensus.evidence import Evidence
from cocket.consensus.floor import Floor
from cocket.ledger import wire
from cocket.ledger.blocks import Block, Kind
from cocket.network import frames, questions
from cocket.network.address import Address
from cocket.network.tls import check_certificate, make_certificate
from cocket.node import journal as journal_file
from cocket.node.problems import NodeError
from tests import protocol_examples as examples
from tests.fuzz import mutate
from tests.fuzz.decoder import Decoder
from tests.fuzz.mutate import mutator
from tests.fuzz.of_ledger import KIB, as_text, certificates, votes

MIB = 1024 * KIB
SIGNED = bytes(64)
COSIGNATURE = bytes(72)


def said() -> list[messages.Message]:
    """A message of each kind that replicas send."""
    return [
        messages.Proposal(examples.block(), SIGNED),
        *votes(),
        *certificates(),
        messages.Ask(1, 7, None),
        messages.Ask(1, 0, bytes(32)),
        messages.Held(1, (bytes(32), b"\x01" * 32)),
    ]


def link(height: int, certified: bool) -> questions.Link:
    """A final block."""
    block = Block("green-lane", 1, height, height, bytes(32), height, ())
    subject = messages.notarize(block)
    finalize = type(subject)(Kind.FINALIZE, 1, height, block.id)
    certificate = type(certificates()[0])(finalize, ((0, SIGNED), (1, SIGNED), (3, SIGNED)))
    cosignatures = ((0, COSIGNATURE), (2, COSIGNATURE))
    return questions.Link(block, certificate if certified else None, cosignatures)


def asked() -> list[questions.Question]:
    """A question of each kind."""
    ids = tuple(bytes([n]) * 32 for n in range(3))
    return [
        questions.GetBatches(ids),
        questions.GetBlock(ids[0]),
        questions.GetChain(1, 64),
        questions.GetWrites(2**40, 0),
    ]


def answered() -> list[questions.Answer]:
    """Answers of each kind."""
    return [
        questions.Batches(((examples.batch().data, SIGNED),)),
        questions.Batches(()),
        questions.BlockAnswer(examples.block()),
        questions.BlockAnswer(None),
        questions.Chain(9, (link(4, False), link(5, False), link(6, True))),
        questions.Chain(0, ()),
        questions.Writes(2, ((b"a", bytes(32)), (b"b", bytes(32)))),
        questions.Unable("not here"),
    ]


def framed() -> list[frames.Frame]:
    """Frames of each kind."""
    return [
        frames.Hello(frames.VERSION, "green-lane", bytes(32), 7),
        frames.Alive(),
        *(frames.ConsensusFrame(messages.encode(message)) for message in said()),
        frames.BatchFrame(examples.batch().data, SIGNED),
        frames.CosignatureFrame(1, str(examples.checkpoint()), COSIGNATURE),
        frames.Offer((bytes(32), b"\x01" * 32)),
        frames.Height(2**40),
        *(frames.Asked(n, question) for n, question in enumerate(asked())),
        *(frames.Answered(n, answer) for n, answer in enumerate(answered())),
        frames.Freight(),
    ]


def recorded() -> list[journal.Record]:
    """Records of each kind."""
    certificate = examples.certificate(Kind.FINALIZE)
    return [
        *(journal.OwnVote(vote) for vote in votes()),
        journal.OwnProposal(examples.block(), SIGNED),
        journal.Header(examples.block()),
        *(journal.Learned(each) for each in certificates()),
        journal.Applied(1, Floor(1, 1, bytes(32), 5)),
        journal.Applied(1, Floor(1, 1, bytes(32), 5, certificate)),
        *(journal.Accused(each) for each in contradictions()),
    ]


def contradictions() -> list[Evidence]:
    """Evidence against a validator."""
    return [Evidence.of(examples.vote(Kind.NULLIFY, 0), examples.vote(Kind.FINALIZE, 0))]


# --- the journal's file ---------------------------------------------------------------------------


def _file(data: bytes) -> list[bytes]:
    records, size = journal_file._parse(Path("consensus.journal"), data)
    assert size <= len(data)
    assert sum(map(len, records)) <= size
    again = journal_file._parse(Path("consensus.journal"), data[:size])
    assert again == (records, size), "what was cut off changes what is left"
    return records


def _appends() -> list[bytes]:
    records = [journal.encode(record) for record in recorded()]
    whole = b"".join(journal_file._framed([record]) for record in records)
    return [whole, journal_file._framed(records), whole + bytes(100), whole[:-5], b""]


def _checksummed(random: Random, data: bytes, others: Any) -> bytes:
    """Half of the changes are in records whose checksums are then right."""
    if random.random() < 0.5:
        return mutate.octets(random, data, others)
    payloads = [mutate.octets(random, random.choice(others), ()) for _ in range(3)]
    return b"".join(journal_file._framed([each]) for each in payloads) + data


# --- certificates and addresses -------------------------------------------------------------------


def _certificate(data: bytes) -> None:
    check_certificate(data, examples.key(31).public_key)


def _der() -> list[bytes]:
    return [make_certificate(name, examples.key(31)) for name in ("hub", "a" * 32)]


PEERS = (
    Decoder(
        "frame",
        frames.decode,
        frames.encode,
        lambda: [frames.encode(frame) for frame in framed()],
        mutator(mutate.messagepack, MIB),
    ),
    Decoder(
        "question",
        lambda data: questions.question(wire.unpack(data, MIB, "question")),
        lambda question: wire.pack(questions.to_value(question)),
        lambda: [wire.pack(questions.to_value(each)) for each in asked()],
        mutator(mutate.messagepack, 64 * KIB),
    ),
    Decoder(
        "answer",
        lambda data: questions.answer(wire.unpack(data, MIB, "answer")),
        lambda answer: wire.pack(questions.to_value(answer)),
        lambda: [wire.pack(questions.to_value(each)) for each in answered()],
        mutator(mutate.messagepack, MIB),
    ),
    Decoder(
        "tls-certificate",
        _certificate,
        None,
        _der,
        mutator(mutate.octets, 8 * KIB),
    ),
    Decoder(
        "address",
        as_text(Address.parse),
        lambda address: str(address).encode("utf-8", "surrogateescape"),
        lambda: [b"127.0.0.1:8101", b"[::1]:1", b"node.example:65535"],
        mutator(mutate.octets, 64 * KIB),
        (ValueError,),
    ),
)

CONSENSUS = (
    Decoder(
        "consensus-message",
        messages.decode,
        messages.encode,
        lambda: [messages.encode(message) for message in said()],
        mutator(mutate.messagepack, 16 * KIB),
    ),
    Decoder(
        "journal-record",
        journal.decode,
        journal.encode,
        lambda: [journal.encode(record) for record in recorded()],
        mutator(mutate.messagepack, 16 * KIB),
    ),
    Decoder(
        "evidence",
        lambda data: Evidence.from_fields(wire.unpack(data, KIB, "evidence")),
        lambda evidence: wire.pack(evidence.to_fields()),
        lambda: [wire.pack(each.to_fields()) for each in contradictions()],
        mutator(mutate.messagepack, KIB),
    ),
    Decoder(
        "journal-file",
        _file,
        None,
        _appends,
        mutator(_checksummed, MIB),
        (NodeError,),
        ms_max=500,
    ),
)
