"""A calendar that a story can turn: days pass for its nodes and its companies, and nobody waits.

`python -m cocket.demo.calendar FILE DIRECTORY` runs the node in a directory as `cocket node run`
does, with one difference: its calendar is ahead of the machine's by the seconds in the file. Timers
are the machine's.
"""

import sys
from dataclasses import replace
from pathlib import Path

import uvloop

from cocket.consensus.timing import Now
from cocket.node import process, surroundings
from cocket.node.clock import Clock

DAY_S = 86_400


class Calendar(Clock):
    """The machine's timers, and its calendar put forward."""

    def __init__(self, file: Path) -> None:
        """`file` holds the seconds, and is the same for all who go by this calendar."""
        self.file = file

    @classmethod
    def of_today(cls, file: Path) -> "Calendar":
        """A new one, on the machine's day."""
        file.write_text("0")
        return cls(file)

    @property
    def ahead_s(self) -> int:
        """Seconds by which it is ahead of the machine's."""
        return int(self.file.read_text())

    def now(self) -> Now:
        """Both clocks, in milliseconds."""
        now = super().now()
        return Now(now.monotonic_ms, now.wall_ms + 1000 * self.ahead_s)

    def seconds(self) -> float:
        """Seconds since 1970."""
        return self.now().wall_ms / 1000

    def turn(self, days: int) -> None:
        """So many days pass at once; the file is never read half written."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(str(self.ahead_s + days * DAY_S))
        draft.replace(self.file)


if __name__ == "__main__":
    around = replace(surroundings.machine(), clock=Calendar(Path(sys.argv[1])))
    uvloop.run(process.run(Path(sys.argv[2]), around))
