"""`python -m tests.simulation.nodes --seed N [--count m] [--size n] [--trace]`: runs by hand."""

import argparse
import time
import traceback
from collections import Counter

from tests.simulation.nodes.scenario import STORM_S, liars, storm
from tests.simulation.nodes.world import World

SIZES = (4, 4, 4, 5, 6, 7, 10)


def main() -> int:
    """Run `count` seeds from `seed` on; 1 if any broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.nodes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--size", type=int, help="validators; by default some of 4 to 10 in turn")
    parser.add_argument("--liars", action="store_true", help="with f members that lie")
    parser.add_argument("--seconds", type=float, default=STORM_S, help="length of the storm")
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    options = parser.parse_args()
    broken, slowest_s, documents = 0, 0.0, 0
    faults: Counter[str] = Counter()
    began = time.monotonic()
    for seed in range(options.seed, options.seed + options.count):
        size = options.size or SIZES[seed % len(SIZES)]
        faulty = liars(seed, size) if options.liars else {}
        world = World(seed, size, faulty, trace=print if options.trace else None)
        try:
            world.run(storm(world, options.seconds))
            slowest_s = max(slowest_s, world.recovery_s)
            if options.count == 1:
                print(f"digest {world.digest}, recovery {world.recovery_s:.1f} s")
        except Exception as error:
            broken += 1
            print(f"seed {seed} size {size}: {type(error).__name__}: {error}"[:400], flush=True)
            if options.count == 1:
                traceback.print_exc()
        documents += len(world.watch.final)
        faults.update(world.faults)
    print(
        f"{options.count} seeds, {broken} broken, {documents} documents final, slowest recovery "
        f"{slowest_s:.1f} s, {time.monotonic() - began:.0f} s"
    )
    print("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(faults.items())))
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
