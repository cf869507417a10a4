"""Whole nodes in a simulation. For hundreds of seeds: `python -m tests.simulation.nodes --help`.

COCKET_SEEDS  how many more seeds than usual are run (1: as usual), from a fresh start each time
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

import pytest

from cocket.node.service import Node
from tests.simulation.nodes import planted
from tests.simulation.nodes.liars import lying
from tests.simulation.nodes.machine import Machine
from tests.simulation.nodes.members import CARRIER
from tests.simulation.nodes.plan import draw
from tests.simulation.nodes.planted import Plant
from tests.simulation.nodes.scenario import absence, play, return_into_silence
from tests.simulation.nodes.shrink import broken_promise
from tests.simulation.nodes.world import World
from tests.simulation.promises import Broken

MS = 6_000
SCALE = int(os.environ.get("COCKET_SEEDS", "1"))
SIZES = (4, 4, 5, 7)


KILLINGS = ("kill_at_a_write", "kill_at_an_answer", "all_down")
"""Processes end between two effects, all the time, and start again."""


async def long_absence(world: World) -> None:
    await absence(world, CARRIER)


async def silence(world: World) -> None:
    await return_into_silence(world, CARRIER)


def run(seed: int, faulty: bool = False, size: int = 4) -> World:
    """One storm; a failure names what repeats it."""
    try:
        return play(draw(seed, size, faulty, MS))
    except Broken as broken:
        repeat = f"--seed {seed} --size {size} --seconds {MS // 1000}{' --liars' * faulty} --shrink"
        pytest.fail(f"{broken}\npython -m tests.simulation.nodes {repeat}")


@pytest.mark.parametrize("seed", range(3))
def test_nodes_keep_their_promises_through_a_storm_and_come_together_after_it(seed: int) -> None:
    world = run(seed, size=SIZES[seed % len(SIZES)])
    assert len(world.watch.final) > 10


@pytest.mark.parametrize("seed", range(3))
def test_f_lying_nodes_neither_mislead_nor_stop_the_others(seed: int) -> None:
    run(seed, faulty=True)


def test_seeds_that_nobody_has_seen_before() -> None:
    first = time.time_ns() // 1_000_000 % 10_000_000
    for seed in range(first, first + 2 * SCALE):
        run(seed, faulty=seed % 2 == 0, size=SIZES[seed % len(SIZES)] if SCALE > 1 else 4)


def test_a_seed_gives_the_same_run_to_the_last_frame_in_any_process() -> None:
    command = (
        "from tests.simulation.nodes.test_nodes import *\n"
        "print(play(draw(5, 4, lies=True, ms=2_000)).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def with_bug(plant: Plant) -> type[Machine]:
    """Machines whose nodes have a bug."""

    class Planted(Machine):
        def prepare(self, node: Node) -> None:
            plant(node)

    return Planted


def finds(
    plant: Plant,
    story: Callable[[World], Coroutine[Any, Any, None]],
    seeds: Iterable[int],
    faulty: dict[int, type[Machine]] | None = None,
) -> str:
    """What the first seed that finds it says of a bug in the honest nodes; empty if none does."""
    for seed in seeds:
        world = World(seed, 4, dict.fromkeys(range(4), with_bug(plant)) | (faulty or {}))
        try:
            world.run(story(world))
        except Broken as broken:
            return str(broken)
    return ""


@pytest.mark.parametrize(
    ("plant", "first"),
    [
        (planted.pending_before_the_batch_is_durable, 1),
        (planted.a_block_in_two_transactions, 20),  # one seed in twenty finds it
        (planted.waiting_batches_forgotten_at_restart, 0),
        (planted.documents_run_twice, 0),
        (planted.one_node_runs_batches_in_another_order, 0),
        (planted.votes_before_they_are_durable, 1),
    ],
)
def test_a_planted_bug_is_found(plant: Plant, first: int) -> None:
    plans = (draw(seed, 4, ms=MS, only=KILLINGS) for seed in range(first, first + 100))
    run = partial(play, machine=with_bug(plant))
    assert any(broken_promise(plan, run) for plan in plans)


def test_a_node_that_never_catches_up_is_found() -> None:
    assert "blocks 1 to" in finds(planted.nobody_catches_up, long_absence, [1])


def test_the_last_block_is_cosigned_on_a_node_that_was_far_behind_when_it_was_made() -> None:
    assert not finds(lambda node: None, silence, [1])
    found = finds(planted.the_newest_checkpoint_is_never_asked_about, silence, range(1, 6))
    assert "cosignatures on" in found


def test_a_node_that_believes_cosignatures_is_found_when_a_member_forges_them() -> None:
    liar = {3: lying(["cosign_wrongly"])}
    assert not finds(lambda node: None, long_absence, [1], liar)
    found = finds(planted.cosignatures_are_believed, long_absence, range(1, 10), liar)
    assert "no quorum signed" in found


def test_a_node_that_believes_certificates_is_found_when_a_member_forges_them() -> None:
    liar = {3: lying(["forge_the_chain"])}
    assert not finds(lambda node: None, long_absence, [1], liar)
    assert finds(planted.certificates_are_believed, long_absence, range(1, 20), liar)


@pytest.mark.parametrize("lie", ["lie_about_the_chain", "withhold_batches"])
def test_a_node_that_lost_its_disk_catches_up_though_one_lies_to_it(lie: str) -> None:
    world = World(1, 4, {3: lying([lie])})
    world.run(long_absence(world))
    assert max(world.watch.blocks) > 60
