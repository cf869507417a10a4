"""What the simulator of whole nodes found, as plans that break nothing now.

To see that a plan still tells, what was wrong is put back, and found. Further findings have tests
of their own beside what was mended: see docs/reliability.md.
"""

import pytest

from tests.simulation.nodes.documents import Invoice
from tests.simulation.nodes.events import Slow, Submit
from tests.simulation.nodes.network import Pipe, Weather
from tests.simulation.nodes.plan import Plan, draw
from tests.simulation.nodes.shrink import broken_promise

OTHERS = ("orient-star", "customs-my", "node-3")


def slow_until_the_calm(seed: int) -> Plan:
    """Seed 100424 of ten nodes, shrunk to nine events of seven, and then by hand."""
    slow = Slow(1_500, "node-4", ms=30_000, times=50.0)
    meanwhile = (Submit(at_ms, (Invoice(at_ms),), OTHERS) for at_ms in range(1_600, 4_000, 200))
    return Plan(seed, 4, 5_000, Weather(straggle=0.2), events=(slow, *meanwhile))


def test_what_was_sent_while_a_connection_was_slow_comes_sooner_once_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the simulator's network: a node cannot know that it is behind, and says that it is ready,
    while all that it is sent waits behind a frame that takes until long after the fault."""
    plans = [slow_until_the_calm(seed) for seed in range(1, 4)]
    assert not any(map(broken_promise, plans))
    monkeypatch.setattr(Pipe, "hurry", lambda pipe: None)
    assert {broken_promise(plan) for plan in plans} == {"", "readiness"}


def test_a_node_that_is_killed_while_it_stops_does_not_close_its_files_twice() -> None:
    """Of the simulator's machines: the calm began 31 ms after a node was stopped. What it closed
    again was no file, or by then another node's."""
    assert not broken_promise(draw(101715, 4, lies=True, ms=4_000))
