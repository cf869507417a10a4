"""How far this node's calendar clock is off, as far as the others' proposals tell."""

from cocket.consensus.timing import Now


class ClockWatch:
    """The newest proposal of each validator, and its time, which is its leader's (or, if that is
    later, the time of its parent and 1 ms). Kept against the clock that never goes back: once this
    node's calendar clock is set right, what was heard before counts as it should.
    """

    def __init__(self, faults_tolerated: int) -> None:
        self._enough = faults_tolerated + 1
        self._calendars: dict[int, int] = {}

    def heard(self, validator: int, time_ms: int, at: Now) -> None:
        """A validator's proposal of this time came."""
        self._calendars[validator] = time_ms - at.monotonic_ms

    def ahead_ms(self, at: Now) -> int | None:
        """How far the others' clocks are ahead of this node's (negative: behind), at the least, as
        f + 1 of them, and so an honest one, say; 0 if they differ, None if too few spoke."""
        if len(self._calendars) < self._enough:
            return None
        now_ms = at.wall_ms - at.monotonic_ms
        found = sorted(calendar - now_ms for calendar in self._calendars.values())
        behind, ahead = found[self._enough - 1], found[-self._enough]
        return max(0, ahead) + min(0, behind) if ahead * behind > 0 else 0
