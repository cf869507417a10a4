"""`python -m tests.simulation --seed N [--size n] [--count m] [--trace]`: run storms by hand."""

import argparse
import time
import traceback

from tests.simulation.scenario import siege, storm


def main() -> int:
    """Run `count` seeds from `seed` on; 1 if any broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--size", type=int, help="validators; by default 4, 5, 6, 7, 10 in turn")
    parser.add_argument("--ms", type=int, default=20_000, help="length of the storm")
    parser.add_argument("--faulty", action="store_true", help="with f members that lie")
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    options = parser.parse_args()
    broken = slowest_ms = 0
    began = time.monotonic()
    for seed in range(options.seed, options.seed + options.count):
        size = options.size or (4, 5, 6, 7, 10)[seed % 5]
        try:
            run = siege if options.faulty else storm
            world = run(seed, size, options.ms, trace=print if options.trace else None)
            slowest_ms = max(slowest_ms, world.recovery_ms)
            if options.count == 1:
                print(f"height {world.nodes[0].height} after {world.now_ms} ms")
        except Exception as error:
            broken += 1
            print(f"seed {seed} size {size}: {type(error).__name__}: {error}"[:300])
            if options.count == 1:
                traceback.print_exc()
    print(
        f"{options.count} seeds, {broken} broken, slowest recovery {slowest_ms} ms, "
        f"{time.monotonic() - began:.1f} s"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
