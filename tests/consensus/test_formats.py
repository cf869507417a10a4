"""Messages and journal records: one value, one encoding; anything else is malformed."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.consensus import journal, messages
from cocket.consensus.evidence import Evidence, contradict
from cocket.consensus.floor import Floor
from cocket.ledger import wire
from cocket.ledger.blocks import Block, Certificate, Kind, Subject, Vote
from cocket.ledger.errors import Malformed
from tests.consensus.bench import Bench, batch

hashes = st.binary(min_size=32, max_size=32)
signatures = st.binary(min_size=64, max_size=64)
numbers = st.integers(0, 2**63 - 1)
indexes = st.integers(0, 99)


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    kind = draw(st.sampled_from(list(Kind)))
    return Subject(
        kind, draw(numbers), draw(numbers), None if kind is Kind.NULLIFY else draw(hashes)
    )


blocks = st.builds(
    Block,
    network=st.text(min_size=1, max_size=64),
    epoch=numbers,
    view=numbers,
    height=numbers,
    parent=hashes,
    time_ms=numbers,
    batches=st.lists(hashes, max_size=64, unique=True).map(tuple),
)
votes = st.builds(Vote, subjects(), indexes, signatures)
certificates = st.builds(
    Certificate,
    subjects(),
    st.dictionaries(indexes, signatures, min_size=1).map(lambda d: tuple(sorted(d.items()))),
)
asks = st.builds(messages.Ask, numbers, numbers, st.none() | hashes)
proposals = st.builds(messages.Proposal, blocks, signatures)
nonces = st.binary(min_size=16, max_size=16)
recalls = st.builds(messages.Recall, numbers, nonces)
newests = st.builds(messages.Newest, numbers, nonces, st.none() | certificates)
helds = st.builds(
    messages.Held, numbers, st.lists(hashes, unique=True, min_size=1, max_size=5).map(tuple)
)
any_message = proposals | votes | certificates | asks | recalls | newests | helds


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    vote = draw(votes)
    s = vote.subject
    if s.kind is Kind.NULLIFY:
        other = Subject(Kind.FINALIZE, s.epoch, s.view, draw(hashes))
    else:
        assert s.block is not None
        changed = bytes([s.block[0] ^ 1]) + s.block[1:]
        other = Subject(s.kind, s.epoch, s.view, changed)
    return Evidence.of(vote, Vote(other, vote.validator, draw(signatures)))


floors = st.builds(Floor, numbers, numbers, hashes, numbers, st.none() | certificates)
any_record = st.one_of(
    st.builds(journal.OwnVote, votes),
    st.builds(journal.OwnProposal, blocks, signatures),
    st.builds(journal.Header, blocks),
    st.builds(journal.Learned, certificates),
    st.builds(journal.Applied, numbers, floors),
    st.builds(journal.Accused, evidences()),
    st.builds(journal.Lost, numbers, nonces, st.none() | numbers),
)


@given(any_message)
def test_a_message_survives_the_wire(message: messages.Message) -> None:
    data = messages.encode(message)
    assert len(data) <= messages.MESSAGE_BYTES_MAX
    assert messages.decode(data) == message


@given(any_record)
def test_a_record_survives_the_journal_and_keeps_its_epoch(record: journal.Record) -> None:
    data = journal.encode(record)
    assert len(data) <= journal.RECORD_BYTES_MAX
    assert journal.decode(data) == record
    assert journal.decode(data).epoch == record.epoch


@pytest.mark.parametrize("decode", [messages.decode, journal.decode])
@given(data=st.binary(max_size=300))
def test_noise_is_malformed(decode: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)


@given(any_message, st.data())
def test_a_changed_message_is_malformed_or_another_message(
    message: messages.Message, data: st.DataObject
) -> None:
    encoded = bytearray(messages.encode(message))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        decoded = messages.decode(bytes(encoded))
    except Malformed:
        return
    assert decoded != message
    assert messages.encode(decoded) == bytes(encoded)


@pytest.mark.parametrize("decode", [messages.decode, journal.decode])
@pytest.mark.parametrize("value", [[], [0], [True, b"", b""], [1.0, b"", b""], [9, 1], [None]])
def test_an_unknown_kind_is_malformed(decode: Callable[[bytes], object], value: object) -> None:
    with pytest.raises(Malformed):
        decode(wire.pack(value))


def test_a_message_over_the_limit_is_malformed_unread() -> None:
    with pytest.raises(Malformed, match="more than"):
        messages.decode(bytes(messages.MESSAGE_BYTES_MAX + 1))


def test_evidence_is_two_notarizes_two_finalizes_or_nullify_with_finalize() -> None:
    bench = Bench()
    one, other, later = bench.block(1), bench.block(1, batches=[batch(1)]), bench.block(2)
    say = bench.vote
    notarize, nullify, finalize = Kind.NOTARIZE, Kind.NULLIFY, Kind.FINALIZE
    for first, second in (
        (say(notarize, one, 1), say(notarize, other, 1)),
        (say(finalize, one, 1), say(finalize, other, 1)),
        (say(nullify, 1, 1), say(finalize, one, 1)),
    ):
        assert contradict(first, second)
        evidence = Evidence.of(second, first)
        assert evidence == Evidence.of(first, second)
        assert evidence.verify(bench.committee)
        assert not Evidence.of(first, Vote(second.subject, 1, bytes(64))).verify(bench.committee)
        with pytest.raises(Malformed):
            Evidence(evidence.second, evidence.first)
    for first, second in (
        (say(notarize, one, 1), say(notarize, one, 1)),
        (say(notarize, one, 1), say(notarize, other, 2)),
        (say(notarize, one, 1), say(notarize, later, 1)),
        (say(notarize, one, 1), say(finalize, other, 1)),
        (say(notarize, one, 1), say(nullify, 1, 1)),
    ):
        assert not contradict(first, second)
        with pytest.raises(Malformed):
            Evidence(first, second)
