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
from itertools import islice
from typing import Self

from blake3 import blake3

from cocket.ledger.errors import Malformed

LANES = 1024
SIZE = LANES * 2

_LANE_BITS = 16
_PAIR_BITS = 2 * _LANE_BITS
_PAIRS = LANES // 2
_ONES = sum(1 << (_PAIR_BITS * pair) for pair in range(_PAIRS))
_LOW = _ONES * 0xFFFF
_ROOM = _ONES << _LANE_BITS
_AT_ONCE = 256
"""So many lanes, and one that is there already, are far below 2**32 in sum."""


@dataclass(frozen=True, slots=True, repr=False)
class LtHash:
    """The digest of a set of keys and values: its even and its odd lanes, 32 bits apart each."""

    even: int = 0
    odd: int = 0

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The digest that `to_bytes` made these 2048 bytes of; `Malformed` for another length."""
        if len(data) != SIZE:
            raise Malformed(f"a state digest has {SIZE} bytes")
        return cls(*_lanes(data))

    def to_bytes(self) -> bytes:
        """All of it, to go on from: 2048 bytes."""
        return (self.even | self.odd << _LANE_BITS).to_bytes(SIZE, "little")

    def __repr__(self) -> str:
        return f"LtHash({self.digest.hex()})"

    @property
    def digest(self) -> bytes:
        """SHA-256 of `to_bytes`: the 32 bytes that stand for the state in a checkpoint."""
        return sha256(self.to_bytes()).digest()

    def update(
        self,
        added: Iterable[tuple[bytes, bytes]] = (),
        removed: Iterable[tuple[bytes, bytes]] = (),
    ) -> Self:
        """The digest with the pairs of key and value `added` in it, and those `removed` not."""
        more_even, more_odd = _sum(added)
        less_even, less_odd = _sum(removed)
        return type(self)(
            (self.even + more_even | _ROOM) - less_even & _LOW,
            (self.odd + more_odd | _ROOM) - less_odd & _LOW,
        )


def _lanes(data: bytes) -> tuple[int, int]:
    lanes = int.from_bytes(data, "little")
    return lanes & _LOW, lanes >> _LANE_BITS & _LOW


def _sum(elements: Iterable[tuple[bytes, bytes]]) -> tuple[int, int]:
    """The even and the odd lanes of the sum of these elements, modulo 2**16."""
    even = odd = 0
    rest = iter(elements)
    while some := [element(key, value) for key, value in islice(rest, _AT_ONCE)]:
        numbers = [int.from_bytes(each, "little") for each in some]
        evens = sum(number & _LOW for number in numbers)
        odds = sum(numbers) - evens >> _LANE_BITS  # what is not even, without taking each apart
        even, odd = even + evens & _LOW, odd + odds & _LOW
    return even, odd


def element(key: bytes, value: bytes) -> bytes:
    """The 2048 bytes that one key with its value adds to the digest."""
    parts = len(key).to_bytes(4, "big"), key, len(value).to_bytes(4, "big"), value
    return blake3(b"".join(parts)).digest(length=SIZE)
