"""Stories for a world of whole nodes: a storm in which anything fails, then a calm in which every
promise must be kept.

A storm is made of some kinds of fault, which the seed chooses, so that each kind is also met alone.
"""

import asyncio
from collections.abc import Callable, Collection
from itertools import cycle, permutations
from random import Random

from cocket.ledger.blocks import faults_tolerated
from tests.simulation.nodes.liars import Liar
from tests.simulation.nodes.machine import Machine
from tests.simulation.nodes.world import World

STORM_S = 20.0
CALM_S = 90.0
"""So long after the last fault, in virtual time, everything is as if there had been none: to dial
again takes up to 5 s, to find out that a peer is silent 15 s, to forgive one that stalled 30 s."""
CATCH_UP_S = 60.0
GROW_S = 8.0
"""Some 70 blocks: more than one range of those that catching up asks for at a time."""
DAY_MS = 24 * 3600 * 1000


class Storm:
    """The faults of one run."""

    def __init__(self, world: World, only: Collection[str] = ()) -> None:
        self.world = world
        self.random = world.random
        kinds: list[Callable[[], None]] = [
            self.kill,
            self.lose_power,
            self.kill_at_a_step,
            self.kill_at_a_write,
            self.kill_at_an_answer,
            self.stop,
            self.hold,
            self.partition,
            self.cut_one_way,
            self.break_connections,
            self.slow,
            self.fill_a_disk,
            self.wipe_a_disk,
            self.set_a_clock,
            self.all_down,
        ]
        if only:
            self.kinds = [kind for kind in kinds if kind.__name__ in only]
        else:
            self.kinds = [kind for kind in kinds if self.random.random() < 0.4] or kinds
        self.pause_s = 0.2 if only else self.random.choice([0.2, 0.5, 1.0, 3.0])
        network = world.network
        network.straggle = self.random.choice([0.0, 0.0, 0.02, 0.2])
        network.latency_s = self.random.choice([(0.001, 0.005), (0.002, 0.06), (0.1, 0.3)])
        world.say("storm", " ".join(kind.__name__ for kind in self.kinds))

    async def rage(self, seconds: float) -> None:
        """Let faults happen, and most of them pass."""
        loop = self.world.loop
        end = loop.time() + seconds
        while loop.time() < end:
            await asyncio.sleep(self.random.expovariate(1 / self.pause_s))
            if self.random.random() < 0.5:
                kind = self.random.choice(self.kinds)
                self.world.faults[kind.__name__] = self.world.faults.get(kind.__name__, 0) + 1
                self.world.network.hurt()
                kind()
            else:
                self.mend()

    def mend(self) -> None:
        """Something gets better."""
        for machine in self.world.machines.values():
            if self.random.random() < 0.6:
                revive(machine)
        if self.random.random() < 0.4:
            heal(self.world)

    def _any(self) -> Machine:
        return self.random.choice(list(self.world.machines.values()))

    def kill(self) -> None:
        self._any().crash(silently=False)

    def lose_power(self) -> None:
        self._any().crash(silently=True)

    def kill_at_a_step(self) -> None:
        machine = self._any()
        if machine.life is not None:
            steps = self.random.choice([20, 200, 2000])
            machine.life.dies_at = machine.life.steps + self.random.randint(1, steps)
            self.world.say(machine.name, f"will die at step {machine.life.dies_at}")

    def kill_at_a_write(self) -> None:
        machine = self._any()
        machine.left["write"] = self.random.randint(1, self.random.choice([4, 40]))
        self.world.say(machine.name, f"will die at write {machine.left['write']} from now")

    def kill_at_an_answer(self) -> None:
        machine = self._any()
        machine.left["answer"] = self.random.randint(1, 3)
        self.world.say(machine.name, f"will die at answer {machine.left['answer']} from now")

    def stop(self) -> None:
        self._any().stop()

    def hold(self) -> None:
        self._any().hold(True)

    def partition(self) -> None:
        names = list(self.world.machines)
        self.random.shuffle(names)
        here = set(names[: self.random.randint(1, len(names) - 1)])
        self.world.say("storm", f"partition {sorted(here)}")
        pairs = permutations(names, 2)
        self.world.network.cut({(a, b) for a, b in pairs if (a in here) != (b in here)})

    def cut_one_way(self) -> None:
        pairs = list(permutations(self.world.machines, 2))
        cuts = self.random.sample(pairs, self.random.randint(1, len(pairs) // 2))
        self.world.say("storm", f"cut {sorted(cuts)}")
        self.world.network.cut(set(cuts))

    def break_connections(self) -> None:
        self.world.network.break_some(self.random.random())

    def slow(self) -> None:
        machine = self._any()
        self.world.network.slow[machine.name] = self.random.choice([5.0, 50.0])
        self.world.say(machine.name, "has a slow connection")

    def fill_a_disk(self) -> None:
        machine = self._any()
        machine.full_disk = True
        self.world.say(machine.name, "has a full disk")

    def wipe_a_disk(self) -> None:
        machine = self._any()
        if may_be_wiped(machine):
            machine.crash(silently=True)
            machine.lose_disk()

    def set_a_clock(self) -> None:
        machine = self._any()
        machine.clock_skew_ms = self.random.choice([-DAY_MS, -5_000, -500, 500, 5_000, DAY_MS])
        self.world.say(machine.name, f"has a clock that is off by {machine.clock_skew_ms} ms")

    def all_down(self) -> None:
        for machine in self.world.machines.values():
            machine.crash(silently=self.random.random() < 0.5)


def liars(seed: int, size: int) -> dict[int, type[Machine]]:
    """One to f members, by their index, that are liars."""
    chance = Random(seed)
    number = chance.randint(1, faults_tolerated(size))
    return dict.fromkeys(chance.sample(range(size), number), Liar)


def spare(world: World) -> int:
    """How many more may fail without end: f, less the liars and those that may still abstain, as
    they do not know what they signed before they lost their disks."""
    faulty = sum(not each.honest or each.wiped for each in world.machines.values())
    return world.watch.committee.faults_tolerated - faulty


def may_be_wiped(machine: Machine) -> bool:
    """Whether it may lose its disk, with all the network ever being promised."""
    return machine.honest and (machine.wiped or spare(machine.world) > 0)


def revive(machine: Machine) -> None:
    """The machine works again."""
    machine.full_disk = False
    machine.hold(False)
    if machine.life is None:
        machine.start()


def heal(world: World) -> None:
    """The network works again."""
    world.say("storm", "the network heals")
    world.network.cut(set())
    world.network.slow.clear()


async def clients(world: World, pause_s: float) -> None:
    """Submit documents, each to one node or to several, for ever."""
    while True:
        await asyncio.sleep(world.random.expovariate(1 / pause_s))
        texts = [world.clients.next() for _ in range(world.random.choice([1, 1, 2, 5]))]
        if world.random.random() < 0.1:
            texts.append(world.random.choice(texts))
        running = [each for each in world.machines.values() if each.running]
        world.random.shuffle(running)
        for machine in running[: world.random.choice([1, 1, 1, 2, len(running)])]:
            world.submit(machine, texts)


async def storm(world: World, seconds: float = STORM_S, only: Collection[str] = ()) -> None:
    """Anything fails (or `only` these kinds of thing do), then everything that can be repaired is,
    and all must come together."""
    for machine in world.machines.values():
        machine.start()
    await asyncio.sleep(world.random.choice([0.0, 1.0]))
    submitting = asyncio.ensure_future(clients(world, world.random.choice([0.1, 0.3, 1.0])))
    await Storm(world, only).rage(seconds)
    submitting.cancel()
    await calm(world)


async def calm(world: World) -> None:
    """The faults stop, for all but some machines, f of them at the most, that stay down. New
    documents become final; then the last come back too, and catch up without another restart."""
    whole = [each for each in world.honest if not each.wiped]
    away = world.random.sample(whole, world.random.randint(0, max(0, spare(world))))
    heal(world)
    world.network.straggle = 0.0
    world.network.latency_s = (0.002, 0.03)
    for machine in world.machines.values():
        machine.clock_skew_ms = world.random.randint(-500, 500)
        machine.left.clear()
        if machine.life is not None:
            machine.life.dies_at = None
        if machine in away or machine.stopping:
            machine.crash(silently=machine in away)
        if machine not in away:
            revive(machine)
    world.say("calm", f"without {sorted(each.name for each in away)}")
    began = world.loop.time()
    await _all_final(world, CALM_S)
    world.recovery_s = world.loop.time() - began
    if away and world.random.random() < 0.6:
        await _grow(world)
    for machine in away:
        if world.random.random() < 0.4 and may_be_wiped(machine):
            machine.lose_disk()
        revive(machine)
    await _all_final(world, CATCH_UP_S)


async def absence(world: World, name: str) -> None:
    """A node is set up anew while the others go on, and catches up with all they have done."""
    for machine in world.machines.values():
        machine.start()
    await asyncio.sleep(3.0)
    away = world.machines[name]
    away.crash(silently=True)
    await _grow(world)
    away.lose_disk()
    away.start()
    await _all_final(world, CATCH_UP_S)


async def return_into_silence(world: World, name: str) -> None:
    """The last block for a long time is made while a node is far behind: it still gets all of it,
    the cosignatures under its checkpoint included, though nothing follows."""
    for machine in world.machines.values():
        machine.start()
    await asyncio.sleep(3.0)
    away = world.machines[name]
    away.crash(silently=True)
    await _grow(world, 2 * GROW_S)
    away.lose_disk()
    away.start()
    while away.node is None or not away.node.catchup.progress.catching_up:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    other = next(each for each in world.honest if each is not away)
    world.submit(other, [world.clients.fresh()])
    await asyncio.sleep(CATCH_UP_S)
    if missing := world.watch.settled():
        world.broken(f"after {CATCH_UP_S:g} s of silence still missing: {missing}")


async def _grow(world: World, seconds: float = GROW_S) -> None:
    """Many blocks, while some are away."""
    end = world.loop.time() + seconds
    while world.loop.time() < end:
        await asyncio.sleep(0.1)
        running = [each for each in world.honest if each.running]
        world.submit(world.random.choice(running), [world.clients.fresh()])


async def _all_final(world: World, within_s: float) -> None:
    """Documents that are submitted now become final, in time, on every node that is up."""
    loop = world.loop
    end = loop.time() + within_s
    world.network.hurt()
    texts = [world.clients.fresh() for _ in world.honest]
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
    world.broken(f"after {within_s:g} s of calm still missing: {lacking}")
