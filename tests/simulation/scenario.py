"""A storm from a seed, and the calm after it in which everything must come together again."""

from collections.abc import Callable
from random import Random

from tests.simulation.world import Weather, World

CALM_DELTAS = 80
"""After a storm every node has ordered everything new within so many Δ."""


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
    calm(world)
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


def calm(world: World) -> None:
    """Good weather, all machines up: new batches must reach everyone's chain in time."""
    world.weather.loss = world.weather.double = world.weather.straggle = 0
    world.weather.delay_max_ms = min(world.weather.delay_max_ms, world.timing.delta_ms // 2)
    world.heal()
    for node in world.nodes:
        node.dies_in_sync = False
        _revive(world, node.index)
    batches = [world.submit(author) for author in range(len(world.nodes))]
    limit_ms = CALM_DELTAS * world.timing.delta_ms
    assert world.run(limit_ms, lambda: world.all_have(*batches)), "liveness: not all came together"
    world.run(10 * limit_ms, lambda: world.quiet)
    assert world.quiet, "an idle network is silent"
    heights = {node.height for node in world.nodes}
    assert len(heights) == 1, f"idle at different heights {heights}"
    assert not world.watch.blamed, "nobody honest is blamed"
    assert not world.watch.accused, "nobody honest is accused"


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
