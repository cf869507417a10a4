"""Many seeds of whole nodes: each drawn, played and counted, on as many processes as one likes."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from random import SystemRandom

from tests.simulation.nodes.plan import STORM_MS, Plan, draw
from tests.simulation.nodes.scenario import build, play, storm
from tests.simulation.spread import spread

COLLECT_AFTER = 50_000
SIZES = (4, 5, 6, 7, 10)


@dataclass(frozen=True, slots=True)
class Task:
    """One run: a storm of `seconds`, in virtual time, and the calm after it."""

    seed: int
    size: int
    lies: bool
    seconds: float = STORM_MS / 1000

    def __str__(self) -> str:
        """The options that repeat it."""
        options = f"--seed {self.seed} --size {self.size} --seconds {self.seconds:g}"
        return f"{options}{' --liars' * self.lies}"

    @property
    def plan(self) -> Plan:
        """What it plays."""
        return draw(self.seed, self.size, self.lies, int(1000 * self.seconds))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run. `failure` is empty unless a promise was broken, or something raised."""

    task: Task
    failure: str
    recovery_s: float
    documents: int
    faults: Counter[str]


@dataclass(slots=True)
class Summary:
    """Results, added up."""

    seeds: Counter[int] = field(default_factory=Counter)
    """How many of each size."""
    lies: int = 0
    documents: int = 0
    slowest: Result | None = None
    faults: Counter[str] = field(default_factory=Counter)
    failures: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """One more."""
        self.seeds[result.task.size] += 1
        self.lies += result.task.lies
        self.documents += result.documents
        self.faults.update(result.faults)
        if self.slowest is None or result.recovery_s > self.slowest.recovery_s:
            self.slowest = result
        if result.failure:
            self.failures.append(result)

    def __str__(self) -> str:
        sizes = ", ".join(f"{count} of n = {size}" for size, count in sorted(self.seeds.items()))
        faults = ", ".join(f"{count} {kind}" for kind, count in sorted(self.faults.items()))
        slowest = self.slowest
        calm = "" if slowest is None else f" {slowest.recovery_s:.1f} s ({slowest.task})"
        return (
            f"{self.seeds.total()} seeds ({sizes}; {self.lies} with liars); {self.documents} "
            f"documents final; {self.faults.total()} faults: {faults}; slowest recovery{calm}; "
            f"{len(self.failures)} failures"
        )


@cache
def settle() -> None:
    """Make what all worlds share; from now on Python's collector need not look at it, nor often."""
    play(Plan(seed=1, size=4, ms=0))
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def try_one(task: Task) -> Result:
    """Play one seed; whatever it raises is a failure."""
    settle()
    plan = task.plan
    world = build(plan)
    failure = ""
    try:
        world.run(storm(world, plan))
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"[:400]
    return Result(task, failure, world.recovery_s, len(world.watch.final), world.faults)


def tasks(
    first: int, count: int, size: int | None, lies: bool | None, seconds: float = STORM_MS / 1000
) -> Iterator[Task]:
    """`count` seeds from `first` on; without a `size` all in turn; with `lies` None, in every
    other round."""
    for seed in range(first, first + count):
        lying = bool(seed // len(SIZES) % 2) if lies is None else lies
        yield Task(seed, size or SIZES[seed % len(SIZES)], lying, seconds)


def fresh(for_s: float, seconds: float = STORM_MS / 1000) -> Iterator[Task]:
    """Seeds that nobody has tried yet, half of them with liars, until the time is over."""
    end = time.monotonic() + for_s
    for task in tasks(SystemRandom().randrange(1 << 40), 1 << 30, None, None, seconds):
        if time.monotonic() > end:
            return
        yield task


def hunt(todo: Iterable[Task], jobs: int, show: Callable[[Result], None]) -> Summary:
    """Play them all; `show` sees each result as it comes."""
    summary = Summary()
    for result in spread(todo, try_one, jobs):
        summary.add(result)
        show(result)
    return summary
