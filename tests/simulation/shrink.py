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
    return Shrinker(plan, promise, run, runs_max).shortest()


class Shrinker:
    """Holds the shortest plan so far."""

    def __init__(
        self, plan: Plan, promise: str, run: Callable[[Plan], object], runs_max: int
    ) -> None:
        self.plan = plan
        self._promise = promise
        self._run = run
        self._runs_left = runs_max

    def shortest(self) -> Plan:
        """Leave out what can be, until nothing more can."""
        before = None
        while before != self.plan and self._runs_left > 0:
            before = self.plan
            self._leave_events_out()
            for simplify in _ways_to_simplify():
                self._take(simplify(self.plan))
        return self.plan

    def _leave_events_out(self) -> None:
        """Halves, quarters, … single events."""
        size = (len(self.plan.events) + 1) // 2
        while size:
            begin = 0
            while begin < len(self.plan.events):
                events = self.plan.events
                shorter = events[:begin] + events[begin + size :]
                if not self._take(replace(self.plan, events=shorter)):
                    begin += size
            size //= 2

    def _take(self, plan: Plan) -> bool:
        """Make this the shortest so far if it breaks the same promise, with its own seed's fates or
        another's."""
        for seed in (plan.seed, 1, 2):
            again = replace(plan, seed=seed)
            if again == self.plan or self._runs_left <= 0:
                return False
            self._runs_left -= 1
            if broken_promise(again, self._run) == self._promise:
                self.plan = again
                return True
        return False


def _ways_to_simplify() -> Iterator[Callable[[Plan], Plan]]:
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
