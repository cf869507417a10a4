"""Playing a plan: the storm, and the calm after it in which everything must come together again."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256

from tests.simulation.clock import RIGHT
from tests.simulation.epochs import old_journal
from tests.simulation.liars import LIARS
from tests.simulation.plan import Plan, draw
from tests.simulation.promises import require
from tests.simulation.world import World

CALM_DELTAS = 20
"""After a storm every node that is up has ordered everything new within so many Δ, and"""
GROWN_DELTAS = 6
"""so many of what Δ had grown to by then, once and for each faulty leader in a row."""
SIEGE = 2
"""So many times as long with faulty members, who go on lying in the calm."""
EPOCH = 1
"""Every disk begins with a journal of the epoch before: it must mean nothing (failure 4)."""


class Trace:
    """Takes the lines of a trace, hashes them, and shows them if asked to."""

    def __init__(self, show: Callable[[str], None] | None = None) -> None:
        self._show = show
        self._hash = sha256()
        self.lines = 0

    def __call__(self, text: str) -> None:
        for line in text.splitlines():
            self.lines += 1
            self._hash.update(line.encode() + b"\n")
            if self._show is not None:
                self._show(line)

    @property
    def digest(self) -> str:
        """SHA-256 of all lines so far, in hexadecimal."""
        return self._hash.hexdigest()


def storm(seed: int, size: int, trace: Callable[[str], None] | None = None) -> World:
    """Loss, delays, partitions, crashes, pauses and wrong clocks, from a seed; then calm."""
    return play(draw(seed, size), trace)


def siege(seed: int, size: int, trace: Callable[[str], None] | None = None) -> World:
    """The same with f faulty members."""
    return play(draw(seed, size, faulty=True), trace)


def play(
    plan: Plan,
    trace: Callable[[str], None] | None = None,
    *,
    real_keys: bool = False,
) -> World:
    """Let a plan happen; raises `Broken` if a promise is."""
    world = build(plan, trace, real_keys=real_keys)
    world.start()
    for event in plan.events:
        world.at(event.at_ms, partial(event.happen, world))
    world.run(plan.ms)
    calm(world, plan)
    return world


def build(
    plan: Plan,
    trace: Callable[[str], None] | None = None,
    *,
    real_keys: bool = False,
) -> World:
    """The world of a plan, before anything happens in it."""
    world = World(
        plan.seed,
        plan.size,
        plan.weather,
        epoch=EPOCH,
        turns=() if real_keys else plan.turns,
        real_keys=real_keys,
        liars={index: LIARS[kind] for index, kind in plan.liars},
        trace=trace,
    )
    if trace is not None:
        trace(str(plan))
    for node, (skew_ms, per_mille) in zip(world.nodes, plan.clocks, strict=False):
        node.clock.skew_ms, node.clock.per_mille = skew_ms, per_mille
        world.faults["wrong clock"] += abs(skew_ms) > 2_000 or per_mille != RIGHT[1]
    for node in world.nodes:
        node.disk.replace(old_journal(world, node.index))
    return world


def calm(world: World, plan: Plan) -> None:
    """Faults stop: what is new must reach every chain in time, and then silence must fall."""
    weather = world.weather
    world.say("calm")
    world.weather = replace(
        weather,
        loss=0,
        double=0,
        straggle=0,
        delay_max_ms=min(weather.delay_max_ms, world.timing.delta_ms // 2),
    )
    for node in world.nodes:
        node.dies_in = None
        node.clock.correct(world.now_ms)
        if node.frozen:
            node.thaw()
        if node.index in plan.dead and node.up:
            node.crash()
        elif node.index not in plan.dead and not node.up:
            node.start()
    world.heal(plan.sessions)
    batches = [world.submit(node.index) for node in world.honest if node.up]
    limit_ms = allowed_ms(world, plan)
    began_ms = world.now_ms
    came = world.run(limit_ms, lambda: world.all_have(*batches))
    require(came, "liveness", f"not all came together in {limit_ms} ms")
    world.recovery_ms = world.now_ms - began_ms
    world.recovery_share = world.recovery_ms / limit_ms
    if not plan.liars:
        world.run(10 * limit_ms, lambda: world.quiet)
        require(world.quiet, "silence", "an idle network says nothing")
        heights = {node.height for node in world.nodes if node.up}
        require(len(heights) == 1, "silence", f"idle at different heights {heights}")


def allowed_ms(world: World, plan: Plan) -> int:
    """How long the calm may take."""
    replicas = [node.replica for node in world.honest if node.replica is not None]
    grown_ms = max(replica.status().delta_ms for replica in replicas)
    allowed = CALM_DELTAS * world.timing.delta_ms
    allowed += GROWN_DELTAS * (1 + plan.faulty_in_a_row) * grown_ms
    return allowed * (SIEGE if plan.liars else 1)
