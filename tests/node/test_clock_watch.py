"""A clock is called off on the word of f + 1 others, and never on that of f."""

import pytest

from cocket.consensus.timing import Now
from cocket.node.clock_watch import ClockWatch

WALL_MS = 1_790_000_000_000
YEAR_MS = 365 * 86_400_000


def watch(*ahead_ms: int, faults_tolerated: int = 1) -> ClockWatch:
    """One that heard validators 1, 2, … whose clocks are so far ahead."""
    made = ClockWatch(faults_tolerated)
    for validator, ahead in enumerate(ahead_ms, start=1):
        made.heard(validator, WALL_MS + ahead, Now(5_000, WALL_MS))
    return made


NOW = Now(5_000, WALL_MS)


@pytest.mark.parametrize(
    ("said", "off"),
    [
        ((), 0),
        ((YEAR_MS,), 0),
        ((YEAR_MS, -100, -200), 0),
        ((-YEAR_MS, -100, -200), 0),
        ((YEAR_MS, YEAR_MS - 50, -200), YEAR_MS - 50),
        ((YEAR_MS, YEAR_MS, 9_000), YEAR_MS),
        ((9_000, 3_000, -200), 3_000),
        ((-YEAR_MS, -YEAR_MS - 50, -200), -YEAR_MS),
        ((1_900, 1_900, 1_900), 0),
        ((-30_000, -30_000, -30_000), 0),
        ((YEAR_MS, YEAR_MS, -YEAR_MS, -YEAR_MS), 0),
    ],
)
def test_what_f_and_one_others_agree_on_is_how_far_it_is_off(
    said: tuple[int, ...], off: int
) -> None:
    made = watch(*said)
    assert made.off_ms(NOW) == off
    assert made.calendar_ms(NOW) == WALL_MS + off


def test_once_the_clock_is_set_right_it_is_not_off_any_more() -> None:
    made = watch(YEAR_MS, YEAR_MS, YEAR_MS)
    later = Now(65_000, WALL_MS + 60_000)
    assert made.off_ms(later) == YEAR_MS
    assert made.off_ms(Now(65_000, WALL_MS + 60_000 + YEAR_MS)) == 0
    assert made.calendar_ms(later) == WALL_MS + 60_000 + YEAR_MS


@pytest.mark.parametrize("jump_ms", [YEAR_MS, 600_000, -YEAR_MS])
def test_when_its_own_clock_moves_what_was_heard_before_tells_nothing(jump_ms: int) -> None:
    """All machines may have slept, or been set right: else an idle network would refuse for ever
    what is issued now."""
    made = watch(0, 0, 0)
    moved = Now(6_000, WALL_MS + 1_000 + jump_ms)
    assert made.off_ms(moved) == 0
    assert made.calendar_ms(moved) == moved.wall_ms
    for validator in (1, 2):
        made.heard(validator, WALL_MS + 1_000, moved)
    assert made.off_ms(moved) == -jump_ms


def test_the_newest_proposal_of_a_validator_counts() -> None:
    made = watch(YEAR_MS, YEAR_MS)
    made.heard(1, WALL_MS, NOW)
    assert made.off_ms(NOW) == 0
