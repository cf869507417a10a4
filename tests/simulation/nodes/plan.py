"""A run of whole nodes, drawn in advance: all that the seed decides but how long single things
take, which frames straggle, what is left of a torn append, and when exactly a liar lies.

A plan is a value. Its text is the Python that makes it, so that a plan that found something can be
kept as it is, changed, played again, and made shorter by leaving events out (`shrink`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import permutations
from random import Random
from typing import get_args

from cocket.ledger.blocks import faults_tolerated
from tests.simulation.nodes.documents import Clients, Paper
from tests.simulation.nodes.events import (
    EVENTS,
    BreakConnections,
    CutOneWay,
    Event,
    FillDisk,
    Hold,
    Kill,
    KillAt,
    LoseDisk,
    Partition,
    SetClock,
    Slow,
    Stop,
    Submit,
)
from tests.simulation.nodes.liars import LIES
from tests.simulation.nodes.members import validators
from tests.simulation.nodes.network import FAIR, Weather
from tests.simulation.nodes.printed import Printed

DAY_MS = 24 * 3600 * 1000
GROW_MS = 8_000
"""Some 70 blocks: more than one range of those that catching up asks for at a time."""
STORM_MS = 20_000
FAULT_MS_MAX = 20_000


@dataclass(frozen=True, slots=True, repr=False)
class Lies(Printed):
    """A member that lies in these ways, `often` of the time."""

    who: str
    ways: tuple[str, ...]
    often: float = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Plan(Printed):
    """`ms` of storm, then calm.

    weather  of the storm; the calm has its own
    events   by time
    away     members that stay down in the calm, as many of them as the network may still lose
    grow_ms  so long are there new blocks before these come back
    wiped    those of them who come back with an empty disk
    clocks   in the calm: how many milliseconds the calendar of each is off
    """

    seed: int
    size: int
    ms: int
    weather: Weather = FAIR
    liars: tuple[Lies, ...] = ()
    events: tuple[Event, ...] = ()
    away: tuple[str, ...] = ()
    grow_ms: int = 0
    wiped: tuple[str, ...] = ()
    clocks: tuple[int, ...] = ()

    def __str__(self) -> str:
        lines = [f"Plan(seed={self.seed}, size={self.size}, ms={self.ms}, weather={self.weather},"]
        lines += ["    liars=("] + [f"        {each}," for each in self.liars]
        lines += ["    ), events=("] + [f"        {each}," for each in self.events]
        lines += [f"    ), away={self.away}, grow_ms={self.grow_ms}, wiped={self.wiped},"]
        return "\n".join([*lines, f"    clocks={self.clocks})"])


def read(text: str) -> Plan:
    """The plan whose text this is: Python, and so of nobody but ourselves."""
    kinds = (Plan, Weather, Lies, *EVENTS, *get_args(Paper))
    plan = eval(text, {kind.__name__: kind for kind in kinds})
    assert isinstance(plan, Plan)
    return plan


def draw(
    seed: int, size: int, lies: bool = False, ms: int = STORM_MS, only: Collection[str] = ()
) -> Plan:
    """The plan of a seed; `lies`: with one to f members that do. Its faults are of some kinds, or
    of `only` these, so that each kind is also met alone."""
    chance = Random(seed)
    names = validators(size)
    liars = draw_liars(chance, names) if lies else ()
    honest = [name for name in names if all(name != each.who for each in liars)]
    away = chance.sample(honest, chance.randint(0, faults_tolerated(size) - len(liars)))
    events = [*draw_submissions(chance, names, ms), *Faults(chance, names, only).draw(ms)]
    return Plan(
        seed,
        size,
        ms,
        Weather(
            straggle=chance.choice([0.0, 0.0, 0.02, 0.2]),
            latency_ms=chance.choice([(1, 5), (2, 60), (100, 300)]),
        ),
        liars,
        tuple(sorted(events, key=lambda event: event.at_ms)),
        tuple(away),
        GROW_MS if away and chance.random() < 0.3 else 0,
        tuple(name for name in away if chance.random() < 0.4),
        tuple(chance.randint(-500, 500) for _ in names),
    )


def draw_liars(chance: Random, names: list[str]) -> tuple[Lies, ...]:
    """One to f members, each with some of all lies."""
    found = []
    for name in chance.sample(names, chance.randint(1, faults_tolerated(len(names)))):
        ways = [way for way in LIES if chance.random() < 0.25] or [chance.choice(list(LIES))]
        found.append(Lies(name, tuple(ways), chance.choice([0.1, 0.5, 1.0])))
    return tuple(found)


def draw_submissions(chance: Random, names: list[str], ms: int) -> list[Event]:
    """Documents, alone or together, to one node or to several, at times one of them twice."""
    found: list[Event] = []
    clients = Clients(chance)
    pause_ms = chance.choice([100, 300, 1_000])
    at_ms = chance.choice([0, 1_000])
    while (at_ms := at_ms + _some(chance, pause_ms)) < ms:
        papers = [clients.next() for _ in range(chance.choice([1, 1, 2, 5]))]
        if chance.random() < 0.1:
            papers.append(chance.choice(papers))
        to = chance.sample(names, chance.choice([1, 1, 1, 2, len(names)]))
        found.append(Submit(at_ms, tuple(papers), tuple(to)))
    return found


def _some(chance: Random, mean: float) -> int:
    """A time of any length, at least 1."""
    return 1 + int(chance.expovariate(1 / mean))


class Faults:
    """Draws the faults of one storm."""

    def __init__(self, chance: Random, names: list[str], only: Collection[str]) -> None:
        self.chance = chance
        self.names = names
        kinds: list[Callable[[int], Event | list[Event]]] = [
            self.kill,
            self.lose_power,
            self.kill_at_a_step,
            self.kill_at_a_write,
            self.kill_at_an_answer,
            self.stop,
            self.hold,
            self.partition,
            self.cut_one_way,
            self.break_connections,
            self.slow,
            self.fill_a_disk,
            self.lose_a_disk,
            self.set_a_clock,
            self.all_down,
        ]
        if only:
            self.kinds = [kind for kind in kinds if kind.__name__ in only]
        else:
            self.kinds = [kind for kind in kinds if chance.random() < 0.4] or kinds
        self.pause_ms = 400 if only else chance.choice([200, 500, 1_000, 3_000])

    def draw(self, ms: int) -> list[Event]:
        """Faults, one after the other; most pass before three more have come."""
        found: list[Event] = []
        at_ms = self.chance.choice([0, 1_000])
        while (at_ms := at_ms + _some(self.chance, self.pause_ms)) < ms:
            drawn = self.chance.choice(self.kinds)(at_ms)
            found += drawn if isinstance(drawn, list) else [drawn]
        return found

    def anyone(self) -> str:
        return self.chance.choice(self.names)

    def passes_ms(self) -> int:
        return min(FAULT_MS_MAX, _some(self.chance, 1.7 * self.pause_ms))

    def kill(self, at_ms: int) -> Event:
        return Kill(at_ms, self.anyone(), self.passes_ms())

    def lose_power(self, at_ms: int) -> Event:
        return Kill(at_ms, self.anyone(), self.passes_ms(), power=True)

    def kill_at_a_step(self, at_ms: int) -> Event:
        count = self.chance.randint(1, self.chance.choice([20, 200, 2_000]))
        return KillAt(at_ms, self.anyone(), "step", count, self.passes_ms())

    def kill_at_a_write(self, at_ms: int) -> Event:
        count = self.chance.randint(1, self.chance.choice([4, 40]))
        return KillAt(at_ms, self.anyone(), "write", count, self.passes_ms())

    def kill_at_an_answer(self, at_ms: int) -> Event:
        count = self.chance.randint(1, 3)
        return KillAt(at_ms, self.anyone(), "answer", count, self.passes_ms())

    def stop(self, at_ms: int) -> Event:
        return Stop(at_ms, self.anyone(), self.passes_ms())

    def hold(self, at_ms: int) -> Event:
        return Hold(at_ms, self.anyone(), self.passes_ms())

    def partition(self, at_ms: int) -> Event:
        here = self.chance.sample(self.names, self.chance.randint(1, len(self.names) - 1))
        return Partition(at_ms, self.passes_ms(), tuple(here))

    def cut_one_way(self, at_ms: int) -> Event:
        pairs = list(permutations(self.names, 2))
        links = self.chance.sample(pairs, self.chance.randint(1, len(pairs) // 2))
        return CutOneWay(at_ms, self.passes_ms(), tuple(links))

    def break_connections(self, at_ms: int) -> Event:
        return BreakConnections(at_ms, round(self.chance.random(), 2))

    def slow(self, at_ms: int) -> Event:
        return Slow(at_ms, self.anyone(), self.passes_ms(), self.chance.choice([5.0, 50.0]))

    def fill_a_disk(self, at_ms: int) -> Event:
        return FillDisk(at_ms, self.anyone(), self.passes_ms())

    def lose_a_disk(self, at_ms: int) -> Event:
        return LoseDisk(at_ms, self.anyone(), self.passes_ms())

    def set_a_clock(self, at_ms: int) -> Event:
        off_ms = self.chance.choice([-DAY_MS, -5_000, -500, 500, 5_000, DAY_MS])
        return SetClock(at_ms, self.anyone(), off_ms)

    def all_down(self, at_ms: int) -> list[Event]:
        return [
            Kill(at_ms, name, self.passes_ms(), power=self.chance.random() < 0.5)
            for name in self.names
        ]
