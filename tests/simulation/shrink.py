"""A failing plan made short: whatever can be left out of it is.

Delta debugging (Zeller and Hildebrandt, 2002) on the list of events, then on all else that makes a
run hard to read. A shorter plan is taken if the same promise is broken; the fate of single messages
is drawn anew in each, so that what remains is not what happened first, but a story of the same end.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.plan import Plan
from tests.simulation.promises import Broken
from tests.simulation.scenario import play
from tests.simulation.weather import Weather

RUNS_MAX = 400
CALM = Weather(delay_min_ms=10, delay_max_ms=10)


def broken_promise(plan: Plan, run: Callable[[Plan], object] = play) -> str:
    """Which promise a plan breaks; "" for none. What else it raises counts by its kind."""
    try:
        run(plan)
    except Broken as broken:
        return broken.promise
    except Exception as error:
        return type(error).__name__
    return ""


def shrink(plan: Plan, run: Callable[[Plan], object] = play, runs_max: int = RUNS_MAX) -> Plan:
    """A plan that breaks the same promise and from which nothing more can be left out; or what is
    reached after `runs_max` runs."""
    promise = broken_promise(plan, run)
    if not promise:
        raise ValueError("this plan breaks nothing")
    runs = 0
    searching = True
    while searching:
        searching = False
        for simpler in _simpler(plan):
            runs += 1
            if runs > runs_max:
                return plan
            if broken_promise(simpler, run) == promise:
                plan, searching = simpler, True
                break
    return plan


def _simpler(plan: Plan) -> Iterator[Plan]:
    """Plans with something left out, the boldest first."""
    last_ms = max((event.at_ms for event in plan.events), default=0)
    if last_ms < plan.ms:
        yield replace(plan, ms=last_ms)
    count = len(plan.events)
    size = count
    while size:
        for begin in range(0, count, size):
            events = plan.events[:begin] + plan.events[begin + size :]
            yield replace(plan, events=events)
        size //= 2
    for liar in plan.liars:
        yield replace(plan, liars=tuple(each for each in plan.liars if each != liar))
    calmer = [
        replace(plan, weather=CALM),
        *(
            replace(plan, weather=replace(plan.weather, **{mood: getattr(CALM, mood)}))
            for mood in ("loss", "double", "straggle", "delay_max_ms", "far_ms")
        ),
        replace(plan, turns=()),
        replace(plan, clocks=()),
        replace(plan, dead=()),
        replace(plan, sessions=True),
    ]
    yield from (each for each in calmer if each != plan)
