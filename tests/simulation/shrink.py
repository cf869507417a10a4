"""A failing plan of consensus made short (`delta`): fewer events, then fewer other troubles."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation import delta
from tests.simulation.plan import Plan
from tests.simulation.scenario import play
from tests.simulation.weather import Weather

CALM = Weather(delay_min_ms=10, delay_max_ms=10)


def broken_promise(plan: Plan, run: Callable[[Plan], object] = play) -> str:
    """Which promise a plan breaks; "" for none."""
    return delta.broken_promise(plan, run)


def shrink(plan: Plan, run: Callable[[Plan], object] = play) -> Plan:
    """A plan that breaks the same promise and from which nothing more can be left out."""
    return delta.shrink(plan, run, _ways_to_simplify)


def _ways_to_simplify(_: Plan) -> Iterator[Callable[[Plan], Plan]]:
    yield lambda plan: replace(plan, weather=CALM)
    for mood in ("loss", "double", "straggle", "delay_max_ms", "far_ms"):
        yield lambda plan, mood=mood: replace(  # type: ignore[misc]
            plan, weather=replace(plan.weather, **{mood: getattr(CALM, mood)})
        )
    yield lambda plan: replace(plan, turns=())
    yield lambda plan: replace(plan, clocks=())
    yield lambda plan: replace(plan, dead=())
    yield lambda plan: replace(plan, sessions=True)
    yield lambda plan: replace(plan, liars=())
    yield lambda plan: replace(plan, liars=plan.liars[1:])
    yield lambda plan: replace(plan, liars=plan.liars[:-1])
    yield lambda plan: replace(plan, ms=max((each.at_ms for each in plan.events), default=0))
    yield _earlier


def _earlier(plan: Plan) -> Plan:
    """The same events, the first at once."""
    first_ms = min((event.at_ms for event in plan.events), default=0)
    events = tuple(replace(event, at_ms=event.at_ms - first_ms) for event in plan.events)
    return replace(plan, events=events, ms=plan.ms - first_ms)
