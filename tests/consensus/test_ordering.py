"""Proposing, notarizing, certificates: rules 1 to 3 of DESIGN §6."""

import pytest

from cocket.consensus.messages import Ask
from cocket.consensus.tree import Fork
from cocket.ledger.blocks import BATCHES_MAX, Kind
from tests.consensus.bench import DELTA, TIMING, Bench, batch, certificates, proposals
from tests.simulation.clock import WALL_MS
from tests.simulation.committees import GENESIS, NETWORK

# rule 1: proposing


def test_an_idle_leader_with_work_proposes_at_once_and_its_proposal_is_its_vote() -> None:
    bench = Bench(me=1)
    (proposal,) = proposals(bench.store(batch(1)))
    assert proposal.block.batches == (batch(1),)
    assert (proposal.block.view, proposal.block.height, proposal.block.parent) == (
        1,
        1,
        GENESIS.block_id,
    )
    assert bench.committee.verify_vote(proposal.vote(1))
    assert bench.replica.status().notarizes == (1,)


def test_under_load_blocks_are_no_closer_than_the_block_interval() -> None:
    bench = Bench(me=2)
    block = bench.block(1)
    bench.lead(block)
    bench.store(batch(1))
    assert not proposals(bench.learn(Kind.NOTARIZE, block))
    assert bench.replica.deadline == TIMING.block_interval_ms
    assert not proposals(bench.wait(TIMING.block_interval_ms - 1))
    (proposal,) = proposals(bench.wait(1))
    assert proposal.block.parent == block.id


def test_a_block_takes_64_batches_and_the_next_takes_the_rest_and_none_twice() -> None:
    bench = Bench(me=1)
    bench.replica._tree.batches |= {batch(i): None for i in range(100)}
    (proposal,) = proposals(bench.wait(0)) or proposals(bench.store(batch(100)))
    assert len(proposal.block.batches) == BATCHES_MAX
    parent = proposal.block
    bench.learn(Kind.NOTARIZE, parent)
    for view in (2, 3, 4):
        block = bench.block(view, parent)
        bench.lead(block)
        bench.learn(Kind.NOTARIZE, block)
        parent = block
    (proposal,) = proposals(bench.wait(TIMING.block_interval_ms))
    assert len(proposal.block.batches) == 101 - BATCHES_MAX


def test_a_leader_builds_on_the_newest_notarized_block_and_sends_what_justifies_it() -> None:
    bench = Bench(me=3)
    block = bench.block(1)
    bench.lead(block)
    bench.learn(Kind.NOTARIZE, block)
    bench.store(batch(1))
    effects = bench.learn(Kind.NULLIFY, 2)
    effects.add(bench.wait(TIMING.block_interval_ms))
    (proposal,) = proposals(effects)
    assert proposal.block.parent == block.id
    assert bench.certificate(Kind.NOTARIZE, block) in certificates(effects)


def test_a_leader_that_lacks_a_certificate_asks_for_it_and_then_proposes() -> None:
    bench = Bench(me=3)
    bench.store(batch(1))
    assert not proposals(bench.learn(Kind.NULLIFY, 2))  # what happened in view 1?
    assert bench.replica.status().waiting_for
    effects = bench.wait(TIMING.grace_ms)
    assert [send.message for send in effects.send] == [Ask(0, 1, None)]
    assert proposals(bench.learn(Kind.NULLIFY, 1))


def test_a_leader_repeats_its_proposal_while_nothing_comes_back() -> None:
    bench = Bench(me=1)
    first = proposals(bench.store(batch(1)))
    assert proposals(bench.wait(DELTA)) == first
    assert set(proposals(bench.wait(20 * DELTA))) == set(first)


# rule 2: notarizing


def test_a_validator_notarizes_once_in_a_view() -> None:
    bench = Bench()
    bench.lead(bench.block(1))
    bench.lead(bench.block(1, time_ms=GENESIS.time_ms + 2))
    assert len(bench.said(Kind.NOTARIZE, 1)) == 1


def test_a_restarted_replica_repeats_its_vote_and_never_casts_another() -> None:
    bench = Bench()
    bench.lead(bench.block(1))
    voted = bench.said(Kind.NOTARIZE, 1)
    bench.start()
    assert bench.said(Kind.NOTARIZE, 1) == voted
    bench.lead(bench.block(1, time_ms=GENESIS.time_ms + 2))
    bench.wait(2 * DELTA)
    assert set(bench.said(Kind.NOTARIZE, 1)) == set(voted)


def test_missing_batches_are_fetched_from_the_leader_first_and_waited_for() -> None:
    bench = Bench()
    block = bench.block(1, batches=[batch(1), batch(2)])
    assert not bench.lead(block).fetch_batches  # they may be on their way
    assert not bench.said(Kind.NOTARIZE, 1)
    assert bench.wait(TIMING.grace_ms).fetch_batches == [(batch(1), 1), (batch(2), 1)]
    assert bench.wait(DELTA).fetch_batches == [(batch(1), 2), (batch(2), 2)]
    bench.store(batch(1))
    assert not bench.said(Kind.NOTARIZE, 1)
    bench.store(batch(2))
    assert bench.said(Kind.NOTARIZE, 1)


def test_a_block_too_far_ahead_of_the_clock_is_waited_for_until_its_time_is_near() -> None:
    bench = Bench()
    early_ms = 300
    block = bench.block(1, time_ms=WALL_MS + TIMING.clock_ahead_ms + early_ms)
    bench.lead(block)
    assert not bench.said(Kind.NOTARIZE, 1)
    assert bench.replica.deadline == early_ms
    bench.hear(2, bench.vote(Kind.NOTARIZE, block, 2))
    assert bench.replica.deadline == early_ms
    bench.wait(early_ms)
    assert bench.said(Kind.NOTARIZE, 1)


def test_one_millisecond_after_the_parent_is_never_too_early() -> None:
    bench = Bench()
    far = bench.block(1, time_ms=WALL_MS + 365 * 86_400_000)
    bench.lead(far)
    bench.learn(Kind.NOTARIZE, far)
    bench.lead(bench.block(2, far, time_ms=far.time_ms + 1))
    assert bench.said(Kind.NOTARIZE, 2)


@pytest.mark.parametrize(
    ("height", "time_ms", "batches"),
    [
        (3, 2, ()),
        (1, 2, ()),
        (2, 1, ()),
        (2, 0, ()),
        (2, 2, (batch(1),)),
    ],
)
def test_a_proposal_that_breaks_a_rule_is_blamed_on_its_leader_and_nullified_at_once(
    height: int, time_ms: int, batches: tuple[bytes, ...]
) -> None:
    bench = Bench()
    bench.store(batch(1))
    parent = bench.block(1, batches=[batch(1)], time_ms=GENESIS.time_ms + 1)
    bench.lead(parent)
    bench.learn(Kind.NOTARIZE, parent)
    good = bench.block(2, parent)
    wrong = type(good)(NETWORK, 0, 2, height, parent.id, GENESIS.time_ms + time_ms, batches)
    effects = bench.lead(wrong)
    assert [index for index, _ in effects.blame] == [2]
    assert not bench.said(Kind.NOTARIZE, 2)
    assert bench.said(Kind.NULLIFY, 2)


def test_a_proposal_on_an_unproven_parent_is_waited_for_and_its_proof_asked_for() -> None:
    bench = Bench()
    parent = bench.block(1)
    bench.learn(Kind.NULLIFY, 1)
    bench.lead(bench.block(2, parent))
    assert not bench.said(Kind.NOTARIZE, 2)
    sent = bench.wait(TIMING.grace_ms).send
    assert [(send.to, send.message) for send in sent] == [(2, Ask(0, 0, parent.id))]
    bench.learn(Kind.NOTARIZE, parent)
    assert parent.id in bench.wait(TIMING.grace_ms).fetch_blocks
    bench.keep(bench.replica.on_block(parent, bench.now))
    assert bench.said(Kind.NOTARIZE, 2)


def test_a_proposal_over_a_gap_needs_every_nullification_in_it() -> None:
    bench = Bench(5)
    bench.learn(Kind.NULLIFY, 3)
    bench.lead(bench.block(4))
    for missing in (2, 1):
        assert not bench.said(Kind.NOTARIZE, 4)
        assert Ask(0, missing, None) in [s.message for s in bench.wait(TIMING.grace_ms).send]
        bench.learn(Kind.NULLIFY, missing)
    assert bench.said(Kind.NOTARIZE, 4)


def test_a_proposal_that_comes_late_is_the_header_that_the_next_leader_lacks() -> None:
    bench = Bench(me=2)
    bench.store(batch(1))
    late = bench.block(1)
    bench.learn(Kind.NOTARIZE, late)
    assert not proposals(bench.wait(TIMING.grace_ms - 1))
    (mine,) = proposals(bench.lead(late))
    assert mine.block.parent == late.id


def test_a_proposal_that_comes_after_its_block_is_final_is_the_header_that_lacks() -> None:
    bench = Bench(me=2)
    late = bench.block(1)
    bench.learn(Kind.FINALIZE, late)
    assert [item.block for item in bench.lead(late).finalized] == [late]


def test_a_block_that_was_not_asked_for_is_ignored() -> None:
    bench = Bench()
    bench.keep(bench.replica.on_block(bench.block(1), bench.now))
    assert bench.replica.block(bench.block(1).id) is None


# rule 3: certificates


def test_a_quorum_of_votes_is_relayed_as_a_certificate_and_finalized() -> None:
    bench = Bench()
    block = bench.block(1)
    bench.lead(block)
    effects = bench.hear(2, bench.vote(Kind.NOTARIZE, block, 2))
    assert [c.subject.kind for c in certificates(effects)] == [Kind.NOTARIZE]
    assert bench.said(Kind.FINALIZE, 1)
    assert bench.replica.status().view == 2
    for voter in (1, 2):
        effects = bench.hear(voter, bench.vote(Kind.FINALIZE, block, voter))
    assert [item.block for item in effects.finalized] == [block]
    assert bench.committee.verify_certificate(effects.finalized[0].certificate)


def test_ancestors_become_final_with_their_descendant() -> None:
    bench = Bench(5)
    blocks = [bench.block(1)]
    for view in (2, 3):
        blocks.append(bench.block(view, blocks[-1]))
    for block in blocks:
        bench.lead(block)
        bench.learn(Kind.NOTARIZE, block)
    effects = bench.learn(Kind.FINALIZE, blocks[-1])
    assert [item.block for item in effects.finalized] == blocks
    assert [item.certificate is None for item in effects.finalized] == [True, True, False]


def test_a_certificate_of_a_far_view_is_followed_there() -> None:
    bench = Bench()
    bench.learn(Kind.NULLIFY, 1000)
    assert bench.replica.status().view == 1001


def test_a_known_certificate_or_vote_costs_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    block = bench.block(1)
    bench.lead(block)
    checks = []
    check = type(bench.committee).verify_vote
    monkeypatch.setattr(
        type(bench.committee), "verify_vote", lambda s, v: checks.append(v) or check(s, v)
    )
    vote = bench.vote(Kind.NOTARIZE, block, 2)
    nullify = bench.vote(Kind.NULLIFY, 1, 3)
    bench.hear(3, nullify, nullify)
    assert not checks  # counted only
    bench.hear(2, vote, vote)
    assert checks == [vote]  # the leader's was checked with the proposal
    bench.learn(Kind.NOTARIZE, block)
    bench.learn(Kind.NOTARIZE, block)
    assert len(checks) == 1
    final = bench.certificate(Kind.FINALIZE, block, voters=(0, 1, 2))
    bench.hear(1, final)
    assert len(checks) == 1 + bench.committee.quorum
    bench.hear(1, final)
    bench.hear(2, final, bench.vote(Kind.FINALIZE, block, 2))
    assert len(checks) == 1 + bench.committee.quorum


def test_certificates_that_contradict_each_other_stop_the_replica() -> None:
    bench = Bench()
    one, other = bench.block(1), bench.block(1, batches=[batch(1)])
    bench.learn(Kind.NOTARIZE, one)
    with pytest.raises(Fork):
        bench.learn(Kind.NOTARIZE, other)
