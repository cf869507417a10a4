"""Storms from fixed seeds, and from fresh ones. For thousands: `python -m tests.simulation --help`.

COCKET_SEEDS makes both longer: 1 by default, about 30 s and 20 s on one core.
"""

import os
import subprocess
import sys

import pytest

from tests.simulation.hunt import SIZES, Task, fresh, hunt, try_one
from tests.simulation.plan import draw
from tests.simulation.scenario import Trace, play, siege, storm

LONGER = float(os.environ.get("COCKET_SEEDS", "1"))
FIXED = int(150 * LONGER)
FRESH_SECONDS = 20 * LONGER


@pytest.mark.parametrize("size", SIZES)
def test_replicas_agree_through_a_storm_and_come_together_after_it(size: int) -> None:
    assert not hunt(Task(seed, size, faulty=False) for seed in range(FIXED // size)).failures


@pytest.mark.parametrize("size", SIZES)
def test_f_faulty_members_neither_split_nor_stop_the_others(size: int) -> None:
    assert not hunt(Task(seed, size, faulty=True) for seed in range(FIXED // size)).failures


def test_seeds_that_nobody_has_tried_keep_every_promise() -> None:
    failures = hunt(fresh(FRESH_SECONDS)).failures
    assert not failures, "\n".join(f"{each.task}: {each.failure}" for each in failures)


@pytest.mark.parametrize("size", [4, 7])
def test_it_is_the_same_with_real_signatures(size: int) -> None:
    play(draw(1_000 + size, size, ms=5_000), real_keys=True)


@pytest.mark.parametrize("run", [storm, siege])
def test_a_seed_gives_the_same_run_to_the_last_message(run: type) -> None:
    traces = [Trace(), Trace()]
    for trace in traces:
        run(7, 4, trace)
    assert traces[0].digest == traces[1].digest
    assert traces[0].lines > 400


def test_what_python_hashes_strings_to_changes_nothing() -> None:
    options = ["-m", "tests.simulation", "--seed", "7", "--faulty"]
    printed = set()
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        printed.add(subprocess.check_output([sys.executable, *options], env=environment))
    assert len(printed) == 1
    assert b"SHA-256" in printed.pop()


def test_a_run_that_raises_is_a_failure_that_names_its_seed() -> None:
    result = try_one(Task(1, 3, faulty=False))  # too few validators
    assert "a network has 4 to 100" in result.failure
    assert str(result.task) == "--seed 1 --size 3"
