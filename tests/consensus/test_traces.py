"""Conversations between replicas, to be read aloud: `traces/*.txt`, compared as text.

Written anew, after a change that was meant, by `python -m tests.consensus.test_traces`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from cocket.consensus.messages import encode
from cocket.ledger.blocks import Kind
from tests.consensus.bench import DELTA, Bench, batch
from tests.simulation.committees import GENESIS
from tests.simulation.frames import Frame
from tests.simulation.weather import Weather
from tests.simulation.world import World

TRACES = Path(__file__).parent / "traces"


def a_batch_is_ordered_and_silence_falls(world: World) -> None:
    world.submit(0)


def a_dead_leader_is_waited_for_and_its_view_nullified(world: World) -> None:
    world.nodes[1].crash()
    world.submit(2)


def all_crash_after_nullify_and_three_come_back(world: World) -> None:
    world.partition({0}, {1}, {2}, {3})
    for index in (0, 2, 3):
        world.submit(index, to=())
    world.run(2 * DELTA)
    for node in world.nodes:
        node.crash()
    world.heal(sessions=False)
    world.start((0, 2, 3))


def some_know_a_notarization_and_others_a_nullification(world: World) -> None:
    world.partition({0}, {1}, {2}, {3})
    world.submit(0, to=())
    world.run(2 * DELTA)
    bench = Bench()
    block = bench.block(1, time_ms=GENESIS.time_ms + 5, batches=[batch(9)])
    proposal = bench.proposal(block)
    notarized = bench.certificate(Kind.NOTARIZE, block, voters=(1, 2, 3))
    nullified = bench.certificate(Kind.NULLIFY, 1, voters=(0, 2, 3))
    world.nodes[0].receive(1, Frame(encode(proposal)))
    world.nodes[2].receive(1, Frame(encode(proposal)))
    for index, thing in enumerate((notarized, notarized, nullified, nullified)):
        world.nodes[index].receive((index + 1) % 4, Frame(encode(thing)))
    for node in world.nodes:
        node.store(batch(9))
    world.heal(sessions=False)


def a_leader_crashes_after_its_sync_and_repeats_its_proposal(world: World) -> None:
    world.partition({0}, {1}, {2}, {3})
    world.submit(1)
    world.nodes[1].crash()
    world.heal(sessions=False)
    world.start((1,))


SCENARIOS = (
    a_batch_is_ordered_and_silence_falls,
    a_dead_leader_is_waited_for_and_its_view_nullified,
    a_leader_crashes_after_its_sync_and_repeats_its_proposal,
    all_crash_after_nullify_and_three_come_back,
    some_know_a_notarization_and_others_a_nullification,
)


def trace(scenario: Callable[[World], None]) -> str:
    """What four nodes say to each other, over links of 10 ms, until silence falls."""
    lines: list[str] = []
    world = World(1, 4, Weather(delay_min_ms=10, delay_max_ms=10), trace=lines.append)
    world.start()
    lines.clear()
    scenario(world)
    world.run(100 * DELTA)
    assert world.quiet
    return "\n".join([scenario.__name__.replace("_", " "), "", *lines, ""])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_conversation_is_as_written(scenario: Callable[[World], None]) -> None:
    assert trace(scenario) == (TRACES / f"{scenario.__name__}.txt").read_text()


if __name__ == "__main__":
    for scenario in SCENARIOS:
        (TRACES / f"{scenario.__name__}.txt").write_text(trace(scenario))
