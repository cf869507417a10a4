"""The clocks of a node. A simulation gives it others."""

import time

from cocket.consensus.timing import Now


class Clock:
    """The two clocks: one that never goes back, for timers, and the calendar's."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def now(self) -> Now:
        """Both, in milliseconds."""
        return Now(time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000)
