"""`python -m tests.node.dated CLOCK HOME`: a node whose calendar is a file's, for tests.

The file holds the seconds since 1970. The clock that never goes back is the machine's, so that
nothing waits longer or shorter; but no test depends on the day on which it runs.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from cocket.consensus.timing import Now
from cocket.node import process, surroundings
from cocket.node.clock import Clock


class Calendar(Clock):
    """The machine's timers, and the date in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> Now:
        """Both, in milliseconds."""
        return Now(super().now().monotonic_ms, 1000 * int(self._file.read_text()))


def set_calendar(file: Path, time_s: int) -> None:
    """It is `time_s` for every node that goes by this file; it is never read half written."""
    draft = file.with_suffix(".draft")
    draft.write_text(str(time_s))
    draft.replace(file)


def main(clock: str, home: str) -> None:
    """Run the node in the directory `home`."""
    calendar = Calendar(Path(clock))
    asyncio.run(process.run(Path(home), replace(surroundings.machine(), clock=calendar)))


if __name__ == "__main__":
    main(*sys.argv[1:])
