"""One process a directory: two would sign with one key and contradict each other."""

import fcntl
import os
from pathlib import Path

from cocket.node.problems import NodeError

LOCK_FILE = "lock"


def holder(directory: Path) -> str | None:
    """The number of the process that uses a directory, None if none does. Nothing is locked for
    this, lest a node that starts meanwhile be turned away: the system lists its locks."""
    try:
        inode = (directory / LOCK_FILE).stat().st_ino
        owner = (directory / LOCK_FILE).read_text("ascii", "replace")[:32].strip()
        locks = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return None
    held = any(f":{inode} " in f"{line} " and " FLOCK " in line for line in locks)
    return owner or "unknown" if held else None


class DirectoryLock:
    """Held from the start of a node to its end; the system releases it if the process dies."""

    def __init__(self, directory: Path) -> None:
        """Take the lock; `NodeError` already-running names the process that has it."""
        path = directory / LOCK_FILE
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise NodeError(
                "already-running",
                f"another process (number {owner}) already uses {directory}: stop it first. Never "
                "run two nodes with one organisation's keys",
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let another process have the directory."""
        os.close(self._file)
