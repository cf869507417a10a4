"""What waits to be sent to one peer: votes ahead of documents, and never more than 64 MiB."""

import asyncio
from collections import deque

OUTBOX_BYTES_MAX = 64 * 1024 * 1024


class Outbox:
    """Encoded frames in two lines; the urgent line goes first, each line in its own order.

    One task at a time takes from each line, and one waits for room.
    """

    def __init__(self, bytes_max: int = OUTBOX_BYTES_MAX) -> None:
        self.bytes_max = bytes_max
        self._urgent: deque[bytes] = deque()
        self._bulk: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._parted = False
        self.size = 0
        """Bytes waiting."""

    def put(self, data: bytes, urgent: bool) -> bool:
        """Line a frame up; False, and nothing done, where it does not fit."""
        if self.size + len(data) > self.bytes_max:
            return False
        (self._urgent if urgent else self._bulk).append(data)
        self.size += len(data)
        self._filled.set()
        return True

    def part(self) -> None:
        """From now on `take` gives what is urgent alone, and `take_bulk` the rest."""
        self._parted = True
        self._filled.set()

    async def take(self) -> bytes:
        """The next frame to send, once there is one."""
        while not (line := self._urgent or (not self._parted and self._bulk)):
            self._filled.clear()
            await self._filled.wait()
        return self._taken(line)

    async def take_bulk(self) -> bytes:
        """The next frame of those that may wait, once there is one."""
        while not self._bulk:
            self._filled.clear()
            await self._filled.wait()
        return self._taken(self._bulk)

    def _taken(self, line: deque[bytes]) -> bytes:
        data = line.popleft()
        self.size -= len(data)
        self._emptied.set()
        return data

    async def room(self, size_max: int) -> None:
        """Return once at most `size_max` bytes wait."""
        while self.size > size_max:
            self._emptied.clear()
            await self._emptied.wait()
