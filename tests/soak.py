"""`make soak`: every machine that looks for faults, one after the other, for as long as one likes.

    python -m tests.soak --seconds 28800        a night

Each part prints what it does, and last one line with its seeds, faults, documents and failures; in
the end all these lines stand together. The exit code is 1 if anything failed in any part.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.attack import ATTACKS
from tests.fuzz.table import DECODERS

LONG_S = 4 * 3600
"""From here on real nodes get their long loads: 10,000 documents, 20 kills, ten idle minutes."""
ATTACK_SHARE = 0.4
"""Of the time for an attack; the rest is measured without it, and goes by until all are there."""
ATTACK_S_MIN = 2.0
"""Less is no measurement."""
JOBS = str(os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Part:
    """One machine: which share of the time it gets, and the command that takes so many seconds."""

    name: str
    share: float
    command: Callable[[float], list[str]]


PARTS = (
    Part(
        "consensus, simulated", 0.3, lambda s: ["tests.simulation", f"--fresh={s}", "--jobs", JOBS]
    ),
    Part(
        "nodes, simulated",
        0.4,
        lambda s: ["tests.simulation.nodes", f"--fresh={s}", "--seconds=4", "--jobs", JOBS],
    ),
    Part("decoders", 0.15, lambda s: ["tests.fuzz", f"--seconds={s / len(DECODERS)}"]),
    Part(
        "attacks",
        0.15,
        lambda s: [
            "tests.fuzz.attack",
            f"--seconds={max(ATTACK_S_MIN, ATTACK_SHARE * s / len(ATTACKS))}",
        ],
    ),
    Part("real nodes", 0.0, lambda s: ["pytest", "tests/node/test_cluster.py"]),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a part ended."""

    part: Part
    well: bool
    last_line: str
    seconds: float

    def __str__(self) -> str:
        verdict = "held" if self.well else "FAILED"
        return f"{self.part.name} {verdict}, {self.seconds:.0f} s: {self.last_line}"


def run(part: Part, seconds: float) -> Ended:
    """Run a part, and show what it prints while it does."""
    command = part.command(part.share * seconds)
    print(f"== {part.name}: python -m {' '.join(command)}", flush=True)
    began, last_line = time.monotonic(), ""
    environment = {**os.environ, "COCKET_SCALE": "5" if seconds >= LONG_S else "1"}
    with subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last_line = line.strip() or last_line
    return Ended(part, process.returncode == 0, last_line, time.monotonic() - began)


def main() -> int:
    """All parts; 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="in all, roughly")
    seconds = parser.parse_args().seconds
    ended = [run(part, seconds) for part in PARTS]
    failed = [each for each in ended if not each.well]
    print(f"== {len(ended)} parts, {len(failed)} failed", *ended, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
