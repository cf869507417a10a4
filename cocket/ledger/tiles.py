"""The tree in storage, as C2SP tiles (https://c2sp.org/tlog-tiles), and proofs from them.

    tile (0, N)   the hashes of leaves 256 N to 256 N + 255
    tile (L, N)   the roots of the full tiles (L - 1, 256 N) to (L - 1, 256 N + 255)

A tile is the concatenation of up to 256 hashes of 32 bytes. It only ever grows at its end, so a
tile of today also serves a tree of yesterday. No I/O here: whoever stores the tiles hands in `Read`
and writes what `grow` returns.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from cocket.ledger.errors import Malformed
from cocket.ledger.merkle import (
    HASH_BYTES,
    SIZE_MAX,
    CompactRange,
    fold,
    last_peak,
    node_hash,
    root,
    siblings,
)

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_BYTES
LEVEL_MAX = 7
"""A tree of 2^63 - 1 leaves has tiles on levels 0 to 7."""
_PATH = re.compile(r"(\d)/((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class TileId:
    """Where a tile is: its level, 0 at the leaves, and its index within the level."""

    level: int
    index: int

    def width(self, size: int) -> int:
        """How many hashes, 0 to 256, this tile has in a tree of `size` leaves."""
        return max(0, min(WIDTH, (size >> HEIGHT * self.level) - WIDTH * self.index))

    def path(self, width: int = WIDTH) -> str:
        """`<level>/<index>[.p/<width>]`, as tlog-tiles serves it: `0/x001/x234/067.p/5`."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *high, low = (digits[start : start + 3] for start in range(0, len(digits), 3))
        partial = "" if width == WIDTH else f".p/{width}"
        return "/".join([str(self.level), *(f"x{group}" for group in high), low]) + partial

    @classmethod
    def parse_path(cls, path: str) -> tuple[Self, int]:
        """The tile and the width that `path` names; `Malformed` unless `path` would print it."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise Malformed("tile path: not <level>/<index>[.p/<width>]")
        level, index, partial = match.groups()
        tile = cls(int(level), int(index.replace("x", "").replace("/", "")))
        width = int(partial) if partial else WIDTH
        if tile.level > LEVEL_MAX or width > WIDTH or tile.path(width) != path:
            raise Malformed("tile path: not a tile's one path")
        return tile, width


Read = Callable[[TileId], bytes]
"""The stored bytes of a tile; it may have grown since the tree that is asked about."""


def grow(size: int, leaf_hashes: Iterable[bytes], read: Read) -> dict[TileId, bytes]:
    """The tiles that change when `leaf_hashes` are appended to the tree of `size` leaves, whole.

    Reads at most one tile a level, and none that `size` does not need, so that an append which was
    interrupted can be done again.
    """
    changed: dict[TileId, bytes] = {}
    row, level = list(leaf_hashes), 0
    while row:
        index, filled = divmod(size, WIDTH)
        if filled:
            stored = _hashes(read(TileId(level, index)))
            if len(stored) < filled:
                raise Malformed(f"tile {level}/{index}: shorter than a tree of this size needs")
            row = stored[:filled] + row
        full = []
        for start in range(0, len(row), WIDTH):
            hashes = row[start : start + WIDTH]
            changed[TileId(level, index + start // WIDTH)] = b"".join(hashes)
            if len(hashes) == WIDTH:
                full.append(root(hashes))
        row, size, level = full, index, level + 1
    return changed


class Tree:
    """Proofs from stored tiles, for the tree at any size up to the one that was stored.

    It keeps each tile it met, so that the proofs of a whole block cost little more than one. Make
    one for a task and drop it: it does not see tiles that grow later. One proof reads at most two
    tiles a level, and computes at most 255 hashes for each.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._rows: dict[tuple[int, int], list[list[bytes]]] = {}

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]:
        """The proof that `verify_inclusion` takes for leaf `index` of the first `size` leaves."""
        if not 0 <= index < size <= SIZE_MAX:
            raise ValueError(f"there is no leaf {index} in a tree of {size}")
        return self._path(0, index, size)

    def consistency_proof(self, size1: int, size2: int) -> tuple[bytes, ...]:
        """The proof that `verify_consistency` takes for the first `size1` and `size2` leaves."""
        if not 1 <= size1 <= size2 <= SIZE_MAX:
            raise ValueError(f"there is no consistency proof from size {size1} to size {size2}")
        if size1 == size2:
            return ()
        height, index = last_peak(size1)
        start = (self._node(height, index),) if index else ()
        return start + self._path(height, index, size2)

    def compact_range(self, size: int) -> CompactRange:
        """The tree's right edge, and with it the root, as they were at `size` leaves."""
        return CompactRange(size, self._peaks(0, size))

    def _path(self, height: int, index: int, size: int) -> tuple[bytes, ...]:
        return tuple(
            fold(self._peaks(sibling << above, min((sibling + 1) << above, size)))
            for above, sibling in siblings(height, index, size)
        )

    def _peaks(self, start: int, end: int) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, large to small, that cover leaves `start` to `end`."""
        peaks = []
        while start < end:
            height = (end - start).bit_length() - 1
            peaks.append(self._node(height, start >> height))
            start += 1 << height
        return tuple(peaks)

    def _node(self, height: int, index: int) -> bytes:
        """The hash of a perfect subtree, from the tile that it lies in."""
        level, row = divmod(height, HEIGHT)
        tile = level, index >> (HEIGHT - row)
        rows = self._rows.get(tile)
        if rows is None:
            rows = self._rows[tile] = _rows(_hashes(self._read(TileId(*tile))))
        at = index & (WIDTH >> row) - 1
        if at >= len(rows[row]):
            raise Malformed(f"tile {level}/{tile[1]}: shorter than a tree of this size needs")
        return rows[row][at]


def _hashes(tile: bytes) -> list[bytes]:
    if len(tile) > TILE_BYTES or len(tile) % HASH_BYTES:
        raise Malformed(f"tile: {len(tile)} bytes are not up to {WIDTH} hashes")
    return [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]


def _rows(hashes: list[bytes]) -> list[list[bytes]]:
    """The nodes within a tile: at 0 its hashes, at each next row those over two of the row before.

    A node over fewer than two is not there: that one changes when the tile grows.
    """
    rows = [hashes]
    for _ in range(1, HEIGHT):
        pairs = zip(rows[-1][::2], rows[-1][1::2], strict=False)
        rows.append([node_hash(left, right) for left, right in pairs])
    return rows
