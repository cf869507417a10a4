"""Wall clocks of single processes, moved while they run: see `clock.c`.

A time namespace does not cover the wall clock, and the machine's own is not ours to set. So a few
lines of C stand before libc's: built with the machine's compiler, where there is one.
"""

import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.lab import run

SOURCE = Path(__file__).with_name("clock.c")


@dataclass(frozen=True, slots=True)
class Clock:
    """A process's wall clock; without a library it cannot be moved."""

    file: Path
    library: Path | None

    def set(self, seconds: int) -> None:
        """It is off by so much, from now on."""
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

    @property
    def environment(self) -> dict[str, str]:
        """What a process that goes by this clock is started with."""
        if self.library is None:
            return {}
        return {"LD_PRELOAD": str(self.library), "COCKET_CHAOS_CLOCK": str(self.file)}


def build(directory: Path) -> Path | None:
    """The library, built in `directory`; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = directory / "clock.so"
    run(compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", str(library), str(SOURCE), "-ldl")
    return library
