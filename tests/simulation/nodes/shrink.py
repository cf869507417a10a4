"""A failing plan of whole nodes made short (`delta`): its events, then members, weather, liars,
the calm, and what single events consist of."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from cocket.ledger.blocks import faults_tolerated
from tests.simulation import delta
from tests.simulation.nodes.events import CutOneWay, Event, Kill, KillAt, Partition, Submit
from tests.simulation.nodes.liars import LIES
from tests.simulation.nodes.members import validators
from tests.simulation.nodes.network import FAIR
from tests.simulation.nodes.plan import Lies, Plan
from tests.simulation.nodes.scenario import play

SIZE_MIN = 4


def broken_promise(plan: Plan, run: Callable[[Plan], object] = play) -> str:
    """Which promise a plan breaks; "" for none."""
    return delta.broken_promise(plan, run)


def shrink(plan: Plan, run: Callable[[Plan], object] = play) -> Plan:
    """A plan that breaks the same promise and from which nothing more can be left out."""
    return delta.shrink(_smallest(plan, run), run, _ways_to_simplify)


def _smallest(plan: Plan, run: Callable[[Plan], object]) -> Plan:
    """As few members as break the same promise: what is tried after that takes less long."""
    promise = broken_promise(plan, run) if plan.size > SIZE_MIN else ""
    smaller = (_of_size(size, plan) for size in range(SIZE_MIN, plan.size))
    return next((each for each in smaller if broken_promise(each, run) == promise), plan)


def _ways_to_simplify(plan: Plan) -> Iterator[Callable[[Plan], Plan]]:
    for size in range(SIZE_MIN, plan.size):
        yield partial(_of_size, size)
    yield lambda plan: replace(plan, weather=FAIR)
    yield lambda plan: replace(plan, weather=replace(plan.weather, straggle=FAIR.straggle))
    yield lambda plan: replace(plan, liars=())
    yield lambda plan: replace(plan, liars=plan.liars[1:])
    yield lambda plan: replace(plan, liars=plan.liars[:-1])
    yield lambda plan: replace(plan, liars=tuple(replace(each, often=1.0) for each in plan.liars))
    for way in LIES:
        yield partial(_without_lie, way)
    yield lambda plan: replace(plan, away=(), wiped=(), grow_ms=0)
    yield lambda plan: replace(plan, away=plan.away[1:], wiped=())
    yield lambda plan: replace(plan, wiped=())
    yield lambda plan: replace(plan, grow_ms=0)
    yield lambda plan: replace(plan, clocks=())
    yield lambda plan: replace(plan, ms=max((each.at_ms for each in plan.events), default=0))
    yield _earlier
    for index, event in enumerate(plan.events):
        for simpler in _simpler(event):
            yield partial(_with_event, index, event, simpler)


def _of_size(size: int, plan: Plan) -> Plan:
    """The same with fewer members, and without what the others did."""
    if plan.size <= size:
        return plan
    names = validators(size)
    spare = faults_tolerated(size)
    liars = tuple(each for each in plan.liars if each.who in names)[:spare]
    return replace(
        plan,
        size=size,
        liars=liars,
        events=tuple(found for each in plan.events if (found := _among(names, each))),
        away=tuple(name for name in plan.away if name in names)[: spare - len(liars)],
        wiped=tuple(name for name in plan.wiped if name in names),
        clocks=plan.clocks[:size],
    )


def _among(names: list[str], event: Event) -> Event | None:
    """What of an event these members have to do with."""
    match event:
        case Submit(_, _, to):
            left = tuple(name for name in to if name in names)
            return replace(event, to=left) if left else None
        case Partition(_, _, here):
            return replace(event, here=tuple(name for name in here if name in names))
        case CutOneWay(_, _, links):
            inside = tuple((a, b) for a, b in links if a in names and b in names)
            return replace(event, links=inside)
    return event if getattr(event, "who", names[0]) in names else None


def _without_lie(way: str, plan: Plan) -> Plan:
    left = [
        Lies(liar.who, tuple(each for each in liar.ways if each != way), liar.often)
        for liar in plan.liars
    ]
    return replace(plan, liars=tuple(each for each in left if each.ways))


def _earlier(plan: Plan) -> Plan:
    """The same events, the first at once."""
    first_ms = min((event.at_ms for event in plan.events), default=0)
    events = tuple(replace(event, at_ms=event.at_ms - first_ms) for event in plan.events)
    return replace(plan, events=events, ms=plan.ms - first_ms)


def _with_event(index: int, old: Event, new: Event, plan: Plan) -> Plan:
    """The plan with one event in the place of another, if it is still there."""
    if plan.events[index : index + 1] != (old,):
        return plan
    return replace(plan, events=(*plan.events[:index], new, *plan.events[index + 1 :]))


def _simpler(event: Event) -> Iterator[Event]:
    match event:
        case Submit(_, papers, to):
            yield replace(event, papers=papers[:1], to=to[:1])
            if len(papers) > 1:
                yield from (replace(event, papers=(paper,)) for paper in papers)
            yield from (replace(event, to=(name,)) for name in to)
            yield replace(event, to=to[:2])
        case CutOneWay(_, _, links):
            yield from (replace(event, links=(link,)) for link in links)
        case KillAt(at_ms, who, _, _, ms):
            yield Kill(at_ms, who, ms)
        case Kill(power=True):
            yield replace(event, power=False)
