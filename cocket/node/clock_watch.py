"""How far this node's calendar clock is off, as far as the others' proposals tell.

Consensus does not use this: it needs no clock to be safe, and goes on whatever clocks say. It is
for the operator, and for what a node does on its own account: to tell whether a member's token
counts now, and whether a document would be too old in the next block.
"""

from cocket.consensus.timing import Now

BEHIND_MS = 2_000
AHEAD_MS = 60_000
"""Less is not called off. A proposal may have been on its way for long, so that a clock that is
right seems ahead."""


class ClockWatch:
    """The newest proposal of each validator, and its time, which is its leader's (or, if that is
    later, the time of its parent and 1 ms). Kept against the clock that never goes back, and only
    for as long as this node's calendar clock runs along with that one: when it jumps, it may have
    been set right, or all machines slept, and what was heard before tells nothing.
    """

    def __init__(self, faults_tolerated: int) -> None:
        self._enough = faults_tolerated + 1
        self._heard: dict[int, tuple[int, int]] = {}
        """By validator: its calendar and this node's, less the clock that never goes back."""

    def heard(self, validator: int, time_ms: int, at: Now) -> None:
        """A validator's proposal of this time came."""
        self._heard[validator] = time_ms - at.monotonic_ms, at.wall_ms - at.monotonic_ms

    def off_ms(self, at: Now) -> int:
        """How far the others' clocks are ahead of this node's (negative: behind), at the least, as
        f + 1 of them say, and so an honest one; 0 if that is little, or they do not agree."""
        own = at.wall_ms - at.monotonic_ms
        found = sorted(
            theirs - own for theirs, then in self._heard.values() if abs(own - then) <= BEHIND_MS
        )
        if len(found) < self._enough:
            return 0
        first, last = found[self._enough - 1], found[-self._enough]
        if last > BEHIND_MS and first >= -AHEAD_MS:
            return last
        return first if first < -AHEAD_MS and last <= BEHIND_MS else 0

    def calendar_ms(self, at: Now) -> int:
        """Milliseconds since 1970: this node's own clock, or, if it is off, the others'."""
        return at.wall_ms + self.off_ms(at)
