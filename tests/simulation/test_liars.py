"""Each way to be faulty, alone: its misbehaviour really happens, and the others get on."""

import pytest

from tests.simulation.events import Event, Round, Submit
from tests.simulation.liars import LIARS
from tests.simulation.liars.wrong_proposer import WRONGS, WrongProposer
from tests.simulation.plan import Plan
from tests.simulation.scenario import play
from tests.simulation.weather import Weather
from tests.simulation.world import World

LIAR = 1
ACCUSED = {"chaotic", "double voter", "equivocating leader", "twins"}
"""Those that sign two votes that contradict each other, to one and the same ear."""
BLAMED = {
    "chaotic": "",
    "far-view flooder": "certificate with an invalid signature",
    "impersonator": "vote in another validator's name",
    "old-epoch replayer": "certificate with an invalid signature",
}
"""Those that send what no honest node sends, and what they are blamed for."""


def quiet_plan(kind: str) -> Plan:
    """Fair weather, four members, one of them a liar; a batch every 200 ms, from each in turn."""
    events: list[Event] = [Submit(200 * number, number % 4) for number in range(50)]
    if kind == "twins":
        sides = ((0,), (2, 3)), ((0, 2), (2, 3)), ((2,), (0, 3))
        events += [Round(i * 2_000, 1_500, LIAR, *side, False) for i, side in enumerate(sides)]
    weather = Weather(delay_min_ms=5, delay_max_ms=20)
    happens = tuple(sorted(events, key=lambda event: event.at_ms))
    return Plan(1, 4, 10_000, weather, liars=((LIAR, kind),), events=happens)


def lies(world: World) -> int:
    """How often the liar did what it is there for."""
    kinds = [kind for kind in world.faults if kind.startswith("lie") or "twins" in kind]
    return sum(world.faults[kind] for kind in kinds)


@pytest.mark.parametrize("kind", sorted(LIARS))
def test_a_liar_lies_and_the_others_get_on(kind: str) -> None:
    world = play(quiet_plan(kind))
    assert lies(world) > 3
    accused, blamed = world.watch.accused, world.watch.blamed
    assert (LIAR in accused) or kind not in ACCUSED, "it is convicted"
    if kind in BLAMED:
        assert any(why.startswith(BLAMED[kind]) for _, why in blamed)
    if kind not in ACCUSED | set(BLAMED) | {"wrong proposer"}:
        assert not accused and not blamed, "what it does cannot be told from bad luck"
    assert min(node.height for node in world.honest) > 10


@pytest.mark.parametrize("wrong", sorted(WRONGS))
def test_no_wrong_proposal_is_ordered(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WrongProposer, "wrongs", (wrong,))
    world = play(quiet_plan("wrong proposer"))
    assert world.faults[f"lie: proposal with {wrong}"] > 3
    led = [item.block for item in world.nodes[0].chain if item.block.view % 4 == LIAR]
    assert not led, "no block of its views became final"
    assert min(node.height for node in world.honest) > 10
