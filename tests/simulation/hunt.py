"""Many seeds: each drawn, played and counted, on as many processes as one likes."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import SystemRandom

from cocket.consensus.timing import Timing
from tests.simulation.plan import draw
from tests.simulation.scenario import play
from tests.simulation.spread import spread

SIZES = (4, 5, 6, 7, 10)


@dataclass(frozen=True, slots=True)
class Task:
    """One run: the storm of `draw(seed, size, faulty)`."""

    seed: int
    size: int
    faulty: bool

    def __str__(self) -> str:
        return f"--seed {self.seed} --size {self.size}{' --faulty' if self.faulty else ''}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run. `failure` is empty unless a promise was broken, or something raised."""

    task: Task
    failure: str
    recovery_ms: int = 0
    recovery_share: float = 0.0
    blocks: int = 0
    batches: int = 0
    faults: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Summary:
    """Results, added up."""

    seeds: Counter[int] = field(default_factory=Counter)
    """How many of each size."""
    faulty: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    blocks: int = 0
    batches: int = 0
    slowest: Result | None = None
    """Of what was allowed, which depends on what the storm left."""
    failures: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """One more."""
        self.seeds[result.task.size] += 1
        self.faulty += result.task.faulty
        self.faults.update(result.faults)
        self.blocks += result.blocks
        self.batches += result.batches
        if self.slowest is None or result.recovery_share > self.slowest.recovery_share:
            self.slowest = result
        if result.failure:
            self.failures.append(result)

    def __str__(self) -> str:
        sizes = ", ".join(f"{count} of n = {size}" for size, count in sorted(self.seeds.items()))
        faults = ", ".join(f"{count} {kind}" for kind, count in sorted(self.faults.items()))
        slowest = "none"
        if self.slowest is not None:
            deltas = self.slowest.recovery_ms / Timing().delta_ms
            share = f"{self.slowest.recovery_share:.0%} of what is allowed"
            slowest = f"{deltas:.1f} Δ ({share}, {self.slowest.task})"
        return (
            f"{self.seeds.total()} seeds ({sizes}; {self.faulty} with liars); "
            f"{self.blocks} blocks and {self.batches} batches final; "
            f"faults: {faults}; slowest recovery {slowest}; {len(self.failures)} failures"
        )


def try_one(task: Task) -> Result:
    """Play one seed; whatever it raises is a failure."""
    try:
        world = play(draw(task.seed, task.size, task.faulty))
    except Exception as error:
        return Result(task, f"{type(error).__name__}: {error}"[:300])
    longest = max(world.honest, key=lambda node: node.height)
    faults = {kind: count for kind, count in world.faults.items() if count}
    return Result(
        task,
        "",
        world.recovery_ms,
        world.recovery_share,
        longest.height,
        len(longest.ordered),
        faults,
    )


def tasks(first: int, count: int, size: int | None, faulty: bool | None) -> Iterator[Task]:
    """`count` seeds from `first` on; without a `size` all in turn, without `faulty` every other."""
    for number, seed in enumerate(range(first, first + count)):
        turn = SIZES[number % len(SIZES)]
        lies = bool(number // len(SIZES) % 2) if faulty is None else faulty
        yield Task(seed, size or turn, lies)


def hunt(
    todo: Iterable[Task], jobs: int = 1, show: Callable[[Result], None] | None = None
) -> Summary:
    """Play them all; `show` sees each result as it comes."""
    summary = Summary()
    for result in spread(todo, try_one, jobs):
        summary.add(result)
        if show is not None:
            show(result)
    return summary


def fresh(seconds: float) -> Iterator[Task]:
    """Seeds that nobody has tried yet, all sizes in turn, half of them with liars, until the time
    is over."""
    end = time.monotonic() + seconds
    first = SystemRandom().randrange(1 << 40)
    for task in tasks(first, 1 << 30, None, None):
        if time.monotonic() > end:
            return
        yield task
