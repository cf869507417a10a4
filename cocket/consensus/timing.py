"""Times, all in whole milliseconds: the two clocks of an event, and how long a replica waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Now:
    """The time of an event.

    monotonic_ms  never goes back; the only clock timers know
    wall_ms       since 1970, may jump by years; the only clock block times know
    """

    monotonic_ms: int
    wall_ms: int


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a replica waits (DESIGN §6, rules 4 and 5).

    delta_ms           Δ: what a message is expected to take at most
    block_interval_ms  a leader under load proposes no sooner than this after the last proposal
    timeout_cap_ms     time-outs grow without finality, but not past this
    repeat_cap_ms      what is repeated ever more slowly is repeated at least so often
    clock_ahead_ms     how far a block's time may be ahead of a voter's clock
    """

    delta_ms: int = 500
    block_interval_ms: int = 50
    timeout_cap_ms: int = 30_000
    repeat_cap_ms: int = 5_000
    clock_ahead_ms: int = 2_000

    def __post_init__(self) -> None:
        if self.delta_ms < 4 or self.timeout_cap_ms < 3 * self.delta_ms:
            raise ValueError("timing: Δ is at least 4 ms and the cap of time-outs at least 3 Δ")

    def delta_after(self, views_without_finality: int) -> int:
        """Δ, half as long again for each view without finality; three of it never pass the cap."""
        cap = self.timeout_cap_ms // 3
        delta = self.delta_ms
        for _ in range(views_without_finality):
            if delta >= cap:
                break
            delta = min(cap, delta * 3 // 2)
        return delta

    @property
    def grace_ms(self) -> int:
        """How long something missing may still be on its way before it is asked for."""
        return self.delta_ms // 4

    def slower(self, gap_ms: int) -> int:
        """The gap after `gap_ms` between two repetitions of one thing."""
        return min(self.repeat_cap_ms, gap_ms * 3 // 2)
