"""What a storm does, and when. Each event is printed as the Python that makes it.

A fault passes by itself after its `ms`, so that an event means the same whatever else is left out;
one that meets a machine which is down already, or which nobody may take down, does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, get_args

from tests.simulation.nodes.documents import Paper, jws
from tests.simulation.nodes.printed import Printed

if TYPE_CHECKING:
    from tests.simulation.nodes.world import World


@dataclass(frozen=True, slots=True, repr=False)
class Submit(Printed):
    """A client hands documents to those nodes of `to` that are up."""

    at_ms: int
    papers: tuple[Paper, ...]
    to: tuple[str, ...]

    def happen(self, world: World) -> None:
        texts = [jws(paper) for paper in self.papers]
        for name in self.to:
            world.submit(world.machines[name], texts)


@dataclass(frozen=True, slots=True, repr=False)
class Kill(Printed):
    """The process of `who` ends, or all its machine does if `power` fails; it starts again `ms`
    later."""

    at_ms: int
    who: str
    ms: int
    power: bool = False

    def happen(self, world: World) -> None:
        machine = world.machines[self.who]
        if machine.up:
            machine.crash(silently=self.power)
            world.later(self.ms, machine.revive)


@dataclass(frozen=True, slots=True, repr=False)
class KillAt(Printed):
    """The process of `who` ends after so many more of an effect: a `step` (a callback), a `write`
    that nobody has heard of yet, an `answer`. It starts again `ms` later."""

    at_ms: int
    who: str
    effect: str
    count: int
    ms: int

    def happen(self, world: World) -> None:
        world.machines[self.who].doom(self.effect, self.count, self.ms)


@dataclass(frozen=True, slots=True, repr=False)
class Stop(Printed):
    """The process is asked to end, as operators do, and started again `ms` later."""

    at_ms: int
    who: str
    ms: int

    def happen(self, world: World) -> None:
        machine = world.machines[self.who]
        if machine.up:
            machine.stop()
            world.later(self.ms, machine.revive)


@dataclass(frozen=True, slots=True, repr=False)
class Hold(Printed):
    """The system does not run the process for `ms`."""

    at_ms: int
    who: str
    ms: int

    def happen(self, world: World) -> None:
        machine = world.machines[self.who]
        machine.hold(True)
        world.later(self.ms, lambda: machine.hold(False))


@dataclass(frozen=True, slots=True, repr=False)
class Partition(Printed):
    """For `ms` those who are `here` and all others reach each other no more."""

    at_ms: int
    ms: int
    here: tuple[str, ...]

    def happen(self, world: World) -> None:
        pairs = permutations(world.machines, 2)
        across = {(a, b) for a, b in pairs if (a in self.here) != (b in self.here)}
        world.network.cut(across)
        world.later(self.ms, lambda: world.network.mend(across))


@dataclass(frozen=True, slots=True, repr=False)
class CutOneWay(Printed):
    """For `ms` nothing gets from the first to the second of these pairs."""

    at_ms: int
    ms: int
    links: tuple[tuple[str, str], ...]

    def happen(self, world: World) -> None:
        links = set(self.links)
        world.network.cut(links)
        world.later(self.ms, lambda: world.network.mend(links))


@dataclass(frozen=True, slots=True, repr=False)
class BreakConnections(Printed):
    """A `share` of all connections break; chance says which."""

    at_ms: int
    share: float

    def happen(self, world: World) -> None:
        world.network.break_some(self.share)


@dataclass(frozen=True, slots=True, repr=False)
class Slow(Printed):
    """For `ms` all that `who` sends and gets takes so many `times` as long."""

    at_ms: int
    who: str
    ms: int
    times: float

    def happen(self, world: World) -> None:
        world.network.slow[self.who] = self.times
        world.later(self.ms, lambda: world.network.quicken(self.who))


@dataclass(frozen=True, slots=True, repr=False)
class FillDisk(Printed):
    """For `ms` the disk of `who` takes nothing more."""

    at_ms: int
    who: str
    ms: int

    def happen(self, world: World) -> None:
        machine = world.machines[self.who]
        machine.full_disk = True
        world.later(self.ms, machine.make_room)


@dataclass(frozen=True, slots=True, repr=False)
class LoseDisk(Printed):
    """`who` loses its disk, unless that is more than the network was ever promised to survive; it
    is set up anew `ms` later."""

    at_ms: int
    who: str
    ms: int

    def happen(self, world: World) -> None:
        machine = world.machines[self.who]
        if machine.may_be_wiped:
            machine.crash(silently=True)
            machine.lose_disk()
            world.later(self.ms, machine.revive)


@dataclass(frozen=True, slots=True, repr=False)
class SetClock(Printed):
    """The calendar of `who` is off by so much from now on."""

    at_ms: int
    who: str
    off_ms: int

    def happen(self, world: World) -> None:
        world.machines[self.who].clock_skew_ms = self.off_ms


Event = (
    Submit
    | Kill
    | KillAt
    | Stop
    | Hold
    | Partition
    | CutOneWay
    | BreakConnections
    | Slow
    | FillDisk
    | LoseDisk
    | SetClock
)
EVENTS = get_args(Event)
