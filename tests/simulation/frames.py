"""What simulated nodes send each other: consensus messages as bytes, and the rest as values."""

from dataclasses import dataclass

from cocket.consensus import messages
from cocket.consensus.effects import Finalized
from cocket.ledger.blocks import Block


class Frame:
    """A consensus message in bytes, as a driver sends it."""

    __slots__ = ("_decoded", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._decoded: messages.Message | None = None

    def decode(self) -> messages.Message:
        """The message; raises `Malformed`. Decoded once for all who receive the frame."""
        if self._decoded is None:
            self._decoded = messages.decode(self.data)
        return self._decoded


@dataclass(frozen=True, slots=True)
class WantBlock:
    block_id: bytes


@dataclass(frozen=True, slots=True)
class WantBatch:
    batch: bytes


@dataclass(frozen=True, slots=True)
class WantChain:
    height: int


@dataclass(frozen=True, slots=True)
class GiveBlock:
    block: Block


@dataclass(frozen=True, slots=True)
class GiveBatch:
    batch: bytes


@dataclass(frozen=True, slots=True)
class GiveChain:
    """Blocks that follow each other; the last has a certificate."""

    blocks: tuple[Finalized, ...]
