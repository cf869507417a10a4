"""Consensus under simulation, by hand.

python -m tests.simulation --seed 7 --trace             one run, and everything that happens in it
python -m tests.simulation --seed 7 --shrink            a shorter plan that fails the same way
python -m tests.simulation --count 1000 --jobs 2        a hunt: all sizes, half of them with liars
python -m tests.simulation --fresh 600 --jobs 2         the same with new seeds, for 600 s
"""

import argparse
import time
from collections.abc import Iterable

from tests.simulation.hunt import Result, Task, fresh, hunt, tasks
from tests.simulation.plan import Plan, draw
from tests.simulation.promises import Broken
from tests.simulation.scenario import Trace, play
from tests.simulation.shrink import shrink


def main() -> int:
    """What the options say; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1, help="so many seeds, from --seed on")
    parser.add_argument("--size", type=int, help="validators; by default 4, in a hunt all")
    parser.add_argument("--fresh", type=float, metavar="SECONDS", help="new seeds, for so long")
    lies = parser.add_mutually_exclusive_group()
    lies.add_argument("--faulty", action="store_true", default=None, help="with f that lie")
    lies.add_argument("--honest", action="store_false", dest="faulty", help="with none that lies")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    parser.add_argument("--shrink", action="store_true", help="shorten the plan of a failing seed")
    options = parser.parse_args()
    if options.fresh is not None:
        return many(fresh(options.fresh), options.jobs)
    if options.count == 1:
        plan = draw(options.seed, options.size or 4, bool(options.faulty))
        return one(plan, options.trace, options.shrink)
    return many(tasks(options.seed, options.count, options.size, options.faulty), options.jobs)


def one(plan: Plan, show: bool, shorten: bool) -> int:
    """Play a plan, or the shortest that fails like it; print how it went and the trace's hash."""
    if shorten:
        plan = shrink(plan)
    trace = Trace(print if show or shorten else None)
    broken = ""
    try:
        world = play(plan, trace)
    except Broken as error:
        broken = str(error)
    print(f"broken: {broken}" if broken else f"height {world.nodes[0].height}, all promises kept")
    print(f"trace: {trace.lines} lines, SHA-256 {trace.digest}")
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
