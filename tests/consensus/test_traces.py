"""Conversations between replicas, to be read aloud: `traces/*.txt`, compared as text.

Those named after a failure show it being withstood (DESIGN §6; all thirteen are in
`test_failures`). Written anew, after a change that was meant, by
`python -m tests.consensus.test_traces`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from cocket.consensus.messages import encode
from cocket.ledger.blocks import Kind
from tests.consensus.bench import DELTA, Bench, batch
from tests.simulation.committees import GENESIS
from tests.simulation.frames import Frame
from tests.simulation.liars.equivocator import Equivocator
from tests.simulation.weather import Weather
from tests.simulation.world import World

TRACES = Path(__file__).parent / "traces"


def a_batch_is_ordered_and_silence_falls(world: World) -> None:
    world.submit(0)


def a_dead_leader_is_waited_for_and_its_view_nullified(world: World) -> None:
    world.nodes[1].crash()
    world.submit(2)


def failure_1_all_crash_after_nullify_and_three_come_back(world: World) -> None:
    world.partition({0}, {1}, {2}, {3})
    for index in (0, 2, 3):
        world.submit(index, to=())
    world.run(2 * DELTA)
    for node in world.nodes:
        node.crash()
    world.heal(sessions=False)
    world.start((0, 2, 3))


def failure_2_who_nullified_a_view_does_not_finalize_it_not_even_after_a_restart(
    world: World,
) -> None:
    world.partition({0}, {1, 2, 3})
    world.submit(0, to=())
    world.run(2 * DELTA)
    world.nodes[0].crash()
    world.submit(1)
    world.run(25)
    world.heal(sessions=False)  # the votes were lost on 0, the certificate is not
    world.start((0,))


def failure_6_some_know_a_notarization_and_others_a_nullification(world: World) -> None:
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


def failure_9_a_leader_proposes_twice_and_is_convicted(world: World) -> None:
    world.submit(0)


def failure_10_a_leader_crashes_after_its_sync_and_repeats_its_proposal(world: World) -> None:
    world.partition({0}, {1}, {2}, {3})
    world.submit(1)
    world.nodes[1].crash()
    world.heal(sessions=False)
    world.start((1,))


def failure_10_a_leader_crashes_before_its_sync_and_nobody_heard_of_its_block(world: World) -> None:
    leader = world.nodes[1]
    leader.dies_in, leader.dies_writing = 0, True
    world.submit(1)
    world.run(100)
    world.start((1,))
    world.submit(2)


def failure_11_restarted_at_once_in_different_views_they_meet_again(world: World) -> None:
    bench = Bench()
    world.partition({0}, {1}, {2}, {3})
    for node in world.nodes:  # node i has seen i views nullified
        for view in range(1, node.index + 1):
            nullified = bench.certificate(Kind.NULLIFY, view, voters=(1, 2, 3))
            node.receive((node.index + 1) % 4, Frame(encode(nullified)))
        node.take(batch(node.index), to=())
    world.run(4 * DELTA)
    for node in world.nodes:
        node.crash()
    world.heal(sessions=False)
    world.start()


def failure_12_a_lagging_node_catches_up(world: World) -> None:
    world.nodes[3].crash()
    for _ in range(3):
        world.submit(0, to=(1, 2))
        world.run(DELTA)
    world.start((3,))
    world.run(4 * DELTA)
    assert world.nodes[3].height == world.nodes[0].height == 3


def failure_13_six_in_two_halves_order_nothing_until_they_meet(world: World) -> None:
    world.partition({0, 1, 2}, {3, 4, 5})
    world.submit(1)
    world.submit(4)
    world.run(2 * DELTA)
    assert {node.height for node in world.nodes} == {0}
    world.heal()


SCENARIOS = (
    a_batch_is_ordered_and_silence_falls,
    a_dead_leader_is_waited_for_and_its_view_nullified,
    failure_1_all_crash_after_nullify_and_three_come_back,
    failure_2_who_nullified_a_view_does_not_finalize_it_not_even_after_a_restart,
    failure_6_some_know_a_notarization_and_others_a_nullification,
    failure_9_a_leader_proposes_twice_and_is_convicted,
    failure_10_a_leader_crashes_after_its_sync_and_repeats_its_proposal,
    failure_10_a_leader_crashes_before_its_sync_and_nobody_heard_of_its_block,
    failure_11_restarted_at_once_in_different_views_they_meet_again,
    failure_12_a_lagging_node_catches_up,
    failure_13_six_in_two_halves_order_nothing_until_they_meet,
)


def trace(scenario: Callable[[World], None]) -> str:
    """What the nodes say to each other, over links of 10 ms, until silence falls."""
    lines: list[str] = []
    world = World(
        1,
        6 if "six" in scenario.__name__ else 4,
        Weather(delay_min_ms=10, delay_max_ms=10),
        liars={1: Equivocator} if "proposes_twice" in scenario.__name__ else None,
        trace=lines.append,
    )
    world.start()
    lines.clear()
    scenario(world)
    world.run(100 * DELTA)
    assert world.quiet
    return "\n".join([scenario.__name__.replace("_", " "), "", *lines, ""])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_conversation_is_as_written(scenario: Callable[[World], None]) -> None:
    assert trace(scenario) == (TRACES / f"{scenario.__name__}.txt").read_text()


def test_no_conversation_is_left_over() -> None:
    names = {scenario.__name__ for scenario in SCENARIOS}
    assert {path.stem for path in TRACES.glob("*.txt")} == names


if __name__ == "__main__":
    for scenario in SCENARIOS:
        (TRACES / f"{scenario.__name__}.txt").write_text(trace(scenario))
