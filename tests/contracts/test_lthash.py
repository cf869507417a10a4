"""The state digest: of the set alone, whatever the order and the detours."""

from hashlib import sha256
from random import Random

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from cocket.contracts.lthash import LANES, SIZE, LtHash, element
from cocket.ledger.errors import Malformed

entries = st.dictionaries(st.binary(max_size=20), st.binary(max_size=20), max_size=12)


def lanes(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "little") for at in range(0, SIZE, 2)]


def naive(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """The definition, lane by lane."""
    sums = [0] * LANES
    for key, value in pairs:
        text = len(key).to_bytes(4, "big") + key + len(value).to_bytes(4, "big") + value
        for lane, number in enumerate(lanes(blake3(text).digest(length=SIZE))):
            sums[lane] = (sums[lane] + number) % 2**16
    return b"".join(number.to_bytes(2, "little") for number in sums)


@given(entries)
def test_it_is_the_sum_of_its_elements_lane_by_lane(state: dict[bytes, bytes]) -> None:
    assert LtHash().update(state.items()).to_bytes() == naive(list(state.items()))


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_updates_does_not_matter(state: dict[bytes, bytes], random: Random) -> None:
    pairs = list(state.items())
    random.shuffle(pairs)
    one_by_one = LtHash()
    for pair in pairs:
        one_by_one = one_by_one.update([pair])
    assert one_by_one == LtHash().update(state.items())


@given(entries, entries)
def test_what_is_added_and_removed_again_was_never_there(
    state: dict[bytes, bytes], more: dict[bytes, bytes]
) -> None:
    digest = LtHash().update(state.items())
    assert digest.update(more.items()).update((), more.items()) == digest
    assert digest.update((), more.items()).update(more.items()) == digest
    assert digest.update(more.items(), more.items()) == digest


@given(entries)
def test_to_bytes_and_from_bytes_are_inverse(state: dict[bytes, bytes]) -> None:
    digest = LtHash().update(state.items())
    assert LtHash.from_bytes(digest.to_bytes()) == digest
    assert digest.digest == sha256(digest.to_bytes()).digest()


def test_key_and_value_are_told_apart() -> None:
    assert element(b"ab", b"c") != element(b"a", b"bc")
    assert LtHash().update([(b"ab", b"c")]) != LtHash().update([(b"a", b"bc")])


def test_lanes_at_their_limits_carry_into_no_neighbour() -> None:
    full = LtHash.from_bytes(b"\xff" * SIZE)
    pair = (b"key", b"value")
    assert full.update([pair]).update((), [pair]) == full
    assert lanes(full.update([pair]).to_bytes()) == [
        (number + 0xFFFF) % 2**16 for number in lanes(element(*pair))
    ]


def test_more_elements_than_fit_into_the_room_above_a_lane() -> None:
    pairs = [(b"key", b"value")] * (2**16 + 3)
    expected = b"".join(
        (number * len(pairs) % 2**16).to_bytes(2, "little") for number in lanes(element(*pairs[0]))
    )
    assert LtHash().update(pairs).to_bytes() == expected


def test_the_digest_of_a_known_state_never_changes() -> None:
    digest = LtHash().update([(b"title/1", b'{"holder":"noord"}'), (b"count/all", b"2")])
    assert digest.digest.hex() == (
        "66c97a4a793a9b8dfd6aa3a4b5d0ee9a2edcb42e26b2c975b39fe5b7f1a01326"
    )
    assert LtHash().digest.hex() == sha256(bytes(2048)).hexdigest()


@pytest.mark.parametrize("size", [0, SIZE - 1, SIZE + 1])
def test_bytes_of_another_length_are_malformed(size: int) -> None:
    with pytest.raises(Malformed):
        LtHash.from_bytes(bytes(size))
