"""Roots and proofs: known answers, the shared vectors, and a recursion straight from the RFC."""

import json
from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocket.ledger.errors import Malformed
from cocket.ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.shared import shared_path

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the first 0 to 8 entries: the known answers of Certificate Transparency's reference tests."""

H = leaf_hash(b"a hash")


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


def split(size: int) -> int:
    """RFC 6962 §2.1: the largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def mth(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, word for word."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, hashes: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962 §2.1.2, word for word."""
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


def test_roots_are_the_known_answers() -> None:
    hashes = [leaf_hash(entry) for entry in ENTRIES]
    assert [root(hashes[:size]).hex() for size in range(9)] == ROOTS


@given(st.integers(0, 300))
def test_the_root_and_the_compact_range_are_the_rfcs_recursion(size: int) -> None:
    hashes = leaves(size)
    grown = CompactRange().extend(hashes)
    assert root(hashes) == grown.root() == mth(hashes)
    assert grown.size == size


def test_a_compact_range_appended_leaf_by_leaf_knows_every_root_on_the_way() -> None:
    grown = CompactRange()
    assert grown.root() == EMPTY_ROOT
    hashes = leaves(70)
    for size, leaf in enumerate(hashes, start=1):
        grown = grown.append(leaf)
        assert grown.root() == mth(hashes[:size])


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_compact_range_goes_on_from_its_stored_peaks(before: int, more: int) -> None:
    hashes = leaves(before + more)
    stored = CompactRange().extend(hashes[:before])
    loaded = CompactRange(stored.size, stored.peaks)
    assert loaded.extend(hashes[before:]) == CompactRange().extend(hashes)


@pytest.mark.parametrize(
    ("size", "peaks"),
    [(1, ()), (0, (H,)), (2, (H, H)), (-1, (H,)), (3, (H, H[:31])), (1 << 63, (H,)), (True, (H,))],
)
def test_peaks_that_do_not_fit_the_size_are_malformed(size: int, peaks: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        CompactRange(size, peaks)


@given(st.data())
def test_inclusion_proofs_verify_and_any_change_to_them_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 130))
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    proof, head = path(index, hashes), mth(hashes)
    assert verify_inclusion(hashes[index], index, size, proof, head)

    bit = data.draw(st.integers(0, 255))
    assert not verify_inclusion(flip(hashes[index], bit), index, size, proof, head)
    assert not verify_inclusion(hashes[index], index, size, proof, flip(head, bit))
    other = data.draw(st.integers(0, size + 5).filter(lambda number: number != index))
    assert not verify_inclusion(hashes[index], other, size, proof, head)
    assert not verify_inclusion(hashes[index], index, size, [*proof, H], head)
    assert not verify_inclusion(hashes[index], index, size, [H, *proof], head)
    for position, component in enumerate(proof):
        changed = [*proof[:position], flip(component, bit), *proof[position + 1 :]]
        assert not verify_inclusion(hashes[index], index, size, changed, head)
        shorter = proof[:position] + proof[position + 1 :]
        assert not verify_inclusion(hashes[index], index, size, shorter, head)


@given(st.data())
def test_consistency_proofs_verify_and_any_change_to_them_fails(data: st.DataObject) -> None:
    size2 = data.draw(st.integers(2, 130))
    size1 = data.draw(st.integers(1, size2 - 1))
    hashes = leaves(size2)
    proof, old, new = subproof(size1, hashes), mth(hashes[:size1]), mth(hashes)
    assert verify_consistency(size1, old, size2, new, proof)

    bit = data.draw(st.integers(0, 255))
    assert not verify_consistency(size1, flip(old, bit), size2, new, proof)
    assert not verify_consistency(size1, old, size2, flip(new, bit), proof)
    assert not verify_consistency(size1, new, size2, old, proof)
    assert not verify_consistency(size2, new, size1, old, proof)
    other = data.draw(st.integers(0, size2).filter(lambda number: number != size1))
    assert not verify_consistency(other, old, size2, new, proof)
    assert not verify_consistency(size1, old, size2, new, [*proof, H])
    for position, component in enumerate(proof):
        changed = [*proof[:position], flip(component, bit), *proof[position + 1 :]]
        assert not verify_consistency(size1, old, size2, new, changed)
        shorter = proof[:position] + proof[position + 1 :]
        assert not verify_consistency(size1, old, size2, new, shorter)


def test_consistency_from_the_empty_tree_is_false_and_with_itself_is_true() -> None:
    assert not verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert not verify_consistency(0, EMPTY_ROOT, 1, H, [])
    assert verify_consistency(1, H, 1, H, [])
    assert not verify_consistency(1, H, 1, H, [H])
    assert not verify_consistency(2, H, 2, flip(H, 0), [])


NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=40),
    st.integers(),
    st.sampled_from([-1, 2**63 - 1, 2**63, 2**64, 10**5000, H, [H], [H] * 63, [H] * 70, [b""]]),
    st.lists(st.binary(max_size=33), max_size=3),
)


@given(NONSENSE, NONSENSE, NONSENSE, NONSENSE, NONSENSE)
@example(H, 0, 1, None, H)
@example(H, 10**5000, 10**5001, [], H)
@example(H, 0, 2**63 - 1, [H] * 63, H)
@example(1, H, 2**63 - 1, H, [H] * 63)
@example(None, None, None, None, None)
def test_verification_of_nonsense_is_false_and_never_raises(
    a: Any, b: Any, c: Any, d: Any, e: Any
) -> None:
    assert verify_inclusion(a, b, c, d, e) is False or (b == 0 and c == 1 and not d and a == e)
    assert verify_consistency(a, b, c, d, e) is False or (a == c and b == d and not e)


def test_hashes_of_any_other_length_than_32_are_no_proof() -> None:
    assert not verify_inclusion(b"", 0, 1, [], b"")
    assert not verify_inclusion(b"x" * 33, 0, 1, [], b"x" * 33)
    left, right = leaves(2)
    head = sha256(b"\x01" + left + right).digest()
    assert verify_inclusion(left, 0, 2, [right], head)
    # The same bytes cut elsewhere give the same node hash.
    assert not verify_inclusion(left + right[:1], 0, 2, [right[1:]], head)


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_shared_vectors_give_the_verdicts_they_ask_for(kind: str) -> None:
    files = sorted(shared_path(f"vectors/merkle/{kind}").rglob("*.json"))
    assert len(files) > 50
    for file in files:
        vector = json.loads(file.read_text())
        proof = [b64decode(hash_) for hash_ in vector["proof"] or ()]
        if kind == "inclusion":
            head, leaf = b64decode(vector["root"]), b64decode(vector["leafHash"])
            verdict = verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof, head)
        else:
            old, new = b64decode(vector["root1"]), b64decode(vector["root2"])
            verdict = verify_consistency(vector["size1"], old, vector["size2"], new, proof)
        assert verdict is not vector["wantErr"], f"{file.name}: {vector['desc']}"
