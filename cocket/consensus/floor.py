"""The floor: the last final block, on which everything that is still open stands."""

from dataclasses import dataclass
from typing import Self

from cocket.ledger.blocks import Block, Certificate


@dataclass(frozen=True, slots=True)
class Floor:
    """A final block, as much of it as its descendants are checked against.

    `certificate` finalizes the block itself; None if the block is genesis (view 0, height 0), or
    final only through a descendant.
    """

    view: int
    height: int
    block_id: bytes
    time_ms: int
    certificate: Certificate | None = None

    @classmethod
    def of(cls, block: Block, certificate: Certificate | None) -> Self:
        """The floor that `block` is once it is final."""
        return cls(block.view, block.height, block.id, block.time_ms, certificate)
