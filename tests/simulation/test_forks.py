"""With more than f faulty members there are forks, and the simulator finds them.

Two pairs of twins among four nodes: copies of both, with one honest node, are a quorum, and so are
the other copies with the other honest node. No message is forged.
"""

from dataclasses import replace
from random import Random

import pytest

from tests.simulation.events import Event, Round, Submit
from tests.simulation.plan import Plan, draw, draw_rounds
from tests.simulation.promises import Broken
from tests.simulation.scenario import play
from tests.simulation.weather import Weather

SIZE, TWINS, SEEDS_MAX = 4, (0, 1), 300


def siege_by_two_twins(seed: int) -> Plan:
    """The storm of a seed, with the same rounds for both pairs of twins."""
    plan = draw(seed, SIZE)
    events: list[Event] = list(plan.events)
    for each in draw_rounds(Random(seed), SIZE, TWINS[0], plan.ms):
        first = tuple(node for node in each.first if node not in TWINS)
        second = tuple(node for node in each.second if node not in TWINS)
        for twins, other in (TWINS, TWINS[::-1]):
            sides = (other, *first), (other, *second)
            events.append(replace(each, twins=twins, first=sides[0], second=sides[1]))
    return replace(
        plan,
        liars=tuple((index, "twins") for index in TWINS),
        dead=(),
        events=tuple(sorted(events, key=lambda event: event.at_ms)),
    )


def test_a_search_finds_two_final_blocks_at_one_height() -> None:
    for seed in range(SEEDS_MAX):
        try:
            play(siege_by_two_twins(seed))
        except Broken as broken:
            assert broken.promise == "agreement"
            if "two final blocks" in str(broken):
                return
    raise AssertionError(f"no fork in {SEEDS_MAX} seeds")


def test_the_shortest_fork_found_is_kept() -> None:
    plan = Plan(
        1,
        SIZE,
        3_000,
        Weather(delay_min_ms=10, delay_max_ms=10),
        liars=((0, "twins"), (1, "twins")),
        events=(
            Round(0, 3_000, twins=0, first=(1, 2), second=(1, 3), apart=True),
            Round(0, 3_000, twins=1, first=(0, 2), second=(0, 3), apart=True),
            Submit(100, 2),
            Submit(100, 3),
        ),
    )
    with pytest.raises(Broken, match="two final blocks at height 1"):
        play(plan)
    one_pair = replace(plan, liars=plan.liars[:1], events=plan.events[1:])
    play(one_pair)  # f faulty members cannot
