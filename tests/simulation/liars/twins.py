"""Twins: one validator run twice, from two disks that know nothing of each other.

Bano et al., "Twins: BFT Systems Made Robust" (2020): two copies of unchanged code with one key,
under generated partitions and leaders, make every attack that takes no forged message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.committees import Sign
from tests.simulation.node import Node

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Beside:
    """What one of twins sends to other twins during a round: for the copy on its own side."""

    side: int
    thing: object


class Copy(Node):
    """One of twins. `sees`: with whom it talks; `apart` during a round."""

    honest = False

    def __init__(self, world: World, index: int, sign: Sign, side: int) -> None:
        super().__init__(world, index, sign)
        self.side = side
        self.label += "'" * (side + 1)
        self.sees = set(self._others)
        self.apart = False

    def reaches(self, other: int) -> bool:
        return other in self.sees

    def _post(self, to: int, thing: object) -> None:
        if self.apart and isinstance(self.world.nodes[to], Twins):
            thing = Beside(self.side, thing)
        super()._post(to, thing)


class Twins(Node):
    """Both of them, at one address: each takes from the network what comes from whom it sees."""

    honest = False

    def __init__(self, world: World, index: int, sign: Sign) -> None:
        self.copies = Copy(world, index, sign, 0), Copy(world, index, sign, 1)
        super().__init__(world, index, sign)
        for copy in self.copies:
            copy.clock = self.clock

    def split(self, first: Iterable[int], second: Iterable[int]) -> None:
        """A round begins (`events.Round`)."""
        for copy, sees in zip(self.copies, (first, second), strict=True):
            copy.sees, copy.apart = set(sees), True

    def join(self) -> None:
        """It is over: both talk with everyone."""
        for copy in self.copies:
            copy.sees, copy.apart = set(self._others), False
            if copy.up:
                copy.reconnect()

    @property
    def up(self) -> bool:
        return any(copy.up for copy in self.copies)

    @property
    def frozen(self) -> bool:
        return any(copy.frozen for copy in self.copies)

    def start(self) -> None:
        for copy in self.copies:
            if not copy.up:
                copy.start()

    def crash(self, power: bool = True) -> None:
        for copy in self.copies:
            if copy.up:
                copy.crash(power)

    def freeze(self) -> None:
        for copy in self.copies:
            copy.freeze()

    def thaw(self) -> None:
        for copy in self.copies:
            if copy.frozen:
                copy.thaw()

    def greet(self, peer: int) -> None:
        for copy in self.copies:
            if copy.reaches(peer):
                copy.greet(peer)

    def reconnect(self) -> None:
        for copy in self.copies:
            copy.reconnect()

    def take(self, batch: bytes, to: Iterable[int] | None = None) -> None:
        self.world.random.choice(self.copies).take(batch, to)

    def deliver(self, sender: int, thing: object) -> None:
        self.world.faults["delivery to twins"] += 1
        for copy in self.copies:
            if isinstance(thing, Beside) and thing.side != copy.side:
                continue
            if copy.reaches(sender):
                copy.deliver(sender, thing.thing if isinstance(thing, Beside) else thing)
