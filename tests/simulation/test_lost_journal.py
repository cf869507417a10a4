"""Disks that are lost with all that is on them: who forgot its votes never contradicts them.

Safety is asked for whatever happens: any number of lost disks, together with f faulty members.
Liveness as far as it can be had: up to f lost disks, and all the others there in the calm.
"""

from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random

import pytest

from cocket.consensus import abstention, journal
from cocket.ledger.blocks import faults_tolerated
from tests.simulation.disk import Disk
from tests.simulation.plan import Plan, draw
from tests.simulation.promises import Broken
from tests.simulation.scenario import EPOCH, build, play
from tests.simulation.weather import Weather, between
from tests.simulation.world import World

SIZES = (4, 5, 6, 7, 10)


@dataclass(frozen=True, slots=True)
class Wipe:
    """`node` dies, and starts again `down_ms` later on a new disk; `noticing` that it is one."""

    at_ms: int
    node: int
    down_ms: int
    noticing: bool = True

    def happen(self, world: World) -> None:
        node = world.nodes[self.node]
        if not node.honest:
            return
        world.faults["disk lost"] += 1
        world.say(str(self))
        if node.up:
            node.crash()
        node.disk = Disk()
        world.watch.forget(self.node)
        if self.noticing:
            nonce = sha256(b"%d" % world.faults["disk lost"]).digest()[:16]
            node.disk.replace([journal.encode(journal.Lost(EPOCH, nonce))])
        world.at(self.down_ms, lambda: None if node.up else node.start())


def wiping(plan: Plan, nodes: int, noticing: bool = True) -> Plan:
    """The plan, with the disks of so many of its nodes lost now and then."""
    chance = Random(plan.seed)
    victims = chance.sample(range(plan.size), nodes)
    wipes = [
        Wipe(chance.randint(0, plan.ms), chance.choice(victims), chance.randint(1, 3_000), noticing)
        for _ in range(chance.choice([1, 2, 5]))
    ]
    events = sorted([*plan.events, *wipes], key=lambda event: event.at_ms)
    return replace(plan, events=tuple(events))  # type: ignore[arg-type]


def endure(plan: Plan) -> World:
    """Let a plan happen, but for the calm: only safety is asked for."""
    world = build(plan)
    world.start()
    for event in plan.events:
        world.at(event.at_ms, lambda event=event: event.happen(world))
    world.run(plan.ms + 10_000)
    return world


@pytest.mark.parametrize("seed", range(25))
def test_up_to_f_lost_disks_neither_split_nor_stop_the_network(seed: int) -> None:
    size = SIZES[seed % len(SIZES)]
    plan = replace(wiping(draw(seed, size), faults_tolerated(size)), dead=())
    world = play(plan)
    assert world.faults["disk lost"]
    votes_from = [node.replica.status().votes_from for node in world.nodes if node.replica]
    assert None not in votes_from


@pytest.mark.parametrize("seed", range(25))
def test_any_number_of_lost_disks_with_f_faulty_members_never_make_an_honest_one_vote_twice(
    seed: int,
) -> None:
    size = SIZES[seed % len(SIZES)]
    endure(wiping(draw(seed, size, faulty=True), size))


def breaks(seeds: range) -> Broken | None:
    """The first promise that is broken in these seeds, if nobody notices that a journal is lost."""
    for seed in seeds:
        size = SIZES[seed % len(SIZES)]
        try:
            endure(wiping(draw(seed, size), size, noticing=False))
        except Broken as broken:
            return broken
    return None


def test_planted_a_lost_journal_that_nobody_notices_is_caught() -> None:
    broken = breaks(range(100))
    assert broken is not None
    assert broken.promise == "honest votes"


def worst_case() -> World:
    """Node 0 alone hears that view 1 is given up, gives view 2 up too, and forgets it; the others
    have no certificate at all to show it, and order their batches in view 2."""
    world = World(1, weather=Weather(delay_min_ms=10, delay_max_ms=10), epoch=EPOCH)
    world.start()
    mute, deaf = between((0,), (1, 2, 3)), between((1, 2, 3), (1, 2, 3))
    world.cut(mute)
    world.cut(deaf)
    for node in range(4):
        world.submit(node, to=())
    world.run(8 * world.timing.delta_ms)
    replica = world.nodes[0].replica
    assert replica is not None
    assert replica.status().view == 2
    assert replica.status().signed == ("nullify",)
    Wipe(0, 0, 100).happen(world)
    world.run(200)
    world.mend(mute)
    world.run(20)
    world.mend(deaf)
    world.run(100 * world.timing.delta_ms)
    return world


def test_what_the_others_cannot_know_of_is_covered_too() -> None:
    world = worst_case()
    assert len({node.height for node in world.nodes}) == 1
    replica = world.nodes[0].replica
    assert replica is not None
    assert replica.status().votes_from == 3


def test_planted_one_view_less_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abstention, "VIEWS_AHEAD", 1)
    with pytest.raises(Broken, match="honest votes"):
        worst_case()
