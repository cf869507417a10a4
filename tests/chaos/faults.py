"""What goes wrong. Each fault begins, says what it did, and is made good when its block ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from tests.chaos.arena import Arena
from tests.chaos.nodes import Node
from tests.chaos.wire import Link

DAY_S = 24 * 3600
TWO_YEARS_S = 2 * 365 * DAY_S
BAD_LINE = Link(delay_s=0.200, jitter_s=0.050, loss=0.05)
SLOW_WRITES_A_SECOND = 20
LEADER_CUT_S = 0.5
READY_S = REST_S = 60.0
HANDED_ON_S = 3.0
MISSED_S = 15.0
BULK = 500


@dataclass(frozen=True, slots=True)
class Wound:
    """What a fault did, in words, and whether a quorum can go on meanwhile."""

    what: str
    goes_on: bool = True


Fault = Callable[[Arena], AbstractAsyncContextManager[Wound]]


def _names(nodes: list[Node]) -> str:
    return " and ".join(node.name for node in nodes)


# -- processes ------------------------------------------------------------------------------


@asynccontextmanager
async def kill(arena: Arena) -> AsyncIterator[Wound]:
    """kill -9 of f nodes, which stay away."""
    victims = arena.draw(arena.faulty)
    for node in victims:
        node.kill()
    yield Wound(f"kill -9: {_names(victims)}")
    for node in victims:
        node.start()


@asynccontextmanager
async def pause(arena: Arena) -> AsyncIterator[Wound]:
    """SIGSTOP of f nodes: their sessions stay open, and nothing comes."""
    victims = arena.draw(arena.faulty)
    for node in victims:
        node.stop()
    try:
        yield Wound(f"SIGSTOP: {_names(victims)}")
    finally:
        for node in victims:
            node.go_on()


@asynccontextmanager
async def all_down(arena: Arena) -> AsyncIterator[Wound]:
    """kill -9 of all nodes at once, and all up at once."""
    for node in arena.nodes:
        node.kill()
    yield Wound("kill -9: all nodes", goes_on=False)
    for node in arena.nodes:
        node.start()


@asynccontextmanager
async def rolling(arena: Arena) -> AsyncIterator[Wound]:
    """kill -9 and start of one node after the other, each as soon as the one before is ready."""

    async def roll() -> None:
        while True:
            for node in arena.nodes:
                node.kill()
                node.start()
                await asyncio.sleep(1.0)  # until what it said before is no longer its newest word
                await arena.until(lambda: arena.watch.whole(0), READY_S)

    roller = asyncio.create_task(roll())
    try:
        yield Wound("kill -9 and start, one node after the other")
    finally:
        roller.cancel()
        await asyncio.gather(roller, return_exceptions=True)


# -- the network ----------------------------------------------------------------------------


@asynccontextmanager
async def isolate(arena: Arena) -> AsyncIterator[Wound]:
    """f nodes reach nobody, and nobody them."""
    victims = arena.draw(arena.faulty)
    arena.part(victims)
    yield Wound(f"cut off: {_names(victims)}")
    arena.mend_wire()


@asynccontextmanager
async def halves(arena: Arena) -> AsyncIterator[Wound]:
    """Two halves, neither a quorum."""
    half = arena.draw(len(arena.nodes) // 2)
    arena.part(half)
    yield Wound(f"two halves: {_names(half)}; the others", goes_on=False)
    arena.mend_wire()


@asynccontextmanager
async def mute(arena: Arena) -> AsyncIterator[Wound]:
    """f nodes hear everybody, and nobody hears them."""
    victims = arena.draw(arena.faulty)
    arena.cut([(a, b) for a in victims for b in arena.nodes if b not in victims])
    yield Wound(f"one way: {_names(victims)} not heard")
    arena.mend_wire()


@asynccontextmanager
async def deaf(arena: Arena) -> AsyncIterator[Wound]:
    """f nodes are heard by everybody, and hear nobody."""
    victims = arena.draw(arena.faulty)
    arena.cut([(a, b) for a in arena.nodes if a not in victims for b in victims])
    yield Wound(f"one way: {_names(victims)} hear nobody")
    arena.mend_wire()


@asynccontextmanager
async def leader(arena: Arena) -> AsyncIterator[Wound]:
    """Whoever leads is cut off, again and again."""

    async def hunt() -> None:
        while True:
            words = [each for each in arena.watch.newest.values() if each is not None]
            if words:
                furthest = max(words, key=lambda each: each["consensus"]["view"])
                hunted = furthest["consensus"]["leader"]
                found = [node for node in arena.nodes if node.name == hunted]
                others = [node for node in arena.nodes if node.name != hunted]
                arena.cut([pair for a in found for b in others for pair in ((a, b), (b, a))])
            await asyncio.sleep(LEADER_CUT_S)

    hunter = asyncio.create_task(hunt())
    try:
        yield Wound("the leader is cut off, twice a second another", goes_on=False)
    finally:
        hunter.cancel()
        await asyncio.gather(hunter, return_exceptions=True)
        arena.mend_wire()


@asynccontextmanager
async def ring(arena: Arena) -> AsyncIterator[Wound]:
    """Each node reaches two others only."""
    order = arena.draw(len(arena.nodes))
    near = {
        pair
        for a, b in zip(order, order[1:] + order[:1], strict=True)
        for pair in ((a.name, b.name), (b.name, a.name))
    }
    arena.cut([(a, b) for a in order for b in order if a is not b and (a.name, b.name) not in near])
    yield Wound("a ring: each node reaches two others", goes_on=arena.quorum <= 3)
    arena.mend_wire()


@asynccontextmanager
async def bulk(arena: Arena) -> AsyncIterator[Wound]:
    """As `latency`, and a member hands in as much at once as a batch can hold."""
    (entry,) = arena.draw(1)
    arena.between_nodes(BAD_LINE)
    await arena.load.bulk(entry, BULK)
    yield Wound(f"200 ms ± 50 ms, 5 % lost; {BULK} documents at once to {entry.name}")
    arena.mend_wire()


@asynccontextmanager
async def behind(arena: Arena) -> AsyncIterator[Wound]:
    """As `latency`, and a node comes back over such lines that has missed a while."""
    (victim,) = arena.draw(1)
    victim.kill()
    await asyncio.sleep(MISSED_S)
    arena.between_nodes(BAD_LINE)
    victim.start()
    yield Wound(f"200 ms ± 50 ms, 5 % lost; {victim.name} is {MISSED_S:.0f} s behind")
    arena.mend_wire()


@asynccontextmanager
async def latency(arena: Arena) -> AsyncIterator[Wound]:
    """200 ms ± 50 ms each way and 5 % loss between all nodes."""
    arena.between_nodes(BAD_LINE)
    yield Wound("200 ms ± 50 ms each way, 5 % of packets lost")
    arena.mend_wire()


# -- disks ----------------------------------------------------------------------------------


@asynccontextmanager
async def slow_disk(arena: Arena) -> AsyncIterator[Wound]:
    """One node's disk takes 20 writes a second."""
    arena.disk.slow(SLOW_WRITES_A_SECOND)
    try:
        yield Wound(f"slow disk: {arena.disk_owner.name}, {SLOW_WRITES_A_SECOND} writes a second")
    finally:
        arena.disk.slow(0)


@asynccontextmanager
async def wipe(arena: Arena) -> AsyncIterator[Wound]:
    """One node loses its data directory: ledger, batches, and the journal of its votes.

    What it alone had would be lost with it, whatever it promised; so nothing is handed in there
    for a moment before, and its peers have all that it promised.
    """
    (victim,) = arena.draw(1)
    arena.load.spared.add(victim.name)
    await asyncio.sleep(HANDED_ON_S)
    victim.kill()
    victim.wipe()
    yield Wound(f"data directory wiped: {victim.name}")
    victim.start()
    arena.load.spared.discard(victim.name)


@asynccontextmanager
async def full_disk(arena: Arena) -> AsyncIterator[Wound]:
    """One node's disk is full to the last byte."""
    arena.disk.fill()
    yield Wound(f"full disk: {arena.disk_owner.name}")
    arena.disk.free()


# -- clocks ---------------------------------------------------------------------------------


@asynccontextmanager
async def clock_ahead(arena: Arena) -> AsyncIterator[Wound]:
    """The clocks of f nodes jump a day ahead, and back."""
    async with _jump(arena, DAY_S) as wound:
        yield wound


@asynccontextmanager
async def clock_behind(arena: Arena) -> AsyncIterator[Wound]:
    """The clocks of f nodes jump a day back, and return."""
    async with _jump(arena, -DAY_S) as wound:
        yield wound


@asynccontextmanager
async def _jump(arena: Arena, seconds: int) -> AsyncIterator[Wound]:
    victims = arena.draw(arena.faulty)
    for node in victims:
        node.clock.set(seconds)
    yield Wound(f"clock {seconds // DAY_S:+d} day: {_names(victims)}")
    for node in victims:
        node.clock.set(0)


@asynccontextmanager
async def two_years(arena: Arena) -> AsyncIterator[Wound]:
    """All clocks jump two years ahead for good; then every node is started again, at that time.

    They do not go back, as time does not: a block's time is later than its parent's.
    """
    await arena.load.rest(REST_S)  # what is on its way would be two years old, and refused for it
    await arena.until(arena.watch.idle, REST_S)
    for node in arena.nodes:
        node.clock.set(TWO_YEARS_S)
    arena.load.clock_off_s = TWO_YEARS_S
    arena.load.wake()
    yield Wound("all clocks +2 years, then all nodes started again")
    for node in arena.nodes:
        node.kill()
    for node in arena.nodes:
        node.start()


FAULTS: dict[str, Fault] = {
    "kill": kill,
    "rolling": rolling,
    "pause": pause,
    "wipe": wipe,
    "isolate": isolate,
    "halves": halves,
    "mute": mute,
    "deaf": deaf,
    "leader": leader,
    "ring": ring,
    "latency": latency,
    "bulk": bulk,
    "behind": behind,
    "slow-disk": slow_disk,
    "full-disk": full_disk,
    "clock-ahead": clock_ahead,
    "clock-behind": clock_behind,
    "all-down": all_down,
    "two-years": two_years,
}
"""In the order of the whole schedule: what cannot be taken back comes last."""
GROUPS = {
    "process": ("kill", "rolling", "pause", "all-down"),
    "partition": ("isolate", "halves", "mute", "deaf", "leader", "ring"),
    "line": ("latency", "bulk", "behind"),
    "disk": ("slow-disk", "full-disk", "wipe"),
    "clock": ("clock-ahead", "clock-behind", "two-years"),
}


def impossible(name: str, arena: Arena) -> str | None:
    """Why this machine cannot make a fault; None where it can."""
    if name in GROUPS["clock"] and arena.nodes[0].clock.library is None:
        return "there is no C compiler to build clock.c with (Debian, Ubuntu: apt install gcc)"
    if name == "slow-disk" and not arena.disk.can_be_slow:
        return "this kernel has no blkio.throttle (cgroup v1)"
    return None
