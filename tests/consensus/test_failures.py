"""Failures that real systems shipped (DESIGN §6), each by its number."""

from itertools import permutations
from random import Random

import pytest

from cocket.consensus import journal
from cocket.consensus.effects import Effects
from cocket.consensus.floor import Floor
from cocket.consensus.messages import Proposal, encode
from cocket.ledger.blocks import Block, Kind, Vote, quorum
from tests.consensus.bench import DELTA, Bench, batch
from tests.simulation.committees import GENESIS
from tests.simulation.frames import Frame
from tests.simulation.weather import Weather
from tests.simulation.world import World

CALM = Weather(delay_min_ms=10, delay_max_ms=10)


def alone(world: World) -> None:
    """Cut every link."""
    world.partition(*({node.index} for node in world.nodes))


def restart_all(world: World, but: int | None = None) -> None:
    for node in world.nodes:
        if node.up:
            node.crash()
    world.heal(sessions=False)
    world.start(node.index for node in world.nodes if node.index != but)


def test_1_after_all_crash_having_nullified_own_votes_count_again_and_the_view_ends() -> None:
    world = World(1, 4, CALM)
    world.start()
    alone(world)
    for node in world.nodes:
        node.take(b"%d" % node.index * 32, to=())
    world.run(4 * DELTA)
    # three come back: each needs all three nullify votes, its own among them
    restart_all(world, but=1)
    for node in world.nodes:
        if node.up:
            assert node.replica is not None
            assert node.index in node.replica.status().nullifies
    batch_id = world.submit(0)
    assert world.orders(batch_id, within_ms=20 * DELTA)


def test_2_no_path_finalizes_a_view_that_was_nullified() -> None:
    bench = Bench()
    block = bench.block(1)
    bench.store(batch(1))
    bench.wait(2 * DELTA)
    assert bench.said(Kind.NULLIFY, 1)
    snapshot = bench.replica.journal_snapshot(GENESIS)
    for records in (bench.journal, snapshot, list(reversed(bench.journal))):
        bench.start(records)
        assert bench.said(Kind.NULLIFY, 1)
        bench.lead(block)
        bench.learn(Kind.NOTARIZE, block)
        bench.wait(20 * DELTA)
        bench.keep(bench.replica.on_peer(2, bench.now))
        assert bench.replica.status().view == 2
        assert not bench.said(Kind.FINALIZE, 1)
        assert not bench.said(Kind.NOTARIZE, 1)


def test_2_no_path_nullifies_a_view_that_was_finalized() -> None:
    bench = Bench()
    block = bench.block(1)
    bench.lead(block)
    bench.learn(Kind.NOTARIZE, block)
    for records in (bench.journal, bench.replica.journal_snapshot(GENESIS)):
        bench.start(records)
        assert bench.said(Kind.FINALIZE, 1)
        bench.hear(2, bench.vote(Kind.NULLIFY, 1, 2))
        bench.hear(3, bench.vote(Kind.NULLIFY, 1, 3))
        bench.wait(20 * DELTA)
        assert not bench.said(Kind.NULLIFY, 1)


def test_2_flags_above_the_durable_floor_survive_compaction_after_finality() -> None:
    bench = Bench()
    blocks = chain(bench, 3)
    finalize(bench, blocks)
    snapshot = bench.replica.journal_snapshot(Floor.of(blocks[0], None))
    kept = {r.vote.subject.view for r in snapshot if isinstance(r, journal.OwnVote)}
    assert kept == {2, 3}


def test_3_the_order_of_the_journal_does_not_matter_and_the_timer_is_armed_again() -> None:
    bench = Bench()
    block = bench.block(1)
    bench.store(batch(1))
    bench.lead(block)
    bench.learn(Kind.NOTARIZE, block)
    bench.learn(Kind.NULLIFY, 2)
    bench.wait(3 * DELTA)
    expected = bench.replica.status()
    records = list(bench.journal)
    orders = list(permutations(range(len(records)))) if len(records) < 6 else []
    chance = Random(3)
    orders += [tuple(chance.sample(range(len(records)), len(records))) for _ in range(50)]
    for order in orders:
        bench.start(records[i] for i in order)
        status = bench.replica.status()
        assert (status.view, status.signed) == (expected.view, expected.signed)
        assert bench.replica.deadline is not None


def test_4_an_old_epochs_journal_means_nothing_to_the_new_epoch() -> None:
    old = Bench(epoch=0)
    old.lead(old.block(1))
    old.hear(1, old.proposal(old.block(1, batches=[batch(9)])))  # evidence
    old.learn(Kind.NULLIFY, 1)
    old.store(batch(1))
    old.wait(2 * DELTA)
    assert {type(r) for r in old.journal} >= {journal.OwnVote, journal.Learned, journal.Accused}
    records = old.journal + old.replica.journal_snapshot(GENESIS)
    new = Bench(epoch=1, records=records)
    assert (new.replica.status().view, new.replica.status().accused) == (1, ())
    assert not new.sent
    assert new.replica.deadline is None
    new.lead(new.block(1))
    assert [vote.subject.epoch for vote in new.said(Kind.NOTARIZE, 1)] == [1]
    # and its messages mean nothing either
    before = new.replica.status()
    new.hear(1, old.vote(Kind.NULLIFY, 1, 1), old.certificate(Kind.NULLIFY, 1))
    assert new.replica.status() == before


def test_5_an_application_ahead_of_the_journal_goes_on_from_where_it_is() -> None:
    bench = Bench(5)
    blocks = chain(bench, 3)
    finalize(bench, blocks[:1])
    bench.floor = Floor.of(blocks[2], None)
    bench.start()
    assert bench.replica.status().view == 4
    assert bench.replica.status().floor_height == 3
    effects = bench.lead(bench.block(4, blocks[2]))
    assert bench.said(Kind.NOTARIZE, 4)
    assert not effects.finalized


def test_5_an_application_behind_the_journal_is_given_the_blocks_again() -> None:
    bench = Bench(5)
    blocks = chain(bench, 4)
    given = finalize(bench, blocks)
    assert [f.block for f in given.finalized] == blocks
    for records in (bench.journal, bench.replica.journal_snapshot(GENESIS)):
        bench.floor = Floor.of(blocks[0], None)
        effects = bench.start(records)
        for block in blocks[1:]:
            effects.add(bench.store(*block.batches))
        assert [f.block for f in effects.finalized] == blocks[1:]
        assert effects.finalized[-1].certificate is not None


def test_5_an_application_restored_from_an_old_backup_catches_up_and_signs_nothing_twice() -> None:
    bench = Bench(5)
    blocks = chain(bench, 4)
    finalize(bench, blocks)
    certificate = bench.certificate(Kind.FINALIZE, blocks[-1])
    snapshot = bench.replica.journal_snapshot(Floor.of(blocks[-1], certificate))
    bench.start(snapshot)  # the floor is genesis again
    assert bench.replica.status().view == 5
    assert bench.replica.status().behind
    assert bench.wait(DELTA).behind == [certificate]
    effects = bench.keep(bench.replica.on_finalized(blocks, certificate, bench.now))
    assert [f.block for f in effects.finalized] == blocks


def split_knowledge(world: World) -> Block:
    """Nodes 0 and 1 learn that view 1's block is notarized, 2 and 3 that view 1 is nullified: both
    can be true, if validators notarized before they nullified. Only 0 has the block's header."""
    bench = Bench()
    block = bench.block(1, batches=[batch(1)], time_ms=GENESIS.time_ms + 5)
    notarized = bench.certificate(Kind.NOTARIZE, block, voters=(1, 2, 3))
    nullified = bench.certificate(Kind.NULLIFY, 1, voters=(0, 2, 3))
    alone(world)
    world.nodes[0].take(batch(0), to=())
    world.run(3 * DELTA)  # node 0 nullifies; it will not finalize
    for node in world.nodes:
        if node.index == 0:
            node.receive(1, Frame(encode(bench.proposal(block))))
        thing = notarized if node.index < 2 else nullified
        node.receive((node.index + 1) % 4, Frame(encode(thing)))
    return block


def test_6_leaders_that_know_a_notarization_and_others_a_nullification_of_one_view_go_on() -> None:
    for seed in range(8):
        world = World(seed, 4, Weather(loss=0.1 * (seed % 3)))
        world.start()
        split_knowledge(world)
        views = [node.replica.status().view for node in world.nodes if node.replica]
        assert views == [2, 2, 2, 2]
        world.heal(sessions=False)
        batches = [world.submit(author) for author in range(4)]
        assert world.orders(*batches, within_ms=40 * DELTA), seed


def test_7_messages_for_far_views_are_not_kept() -> None:
    bench = Bench()
    forged = bench.certificate(Kind.NULLIFY, 77)
    for view in range(3, 2_000):
        bench.hear(1, bench.vote(Kind.NULLIFY, view, 1))
        bench.hear(2, bench.vote(Kind.NOTARIZE, bench.block(view), 2))
        leader = bench.committee.leader(view)
        if leader:
            bench.lead(bench.block(view))
        claim = bench.subject(Kind.NULLIFY, view)
        effects = bench.hear(3, type(forged)(claim, forged.signatures))
        assert effects.blame or view == 77
    book = bench.replica._book
    bench.replica.status()
    assert set(book.open_views()) == {1, 77, 78, 79}  # left, proven, current, next
    assert {block.view for block in book.tree.blocks()} == {78, 79}
    assert len(book.tree.certificates()) <= 1


def test_8_what_must_be_fetched_is_asked_for_until_it_is_here_whatever_happens_meanwhile() -> None:
    bench = Bench()
    blocks = chain(bench, 3)
    bench.learn(Kind.FINALIZE, blocks[-1])
    effects = bench.wait(DELTA)
    assert effects.fetch_blocks[0] == blocks[-1].id
    assert effects.behind
    bench.start()  # a crash right after: the certificate is in the journal, so is the wish
    for _ in range(5):
        effects = bench.wait(10 * DELTA)
        assert blocks[-1].id in effects.fetch_blocks
        assert effects.behind
        bench.hear(1, bench.vote(Kind.NULLIFY, 4, 1))
    for block in reversed(blocks):
        effects = bench.keep(bench.replica.on_block(block, bench.now))
    assert not effects.finalized
    assert not bench.replica.status().behind
    wanted = {name for name, _ in bench.wait(10 * DELTA).fetch_batches}
    assert wanted == {name for block in blocks for name in block.batches}
    for name in wanted:
        effects = bench.store(name)
    assert [f.block for f in effects.finalized] == blocks


def test_9_evidence_is_kept_once_and_survives_restart_and_compaction() -> None:
    bench = Bench()
    one, other = bench.block(1), bench.block(1, batches=[batch(1)])
    effects = bench.lead(one)
    effects.add(bench.lead(other))
    effects.add(bench.lead(other))
    bench.hear(2, bench.vote(Kind.NULLIFY, 1, 2))
    effects.add(bench.hear(2, bench.vote(Kind.FINALIZE, one, 2)))
    assert sorted(evidence.validator for evidence in effects.evidence) == [1, 2]
    assert all(evidence.verify(bench.committee) for evidence in effects.evidence)
    for records in (bench.journal, bench.replica.journal_snapshot(GENESIS)):
        bench.start(records)
        assert bench.replica.status().accused == (1, 2)
        assert sum(isinstance(record, journal.Accused) for record in records) == 2
        assert not bench.lead(bench.block(1, batches=[batch(2)])).evidence


def test_9_a_second_proposal_that_comes_after_the_view_is_over_still_proves_the_fault() -> None:
    bench = Bench()
    one, other = bench.block(1), bench.block(1, batches=[batch(1)])
    bench.lead(one)
    bench.learn(Kind.NULLIFY, 1)
    assert [evidence.validator for evidence in bench.lead(other).evidence] == [1]


def test_9_what_a_leader_says_again_after_a_restart_counts_and_can_convict_it() -> None:
    bench = Bench()
    one, other = bench.block(1), bench.block(1, batches=[batch(1)])
    bench.lead(one)
    bench.start()  # what was heard is forgotten; that this replica voted for it is not
    bench.lead(one)
    assert bench.replica.status().notarizes == (0, 1)
    assert [evidence.validator for evidence in bench.lead(other).evidence] == [1]


@pytest.mark.parametrize("kind", [Kind.NOTARIZE, Kind.FINALIZE])
def test_9_an_invalid_vote_does_not_keep_a_valid_one_from_being_evidence(kind: Kind) -> None:
    one, other = Bench().block(1), Bench().block(1, batches=[batch(1)])
    for forged_for in (one, other):
        bench = Bench()
        bench.hear(3, Vote(bench.subject(kind, forged_for), 3, bytes(64)))
        assert bench.hear(3, bench.vote(kind, one, 3)).blame == [
            (3, "vote with an invalid signature")
        ]
        effects = bench.hear(3, bench.vote(kind, other, 3))
        assert [evidence.validator for evidence in effects.evidence] == [3]


def test_10_a_vote_that_was_not_durable_when_the_machine_died_was_never_sent() -> None:
    for seed in range(30):  # how many records of the torn sync survive depends on it
        world = World(seed, 4, CALM)
        world.start()
        for node in world.nodes:
            node.dies_in, node.dies_writing = 1, True
            world.at(3_000 + node.index, lambda n=node: None if n.up else n.start())
        batch_id = world.submit(seed % 4)
        assert world.orders(batch_id, within_ms=40 * DELTA)


def test_10_a_leader_that_died_before_its_sync_may_propose_another_block() -> None:
    bench = Bench(me=1)
    first = bench.store(batch(1))
    proposed = [s.message for s in first.send if isinstance(s.message, Proposal)]
    assert len(proposed) == 1
    bench.start(())  # nothing was synced
    bench.now_ms += 5
    bench.store(batch(2))
    assert bench.said(Kind.NOTARIZE, 1)
    # while one that was durable is repeated, and is all that is ever said
    bench.start()
    bench.store(batch(3))
    bench.wait(DELTA)
    assert len(set(bench.said(Kind.NOTARIZE, 1))) == 1


def test_11_restarted_at_once_in_different_views_with_grown_time_outs_they_meet_again() -> None:
    for seed in range(5):
        world = World(seed, 4, CALM)
        world.start()
        bench = Bench()
        alone(world)
        for node in world.nodes:  # node i has seen i * 5 views nullified, and timed out since
            for view in range(1, 5 * node.index + 1):
                nullified = bench.certificate(Kind.NULLIFY, view, voters=(1, 2, 3))
                node.receive((node.index + 1) % 4, Frame(encode(nullified)))
            node.take(b"%d" % node.index * 32, to=())
        world.run(100 * DELTA)
        restart_all(world)
        batch_id = world.submit(seed % 4)
        assert world.orders(batch_id, within_ms=40 * DELTA)


def test_12_a_lagging_node_says_so_and_catches_up_while_the_others_go_on() -> None:
    world = World(12, 4, Weather())
    world.start()
    lagging = world.nodes[3]
    lagging.crash()
    for number in range(150):
        world.at(number * 60, lambda: world.submit(0))
    world.run(150 * 60)
    for number in range(100):
        world.at(number * 60, lambda: world.submit(1))
    lagging.start()
    world.run(200)
    assert lagging.replica is not None
    assert lagging.replica.status().behind
    assert lagging.height < 5 < world.nodes[0].height
    assert world.run(60 * DELTA, lambda: lagging.height == world.nodes[0].height)
    assert not lagging.replica.status().behind


@pytest.mark.parametrize(("size", "needed"), [(4, 3), (5, 4), (6, 5), (7, 5), (8, 6), (10, 7)])
def test_13_a_quorum_is_n_minus_f_for_every_n(size: int, needed: int) -> None:
    assert quorum(size) == needed
    bench = Bench(size)
    block = bench.block(1)
    bench.lead(block)  # the leader's vote and this replica's own
    for voter in range(2, needed):
        assert not bench.said(Kind.FINALIZE, 1)
        bench.hear(voter, bench.vote(Kind.NOTARIZE, block, voter))
    assert bench.said(Kind.FINALIZE, 1)
    for voter in range(1, needed):
        assert not bench.replica.status().floor_height
        bench.hear(voter, bench.vote(Kind.FINALIZE, block, voter))
    assert bench.replica.status().floor_height == 1


def chain(bench: Bench, length: int) -> list[Block]:
    """Blocks of views 1, 2, …, each with a batch of its own."""
    blocks: list[Block] = []
    for view in range(1, length + 1):
        parent = blocks[-1] if blocks else GENESIS
        blocks.append(bench.block(view, parent, [batch(100 + view)]))
    return blocks


def finalize(bench: Bench, blocks: list[Block]) -> Effects:
    """Have the replica see these blocks proposed, notarized and finalized, one after the other."""
    effects = Effects()
    for block in blocks:
        effects.add(bench.store(*block.batches))
        effects.add(bench.lead(block))
        effects.add(bench.learn(Kind.NOTARIZE, block))
        effects.add(bench.learn(Kind.FINALIZE, block))
    assert isinstance(effects.send[0].message, Vote)
    return effects
