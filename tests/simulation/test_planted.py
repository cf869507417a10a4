"""The simulator finds known bugs, and a fork where there are more than f faulty members.

A simulator that finds nothing proves nothing; this is how far it can be trusted.
"""

from collections.abc import Callable

import pytest

from tests.simulation import planted
from tests.simulation.events import Crash, Submit
from tests.simulation.plan import Plan, draw
from tests.simulation.shrink import broken_promise
from tests.simulation.weather import Weather

SEEDS_MAX = 1_000
"""A bug that this many seeds do not show is not found."""


def failing_plan(size: int, faulty: bool = False) -> Plan:
    """The first plan that breaks a promise."""
    plans = (draw(seed, size, faulty) for seed in range(SEEDS_MAX))
    plan = next(filter(broken_promise, plans), None)
    assert plan is not None, f"not found in {SEEDS_MAX} seeds"
    return plan


@pytest.mark.parametrize(
    ("bug", "size", "faulty", "promise"),
    [
        (planted.quorum_of_2f_plus_1, 6, False, "agreement"),
        (planted.send_before_sync, 4, False, "honest votes"),
        (planted.finalize_after_nullify, 4, False, "honest votes"),
        (planted.flags_pruned, 4, False, "honest votes"),
        (planted.evidence_forgotten, 4, True, "evidence"),
    ],
)
def test_a_planted_bug_is_found_within_a_thousand_seeds(
    bug: Callable[[pytest.MonkeyPatch], None],
    size: int,
    faulty: bool,
    promise: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bug(monkeypatch)
    plan = failing_plan(size, faulty)
    assert broken_promise(plan) == promise
    print(f"{bug.__name__}: {plan.seed + 1} seeds")


def test_a_journal_that_is_opened_without_a_sync_lets_a_leader_contradict_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process is killed between a write and its sync, starts, repeats its proposal, and then the
    power fails: too rare for random seeds, so this is the plan of it."""

    def plan(seed: int) -> Plan:
        kill = Crash(0, 1, steps=1, down_ms=200, power=False, writing=True)
        power = Crash(205, 1, steps=0, down_ms=30, power=True, writing=False)
        return Plan(seed, 4, 3_000, Weather(), events=(kill, Submit(10, 1), power))

    assert not any(broken_promise(plan(seed)) for seed in range(20))
    planted.journal_opened_without_a_sync(monkeypatch)
    assert {broken_promise(plan(seed)) for seed in range(20)} == {"", "honest votes"}
