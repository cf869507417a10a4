"""What is kept above the floor, and what is let go of."""

import pytest

from cocket.consensus import tree
from cocket.consensus.effects import Effects
from cocket.consensus.floor import Floor
from cocket.consensus.messages import Ask, Proposal
from cocket.consensus.proposals import ANSWER_MAX
from cocket.consensus.timing import Timing
from cocket.consensus.tree import BLOCKS_AHEAD, STEPS, WINDOW
from cocket.ledger.blocks import Block, Kind
from tests.consensus.bench import TIMING, Bench, batch
from tests.simulation.committees import GENESIS


def chain(bench: Bench, length: int) -> list[Block]:
    blocks: list[Block] = []
    for view in range(1, length + 1):
        parent: Block | Floor = blocks[-1] if blocks else GENESIS
        blocks.append(bench.block(view, parent, [batch(view)]))
    return blocks


def test_a_node_that_lacks_batches_keeps_a_window_of_headers_and_catches_up_through_it() -> None:
    bench = Bench()
    blocks = chain(bench, WINDOW + 300)
    kept = bench.replica._tree
    for block in blocks:
        bench.learn(Kind.FINALIZE, block)
        bench.keep(bench.replica.on_block(block, bench.now))
        assert len(kept.blocks()) <= WINDOW + 1
        assert len(kept.certificates()) <= WINDOW + 1
    assert len(bench.replica.status().missing_batches) == BLOCKS_AHEAD
    assert bench.replica.status().behind
    effects = Effects()
    for start in range(0, len(blocks), 100):
        part = blocks[start : start + 100]
        final = bench.certificate(Kind.FINALIZE, part[-1])
        effects.add(bench.keep(bench.replica.on_finalized(part, final, bench.now)))
    assert [item.block for item in effects.finalized] == blocks
    assert not bench.replica.status().behind
    assert not kept.blocks()


def test_a_stretch_of_chain_longer_than_the_window_is_taken_in_one_go() -> None:
    bench = Bench()
    blocks = chain(bench, 2 * WINDOW)
    final = bench.certificate(Kind.FINALIZE, blocks[-1])
    effects = bench.keep(bench.replica.on_finalized(blocks, final, bench.now))
    assert [item.block for item in effects.finalized] == blocks
    assert effects.finalized[-1].certificate == final
    assert bench.replica.status().view == 2 * WINDOW + 1


def test_faulty_leaders_cannot_fill_the_tree_of_a_lagging_node_with_low_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most = 50
    monkeypatch.setattr(tree, "BLOCKS_MAX", most)
    bench = Bench()
    bench.learn(Kind.FINALIZE, bench.block(1, batches=[batch(1)]))  # a batch that never comes
    for view in range(2, 5 * most):
        if bench.committee.leader(view) != bench.me:
            bench.lead(bench.block(view))
        bench.learn(Kind.FINALIZE, bench.block(view, bench.block(view - 1), [batch(view)]))
        assert len(bench.replica._tree.blocks()) <= most + 2


def test_headers_far_from_the_floor_are_not_asked_for_one_by_one() -> None:
    bench = Bench()
    blocks = chain(bench, STEPS + 10)
    bench.learn(Kind.FINALIZE, blocks[-1])
    assert bench.replica.status().missing_blocks == (blocks[-1].id,)
    bench.keep(bench.replica.on_block(blocks[-1], bench.now))
    assert bench.replica.status().missing_blocks == ()
    assert bench.wait(TIMING.delta_ms).behind


def test_a_finalized_block_is_handed_out_as_soon_as_it_can_be_though_newer_ones_cannot() -> None:
    bench = Bench()
    one, two, three = chain(bench, 3)
    for block in (one, two, three):
        bench.lead(block)
        bench.learn(Kind.FINALIZE, block)
    assert [item.block for item in bench.store(batch(1)).finalized] == [one]
    assert not bench.store(batch(3)).finalized
    assert [item.block for item in bench.store(batch(2)).finalized] == [two, three]


def test_an_orphaned_block_is_let_go_of_and_its_batches_are_ordered_again() -> None:
    bench = Bench(me=3)
    bench.store(batch(1))
    orphan = bench.block(1, batches=[batch(1)])
    bench.lead(orphan)
    bench.learn(Kind.NOTARIZE, orphan)
    other = bench.block(2)
    bench.lead(other)
    bench.learn(Kind.NULLIFY, 1)
    assert bench.said(Kind.NOTARIZE, 2)
    effects = bench.learn(Kind.FINALIZE, other)
    effects.add(bench.wait(TIMING.block_interval_ms))
    assert [item.block for item in effects.finalized] == [other]
    (proposal,) = [s.message for s in effects.send if isinstance(s.message, Proposal)]
    assert (proposal.block.parent, proposal.block.batches) == (other.id, (batch(1),))
    assert bench.replica.block(orphan.id) is None


def test_a_leader_that_missed_a_long_gap_asks_its_way_through_it() -> None:
    views = 5 * ANSWER_MAX + 2  # the next one is led by validator 3
    knows, asks = Bench(), Bench(me=3)
    for view in range(1, views + 1):
        knows.learn(Kind.NULLIFY, view, 1)
    asks.learn(Kind.NULLIFY, views)
    asks.store(batch(1))
    rounds = 0
    while not any(isinstance(message, Proposal) for message in asks.sent):
        rounds += 1
        assert rounds < 100
        asked = [s.message for s in asks.wait(TIMING.grace_ms).send if isinstance(s.message, Ask)]
        knows.now_ms = asks.now_ms
        for question in asked:
            for answer in knows.hear(3, question).send:
                asks.hear(0, answer.message)
    assert rounds <= 10
    assert asks.replica.status().view == views + 1


def test_delta_grows_by_half_to_a_third_of_the_cap() -> None:
    timing = Timing()
    assert [timing.delta_after(views) for views in range(5)] == [500, 750, 1125, 1687, 2530]
    assert timing.delta_after(1_000_000) == 10_000
