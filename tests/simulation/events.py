"""What a plan lets happen, and when. Each event is printed as the Python that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.weather import between

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Submit:
    """A client hands a batch to `author`, if that is up."""

    at_ms: int
    author: int

    def happen(self, world: World) -> None:
        if world.nodes[self.author].up:
            world.submit(self.author)


@dataclass(frozen=True, slots=True)
class Crash:
    """`node` dies `steps` effects from now (of those that are `writing` to its journal, or of all),
    and starts again `down_ms` from now. Its `power` fails, or only its process is killed."""

    at_ms: int
    node: int
    steps: int
    down_ms: int
    power: bool
    writing: bool

    def happen(self, world: World) -> None:
        node = world.nodes[self.node]
        if node.up and self.steps:
            node.dies_in = self.steps
            node.dies_by_power, node.dies_writing = self.power, self.writing
        elif node.up:
            node.crash(self.power)
        world.at(self.down_ms, lambda: None if node.up else node.start())


@dataclass(frozen=True, slots=True)
class Cut:
    """For `ms`, nothing that `senders` send reaches `receivers`; nor back, if `both_ways`. Without
    `sessions` it ends unnoticed, and no session opens anew."""

    at_ms: int
    ms: int
    senders: tuple[int, ...]
    receivers: tuple[int, ...]
    both_ways: bool
    sessions: bool

    def happen(self, world: World) -> None:
        links = between(self.senders, self.receivers)
        if self.both_ways:
            links |= between(self.receivers, self.senders)
        world.faults["partition" if self.both_ways else "one-way partition"] += 1
        world.say(str(self))
        world.cut(links)
        world.at(self.ms, lambda: world.mend(links, self.sessions))


@dataclass(frozen=True, slots=True)
class Pause:
    """`node` is frozen for `ms`, then goes on as if nothing had been."""

    at_ms: int
    node: int
    ms: int

    def happen(self, world: World) -> None:
        node = world.nodes[self.node]
        if node.up and not node.frozen:
            world.faults["pause"] += 1
            node.freeze()
            world.at(self.ms, lambda: node.thaw() if node.frozen else None)


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock on the wall of `node` jumps, forward or back."""

    at_ms: int
    node: int
    ms: int

    def happen(self, world: World) -> None:
        world.faults["clock jump"] += 1
        world.say(f"{self.node}'s clock jumps {self.ms} ms")
        world.nodes[self.node].clock.skew_ms += self.ms


@dataclass(frozen=True, slots=True)
class Round:
    """A round of twins (Bano et al., 2020): for `ms`, one copy of `twins` talks with `first` alone,
    the other with `second` alone; who is in one group only does not reach who is in the other only,
    if they are `apart`."""

    at_ms: int
    ms: int
    twins: int
    first: tuple[int, ...]
    second: tuple[int, ...]
    apart: bool

    def happen(self, world: World) -> None:
        from tests.simulation.liars.twins import Twins

        twins = world.nodes[self.twins]
        if not isinstance(twins, Twins):
            return  # a shrunk plan may have made it honest
        world.faults["round of twins"] += 1
        world.say(str(self))
        twins.split(self.first, self.second)
        world.at(self.ms, twins.join)
        if self.apart:
            one, other = set(self.first), set(self.second)
            links = between(one - other, other - one) | between(other - one, one - other)
            world.cut(links)
            world.at(self.ms, lambda: world.mend(links))


Event = Submit | Crash | Cut | Pause | Jump | Round
