"""Tiles: what an append writes, and proofs from what is stored, at every size there ever was."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger.errors import Malformed
from cocket.ledger.merkle import (
    CompactRange,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from cocket.ledger.tiles import TILE_BYTES, TileId, Tree, grow
from tests.ledger.test_merkle import mth, path, subproof

SIZE = 70_000
LEAVES = [leaf_hash(b"%d" % number) for number in range(SIZE)]


class Store:
    """Tiles in memory; counts what is read."""

    def __init__(self) -> None:
        self.tiles: dict[TileId, bytes] = {}
        self.reads: list[TileId] = []

    def read(self, tile: TileId) -> bytes:
        self.reads.append(tile)
        return self.tiles[tile]

    def append(self, size: int, leaf_hashes: list[bytes]) -> dict[TileId, bytes]:
        changed = grow(size, leaf_hashes, self.read)
        self.tiles |= changed
        return changed


@pytest.fixture(scope="module")
def large() -> Store:
    store = Store()
    store.append(0, LEAVES)
    return store


def test_a_tree_of_70000_has_the_tiles_of_the_standards_example(large: Store) -> None:
    widths: dict[tuple[int, int], int] = {}
    for tile, data in large.tiles.items():
        width = len(data) // 32
        assert width == tile.width(SIZE)
        widths[tile.level, width] = widths.get((tile.level, width), 0) + 1
    assert widths == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert large.tiles[TileId(1, 0)][32:64] == root(LEAVES[256:512])
    assert TileId(0, 274).width(SIZE) == 0


def test_256_leaves_are_a_full_tile_and_one_hash_above() -> None:
    tiles = Store().append(0, LEAVES[:256])
    assert {tile: len(data) for tile, data in tiles.items()} == {
        TileId(0, 0): TILE_BYTES,
        TileId(1, 0): 32,
    }


@settings(deadline=None)
@given(st.lists(st.integers(0, 700), max_size=6))
def test_appending_in_any_portions_stores_the_same_tiles(portions: list[int]) -> None:
    store, at_once, size = Store(), Store(), 0
    for portion in portions:
        store.append(size, LEAVES[size : size + portion])
        size += portion
    at_once.append(0, LEAVES[:size])
    assert store.tiles == at_once.tiles


def test_an_append_touches_few_tiles_and_reads_one_a_level(large: Store) -> None:
    store = Store()
    store.tiles = dict(large.tiles)
    changed = store.append(SIZE, [leaf_hash(b"one more")])
    assert list(changed) == store.reads == [TileId(0, 273)]
    assert changed[TileId(0, 273)] == large.tiles[TileId(0, 273)] + leaf_hash(b"one more")
    store.reads.clear()
    changed = store.append(SIZE + 1, LEAVES[:512])
    assert sorted(changed) == [TileId(0, 273), TileId(0, 274), TileId(0, 275), TileId(1, 1)]
    assert store.reads == [TileId(0, 273), TileId(1, 1)]


def test_an_append_that_was_interrupted_can_be_done_again() -> None:
    store = Store()
    store.append(0, LEAVES[:300])
    store.append(300, LEAVES[300:600])
    again = store.append(300, LEAVES[300:610])
    assert again == {tile: store.tiles[tile] for tile in again}
    assert Tree(store.read).compact_range(610).root() == root(LEAVES[:610])


def proofs_are_the_rfcs(read: Callable[[TileId], bytes], index: int, size: int) -> None:
    hashes = LEAVES[:size]
    tree = Tree(read)
    assert list(tree.inclusion_proof(index, size)) == path(index, hashes)
    assert list(tree.consistency_proof(index + 1, size)) == subproof(index + 1, hashes)
    assert tree.compact_range(size) == CompactRange().extend(hashes)


def test_every_proof_in_every_small_tree_is_the_rfcs(large: Store) -> None:
    for size in range(1, 20):
        for index in range(size):
            proofs_are_the_rfcs(large.read, index, size)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_proof_at_an_old_size_is_the_rfcs_although_the_tiles_have_grown(
    large: Store, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, 3000))
    proofs_are_the_rfcs(large.read, data.draw(st.integers(0, size - 1)), size)


@pytest.mark.parametrize("size", [255, 256, 257, 65_535, 65_536, 65_537, SIZE])
def test_proofs_around_the_edges_of_tiles_verify(large: Store, size: int) -> None:
    head = root(LEAVES[:size])
    tree = Tree(large.read)
    for index in {0, 1, size // 2, 254, 255, 256, size - 2, size - 1} & set(range(size)):
        proof = tree.inclusion_proof(index, size)
        assert verify_inclusion(LEAVES[index], index, size, proof, head)
        old = root(LEAVES[: index + 1])
        proof = tree.consistency_proof(index + 1, size)
        assert verify_consistency(index + 1, old, size, head, proof)
    assert tree.compact_range(size).root() == head == mth(LEAVES[:size])


def test_proofs_for_a_block_read_each_tile_once(large: Store) -> None:
    large.reads.clear()
    tree = Tree(large.read)
    for index in range(SIZE - 600, SIZE):
        tree.inclusion_proof(index, SIZE)
    assert len(large.reads) == len(set(large.reads)) <= 8


def test_a_proof_of_what_is_not_there_is_a_callers_mistake(large: Store) -> None:
    tree = Tree(large.read)
    for index, size in [(5, 5), (-1, 5), (0, 0), (0, 2**63)]:
        with pytest.raises(ValueError, match="no leaf"):
            tree.inclusion_proof(index, size)
    for size1, size2 in [(0, 5), (6, 5), (1, 2**63)]:
        with pytest.raises(ValueError, match="no consistency proof"):
            tree.consistency_proof(size1, size2)


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        (32, "tile 0/0: shorter"),
        (0, "tile 0/0: shorter"),
        (40, "40 bytes"),
        (257 * 32, "8224 bytes"),
    ],
)
def test_a_damaged_tile_is_named_and_not_used(stored: int, problem: str) -> None:
    with pytest.raises(Malformed, match=problem):
        Tree(lambda _: bytes(stored)).inclusion_proof(0, 3)
    with pytest.raises(Malformed, match=problem):
        grow(2, LEAVES[:1], lambda _: bytes(stored))


@pytest.mark.parametrize(
    ("tile", "width", "printed"),
    [
        (TileId(0, 0), 256, "0/000"),
        (TileId(0, 1_234_067), 5, "0/x001/x234/067.p/5"),
        (TileId(3, 999), 255, "3/999.p/255"),
        (TileId(1, 1000), 256, "1/x001/000"),
    ],
)
def test_tile_paths_are_those_of_tlog_tiles(tile: TileId, width: int, printed: str) -> None:
    assert tile.path(width) == printed
    assert TileId.parse_path(printed) == (tile, width)


@given(st.integers(0, 7), st.integers(0, 2**55), st.integers(1, 256))
def test_printing_and_parsing_tile_paths_are_inverse(level: int, index: int, width: int) -> None:
    tile = TileId(level, index)
    assert TileId.parse_path(tile.path(width)) == (tile, width)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "0/0",
        "0/x000/001",
        "00/001",
        "8/001",
        "0/001.p/0",
        "0/001.p/256",
        "0/001.p/01",
        "0/x001",
        "0/001\n",
        "0/x001/" * 9 + "001",
        "0/../001",
        "0/٠٠١",
    ],
)
def test_any_other_tile_path_is_malformed(bad: str) -> None:
    with pytest.raises(Malformed):
        TileId.parse_path(bad)
