"""A machine's two clocks: off, drifting, and set to another time now and then."""

from dataclasses import dataclass

from cocket.consensus.timing import Now

WALL_MS = 1_750_000_000_000
"""What a right clock on the wall shows when the world begins."""

RIGHT = (0, 1000)
"""`skew_ms` and `per_mille` of a clock that is right."""


@dataclass(slots=True)
class Clock:
    """`skew_ms` is how far the wall clock is ahead; `per_mille` how fast both clocks run, 1000
    being right. The monotonic clock begins anew, anywhere, with every boot."""

    skew_ms: int = 0
    per_mille: int = 1000
    boot_ms: int = 0
    base_ms: int = 0

    def boot(self, now_ms: int, base_ms: int) -> None:
        """The machine starts at `now_ms`, its monotonic clock at `base_ms`."""
        self.boot_ms, self.base_ms = now_ms, base_ms

    def correct(self, now_ms: int) -> None:
        """Both clocks are right from now on; the monotonic one does not jump."""
        self.boot(now_ms, self.show(now_ms).monotonic_ms)
        self.skew_ms, self.per_mille = RIGHT

    def show(self, now_ms: int) -> Now:
        """What the clocks show at a moment of the world's time."""
        return Now(
            self.base_ms + (now_ms - self.boot_ms) * self.per_mille // 1000,
            WALL_MS + now_ms * self.per_mille // 1000 + self.skew_ms,
        )

    def moment_ms(self, monotonic_ms: int) -> int:
        """The first moment of the world's time at which the monotonic clock shows this."""
        return self.boot_ms - (self.base_ms - monotonic_ms) * 1000 // self.per_mille
