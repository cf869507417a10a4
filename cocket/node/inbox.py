"""What waits for the replica: this node's own events, and the messages of each peer in a line.

Peers take turns, one message each, so that one who says too much waits for itself alone: when its
line is full, nothing more is read from its session. Own events come in order, and are bounded by
what they are about: batches that wait, sessions, blocks that were asked for.
"""

import asyncio
from collections import deque
from typing import Generic, TypeVar

MESSAGES_PER_PEER_MAX = 128

Event = TypeVar("Event")


class Inbox(Generic[Event]):
    """Two kinds of events; `take` gives as many of the one as of the other, if there are."""

    def __init__(self, per_peer_max: int = MESSAGES_PER_PEER_MAX) -> None:
        self._per_peer_max = per_peer_max
        self._own: deque[Event] = deque()
        self._lines: dict[int, deque[Event]] = {}
        """By peer, whose turn comes first; no line is empty."""
        self._room = asyncio.Event()

    def __len__(self) -> int:
        return len(self._own) + sum(map(len, self._lines.values()))

    def put(self, event: Event) -> None:
        """An event of this node's own."""
        self._own.append(event)

    async def hear(self, peer: int, event: Event) -> None:
        """A peer's message; returns once there was room for it in the peer's line."""
        while len(self._lines.get(peer, ())) >= self._per_peer_max:
            self._room.clear()
            await self._room.wait()
        self._lines.setdefault(peer, deque()).append(event)

    def take(self, count: int) -> list[Event]:
        """The next events: up to `count` own ones, then up to `count` of the peers, in turn."""
        taken = [self._own.popleft() for _ in range(min(count, len(self._own)))]
        for _ in range(count):
            if not self._lines:
                break
            peer = next(iter(self._lines))
            line = self._lines.pop(peer)
            taken.append(line.popleft())
            if line:
                self._lines[peer] = line  # behind the others
        self._room.set()
        return taken

    def clear(self) -> None:
        """Drop everything."""
        self._own.clear()
        self._lines.clear()
        self._room.set()
