"""A storm from a seed, and the calm after it in which everything must come together again."""

from collections.abc import Callable
from random import Random

from cocket.ledger.blocks import faults_tolerated
from tests.simulation.liars import Liar, Twin
from tests.simulation.node import Node
from tests.simulation.world import Weather, World

CALM_DELTAS = 40
"""After a storm every node has ordered everything new within so many Δ."""
SIEGE_DELTAS = 80
"""The same with f faulty members who go on lying."""


def storm(
    seed: int,
    size: int,
    ms: int = 20_000,
    real_keys: bool = False,
    trace: Callable[[str], None] | None = None,
) -> World:
    """A run of `ms` under loss, delays, partitions and crashes, then calm; asserts liveness."""
    chance = Random(seed)
    weather = Weather(
        loss=chance.choice([0, 0, 0.02, 0.1, 0.3]),
        double=chance.choice([0, 0.1, 0.3]),
        straggle=chance.choice([0, 0.05, 0.3]),
        delay_max_ms=chance.choice([10, 60, 200, 400]),
    )
    world = World(seed, size, weather, real_keys=real_keys, trace=trace)
    world.say(f"seed {seed} size {size} {weather}")
    for node in world.nodes:
        node.clock_skew_ms = chance.randint(-400, 400)
    world.start()
    plan(world, chance, ms)
    world.run(ms)
    calm(world, chance.randint(0, world.committee.faults_tolerated), chance.random() < 0.5)
    return world


def siege(
    seed: int,
    size: int,
    ms: int = 20_000,
    trace: Callable[[str], None] | None = None,
) -> World:
    """A run with f faulty members in middling weather; the honest must stay safe and get on."""
    chance = Random(seed)
    weather = Weather(
        loss=chance.choice([0, 0.02, 0.1]),
        straggle=chance.choice([0, 0.05]),
        delay_max_ms=chance.choice([10, 60, 200]),
    )
    members = chance.sample(range(size), faults_tolerated(size))
    faulty: dict[int, type[Node]] = {i: chance.choice([Twin, Liar]) for i in members}
    world = World(seed, size, weather, faulty=faulty, trace=trace)
    world.say(f"seed {seed} size {size} {weather} {faulty}")
    world.start()
    for _ in range(chance.choice([5, 20, 40, 200])):
        author = chance.choice(world.nodes).index
        world.at(chance.randint(0, ms), lambda a=author: world.submit(a))
    if chance.random() < 0.5:
        victim = chance.choice(world.honest)
        when = chance.randint(0, ms)
        world.at(when, lambda: _strike(world, victim.index, True))
        world.at(when + 2_000, lambda: _revive(world, victim.index))
    world.run(ms)
    weather.loss = weather.straggle = 0
    for node in world.honest:
        node.dies_in_sync = False
        _revive(world, node.index)
    world.heal()
    batches = [world.submit(node.index) for node in world.honest]
    limit_ms = SIEGE_DELTAS * world.timing.delta_ms
    began_ms = world.now_ms
    assert world.run(limit_ms, lambda: world.all_have(*batches)), "liveness: not all came together"
    world.recovery_ms = world.now_ms - began_ms
    return world


def plan(world: World, chance: Random, ms: int) -> None:
    """Batches, crashes, restarts and partitions at times that the seed says."""
    size = len(world.nodes)
    for _ in range(chance.randint(5, 40)):
        world.at(chance.randint(0, ms), lambda: world.submit() if _any_up(world) else None)
    for _ in range(chance.choice([0, 2, 6, 12])):
        index = chance.randrange(size)
        when = chance.randint(0, ms)
        world.at(when, lambda i=index: _strike(world, i, chance.random() < 0.5))
        world.at(when + chance.randint(1, 8_000), lambda i=index: _revive(world, i))
    for _ in range(chance.choice([0, 1, 3])):
        when = chance.randint(0, ms)
        members = list(range(size))
        chance.shuffle(members)
        cut = chance.randint(1, size - 1)
        groups = set(members[:cut]), set(members[cut:])
        world.at(when, lambda g=groups: world.partition(*g))
        world.at(when + chance.randint(100, 8_000), world.heal)
    if chance.random() < 0.2:
        when = chance.randint(0, ms)
        world.at(when, lambda: [_strike(world, i, False) for i in range(size)] and None)
        for index in range(size):
            world.at(when + chance.randint(1, 3_000), lambda i=index: _revive(world, i))


def calm(world: World, dead: int = 0, sessions: bool = True) -> None:
    """Good weather: new batches must reach every chain in time, and then silence must fall.

    `dead` nodes, f at the most, stay down for ever. Without `sessions` the network heals unnoticed:
    no session opens anew, nobody is told to say again what was lost.
    """
    weather = world.weather
    weather.loss = weather.double = weather.straggle = 0
    weather.delay_max_ms = min(weather.delay_max_ms, world.timing.delta_ms // 2)
    down = world.random.sample(range(len(world.nodes)), dead)
    for node in world.nodes:
        node.dies_in_sync = False
        if node.index in down and node.up:
            node.crash()
        elif node.index not in down:
            _revive(world, node.index)
    world.heal(sessions)
    batches = [world.submit(node.index) for node in world.nodes if node.up]
    limit_ms = CALM_DELTAS * world.timing.delta_ms
    began_ms = world.now_ms
    assert world.run(limit_ms, lambda: world.all_have(*batches)), "liveness: not all came together"
    world.recovery_ms = world.now_ms - began_ms
    world.run(10 * limit_ms, lambda: world.quiet)
    assert world.quiet, "an idle network is silent"
    heights = {node.height for node in world.nodes if node.up}
    assert len(heights) == 1, f"idle at different heights {heights}"


def _any_up(world: World) -> bool:
    return any(node.up for node in world.nodes)


def _strike(world: World, index: int, in_sync: bool) -> None:
    node = world.nodes[index]
    if node.up and in_sync:
        node.dies_in_sync = True
    elif node.up:
        node.crash()


def _revive(world: World, index: int) -> None:
    node = world.nodes[index]
    if not node.up:
        node.start()
