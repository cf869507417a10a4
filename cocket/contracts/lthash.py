"""LtHash: a digest of a set that changes with the set, not with the order of changes.

Lewi, Kim, Maykov, Weis: "Securing Update Propagation with Homomorphic Hashing" (2019), in the
parameters the paper calls lthash16: 1024 lanes of 16 bits.

    element   BLAKE3 in extendable output, 2048 bytes, of
              length of key, 4 bytes big-endian ‖ key ‖ length of value, 4 bytes ‖ value
    lanes     2048 bytes are 1024 integers of 16 bits, little-endian
    digest    the sum of the elements' lanes, each modulo 2**16; SHA-256 of its 2048 bytes is what
              checkpoints sign. The empty set is 2048 zero bytes.

The lanes are added as two big integers, of even and of odd lanes, each lane with 16 bits of room
above it: so one addition adds 512 lanes, and no carry reaches a neighbour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from blake3 import blake3

from cocket.ledger.errors import Malformed

LANES = 1024
SIZE = LANES * 2

_LANE_BITS = 16
_PAIR_BITS = 2 * _LANE_BITS
_PAIRS = LANES // 2
_ONES = sum(1 << (_PAIR_BITS * pair) for pair in range(_PAIRS))
_EVEN = _ONES * 0xFFFF
_ROOM = _ONES << _LANE_BITS
_ADDENDS_MAX = 0xFFFF
"""So many lanes fit into the room above one."""


@dataclass(frozen=True, slots=True)
class LtHash:
    """The digest of a set of keys and values; `data` is its 2048 bytes."""

    data: bytes = bytes(SIZE)

    def __post_init__(self) -> None:
        if len(self.data) != SIZE:
            raise Malformed(f"a state digest has {SIZE} bytes")

    @property
    def digest(self) -> bytes:
        """The 32 bytes that stand for the state in a checkpoint."""
        return sha256(self.data).digest()

    def update(
        self,
        added: Iterable[tuple[bytes, bytes]] = (),
        removed: Iterable[tuple[bytes, bytes]] = (),
    ) -> Self:
        """The digest with the pairs of key and value `added` in it, and those `removed` not."""
        lanes = int.from_bytes(self.data, "little")
        even, odd = lanes & _EVEN, lanes >> _LANE_BITS & _EVEN
        more_even, more_odd = _sum(added)
        less_even, less_odd = _sum(removed)
        even = (even + more_even | _ROOM) - less_even & _EVEN
        odd = (odd + more_odd | _ROOM) - less_odd & _EVEN
        return type(self)((even | odd << _LANE_BITS).to_bytes(SIZE, "little"))


def _sum(elements: Iterable[tuple[bytes, bytes]]) -> tuple[int, int]:
    """The even and the odd lanes of the sum of these elements, modulo 2**16."""
    even = odd = 0
    for count, (key, value) in enumerate(elements, 1):
        lanes = int.from_bytes(element(key, value), "little")
        even += lanes & _EVEN
        odd += lanes >> _LANE_BITS & _EVEN
        if count % (_ADDENDS_MAX - 1) == 0:
            even, odd = even & _EVEN, odd & _EVEN
    return even & _EVEN, odd & _EVEN


def element(key: bytes, value: bytes) -> bytes:
    """The 2048 bytes that one key with its value adds to the digest."""
    parts = len(key).to_bytes(4, "big"), key, len(value).to_bytes(4, "big"), value
    return blake3(b"".join(parts)).digest(length=SIZE)
