"""Storms and sieges from a few seeds. For thousands: `python -m tests.simulation --help`."""

import pytest

from tests.simulation.scenario import siege, storm

SIZES = (4, 5, 6, 7, 10)


@pytest.mark.parametrize("seed", range(30))
def test_replicas_agree_through_a_storm_and_come_together_after_it(seed: int) -> None:
    storm(seed, SIZES[seed % 5])


@pytest.mark.parametrize("seed", range(20))
def test_f_faulty_members_neither_split_nor_stop_the_others(seed: int) -> None:
    siege(seed, SIZES[seed % 5])


@pytest.mark.parametrize("size", [4, 7])
def test_it_is_the_same_with_real_signatures(size: int) -> None:
    storm(1_000 + size, size, ms=5_000, real_keys=True)


def test_a_seed_gives_the_same_run_to_the_last_message() -> None:
    runs: list[list[str]] = [[], []]
    for lines in runs:
        storm(7, 4, ms=5_000, trace=lines.append)
    assert runs[0] == runs[1]
    assert len(runs[0]) > 100
