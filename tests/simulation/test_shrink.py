"""A failure becomes a short plan, and a trace to read."""

from dataclasses import replace

import pytest

from tests.simulation import planted
from tests.simulation.__main__ import one
from tests.simulation.events import Submit
from tests.simulation.plan import Plan, draw
from tests.simulation.shrink import broken_promise, shrink
from tests.simulation.test_planted import failing_plan


def test_a_failing_plan_shrinks_to_a_short_one_that_breaks_the_same_promise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted.finalize_after_nullify(monkeypatch)
    plan = failing_plan(4)
    short = shrink(plan)
    assert broken_promise(short) == broken_promise(plan) == "honest votes"
    assert len(short.events) <= 4 < len(plan.events)


def test_a_plan_that_breaks_nothing_does_not_shrink() -> None:
    with pytest.raises(ValueError, match="breaks nothing"):
        shrink(draw(1, 4))


def test_what_the_failure_needs_is_what_remains() -> None:
    def authors(plan: Plan) -> list[int]:
        return [event.author for event in plan.events if isinstance(event, Submit)]

    def run(plan: Plan) -> None:
        assert authors(plan).count(2) < 2

    plan = next(plan for plan in (draw(seed, 5) for seed in range(99)) if broken_promise(plan, run))
    short = shrink(plan, run)
    assert len(short.events) == 2
    assert authors(short) == [2, 2]


def test_the_command_prints_the_short_plan_and_its_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.finalize_after_nullify(monkeypatch)
    plan = failing_plan(4)
    assert one(replace(plan, events=plan.events[:8]), show=False, shorten=True) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("Plan(")
    assert "broken: honest votes" in printed
    assert "SHA-256" in printed
    assert len(printed.splitlines()) < 100
