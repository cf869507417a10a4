"""A failing plan made short: whatever can be left out of it is.

Delta debugging (Zeller and Hildebrandt, 2002) on the list of events, then on all else that makes a
run hard to read. A shorter plan is taken if the same promise is broken; what chance decides while
it is played is drawn anew in each, so that what remains is not what happened first, but a story of
the same end. What a plan is, and how else it may be made simpler, is its own simulation's to say.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from tests.simulation.promises import Broken

RUNS_MAX = 400


class Plan(Protocol):
    """A dataclass; without some of its events it means something still."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def seed(self) -> int:
        """Decides what the plan leaves to chance."""

    @property
    def events(self) -> tuple[Any, ...]:
        """What happens, by time."""


P = TypeVar("P", bound=Plan)
Run = Callable[[P], object]
Ways = Callable[[P], Iterable[Callable[[P], P]]]
"""Of a plan: what may be done to it to make it simpler, one after the other."""


def broken_promise(plan: P, run: Run[P]) -> str:
    """Which promise a plan breaks; "" for none. What else it raises counts by its kind."""
    try:
        run(plan)
    except Broken as broken:
        return broken.promise
    except Exception as error:
        return type(error).__name__
    return ""


def shrink(plan: P, run: Run[P], ways: Ways[P]) -> P:
    """A plan that breaks the same promise and from which nothing more can be left out; or what is
    reached after `RUNS_MAX` runs."""
    promise = broken_promise(plan, run)
    if not promise:
        raise ValueError("this plan breaks nothing")
    return Shrinker(plan, promise, run, ways).shortest()


class Shrinker(Generic[P]):
    """Holds the shortest plan so far."""

    def __init__(self, plan: P, promise: str, run: Run[P], ways: Ways[P]) -> None:
        self.plan = plan
        self._promise = promise
        self._run = run
        self._ways = ways
        self._runs_left = RUNS_MAX

    def shortest(self) -> P:
        """Leave out what can be, until nothing more can."""
        before = None
        while before != self.plan and self._runs_left > 0:
            before = self.plan
            self._leave_events_out()
            for simplify in self._ways(self.plan):
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

    def _take(self, plan: P) -> bool:
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
