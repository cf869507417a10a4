"""A small disk for one node: a file with a file system of its own, which can be slow or full.

Slow is a limit of the kernel's block layer (cgroup v1, `blkio.throttle`) on writes of this device
alone: what waits is the node's own fdatasync. Full is ENOSPC of a real file system.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.lab import run

MEGABYTE = 1024 * 1024
THROTTLE = Path("/sys/fs/cgroup/blkio/blkio.throttle.write_iops_device")


@dataclass(frozen=True, slots=True)
class Disk:
    """Mounted at `mount`; `device` is the number of its loop device."""

    mount: Path
    device: str

    @property
    def can_be_slow(self) -> bool:
        """Whether this kernel can slow one device down."""
        return THROTTLE.exists()

    def slow(self, writes_a_second: int) -> None:
        """So many writes a second; 0 is as fast as it can."""
        THROTTLE.write_text(f"{self.device} {writes_a_second}\n")

    def fill(self) -> None:
        """Not a block is left."""
        with self._ballast.open("wb", buffering=0) as file:
            free = os.fstatvfs(file.fileno())
            os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - MEGABYTE))
            file.seek(0, os.SEEK_END)
            with suppress(OSError):
                while True:
                    file.write(bytes(4096))

    def free(self) -> None:
        """There is room again."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.mount / "ballast"


def make_disk(image: Path, mount: Path, megabytes: int) -> Disk:
    """A new disk in the file `image`, mounted over the directory `mount`, with what that holds."""
    with image.open("wb") as file:
        file.truncate(megabytes * MEGABYTE)
    run("mkfs.ext4", "-q", "-m", "0", str(image))
    held = {file.name: file.read_bytes() for file in mount.iterdir()}
    run("mount", "-o", "loop", str(image), str(mount))
    for name, data in held.items():
        (mount / name).write_bytes(data)
    loop = run("findmnt", "-n", "-o", "SOURCE", str(mount)).strip()
    return Disk(mount, Path(f"/sys/block/{Path(loop).name}/dev").read_text().strip())
