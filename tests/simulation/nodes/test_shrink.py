"""A plan of whole nodes is kept as text, and a failing one becomes short."""

from functools import partial

import pytest

from tests.simulation.nodes import __main__ as command
from tests.simulation.nodes import planted
from tests.simulation.nodes.events import Submit
from tests.simulation.nodes.plan import Plan, draw, read
from tests.simulation.nodes.scenario import build, play
from tests.simulation.nodes.shrink import broken_promise, shrink
from tests.simulation.nodes.test_nodes import KILLINGS, with_bug
from tests.simulation.nodes.world import World

EVERYTHING = draw(11, 7, lies=True, ms=60_000)


def first_failing(run: partial[World], ms: int) -> Plan:
    plans = (draw(seed, 4, ms=ms, only=KILLINGS) for seed in range(100))
    return next(plan for plan in plans if broken_promise(plan, run))


def test_a_plan_is_printed_as_the_python_that_makes_it() -> None:
    for plan in (EVERYTHING, *(draw(seed, 5, ms=2_000) for seed in range(20))):
        assert read(str(plan)) == plan


def test_a_plan_that_was_printed_plays_to_the_same_hash() -> None:
    plan = draw(3, 4, lies=True, ms=1_500)
    assert play(read(str(plan))).digest == play(plan).digest


def test_a_plan_without_some_of_its_events_can_be_played() -> None:
    plan = draw(2, 4, ms=3_000)
    for part in (plan.events[::2], plan.events[1::2]):
        assert not broken_promise(
            Plan(plan.seed, plan.size, plan.ms, plan.weather, events=part, away=plan.away)
        )


def test_a_failing_plan_shrinks_to_a_few_events_that_break_the_same_promise() -> None:
    run = partial(play, machine=with_bug(planted.votes_before_they_are_durable))
    plan = first_failing(run, ms=1_200)
    short = shrink(plan, run)
    assert broken_promise(plan, run) == broken_promise(short, run) == "honest votes"
    assert len(short.events) <= 3 < len(plan.events)
    assert broken_promise(read(str(short)), run) == "honest votes"
    assert not broken_promise(short), "without the bug it breaks nothing"


def test_what_the_failure_needs_is_what_remains_of_members_liars_documents_and_weather() -> None:
    def run(plan: Plan) -> None:
        lies = {way for each in plan.liars for way in each.ways}
        papers = [repr(paper) for each in plan.events for paper in getattr(each, "papers", ())]
        assert not ("flood" in lies and any("Bill" in paper for paper in papers))

    drawn = (draw(seed, 10, lies=True, ms=5_000) for seed in range(99))
    short = shrink(next(plan for plan in drawn if broken_promise(plan, run)), run)
    assert short.size == 4
    assert [each.ways for each in short.liars] == [("flood",)]
    (event,) = short.events
    assert isinstance(event, Submit)
    assert len(event.papers) == 1
    assert (short.away, short.clocks, short.weather) == ((), (), Plan(1, 4, 0).weather)


def test_the_command_plays_a_plan_that_was_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.one(draw(1, 4, ms=500), trace=False, shorten=False) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("all promises kept")
    assert "SHA-256" in printed


def test_the_command_prints_the_short_plan_and_what_happens_in_it_without_frames(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug = with_bug(planted.votes_before_they_are_durable)
    plan = first_failing(partial(play, machine=bug), ms=1_200)
    monkeypatch.setattr(command, "build", partial(build, machine=bug))
    monkeypatch.setattr(command, "shrink", lambda plan: plan)
    assert command.one(plan, trace=False, shorten=True) == 1
    printed = capsys.readouterr().out
    assert read(printed[: printed.index("   0.0000 world")]) == plan
    assert "broken: honest votes" in printed
    assert " -> " not in printed
