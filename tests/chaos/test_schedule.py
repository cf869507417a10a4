"""The promised times: what is late is found; a machine that stood still is not blamed on nodes."""

from dataclasses import replace

import pytest

from tests.chaos.schedule import RECOVERY_TIME_OUTS, TIME_OUT_S, Episode, late
from tests.chaos.watch import Sample, Watch

KEPT = Episode(
    name="kill",
    what="kill -9: hub",
    goes_on=True,
    begin_s=10.0,
    end_s=30.0,
    before=100.0,
    during=75.0,
    gap_s=1.1,
    later_gap_s=0.2,
    up_s=0.3,
    resumed_s=0.1,
    whole_s=6.0,
    frozen_s=0.0,
)


def codes(*episodes: Episode) -> list[str]:
    return [finding.code for finding in late(episodes, 1)]


def test_nothing_is_late_where_every_time_was_kept() -> None:
    assert codes(KEPT) == []


@pytest.mark.parametrize(
    "late_episode",
    [
        replace(KEPT, gap_s=2 * TIME_OUT_S),
        replace(KEPT, later_gap_s=TIME_OUT_S + 0.1),
        replace(KEPT, resumed_s=RECOVERY_TIME_OUTS * TIME_OUT_S + 1),
        replace(KEPT, resumed_s=None),
        replace(KEPT, whole_s=None),
    ],
)
def test_each_time_that_was_not_kept_is_found(late_episode: Episode) -> None:
    assert codes(late_episode) == ["late"]
    assert codes(replace(late_episode, frozen_s=3.0)) == []


def test_a_quorum_that_is_together_and_commits_nothing_is_found() -> None:
    assert codes(replace(KEPT, name="two-years", gap_s=20.0)) == ["stuck"]
    assert codes(replace(KEPT, name="halves", goes_on=False, gap_s=20.0)) == []


def test_rates_and_gaps_are_read_off_what_was_seen() -> None:
    watch = Watch(None, ())  # type: ignore[arg-type]
    watch.samples = [Sample(1.0, 100), Sample(2.0, 200), Sample(5.0, 300)]
    assert watch.rate(1.0, 2.0) == pytest.approx(100)
    assert watch.longest_gap(1.0, 6.0) == pytest.approx(3.0)
    assert watch.first_commit_after(2.0) == pytest.approx(3.0)
    assert watch.first_commit_after(5.0) is None
