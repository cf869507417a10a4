"""Asking for what is missing, again and again, ever more slowly, until it is here.

What is missing is worked out anew from the replica's state every time, and only *when it was last
asked for* is kept here. So nothing wanted can be forgotten (failures 8 and 12), and nothing that is
no longer wanted is asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cocket.consensus.timing import Timing

Thing = TypeVar("Thing")


@dataclass(slots=True)
class _Asked:
    due_ms: int
    gap_ms: int
    times: int = 0


class Pursuit(Generic[Thing]):
    """The things of one sort that are being asked for.

    A thing is first asked for `first_ms` after it was missed: it may be on its way already.
    """

    def __init__(self, timing: Timing, first_ms: int) -> None:
        self._timing = timing
        self._first_ms = first_ms
        self._asked: dict[Thing, _Asked] = {}

    def due(self, wanted: Iterable[Thing], now_ms: int) -> list[tuple[Thing, int]]:
        """Which of the things `wanted` now to ask for, with how often each was asked for before."""
        before = self._asked
        self._asked = {}
        asking = []
        for thing in wanted:
            asked = before.get(thing) or _Asked(now_ms + self._first_ms, self._timing.delta_ms)
            self._asked[thing] = asked
            if now_ms >= asked.due_ms:
                asking.append((thing, asked.times))
                asked.times += 1
                asked.due_ms = now_ms + asked.gap_ms
                asked.gap_ms = self._timing.slower(asked.gap_ms)
        return asking

    @property
    def deadline_ms(self) -> int | None:
        """When something is to be asked for next."""
        if not self._asked:  # as a rule; and this is asked after every event
            return None
        return min(asked.due_ms for asked in self._asked.values())
