"""Playing a plan: a storm in which anything fails, then a calm in which every promise must be kept.
And some stories that depend on what nodes do, and so are no plans.
"""

import asyncio
from collections.abc import Callable
from itertools import cycle

from tests.simulation.nodes.events import Submit
from tests.simulation.nodes.liars import lying
from tests.simulation.nodes.loop import EPOCH_S
from tests.simulation.nodes.machine import Machine
from tests.simulation.nodes.members import validators
from tests.simulation.nodes.network import FAIR
from tests.simulation.nodes.plan import GROW_MS, Plan
from tests.simulation.nodes.world import World

CALM_S = 90.0
"""So long after the last fault, in virtual time, everything is as if there had been none: to dial
again takes up to 5 s, to find out that a peer is silent 15 s, to forgive one that stalled 30 s."""
CATCH_UP_S = 60.0
NOW_S = 1e-6


def play(
    plan: Plan, trace: Callable[[str], None] | None = None, machine: type[Machine] = Machine
) -> World:
    """Let a plan happen; raises `Broken` if a promise is. `machine` is what honest nodes run on."""
    world = build(plan, trace, machine)
    world.run(storm(world, plan))
    return world


def build(
    plan: Plan, trace: Callable[[str], None] | None = None, machine: type[Machine] = Machine
) -> World:
    """The world of a plan, before anything happens in it."""
    names = validators(plan.size)
    kinds = dict.fromkeys(range(plan.size), machine)
    kinds |= {names.index(each.who): lying(each.ways, each.often) for each in plan.liars}
    if trace is not None:
        trace(str(plan))
    return World(plan.seed, plan.size, kinds, trace=trace)


async def storm(world: World, plan: Plan) -> None:
    """What the plan says happens, then everything that can be repaired is, and all must come
    together."""
    start(world)
    world.network.weather = plan.weather
    for event in plan.events:
        await _until(world, event.at_ms)
        if not isinstance(event, Submit):
            world.faults[type(event).__name__] += 1
            world.network.hurt()
        world.say("storm", str(event))
        event.happen(world)
    await _until(world, plan.ms)
    await calm(world, plan)


async def _until(world: World, ms: int) -> None:
    """Until so long after the beginning; at once, if that is now."""
    wait_s = EPOCH_S + ms / 1000 - world.loop.time()
    if wait_s > NOW_S:
        await asyncio.sleep(wait_s)


def start(world: World) -> None:
    """Start all machines."""
    for machine in world.machines.values():
        machine.start()


async def calm(world: World, plan: Plan) -> None:
    """The faults stop, for all but some machines, f of them at the most, that stay down. New
    documents become final; then the last come back too, and catch up without another restart."""
    world.calm()
    world.network.heal()
    world.network.weather = FAIR
    away = [world.machines[name] for name in plan.away]
    away = [each for each in away if each.honest and not each.wiped][: max(0, world.spare)]
    for machine, off_ms in zip(world.machines.values(), plan.clocks or cycle([0]), strict=False):
        machine.clock_skew_ms = off_ms
        machine.spare()
        machine.make_room()
        machine.hold(False)
        if machine in away or machine.stopping:
            machine.crash(silently=machine in away)
        if machine not in away:
            machine.revive()
    world.say("calm", f"without {sorted(each.name for each in away)}")
    began = world.loop.time()
    await _all_final(world, CALM_S)
    world.recovery_s = world.loop.time() - began
    if away:
        await _grow(world, plan.grow_ms)
    for machine in away:
        if machine.name in plan.wiped and machine.may_be_wiped:
            machine.lose_disk()
        machine.revive()
    await _all_final(world, CATCH_UP_S)


async def absence(world: World, name: str) -> None:
    """A node is set up anew while the others go on, and catches up with all they have done."""
    start(world)
    await asyncio.sleep(3.0)
    away = world.machines[name]
    away.crash(silently=True)
    await _grow(world, GROW_MS)
    away.lose_disk()
    away.start()
    await _all_final(world, CATCH_UP_S)


async def return_into_silence(world: World, name: str) -> None:
    """The last block for a long time is made while a node is far behind: it still gets all of it,
    the cosignatures under its checkpoint included, though nothing follows."""
    start(world)
    await asyncio.sleep(3.0)
    away = world.machines[name]
    away.crash(silently=True)
    await _grow(world, 2 * GROW_MS)
    away.lose_disk()
    away.start()
    while away.node is None or not away.node.catchup.progress.catching_up:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    other = next(each for each in world.honest if each is not away)
    world.submit(other, [world.fresh()])
    await asyncio.sleep(CATCH_UP_S)
    if missing := world.watch.settled():
        world.broken("liveness", f"after {CATCH_UP_S:g} s of silence still missing: {missing}")


async def _grow(world: World, ms: int) -> None:
    """Many blocks, while some are away."""
    end = world.loop.time() + ms / 1000
    while world.loop.time() < end:
        await asyncio.sleep(0.1)
        running = [each for each in world.honest if each.running]
        world.submit(world.random.choice(running), [world.fresh()])


async def _all_final(world: World, within_s: float) -> None:
    """Documents that are submitted now become final, in time, on every node that is up."""
    loop = world.loop
    end = loop.time() + within_s
    world.network.hurt()
    texts = [world.fresh() for _ in world.honest]
    while loop.time() < end:
        running = [each for each in world.honest if each.running]
        for machine, text in zip(cycle(running), texts, strict=False):
            if world.watch.wants(text):
                world.submit(machine, [text])
        for _ in range(10):
            await asyncio.sleep(0.2)
            if not world.watch.lacks(texts) and not world.watch.settled():
                return
    lacking = world.watch.lacks(texts) or world.watch.settled()
    world.broken("liveness", f"after {within_s:g} s of calm still missing: {lacking}")
