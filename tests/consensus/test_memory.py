"""What a replica keeps in memory does not grow with the chain, and never is too little."""

import gc
from collections import Counter
from types import FunctionType, ModuleType

from cocket.consensus import journal
from cocket.consensus.effects import Finalized
from cocket.consensus.floor import Floor
from cocket.consensus.messages import Proposal
from cocket.consensus.replica import Replica
from cocket.ledger.blocks import Block, Certificate, Kind, Vote
from tests.consensus.bench import DELTA, Bench, batch
from tests.simulation.committees import GENESIS

VALUES = (Block, Certificate, Finalized, Floor, Proposal, Vote, bytes)


def kept(replica: Replica) -> Counter[type]:
    """How many values of each kind can be reached from the replica."""
    seen: dict[int, object] = {}
    found: list[object] = [replica]
    while found:
        each = found.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
            seen[id(each)] = each
            found += gc.get_referents(each)
    return Counter(type(each) for each in seen.values() if isinstance(each, VALUES))


def a_final_block(bench: Bench, parent: Block | Floor) -> Block:
    """The next view's block: the replica takes part in it, and sees it become final."""
    view = parent.view + 1
    name = batch(view)
    bench.store(name)
    if bench.committee.leader(view) == bench.me:
        bench.wait(DELTA)
        block = bench.replica.block(bench.said(Kind.NOTARIZE, view)[0].subject.block or b"")
        assert block is not None
    else:
        block = bench.block(view, parent, [name])
        bench.lead(block)
    bench.learn(Kind.NOTARIZE, block)
    assert [final.block for final in bench.learn(Kind.FINALIZE, block).finalized] == [block]
    return block


def test_catching_up_keeps_no_more_after_ten_thousand_blocks_than_after_a_hundred() -> None:
    bench = Bench()
    parent: Block | Floor = GENESIS
    counts = []
    for height in range(1, 10_001):
        block = bench.block(height, parent, [batch(height)])
        certificate = bench.certificate(Kind.FINALIZE, block)
        effects = bench.replica.on_finalized([block], certificate, bench.now)
        assert [final.block for final in effects.finalized] == [block]
        bench.replica.applied(Floor.of(block, certificate))
        parent = block
        if height in (100, 10_000):
            counts.append(kept(bench.replica))
    early, late = counts
    assert late == early


def test_a_long_stretch_is_let_go_of_block_by_block() -> None:
    bench = Bench()
    blocks: list[Block] = []
    for height in range(1, 2001):
        blocks.append(bench.block(height, blocks[-1] if blocks else GENESIS, [batch(height)]))
    certificate = bench.certificate(Kind.FINALIZE, blocks[-1])
    bench.replica.on_finalized(blocks, certificate, bench.now)
    most = kept(bench.replica)[Block]
    for block in blocks[:-1]:
        bench.replica.applied(Floor.of(block, None))
    bench.replica.on_tick(bench.now)  # the effects of the turn before are no longer held
    assert most == len(blocks)
    assert kept(bench.replica)[Block] == 1


def test_taking_part_keeps_no_more_after_a_thousand_blocks_than_after_a_hundred() -> None:
    bench = Bench()
    parent: Block | Floor = GENESIS
    counts = []
    for height in range(1, 1001):
        parent = a_final_block(bench, parent)
        bench.replica.applied(Floor.of(parent, None))
        bench.sent.clear()
        bench.journal.clear()
        if height in (100, 1000):
            counts.append(kept(bench.replica))
    early, late = counts
    assert late == early


def test_letting_go_of_every_applied_block_changes_nothing_in_the_next_snapshot() -> None:
    for lag in range(6):
        careful, lazy = Bench(), Bench()
        finals: list[Block] = []
        for _ in range(10):
            parent = finals[-1] if finals else GENESIS
            finals.append(a_final_block(careful, parent))
            assert a_final_block(lazy, parent) == finals[-1]
            if len(finals) > lag:
                applied = Floor.of(finals[-1 - lag], None)
                careful.replica.applied(applied)
        snapshot = careful.replica.journal_snapshot(applied)
        assert snapshot == lazy.replica.journal_snapshot(applied)
        votes = [each.vote for each in snapshot if isinstance(each, journal.OwnVote)]
        signed = {(vote.subject.view, vote.subject.kind) for vote in votes}
        for block in finals[len(finals) - lag :]:
            assert {(block.view, Kind.NOTARIZE), (block.view, Kind.FINALIZE)} <= signed


def test_a_batch_of_a_block_that_is_final_but_not_applied_is_not_ordered_again() -> None:
    bench = Bench(me=3)  # it leads view 3
    first = a_final_block(bench, GENESIS)
    second = a_final_block(bench, first)
    bench.replica.applied(Floor.of(first, None))
    bench.store(*second.batches)
    assert bench.replica.deadline is None
