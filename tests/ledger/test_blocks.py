"""Batches, blocks, votes, certificates, committees: exact bytes, typed errors, quorums of n - f."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger import batches, wire
from cocket.ledger.batches import Batch
from cocket.ledger.blocks import (
    BATCHES_MAX,
    BLOCK_BYTES_MAX,
    CERTIFICATE_BYTES_MAX,
    VALIDATORS_MAX,
    Block,
    Certificate,
    Kind,
    Subject,
    Vote,
    faults_tolerated,
    quorum,
)
from cocket.ledger.committee import Committee, Validator
from cocket.ledger.errors import Malformed
from tests import sample

NUMBERS = st.integers(0, 2**63 - 1)
HASHES = st.binary(min_size=32, max_size=32)
SIGNATURES = st.binary(min_size=64, max_size=64)
NETWORKS = st.from_regex(r"[a-z][a-z0-9-]{1,62}", fullmatch=True)
AUTHORS = st.from_regex(r"[a-z0-9-]{2,32}", fullmatch=True)

BATCHES = st.builds(
    Batch,
    AUTHORS,
    NUMBERS,
    st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=20).map(tuple),
)
BLOCKS = st.builds(
    Block,
    *(NETWORKS, NUMBERS, NUMBERS, NUMBERS, HASHES, NUMBERS),
    st.lists(HASHES, max_size=BATCHES_MAX, unique=True).map(tuple),
)
SUBJECTS = st.one_of(
    st.builds(Subject, st.just(Kind.NULLIFY), NUMBERS, NUMBERS, st.none()),
    st.builds(Subject, st.sampled_from([Kind.NOTARIZE, Kind.FINALIZE]), NUMBERS, NUMBERS, HASHES),
)
CERTIFICATES = st.builds(
    Certificate,
    SUBJECTS,
    st.dictionaries(st.integers(0, VALIDATORS_MAX - 1), SIGNATURES, min_size=1, max_size=10).map(
        lambda votes: tuple(sorted(votes.items()))
    ),
)
PARSERS: list[Callable[[bytes], Any]] = [Batch.parse, Block.parse, Certificate.parse]

BATCH = Batch("carrier-dk", 7, (b"one", b"two"))
BLOCK = Block("green-lane", 1, 5, 4, bytes(32), 1_790_000_000_000, (BATCH.id,))
CERTIFICATE = sample.certificate(Subject(Kind.NOTARIZE, 1, 5, BLOCK.id))


# Printing and parsing


@given(BATCHES)
def test_parsing_a_batch_is_the_inverse_of_printing_it(batch: Batch) -> None:
    parsed = Batch.parse(batch.data)
    assert (parsed, parsed.data, parsed.id) == (batch, batch.data, batch.id)
    assert batch.id == sha256(batch.data).digest()


@given(BLOCKS)
def test_parsing_a_block_is_the_inverse_of_printing_it(block: Block) -> None:
    parsed = Block.parse(block.data)
    assert (parsed, parsed.data, parsed.id) == (block, block.data, block.id)
    assert block.id == sha256(block.data).digest()


@given(CERTIFICATES)
def test_parsing_a_certificate_is_the_inverse_of_printing_it(certificate: Certificate) -> None:
    parsed = Certificate.parse(certificate.data)
    assert (parsed, parsed.data) == (certificate, certificate.data)


@given(SUBJECTS, st.integers(0, VALIDATORS_MAX - 1), SIGNATURES)
def test_a_vote_survives_its_wire_fields(subject: Subject, voter: int, signature: bytes) -> None:
    vote = Vote(subject, voter, signature)
    assert Vote.from_fields(wire.unpack(wire.pack(vote.to_fields()), 1000, "vote")) == vote


def test_the_bytes_are_those_of_the_design() -> None:
    assert msgpack.unpackb(BATCH.data) == [1, "carrier-dk", 7, [b"one", b"two"]]
    fields = [1, "green-lane", 1, 5, 4, bytes(32), 1_790_000_000_000, [BATCH.id]]
    assert msgpack.unpackb(BLOCK.data) == fields
    kind, epoch, view, block, signatures = msgpack.unpackb(CERTIFICATE.data)
    assert (kind, epoch, view, block) == (1, 1, 5, BLOCK.id)
    assert [index for index, _ in signatures] == [0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "block", "expected"),
    [
        (
            Kind.NOTARIZE,
            b"\x07" * 32,
            b"cocket/notarize/1\n\x94\xa1n\x01\x02\xc4\x20" + b"\x07" * 32,
        ),
        (Kind.NULLIFY, None, b"cocket/nullify/1\n\x93\xa1n\x01\x02"),
        (
            Kind.FINALIZE,
            b"\x07" * 32,
            b"cocket/finalize/1\n\x94\xa1n\x01\x02\xc4\x20" + b"\x07" * 32,
        ),
    ],
)
def test_what_is_signed_begins_with_the_label_of_its_kind(
    kind: Kind, block: bytes | None, expected: bytes
) -> None:
    assert Subject(kind, 1, 2, block).signed_bytes("n") == expected
    assert BATCH.signed_bytes == b"cocket/batch/1\n" + BATCH.id


@given(st.lists(st.tuples(SUBJECTS, NETWORKS), min_size=2, max_size=2, unique=True))
def test_no_two_subjects_are_signed_with_the_same_bytes(
    pairs: list[tuple[Subject, str]],
) -> None:
    one, other = (subject.signed_bytes(network) for subject, network in pairs)
    assert one != other


# Hostile bytes


@pytest.mark.parametrize("parse", PARSERS)
@given(data=st.binary(max_size=100))
def test_no_bytes_raise_anything_but_malformed(parse: Callable[[bytes], Any], data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


MESSAGEPACK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats()
    | st.binary()
    | st.text(max_size=9)
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=4))
    | st.just({}),
    lambda inner: st.lists(inner, max_size=8),
)


@pytest.mark.parametrize(
    ("parse", "data"),
    [(Batch.parse, BATCH.data), (Block.parse, BLOCK.data), (Certificate.parse, CERTIFICATE.data)],
    ids=["batch", "block", "certificate"],
)
@settings(max_examples=200)
@given(choice=st.data())
def test_any_field_of_another_kind_is_malformed_or_another_value(
    parse: Callable[[bytes], Any], data: bytes, choice: st.DataObject
) -> None:
    fields = msgpack.unpackb(data)
    place: Any = fields
    while isinstance(place[index := choice.draw(st.integers(0, len(place) - 1))], list):
        if choice.draw(st.booleans()):
            break
        place = place[index]
    place[index] = choice.draw(MESSAGEPACK)
    changed = msgpack.packb(fields)
    try:
        parsed = parse(changed)
    except Malformed:
        return
    assert parsed.data == changed


@pytest.mark.parametrize(
    ("parse", "data"),
    [(Batch.parse, BATCH.data), (Block.parse, BLOCK.data), (Certificate.parse, CERTIFICATE.data)],
    ids=["batch", "block", "certificate"],
)
def test_any_flipped_bit_is_malformed_or_has_another_id(
    parse: Callable[[bytes], Any], data: bytes
) -> None:
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            parsed = parse(bytes(changed))
        except Malformed:
            continue
        assert parsed.data == changed
        assert parsed != parse(data)


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc0",
        b"\x90",
        b"\x81\x01\x02",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x91" * 2000,
        b"\x91" * 2000 + b"\xc0",
        b"\xc1",
        b"\xc7\x00\x01",
        b"\xd6\xff\x00\x00\x00\x00",
        b"\x91\xa1\xff",
        b"\x91\x80",
        BATCH.data + b"\x00",
        BLOCK.data + b"\xc0",
        CERTIFICATE.data + CERTIFICATE.data,
    ],
)
def test_bombs_and_oddities_are_malformed(parse: Callable[[bytes], Any], data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


def test_longer_forms_of_the_same_value_are_malformed() -> None:
    assert BLOCK.data[0] == 0x98
    with pytest.raises(Malformed, match="canonical"):
        Block.parse(b"\xdc\x00\x08" + BLOCK.data[1:])
    one = BLOCK.data.index(b"green-lane") + len("green-lane")
    with pytest.raises(Malformed, match="canonical"):
        Block.parse(BLOCK.data[:one] + b"\xcc" + BLOCK.data[one:])


def block_with(**changes: Any) -> bytes:
    names = ("version", "network", "epoch", "view", "height", "parent", "time_ms", "batches")
    fields = dict(zip(names, msgpack.unpackb(BLOCK.data), strict=True))
    return wire.pack([{**fields, **changes}[name] for name in names])


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": True},
        {"network": ""},
        {"network": "n" * 65},
        {"network": b"green-lane"},
        {"epoch": -1},
        {"view": 2**63},
        {"height": True},
        {"height": "4"},
        {"parent": bytes(31)},
        {"parent": "0" * 32},
        {"time_ms": None},
        {"batches": [BATCH.id, BATCH.id]},
        {"batches": [bytes(33)]},
        {"batches": [sha256(bytes([n])).digest() for n in range(65)]},
        {"batches": None},
    ],
)
def test_a_block_with_a_field_out_of_its_bounds_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="block"):
        Block.parse(block_with(**changes))


def test_the_largest_block_and_certificate_are_within_their_bounds() -> None:
    top = 2**63 - 1
    ids = tuple(sha256(bytes([number])).digest() for number in range(BATCHES_MAX))
    block = Block("n" * 64, top, top, top, bytes(32), top, ids)
    assert Block.parse(block.data) == block
    assert len(block.data) <= BLOCK_BYTES_MAX
    everyone = tuple((index, bytes(64)) for index in range(VALIDATORS_MAX))
    certificate = Certificate(Subject(Kind.FINALIZE, top, top, bytes(32)), everyone)
    assert Certificate.parse(certificate.data) == certificate
    assert len(certificate.data) <= CERTIFICATE_BYTES_MAX


# Batches


def test_the_largest_batch_is_taken_and_one_document_or_byte_more_is_not() -> None:
    full = Batch("a" * 32, 2**63 - 1, (b"x" * 512,) * 512)
    assert sum(map(len, full.documents)) == batches.BYTES_MAX
    assert Batch.parse(full.data) == full
    with pytest.raises(Malformed):
        Batch.parse(Batch("aa", 1, (b"x",) * 513).data)
    with pytest.raises(Malformed):
        Batch.parse(Batch("aa", 1, (b"x" * 512,) * 511 + (b"x" * 513,)).data)
    with pytest.raises(Malformed):
        Batch.parse(Batch("aa", 1, (b"x" * 60_001,)).data)


@pytest.mark.parametrize(
    "batch",
    [
        Batch("aa", 1, ()),
        Batch("aa", 1, (b"",)),
        Batch("", 1, (b"x",)),
        Batch("a" * 33, 1, (b"x",)),
        Batch("aa", -1, (b"x",)),
    ],
)
def test_a_batch_out_of_its_bounds_is_malformed(batch: Batch) -> None:
    with pytest.raises(Malformed, match="batch"):
        Batch.parse(batch.data)


def test_a_batch_of_another_version_is_malformed() -> None:
    with pytest.raises(Malformed, match="version 2"):
        Batch.parse(wire.pack([2, "aa", 1, [b"x"]]))


@given(
    AUTHORS,
    st.lists(st.binary(min_size=1, max_size=3) | st.just(b"\xc4\x01"), min_size=1).map(tuple),
)
def test_each_document_of_a_batch_can_be_read_alone(
    author: str, documents: tuple[bytes, ...]
) -> None:
    batch = Batch(author, 1, documents)
    read = tuple(batch.data[offset : offset + length] for offset, length in batch.spans())
    assert read == documents


# Votes and certificates


@pytest.mark.parametrize(
    "fields",
    [
        [0, 1, 1, None],
        [4, 1, 1, bytes(32)],
        [True, 1, 1, bytes(32)],
        ["1", 1, 1, bytes(32)],
        [1, 1, 1, None],
        [2, 1, 1, bytes(32)],
        [3, 1, 1, None],
        [1, 1, 1, bytes(31)],
        [1, -1, 1, bytes(32)],
        [1, 1, 2**63, bytes(32)],
    ],
)
def test_a_vote_or_certificate_on_no_possible_subject_is_malformed(fields: list[Any]) -> None:
    with pytest.raises(Malformed, match="vote"):
        Vote.from_fields([*fields, 0, bytes(64)])
    with pytest.raises(Malformed):
        Certificate.parse(wire.pack([*fields, [[0, bytes(64)]]]))


@pytest.mark.parametrize(
    ("voter", "signature"), [(100, 64), (-1, 64), (True, 64), (0, 63), (0, 65)]
)
def test_a_vote_of_no_possible_validator_or_signature_is_malformed(
    voter: int, signature: int
) -> None:
    with pytest.raises(Malformed):
        Vote.from_fields([2, 1, 1, None, voter, bytes(signature)])


@pytest.mark.parametrize("validators", [[], [1, 0], [0, 0], [0, 100], [0, True], list(range(101))])
def test_a_certificate_names_validators_in_order_and_each_once(validators: list[int]) -> None:
    pairs = [[validator, bytes(64)] for validator in validators]
    with pytest.raises(Malformed):
        Certificate.from_fields([2, 1, 1, None, pairs])


def test_a_certificate_cannot_even_be_made_with_a_validator_twice() -> None:
    with pytest.raises(Malformed, match="each once"):
        Certificate(Subject(Kind.NULLIFY, 1, 1, None), ((0, bytes(64)), (0, bytes(64))))


# Committees


@pytest.mark.parametrize(
    ("validators", "faults", "needed"),
    [(4, 1, 3), (5, 1, 4), (6, 1, 5), (7, 2, 5), (8, 2, 6), (9, 2, 7), (10, 3, 7), (100, 33, 67)],
)
def test_a_quorum_is_n_minus_f_also_where_n_is_not_3f_plus_1(
    validators: int, faults: int, needed: int
) -> None:
    assert (faults_tolerated(validators), quorum(validators)) == (faults, needed)


@given(st.integers(4, VALIDATORS_MAX))
def test_two_quorums_share_an_honest_validator_and_the_honest_are_a_quorum(n: int) -> None:
    assert 2 * quorum(n) - n > faults_tolerated(n)
    assert n - faults_tolerated(n) >= quorum(n)


@pytest.mark.parametrize("size", [0, 3, 101])
def test_a_committee_has_4_to_100_validators(size: int) -> None:
    with pytest.raises(ValueError, match="4 to 100"):
        Committee("n", 1, tuple(Validator(f"v{n}", bytes(32), bytes(32)) for n in range(size)))


def test_leaders_take_turns_and_validators_have_an_index() -> None:
    committee = sample.committee()
    assert [committee.leader(view) for view in range(6)] == [0, 1, 2, 3, 0, 1]
    assert committee.index("customs-cn") == 2
    assert committee.index("merchant-be") is None
    assert (committee.size, committee.faults_tolerated, committee.quorum) == (4, 1, 3)


def vote(validator: int = 1, epoch: int = 1, network: str = sample.NETWORK) -> Vote:
    subject = Subject(Kind.FINALIZE, epoch, 5, BLOCK.id)
    key = sample.key(sample.VALIDATORS[validator], "vote")
    return Vote(subject, validator, key.sign(subject.signed_bytes(network)))


def test_a_vote_counts_for_its_signer_kind_view_epoch_and_network_alone() -> None:
    committee = sample.committee()
    good = vote()
    assert committee.verify_vote(good)
    assert not committee.verify_vote(Vote(good.subject, 2, good.signature))
    assert not committee.verify_vote(Vote(good.subject, 4, good.signature))
    assert not committee.verify_vote(vote(epoch=2))
    assert not committee.verify_vote(vote(network="red-lane"))
    for other in (
        Subject(Kind.NOTARIZE, 1, 5, BLOCK.id),
        Subject(Kind.FINALIZE, 1, 6, BLOCK.id),
        Subject(Kind.FINALIZE, 1, 5, bytes(32)),
    ):
        assert not committee.verify_vote(Vote(other, 1, good.signature))


def test_a_certificate_holds_with_a_quorum_of_valid_votes_and_not_with_fewer() -> None:
    committee = sample.committee()
    assert committee.verify_certificate(CERTIFICATE)
    few = Certificate(CERTIFICATE.subject, CERTIFICATE.signatures[:2])
    assert not committee.verify_certificate(few)
    one_bad = (*CERTIFICATE.signatures[:2], (3, CERTIFICATE.signatures[2][1]))
    assert not committee.verify_certificate(Certificate(CERTIFICATE.subject, one_bad))
    assert not sample.committee(2).verify_certificate(CERTIFICATE)


@given(st.sets(st.integers(0, 3), min_size=3))
def test_a_certificate_made_of_votes_takes_a_quorum_of_them_in_order(voters: set[int]) -> None:
    votes = {voter: vote(voter).signature for voter in sorted(voters, reverse=True)}
    certificate = sample.committee().certificate(vote().subject, votes)
    assert [index for index, _ in certificate.signatures] == sorted(voters)[:3]
    assert sample.committee().verify_certificate(certificate)
