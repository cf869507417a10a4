"""Twins: one validator run twice, from two disks that know nothing of each other.

Bano et al., "Twins: BFT Systems Made Robust" (2020): two copies of unchanged code with one key,
under generated partitions and leaders, make every attack that takes no forged message.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.simulation.committees import Sign
from tests.simulation.node import Node

if TYPE_CHECKING:
    from tests.simulation.world import World


class Copy(Node):
    """One of twins. `sees`: with whom it talks."""

    honest = False

    def __init__(self, world: World, index: int, sign: Sign, label: str) -> None:
        super().__init__(world, index, sign)
        self.label = label
        self.sees = set(self._others)

    def reaches(self, other: int) -> bool:
        return other in self.sees


class Twins(Node):
    """Both of them, at one address: each takes from the network what comes from whom it sees."""

    honest = False

    def __init__(self, world: World, index: int, sign: Sign) -> None:
        self.copies = (
            Copy(world, index, sign, f"{index}'"),
            Copy(world, index, sign, f"{index}''"),
        )
        super().__init__(world, index, sign)
        for copy in self.copies:
            copy.clock = self.clock

    def split(self, first: Iterable[int], second: Iterable[int]) -> None:
        """A round begins (`events.Round`)."""
        for copy, sees in zip(self.copies, (first, second), strict=True):
            copy.sees = set(sees)

    def join(self) -> None:
        """It is over: both talk with everyone."""
        for copy in self.copies:
            copy.sees = set(self._others)
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
            if copy.reaches(sender):
                copy.deliver(sender, thing)
