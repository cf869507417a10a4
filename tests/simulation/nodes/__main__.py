"""Whole nodes under simulation, by hand.

python -m tests.simulation.nodes --seed 7 --size 5 --trace      one run, and all that happens in it
python -m tests.simulation.nodes --seed 7 --size 5 --shrink     a shorter plan that fails like it
python -m tests.simulation.nodes --plan FILE [--trace]          a plan that was printed, and changed
python -m tests.simulation.nodes --count 200 [--liars]          a hunt: four to ten nodes
python -m tests.simulation.nodes --fresh 600                    seeds nobody has tried, for 600 s
"""

import argparse
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.simulation.nodes.hunt import SIZES, Result, Task, fresh, hunt, tasks
from tests.simulation.nodes.plan import STORM_MS, Plan, read
from tests.simulation.nodes.scenario import build, storm
from tests.simulation.nodes.shrink import shrink
from tests.simulation.promises import Broken


def main() -> int:
    """What the options say; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.nodes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plan", type=Path, metavar="FILE", help="a plan in the place of a seed's")
    parser.add_argument("--count", type=int, default=1, help="so many seeds, from --seed on")
    parser.add_argument("--fresh", type=float, metavar="SECONDS", help="new seeds, for so long")
    parser.add_argument("--size", type=int, help="validators; by default some of 4 to 10 in turn")
    lies = parser.add_mutually_exclusive_group()
    lies.add_argument("--liars", action="store_true", default=None, help="with up to f that lie")
    lies.add_argument("--honest", action="store_false", dest="liars", help="with none that lies")
    parser.add_argument("--seconds", type=float, default=STORM_MS / 1000, help="of the storm")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    parser.add_argument("--shrink", action="store_true", help="shorten a plan that fails")
    options = parser.parse_args()
    if options.plan is not None:
        return one(read(options.plan.read_text()), options.trace, options.shrink)
    if options.fresh is not None:
        return many(fresh(options.fresh, options.seconds), options.jobs)
    if options.count == 1:
        size = options.size or SIZES[options.seed % len(SIZES)]
        task = Task(options.seed, size, bool(options.liars), options.seconds)
        return one(task.plan, options.trace, options.shrink)
    todo = tasks(options.seed, options.count, options.size, options.liars, options.seconds)
    return many(todo, options.jobs)


def one(plan: Plan, trace: bool, shorten: bool, show: Callable[[str], None] = print) -> int:
    """Play a plan, or the shortest that fails like it, and print how it went; of the shortest also
    what happened in it, and its frames too with `trace`."""
    if shorten:
        plan = shrink(plan)

    def line(text: str) -> None:
        if trace or " -> " not in text:
            show(text)

    world = build(plan, line if trace or shorten else None)
    broken = ""
    try:
        world.run(storm(world, plan))
    except Broken as error:
        broken = f"broken: {error}"
    show(broken or f"all promises kept, recovery {world.recovery_s:.1f} s")
    show(f"trace: SHA-256 {world.digest}")
    return 1 if broken else 0


def many(todo: Iterable[Task], jobs: int) -> int:
    """A hunt; each failure with the options that repeat it."""
    began = time.monotonic()

    def show(result: Result) -> None:
        if result.failure:
            print(f"{result.task}: {result.failure}", flush=True)

    summary = hunt(todo, jobs, show)
    print(f"{summary}; {time.monotonic() - began:.0f} s")
    return 1 if summary.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
