"""After a view that failed, leaders order what a quorum holds; and nothing is left out for ever."""

from itertools import pairwise

import pytest

from cocket.consensus.caution import CALM, REMEMBERED_MAX, Caution
from cocket.consensus.messages import HELD_MAX, Held
from cocket.ledger.blocks import Kind
from tests.consensus.bench import DELTA, TIMING, Bench, batch, proposals
from tests.simulation.committees import cheap_committee
from tests.simulation.frames import GiveBatch
from tests.simulation.world import World


def failed(me: int = 2, *here: int) -> Bench:
    """Validator `me` of four, leader of view 2 if it is 2, has given up view 1 and its proposal,
    which named a batch that is not here. Those that are here came before."""
    bench = Bench(me=me)
    bench.store(*map(batch, here))
    bench.lead(bench.block(1, batches=[batch(99)]))
    bench.wait(3 * DELTA)
    assert bench.said(Kind.NULLIFY, 1)
    return bench


def told(bench: Bench) -> list[bytes]:
    """All batches that it said it holds."""
    return [each for message in bench.sent if isinstance(message, Held) for each in message.batches]


def hold(bench: Bench, *numbers: int) -> None:
    """The two others who voted in view 1 say that they hold these batches."""
    for sender in {0, 2, 3} - {bench.me}:
        bench.hear(sender, Held(0, tuple(map(batch, numbers))))


def test_while_nothing_fails_nobody_tells_what_it_holds() -> None:
    bench = Bench(me=2)
    bench.store(batch(1))
    bench.learn(Kind.NULLIFY, 1)  # a leader that was not there: no fault of its batches
    (proposal,) = proposals(bench.wait(10)) or [m for m in bench.sent if hasattr(m, "block")]
    assert proposal.block.batches == (batch(1),)
    assert not told(bench)


def test_who_gives_a_proposal_up_tells_what_it_holds_and_then_what_comes() -> None:
    bench = failed(2, 1, 2)
    assert told(bench) == [batch(1), batch(2)]
    bench.store(batch(3), batch(4))
    bench.wait(TIMING.block_interval_ms)
    assert told(bench) == [batch(1), batch(2), batch(3), batch(4)]


def test_what_is_told_comes_in_messages_of_bounded_length() -> None:
    bench = failed(2, *range(HELD_MAX + 1))
    bench.wait(TIMING.block_interval_ms)
    assert told(bench) == list(map(batch, range(HELD_MAX + 1)))
    assert max(len(m.batches) for m in bench.sent if isinstance(m, Held)) == HELD_MAX


def test_after_a_view_that_failed_a_leader_orders_only_what_a_quorum_holds() -> None:
    bench = failed(2, 1, 2, 3)
    hold(bench, 3, 1)
    (proposal,) = proposals(bench.learn(Kind.NULLIFY, 1))
    assert proposal.block.batches == (batch(1), batch(3))


def test_a_leader_waits_a_while_for_a_batch_that_others_hold_and_then_orders_what_it_has() -> None:
    bench = failed(2, 1, 2)
    assert not proposals(bench.learn(Kind.NULLIFY, 1))
    assert not proposals(bench.wait(DELTA - 1))
    (proposal,) = proposals(bench.wait(1))
    assert proposal.block.batches == (batch(1), batch(2))


def test_a_batch_is_ordered_as_soon_as_enough_others_hold_it() -> None:
    bench = failed(2, 1, 2)
    bench.learn(Kind.NULLIFY, 1)
    assert not proposals(bench.hear(0, Held(0, (batch(2),))))
    (proposal,) = proposals(bench.hear(3, Held(0, (batch(2),))))
    assert proposal.block.batches == (batch(2),)


def test_caution_ends_some_time_after_the_last_view_that_failed() -> None:
    bench = failed(0, 1)
    bench.learn(Kind.NULLIFY, 1)
    bench.sent.clear()
    bench.now_ms += CALM * DELTA
    bench.store(batch(2))
    bench.wait(DELTA)
    assert not told(bench)
    bench.learn(Kind.NULLIFY, 2)
    (proposal,) = proposals(bench.learn(Kind.NULLIFY, 3))
    assert proposal.block.batches == (batch(1), batch(2))


def test_what_others_tell_is_remembered_up_to_a_bound_the_newest_first() -> None:
    committee, _ = cheap_committee(4, 0)
    caution = Caution(committee, TIMING)
    for first in range(0, 2 * REMEMBERED_MAX, HELD_MAX):
        caution.heard(1, Held(0, tuple(batch(n) for n in range(first, first + HELD_MAX))))
    assert len(caution._holders) == REMEMBERED_MAX
    assert batch(2 * REMEMBERED_MAX - 1) in caution._holders


class SlowFreight(World):
    """The batches of node 0 are large: they come to nodes 2 and 3 after ten seconds, from whomever.
    All else is as quick as ever, and every node makes five batches a second."""

    def send(self, sender: int, receiver: int, thing: object) -> None:
        large = isinstance(thing, GiveBatch) and thing.batch in self.nodes[0].disk.own_batches
        if large and receiver > 1:
            self.at(20 * DELTA, lambda: self.nodes[receiver].deliver(sender, thing))
        else:
            super().send(sender, receiver, thing)

    def longest_gap(self, ms: int) -> int:
        """The longest time in which nothing was ordered, of so many."""
        self.start()
        for at_ms in range(0, ms, 200):
            for node in self.nodes:
                self.at(at_ms, lambda author=node.index: self.submit(author))
        heights, times = 0, [0]
        while self.now_ms < ms:
            self.run(10)
            if self.nodes[1].height > heights:
                heights = self.nodes[1].height
                times.append(self.now_ms)
        return max(later - sooner for sooner, later in pairwise([*times, ms]))


@pytest.mark.parametrize("seed", range(3))
def test_batches_that_are_slow_to_come_hold_up_nothing_else(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SlowFreight(seed).longest_gap(30 * DELTA) <= 4 * DELTA
    monkeypatch.setattr(Caution, "fails", lambda *_: None)
    assert SlowFreight(seed).longest_gap(30 * DELTA) > 5 * DELTA


def test_batches_that_are_slow_to_come_are_ordered_in_the_end() -> None:
    world = SlowFreight(1)
    world.start()
    slow = [world.submit(0) for _ in range(3)]
    assert world.orders(*slow, within_ms=60 * DELTA)
