"""What the simulated world is made of does what it says."""

from random import Random

from tests.simulation.clock import WALL_MS, Clock
from tests.simulation.disk import Disk
from tests.simulation.events import Crash, Cut, Jump, Pause, Submit
from tests.simulation.plan import Plan
from tests.simulation.scenario import play
from tests.simulation.weather import Weather, between
from tests.simulation.world import World

FAIR = Weather(delay_min_ms=10, delay_max_ms=10)


def test_a_power_cut_keeps_what_was_synced_and_a_first_part_of_the_rest() -> None:
    fates = set()
    for seed in range(200):
        disk = Disk()
        disk.append(b"one")
        disk.sync()
        disk.append(b"two")
        disk.append(b"three")
        fates.add(disk.cut_power(Random(seed)))
        records = disk.boot()
        assert records == [b"one", b"two", b"three"][: len(records)]
        assert records[:1] == [b"one"]
        disk.append(b"four")
        disk.sync()
        assert disk.records == [*records, b"four"], "a torn end is cut off"
    assert fates == {"", "lost", "torn"}


def test_a_process_that_is_killed_leaves_what_it_wrote() -> None:
    disk = Disk()
    disk.append(b"one")
    assert disk.boot() == [b"one"]
    assert disk.cut_power(Random(1)) == ""
    assert disk.records == [b"one"], "it was synced when the next process began"


def test_a_clock_shows_the_moment_it_is_asked_about() -> None:
    for per_mille in (950, 1000, 1037):
        clock = Clock(skew_ms=5_000, per_mille=per_mille)
        clock.boot(123, 7_000)
        for due_ms in range(7_000, 9_000, 13):
            moment_ms = clock.moment_ms(due_ms)
            assert clock.show(moment_ms).monotonic_ms >= due_ms
            assert clock.show(moment_ms - 1).monotonic_ms < due_ms
        before = clock.show(2_000)
        clock.correct(2_000)
        assert clock.show(2_000).monotonic_ms == before.monotonic_ms
        assert clock.show(2_000).wall_ms == WALL_MS + 2_000


def test_a_one_way_partition_lets_the_other_way_through() -> None:
    world = World(1, 4, FAIR)
    links = between([0], [1, 2, 3])
    world.cut(links)
    assert not world.connected(0, 1)
    assert world.connected(1, 0)
    world.cut(between([1], [0]))
    world.mend(links)
    assert world.connected(0, 1)
    assert not world.connected(1, 0)
    world.heal()
    assert world.connected(1, 0)


def test_a_frozen_machine_goes_on_where_it_was() -> None:
    world = World(1, 4, FAIR)
    world.start()
    node = world.nodes[2]
    node.freeze()
    name = world.submit(0)
    world.run(1_000)
    assert name not in node.disk.batches
    assert world.nodes[0].height == 1
    node.thaw()
    world.run(1_000)
    assert node.height == 1


def test_a_machine_can_die_between_any_two_of_its_effects_and_everything_goes_on() -> None:
    deaths = 0
    for steps in range(1, 60):
        crash = Crash(0, 1, steps, down_ms=3_000, power=steps % 2 == 0, writing=False)
        submits = [Submit(10 + 50 * number, number % 4) for number in range(9)]
        world = play(Plan(steps, 4, 4_000, FAIR, events=(crash, *submits)))
        deaths += world.faults["kill"] + world.faults["power cut"]
    assert deaths >= 59


def test_every_kind_of_event_happens_and_is_counted() -> None:
    events = (
        Submit(0, 0),
        Cut(10, 500, (0,), (1, 2), both_ways=False, sessions=True),
        Cut(20, 500, (3,), (1, 2), both_ways=True, sessions=False),
        Pause(30, 2, 400),
        Jump(40, 1, -86_400_000),
        Crash(50, 3, 0, 700, power=True, writing=False),
    )
    plan = Plan(1, 4, 2_000, FAIR, events=events)
    assert eval(str(plan)) == plan, "a plan's text is the Python that makes it"
    world = play(plan)
    kinds = {"one-way partition", "partition", "pause", "clock jump", "power cut"}
    assert {kind for kind in kinds if world.faults[kind] == 1} == kinds
