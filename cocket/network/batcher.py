"""When documents become a batch: at once when idle, else full or 20 ms old, whichever is first.

Pure: the time comes as an argument, in seconds on any clock that never goes back.
"""

from collections import deque

from cocket.ledger.batches import BYTES_MAX, DOCUMENTS_MAX
from cocket.ledger.document import Document

GATHER_S = 0.020
"""How long a document waits for company; and so long without a batch counts as idle."""


class Batcher:
    """Documents that wait for their batch, in the order in which they were taken."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Document, float]] = deque()
        self._bytes = 0
        self._taken_at = float("-inf")

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, document: Document, now: float) -> None:
        """A document was accepted at `now`."""
        self._waiting.append((document, now))
        self._bytes += len(document.jws)

    def due(self) -> float | None:
        """When to `take` the next batch; a time that has passed means now, None that none waits."""
        if not self._waiting:
            return None
        since = self._waiting[0][1]
        idle = since - self._taken_at >= GATHER_S
        full = len(self._waiting) >= DOCUMENTS_MAX or self._bytes >= BYTES_MAX
        return since if idle or full else since + GATHER_S

    def take(self, now: float) -> tuple[Document, ...]:
        """The next batch, at most 512 documents and 256 KiB; what does not fit waits on."""
        taken: list[Document] = []
        room = BYTES_MAX
        while self._waiting and len(taken) < DOCUMENTS_MAX:
            size = len(self._waiting[0][0].jws)
            if size > room:
                break
            room -= size
            taken.append(self._waiting.popleft()[0])
        self._bytes -= BYTES_MAX - room
        self._taken_at = now
        return tuple(taken)
