"""The network's moods: how messages are lost, doubled and late."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

Link = tuple[int, int]
"""From whom to whom: one direction."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Shares are of all messages; delays in milliseconds. `straggle` is the share of messages whose
    delay is up to ten times the usual, so that they come after later ones."""

    loss: float = 0.0
    double: float = 0.0
    straggle: float = 0.0
    delay_min_ms: int = 5
    delay_max_ms: int = 60
    far_ms: dict[int, int] = field(default_factory=dict)
    """Nodes that are far away: so much is added to every message from and to them."""

    @property
    def steady(self) -> bool:
        """Whether every message has the same fate."""
        chances = self.loss + self.double + self.straggle
        return not chances and self.delay_min_ms == self.delay_max_ms


def between(senders: Iterable[int], receivers: Iterable[int]) -> frozenset[Link]:
    """Every link from the senders to the receivers: cut, they make a one-way partition."""
    return frozenset(product(senders, receivers))


def apart(size: int, groups: Iterable[Iterable[int]]) -> frozenset[Link]:
    """Every link that does not stay inside one of the groups; who is in none is alone."""
    inside = {link for group in map(tuple, groups) for link in product(group, group)}
    return between(range(size), range(size)) - inside
