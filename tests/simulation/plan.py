"""A run, drawn in advance: everything that the seed decides but the fate of single messages.

A plan is a value. Its text is the Python that makes it, so that a plan that found something can be
kept as it is, and a shorter one be made of it by leaving events out (`shrink`).
"""

from dataclasses import dataclass, replace
from random import Random

from cocket.ledger.blocks import faults_tolerated
from tests.simulation.clock import RIGHT
from tests.simulation.events import Crash, Cut, Event, Jump, Pause, Round, Submit
from tests.simulation.weather import Weather

HOUR_MS = 3_600_000
JUMPS_MS = (3_000, -3_000, HOUR_MS, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS, 2 * 8_766 * HOUR_MS)


@dataclass(frozen=True, slots=True)
class Plan:
    """`ms` of storm, then calm.

    turns      the leaders of views 0, 1, …, over and over; round-robin if empty
    clocks     of each node: how far its wall clock is ahead, how fast its clocks run (per mille)
    liars      (node, kind of liar)
    events     by time
    dead       nodes that stay down in the calm
    sessions   whether the calm begins with new sessions; else the network heals unnoticed
    """

    seed: int
    size: int
    ms: int
    weather: Weather
    turns: tuple[int, ...] = ()
    clocks: tuple[tuple[int, int], ...] = ()
    liars: tuple[tuple[int, str], ...] = ()
    events: tuple[Event, ...] = ()
    dead: tuple[int, ...] = ()
    sessions: bool = True

    @property
    def faulty_in_a_row(self) -> int:
        """The most views in a row, led by members that lie or stay down."""
        faulty = {*self.dead, *(index for index, _ in self.liars)}
        turns = self.turns or tuple(range(self.size))
        longest = row = 0
        for leader in turns * 2:
            row = row + 1 if leader in faulty else 0
            longest = max(longest, row)
        return longest

    def __str__(self) -> str:
        head = f"Plan({self.seed}, {self.size}, {self.ms}, {self.weather},"
        lines = [head, f"    turns={self.turns},", f"    clocks={self.clocks},"]
        lines += [f"    liars={self.liars},", "    events=("]
        lines += [f"        {event}," for event in self.events]
        return "\n".join([*lines, f"    ), dead={self.dead}, sessions={self.sessions})"])


def draw(seed: int, size: int, faulty: bool = False, ms: int = 20_000) -> Plan:
    """The plan of a seed; `faulty`: with f members that lie, or, now and then, fewer and the others
    of f dead."""
    chance = Random(seed)
    members = chance.sample(range(size), faults_tolerated(size))
    liars: tuple[tuple[int, str], ...] = ()
    dead = tuple(sorted(members[: chance.randint(0, len(members))]))
    if faulty:
        liars = draw_liars(chance, members)
        dead = tuple(sorted(members[len(liars) :]))
    events = draw_events(chance, size, ms)
    for index, kind in liars:
        if kind == "twins":
            events += draw_rounds(chance, size, index, ms)
    return Plan(
        seed,
        size,
        ms,
        draw_weather(chance, size),
        turns=draw_turns(chance, size, always=any(kind == "twins" for _, kind in liars)),
        clocks=draw_clocks(chance, size),
        liars=liars,
        events=tuple(sorted(events, key=lambda event: event.at_ms)),
        dead=dead,
        sessions=chance.random() < 0.5,
    )


def draw_liars(chance: Random, members: list[int]) -> tuple[tuple[int, str], ...]:
    """All of the members, or now and then only some of them."""
    from tests.simulation.liars import LIARS

    count = len(members) if chance.random() < 0.8 else chance.randint(1, len(members))
    return tuple((index, chance.choice(sorted(LIARS))) for index in members[:count])


def draw_weather(chance: Random, size: int) -> Weather:
    """From fair to foul."""
    far = chance.sample(range(size), chance.choice([0, 0, 1, 2]))
    return Weather(
        loss=chance.choice([0, 0, 0.02, 0.1, 0.3]),
        double=chance.choice([0, 0.1, 0.3]),
        straggle=chance.choice([0, 0.05, 0.3]),
        delay_max_ms=chance.choice([10, 60, 200, 400]),
        far_ms={index: chance.randint(20, 100) for index in far},
    )


def draw_turns(chance: Random, size: int, always: bool) -> tuple[int, ...]:
    """Mostly round-robin; else, and `always` for twins, two rotations, each in any order."""
    if not always and chance.random() < 0.7:
        return ()
    return (*chance.sample(range(size), size), *chance.sample(range(size), size))


def draw_clocks(chance: Random, size: int) -> tuple[tuple[int, int], ...]:
    """Mostly nearly right; else off by hours, or running too fast or too slowly, or both."""
    hours = chance.choice([0, 0, 0, 5])
    drift = chance.choice([0, 0, 0, 50])
    return tuple(
        (
            chance.randint(-400, 400) + chance.randint(-hours, hours) * HOUR_MS,
            RIGHT[1] + chance.randint(-drift, drift),
        )
        for _ in range(size)
    )


def draw_events(chance: Random, size: int, ms: int) -> list[Event]:
    """Submissions and faults."""
    events: list[Event] = []

    def when() -> int:
        return chance.randint(0, ms)

    def anyone() -> int:
        return chance.randrange(size)

    for _ in range(chance.choice([3, 8, 15, 30, 60])):
        events.append(Submit(when(), anyone()))
    for _ in range(chance.choice([0, 2, 6, 12])):
        crash = draw_crash(chance, when(), anyone(), 8_000)
        events.append(crash)
        if chance.random() < 0.4:  # and again, as soon as it is back
            back_ms = crash.at_ms + crash.down_ms + chance.choice([1, 30, 500])
            again = draw_crash(chance, min(back_ms, ms), crash.node, 8_000)
            if not crash.power:
                again = replace(again, power=True, steps=chance.choice([0, again.steps]))
            events.append(again)
    if chance.random() < 0.2:
        at_ms = when()
        events += [draw_crash(chance, at_ms, node, 3_000) for node in range(size)]
    for _ in range(chance.choice([0, 1, 3, 6])):
        members = chance.sample(range(size), size)
        senders = members[: chance.randint(1, size - 1)]
        receivers = [node for node in members if node not in senders]
        if chance.random() < 0.3:  # some stay connected with both sides
            receivers = receivers[: chance.randint(1, len(receivers))]
        events.append(
            Cut(
                when(),
                chance.randint(100, 8_000),
                tuple(sorted(senders)),
                tuple(sorted(receivers)),
                both_ways=chance.random() < 0.6,
                sessions=chance.random() < 0.7,
            )
        )
    for _ in range(chance.choice([0, 0, 2, 5])):
        events.append(Pause(when(), anyone(), chance.choice([300, 2_000, 9_000])))
    for _ in range(chance.choice([0, 0, 2, 5])):
        events.append(Jump(when(), anyone(), chance.choice(JUMPS_MS)))
    return events


def draw_crash(chance: Random, at_ms: int, node: int, down_ms: int) -> Crash:
    """Of either kind, anywhere or while it writes; down for no longer than `down_ms`."""
    steps = chance.choice([0, chance.randint(1, 8), chance.randint(1, 60)])
    power, writing = chance.random() < 0.6, chance.random() < 0.4
    return Crash(at_ms, node, steps, chance.randint(1, down_ms), power, writing)


def draw_rounds(chance: Random, size: int, twins: int, ms: int) -> list[Round]:
    """Rounds of twins, one after the other, with pauses in which both copies talk with all."""
    others = [node for node in range(size) if node != twins]
    rounds: list[Round] = []
    at_ms = chance.randint(0, 2_000)
    while at_ms < ms:
        long_ms = chance.choice([100, 500, 1_500, 4_000])
        cut = chance.randint(0, len(others))
        members = chance.sample(others, len(others))
        first, second = members[:cut], members[cut:]
        if chance.random() < 0.3:
            second += chance.sample(first, chance.randint(0, len(first)))
        apart = chance.random() < 0.5 and not set(first) & set(second)
        sides = tuple(sorted(first)), tuple(sorted(second))
        rounds.append(Round(at_ms, long_ms, twins, *sides, apart))
        at_ms += long_ms + chance.choice([0, 0, 300, 2_000])
    return rounds
