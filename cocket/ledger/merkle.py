"""RFC 6962 Merkle trees: hashes, roots, and the verification of proofs.

    leaf hash   SHA-256(0x00 ‖ data)
    node hash   SHA-256(0x01 ‖ left ‖ right)
    empty tree  SHA-256("")

A tree of n leaves is split at the largest power of two below n. Seen from below: nodes are paired
from the left at every height, and one that is left over is promoted unchanged. So node `index` at
`height` covers the leaves from `index << height` up to, not including, `(index + 1) << height`, and
its sibling is `index ^ 1`. `siblings` is that sentence as code; every proof is the hashes of the
nodes that it names, whether it is made (`tiles`) or verified (here).

Proofs are those of RFC 9162 §2.1.3 and §2.1.4 in its order: from the leaf's sibling up to the
root's child. Hashes are 32 raw bytes. Verification never raises: what is not a proof is False.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cocket.ledger.errors import Malformed

HASH_BYTES = 32
SIZE_MAX = 2**63 - 1
PROOF_HASHES_MAX = 63
"""Of an inclusion proof; a consistency proof may have one more."""
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf that holds `data`."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over the hashes of its two children."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root of the tree over all of `leaf_hashes`, in one pass for each height."""
    row = list(leaf_hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        leftover = row[-1:] if len(row) % 2 else []
        row = [node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=False)] + leftover
    return row[0]


@dataclass(frozen=True, slots=True)
class CompactRange:
    """A tree's right edge: all that is needed to append to it, and to know its root.

    `peaks` are the roots of the perfect subtrees, from left to right and large to small: one for
    each 1 in the binary digits of `size`. A value: appending returns the tree that follows, and
    costs the same at leaf ten and at leaf ten million. `Malformed` for peaks that do not fit.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not _is_number(self.size) or len(self.peaks) != self.size.bit_count():
            raise Malformed("compact range: needs one peak for each 1 in its size's binary digits")
        if not all(map(_is_hash, self.peaks)):
            raise Malformed(f"compact range: a peak is not {HASH_BYTES} bytes")

    def append(self, leaf_hash: bytes) -> "CompactRange":
        """The tree with one more leaf."""
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> "CompactRange":
        """The tree with `leaf_hashes` appended in order; about one hash computed for each."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaf_hashes:
            peak, carry = leaf, size
            while carry & 1:  # two peaks of one height become one, as 1 + 1 carries
                peak = node_hash(peaks.pop(), peak)
                carry >>= 1
            peaks.append(peak)
            size += 1
        return CompactRange(size, tuple(peaks))

    def root(self) -> bytes:
        """The root of the tree: the peaks folded from the right."""
        return fold(self.peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees' roots, which go from left to right and large to small."""
    if not peaks:
        return EMPTY_ROOT
    *rest, folded = peaks
    for peak in reversed(rest):
        folded = node_hash(peak, folded)
    return folded


def siblings(height: int, index: int, size: int) -> Iterator[tuple[int, int]]:
    """(height, index) of the siblings of a node and of its ancestors, upwards, in a tree of `size`.

    Where the node is left over and promoted, it has no sibling at that height. The last node of a
    row may cover fewer than `1 << height` leaves: it ends where the tree ends.
    """
    for above in range(height, (size - 1).bit_length()):
        sibling = (index >> (above - height)) ^ 1
        if sibling << above < size:
            yield above, sibling


def last_peak(size: int) -> tuple[int, int]:
    """(height, index) of the last perfect subtree of a tree of `size` leaves, `size` >= 1."""
    height = (size & -size).bit_length() - 1
    return height, (size >> height) - 1


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether `proof` shows that leaf `index` of the tree with `size` leaves and `root` has
    `leaf_hash` (RFC 9162 §2.1.3.2)."""
    if not (_is_number(index) and _is_number(size) and index < size):
        return False
    if not (_is_hash(leaf_hash) and _is_hash(root) and _is_proof(proof)):
        return False
    path = list(siblings(0, index, size))
    if len(path) != len(proof):
        return False
    node = leaf_hash
    for (_, sibling), hash_ in zip(path, proof, strict=True):
        node = node_hash(node, hash_) if sibling & 1 else node_hash(hash_, node)
    return node == root


def verify_consistency(
    size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the tree (`size2`, `root2`) begins with all leaves of the tree
    (`size1`, `root1`) (RFC 9162 §2.1.4.2). Nothing is consistent with the empty tree, as that
    would say nothing; a tree is consistent with itself by an empty proof."""
    if not (_is_number(size1) and _is_number(size2) and 1 <= size1 <= size2 and _is_proof(proof)):
        return False
    if size1 == size2:
        return isinstance(root1, bytes) and root1 == root2 and not proof
    if not (_is_hash(root1) and _is_hash(root2)):
        return False
    height, index = last_peak(size1)
    if index == 0:  # the old tree is perfect: its root is a node of the new one
        start, rest = root1, list(proof)
    elif proof:
        start, *rest = proof
    else:
        return False
    path = list(siblings(height, index, size2))
    if len(path) != len(rest):
        return False
    old = new = start
    for (_, sibling), hash_ in zip(path, rest, strict=True):
        if sibling & 1:  # to the right of all leaves of the old tree
            new = node_hash(new, hash_)
        else:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
    return old == root1 and new == root2


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= SIZE_MAX


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == HASH_BYTES


def _is_proof(proof: object) -> bool:
    return (
        isinstance(proof, (list, tuple))
        and len(proof) <= PROOF_HASHES_MAX + 1
        and all(map(_is_hash, proof))
    )
