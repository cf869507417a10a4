"""Frames: decoding is the inverse of encoding, and accepts nothing else."""

import contextlib
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger import wire
from cocket.ledger.blocks import Block, Certificate, Kind, Subject
from cocket.ledger.errors import Malformed
from cocket.network import frames, questions
from cocket.network.frames import (
    FRAME_BYTES_MAX,
    Alive,
    Answered,
    Asked,
    BatchFrame,
    ConsensusFrame,
    CosignatureFrame,
    Height,
    Hello,
    Offer,
    decode,
    encode,
)
from cocket.network.questions import (
    Batches,
    BlockAnswer,
    Chain,
    GetBatches,
    GetBlock,
    GetChain,
    GetWrites,
    Link,
    Unable,
    Writes,
)

HASH = sha256(b"x").digest()
numbers = st.integers(0, 2**63 - 1)
hashes = st.binary(min_size=32, max_size=32)
signatures = st.binary(min_size=64, max_size=64)
ids = st.lists(hashes, min_size=1, max_size=8, unique=True).map(tuple)
blobs = st.binary(min_size=1, max_size=300)


def block(height: int, parent: bytes = HASH, batches: tuple[bytes, ...] = ()) -> Block:
    return Block("green-lane", 1, height, height, parent, 1000 * height, batches)


def certified(of: Block, signers: int = 3) -> Certificate:
    subject = Subject(Kind.FINALIZE, of.epoch, of.view, of.id)
    return Certificate(subject, tuple((n, bytes(64)) for n in range(signers)))


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    links = []
    first = draw(st.integers(1, 10**6))
    for height in range(first, first + draw(st.integers(0, 4))):
        each = block(height, draw(hashes), draw(ids))
        cosigned = tuple((n, bytes(72)) for n in range(draw(st.integers(0, 4))))
        links.append(Link(each, certified(each), cosigned))
    return Chain(first + 10, tuple(links))


QUESTIONS = st.one_of(
    st.builds(GetBatches, ids),
    st.builds(GetBlock, hashes),
    st.builds(GetChain, numbers, st.integers(0, 256)),
    st.builds(GetWrites, numbers, numbers),
)
ANSWERS = st.one_of(
    st.builds(Batches, st.lists(st.tuples(blobs, signatures), max_size=4).map(tuple)),
    st.builds(BlockAnswer, st.one_of(st.none(), st.builds(block, st.integers(1, 99)))),
    chains(),
    st.builds(
        Writes,
        numbers,
        st.dictionaries(blobs, hashes, max_size=5).map(lambda d: tuple(sorted(d.items()))),
    ),
    st.builds(Unable, st.text(min_size=1, max_size=20).filter(lambda s: s.isascii())),
)
FRAMES = st.one_of(
    st.builds(Hello, numbers, st.just("green-lane"), hashes, numbers),
    st.just(Alive()),
    st.builds(ConsensusFrame, blobs),
    st.builds(BatchFrame, blobs, signatures),
    st.builds(CosignatureFrame, numbers, st.just("text"), st.binary(min_size=72, max_size=72)),
    st.builds(Offer, ids),
    st.builds(Height, numbers),
    st.builds(Asked, numbers, QUESTIONS),
    st.builds(Answered, numbers, ANSWERS),
)


@given(FRAMES)
@settings(max_examples=200)
def test_decode_undoes_encode(frame: frames.Frame):
    assert decode(encode(frame)) == frame


@given(FRAMES, st.data())
@settings(max_examples=200)
def test_what_decodes_is_what_encode_makes(frame: frames.Frame, data: st.DataObject):
    """Any one byte changed: either it is another frame, exactly, or it is Malformed."""
    encoded = bytearray(encode(frame))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        other = decode(bytes(encoded))
    except Malformed:
        return
    assert encode(other) == bytes(encoded)


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_malformed(data: bytes):
    with contextlib.suppress(Malformed):
        assert encode(decode(data)) == data


def test_every_kind_has_its_own_number():
    assert sorted(frames.KINDS) == list(range(1, 11))
    assert sorted([*questions.QUESTIONS, *questions.ANSWERS]) == list(range(1, 10))
    assert set(questions.ANSWER_TO) == set(questions.QUESTIONS.values())


@pytest.mark.parametrize(
    "value",
    [
        [],
        [0],
        [11],
        [10, 1],
        [True],
        [2, 1],
        ["7", 1],
        [7, -1],
        [7, 2**63],
        [6, []],
        [6, [HASH, HASH]],
        [6, [HASH[:31]]],
        [3, b""],
        [4, b"batch", bytes(63)],
        [4, bytes(questions.BATCH_BYTES_MAX + 1), bytes(64)],
        [5, 1, "", bytes(72)],
        [8, 1, [2, []]],
        [8, 1, [5, 1, 257]],
        [9, 1, [1, [HASH]]],
        [9, 1, [4, b"no block"]],
        [9, 1, [6, 3, [[block(3).data, None, []]]]],
        [9, 1, [6, 2, [[block(3).data, certified(block(3)).data, []]]]],
        [9, 1, [6, 3, [[block(3).data, certified(block(4)).data, []]]]],
        [9, 1, [6, 3, [[block(3).data, certified(block(3)).data, [[1, bytes(72)]] * 2]]]],
        [9, 1, [8, 2, [[b"b", HASH], [b"a", HASH]]]],
    ],
)
def test_frames_outside_the_format_are_malformed(value: list[object]):
    with pytest.raises(Malformed):
        decode(wire.pack(value))


def test_a_frame_of_more_than_a_mebibyte_is_malformed():
    with pytest.raises(Malformed, match="more than"):
        decode(bytes(FRAME_BYTES_MAX + 1))


def test_heights_in_a_chain_follow_each_other():
    first, third = block(1), block(3)
    with pytest.raises(Malformed, match="do not follow"):
        Chain(9, (Link(first, certified(first), ()), Link(third, certified(third), ())))


def test_an_answer_of_batches_takes_as_many_as_fit_in_a_frame():
    held = [(bytes([n]) * questions.BATCH_BYTES_MAX, bytes(64)) for n in range(1, 10)]
    answer = Batches.fitting(held)
    assert answer.batches == tuple(held[:3])
    assert len(encode(Answered(2**63 - 1, answer))) <= FRAME_BYTES_MAX


def test_a_chain_that_does_not_fit_ends_with_a_certified_block():
    batches = tuple(sha256(bytes([n])).digest() for n in range(64))
    cosigned = tuple((n, bytes(72)) for n in range(100))
    links = [Link(block(n, HASH, batches), None, cosigned) for n in range(1, 200)]
    links = [
        Link(each.block, certified(each.block, 67), each.cosignatures) if n % 10 == 9 else each
        for n, each in enumerate(links)
    ]
    chain = Chain.fitting(1000, links)
    assert chain.links == tuple(links[:100])
    assert len(encode(Answered(2**63 - 1, chain))) <= FRAME_BYTES_MAX


def test_where_certificates_are_far_apart_cosignatures_are_left_out_rather_than_blocks():
    cosigned = tuple((n, bytes(72)) for n in range(100))
    links = [Link(block(n), None, cosigned) for n in range(1, 1001)]
    links[-1] = Link(links[-1].block, certified(links[-1].block), cosigned)
    chain = Chain.fitting(1000, links)
    assert [link.block for link in chain.links] == [link.block for link in links]
    assert all(link.cosignatures == () for link in chain.links)
    assert len(encode(Answered(1, chain))) <= FRAME_BYTES_MAX


def test_writes_are_read_page_by_page():
    writes = [(n.to_bytes(4, "big") + bytes(200), HASH) for n in range(10_000)]
    pages: list[tuple[bytes, bytes]] = []
    while len(pages) < len(writes):
        page = Writes.fitting(writes, len(pages))
        assert page.total == len(writes)
        assert len(encode(Answered(1, page))) <= FRAME_BYTES_MAX
        pages += page.writes
    assert pages == writes
