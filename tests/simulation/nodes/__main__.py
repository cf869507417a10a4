"""Whole nodes under simulation, by hand.

python -m tests.simulation.nodes --seed 7 --size 5 --trace      one run, and all that happens in it
python -m tests.simulation.nodes --count 200 [--liars]          a hunt: four to ten nodes
python -m tests.simulation.nodes --fresh 600                    seeds nobody has tried, for 600 s
"""

import argparse
import time

from tests.simulation.nodes.hunt import SIZES, Result, Task, fresh, hunt, play, tasks
from tests.simulation.nodes.scenario import STORM_S


def main() -> int:
    """What the options say; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.nodes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1, help="so many seeds, from --seed on")
    parser.add_argument("--fresh", type=float, metavar="SECONDS", help="new seeds, for so long")
    parser.add_argument("--size", type=int, help="validators; by default some of 4 to 10 in turn")
    parser.add_argument("--liars", action="store_true", help="with f members that lie")
    parser.add_argument("--seconds", type=float, default=STORM_S, help="length of the storm")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    options = parser.parse_args()
    if options.count == 1 and options.fresh is None:
        size = options.size or SIZES[options.seed % len(SIZES)]
        return one(Task(options.seed, size, options.liars, options.seconds), options.trace)
    if options.fresh is not None:
        todo = fresh(options.fresh, options.seconds)
    else:
        todo = tasks(options.seed, options.count, options.size, options.liars, options.seconds)
    began = time.monotonic()
    summary = hunt(todo, options.jobs, show)
    print(f"{summary}; {time.monotonic() - began:.0f} s")
    return 1 if summary.failures else 0


def one(task: Task, trace: bool) -> int:
    """Play one, and print how it went."""
    result = play(task, print if trace else None)
    print(result.failure or f"all promises kept, recovery {result.recovery_s:.1f} s")
    print(f"trace: SHA-256 {result.digest}")
    return 1 if result.failure else 0


def show(result: Result) -> None:
    """A failure, with the options that repeat it."""
    if result.failure:
        print(f"{result.task}: {result.failure}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
