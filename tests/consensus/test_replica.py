"""What a replica does, rule by rule (DESIGN §6)."""

from itertools import pairwise

import pytest

from cocket.consensus.effects import Effects
from cocket.consensus.messages import Ask, Proposal
from cocket.consensus.timing import Now
from cocket.consensus.tree import Fork
from cocket.ledger.blocks import BATCHES_MAX, Certificate, Kind, Vote
from cocket.ledger.errors import Refused
from tests.consensus.bench import DELTA, TIMING, Bench, batch
from tests.simulation.committees import NETWORK
from tests.simulation.world import GENESIS, WALL_MS, Weather, World


def proposals(effects: Effects) -> list[Proposal]:
    return [send.message for send in effects.send if isinstance(send.message, Proposal)]


def certificates(effects: Effects, to: int | None = None) -> list[Certificate]:
    return [
        send.message
        for send in effects.send
        if isinstance(send.message, Certificate) and send.to == to
    ]


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


# rule 4: giving up


def test_without_a_proposal_a_view_is_nullified_after_two_deltas_and_with_one_after_three() -> None:
    bench = Bench()
    bench.store(batch(1))
    bench.wait(2 * DELTA - 1)
    assert not bench.said(Kind.NULLIFY, 1)
    bench.wait(1)
    assert bench.said(Kind.NULLIFY, 1)
    bench = Bench()
    bench.lead(bench.block(1))
    bench.wait(3 * DELTA - 1)
    assert not bench.said(Kind.NULLIFY, 1)
    bench.wait(1)
    assert bench.said(Kind.NULLIFY, 1)
    assert bench.said(Kind.NOTARIZE, 1)


def test_nullify_is_repeated_ever_more_slowly_with_the_certificate_that_opened_the_view() -> None:
    bench = Bench()
    opening = bench.certificate(Kind.NULLIFY, 1)
    bench.hear(1, opening)
    bench.store(batch(1))
    bench.sent.clear()
    times = []
    for _ in range(600):
        effects = bench.wait(100)
        if bench.vote(Kind.NULLIFY, 2, 0) in [send.message for send in effects.send]:
            times.append(bench.now_ms)
            assert opening in certificates(effects) or len(times) == 1
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[-1] <= TIMING.repeat_cap_ms + 100
    assert 10 < len(times) < 25


def test_time_outs_grow_by_half_without_finality_up_to_a_cap_and_shrink_with_it() -> None:
    bench = Bench()
    bench.store(batch(1))
    waited = []
    for view in range(1, 20):
        if bench.committee.leader(view) != bench.me:  # its own turns do not count
            began_ms = bench.now_ms
            while not bench.said(Kind.NULLIFY, view):
                bench.wait(10)
            waited.append(bench.now_ms - began_ms)
        bench.learn(Kind.NULLIFY, view)
    assert waited == sorted(waited)
    assert waited[0] == 2 * DELTA
    assert waited[-1] <= TIMING.timeout_cap_ms
    assert bench.replica.status().delta_ms == TIMING.timeout_cap_ms // 3
    block = bench.block(bench.replica.status().view)
    bench.learn(Kind.FINALIZE, block)
    assert bench.replica.status().delta_ms == DELTA


def test_finality_that_comes_late_into_a_long_wait_does_not_end_it_at_once() -> None:
    bench = Bench(5)
    block = bench.block(1)
    bench.lead(block)
    bench.learn(Kind.NOTARIZE, block)
    for view in range(2, 8):
        bench.learn(Kind.NULLIFY, view)
    bench.store(batch(1))
    bench.wait(5 * DELTA)
    bench.learn(Kind.FINALIZE, block)
    assert bench.replica.status().delta_ms == DELTA
    bench.wait(2 * DELTA - 1)
    assert not bench.said(Kind.NULLIFY, 8)
    bench.wait(1)
    assert bench.said(Kind.NULLIFY, 8)


def test_f_plus_one_nullify_votes_are_joined_without_work_and_one_is_not() -> None:
    bench = Bench(7)
    for voter in (2, 3):
        bench.hear(voter, bench.vote(Kind.NULLIFY, 1, voter))
        assert not bench.said(Kind.NULLIFY, 1)
    bench.hear(4, bench.vote(Kind.NULLIFY, 1, 4))
    assert bench.said(Kind.NULLIFY, 1)


def test_one_nullify_vote_wakes_an_idle_replica() -> None:
    bench = Bench()
    assert bench.replica.deadline is None
    bench.hear(2, bench.vote(Kind.NULLIFY, 1, 2))
    bench.wait(3 * DELTA)
    assert bench.said(Kind.NULLIFY, 1)
    leader = Bench(me=1)
    leader.hear(2, leader.vote(Kind.NULLIFY, 1, 2))
    (proposal,) = proposals(leader.wait(DELTA))
    assert proposal.block.batches == ()


def test_work_that_one_node_alone_holds_is_ordered_all_the_same() -> None:
    for holder in range(4):
        world = World(holder, 4)
        world.start()
        name = world.submit(holder, to=())
        assert world.orders(name, within_ms=30 * DELTA)
        world.run(200 * DELTA)
        assert world.quiet


def test_a_timer_of_a_view_that_is_over_does_nothing() -> None:
    bench = Bench()
    bench.store(batch(1))
    bench.wait(2 * DELTA - 1)
    bench.learn(Kind.NULLIFY, 1)
    bench.wait(DELTA)
    assert not bench.said(Kind.NULLIFY, 1)
    assert not bench.said(Kind.NULLIFY, 2)


def dead_leader(bench: Bench, dead: int) -> int:
    """Have the replica see a rotation in which `dead` says nothing; returns the view of its turn
    after that, which has just been entered."""
    parent = None
    for view in range(1, 3 * bench.committee.size):
        leader = bench.committee.leader(view)
        if leader == dead and view > bench.committee.size:
            return view
        alive = [i for i in range(bench.committee.size) if i not in (dead, bench.me)]
        if leader in (dead, bench.me):
            for index in alive:
                bench.hear(index, bench.vote(Kind.NULLIFY, view, index))
            bench.hear(alive[0], bench.certificate(Kind.NULLIFY, view, [*alive[-3:], bench.me]))
            continue
        block = bench.block(view, parent or GENESIS)
        bench.lead(block)
        for index in alive:
            bench.hear(index, bench.vote(Kind.NOTARIZE, block, index))
        for index in alive:
            bench.hear(index, bench.vote(Kind.FINALIZE, block, index))
        parent = block
    raise AssertionError


def test_a_leader_that_was_silent_while_a_quorum_was_not_is_skipped_at_once() -> None:
    bench = Bench(5)
    view = dead_leader(bench, 3)
    bench.keep(bench.replica.on_tick(bench.now))
    assert bench.replica.status().silent == ()  # it may be alive, and far away
    bench.now_ms += 2 * DELTA
    bench.keep(bench.replica.on_tick(bench.now))
    assert bench.replica.status().silent == (3,)
    assert not bench.said(Kind.NULLIFY, view)  # idle: nothing to skip it for
    bench.store(batch(1))
    assert bench.said(Kind.NULLIFY, view)


def test_a_skipped_leader_is_forgiven_as_soon_as_it_speaks() -> None:
    bench = Bench(5)
    view = dead_leader(bench, 3)
    bench.now_ms += 2 * DELTA
    bench.hear(3, bench.vote(Kind.NULLIFY, view, 3))
    assert bench.replica.status().silent == ()
    bench.store(batch(1))
    assert not bench.said(Kind.NULLIFY, view)


def test_a_restarted_replica_takes_nobody_for_silent() -> None:
    bench = Bench(5)
    view = dead_leader(bench, 3)
    bench.now_ms += 2 * DELTA
    bench.start()
    assert bench.replica.status().view == view
    assert bench.replica.status().silent == ()


def test_a_dead_leader_costs_one_time_out_and_then_none() -> None:
    world = World(1, 4, Weather(delay_min_ms=5, delay_max_ms=5))
    world.start()
    world.nodes[2].crash()
    slowest = []
    for _ in range(30):
        name, began_ms = world.submit(0), world.now_ms
        world.orders(name, within_ms=100 * DELTA)
        slowest.append(world.now_ms - began_ms)
    assert sum(ms >= 2 * DELTA for ms in slowest) == 1
    assert max(slowest[8:]) < DELTA


def test_a_validator_far_away_that_was_gone_leads_again_however_fast_the_others_are() -> None:
    world = World(1, 4, Weather(delay_min_ms=1, delay_max_ms=2, far_ms={3: 200}))
    world.start()
    for number in range(800):
        world.at(number * 25, lambda: world.submit(0))
    world.run(1_000)
    world.partition({0, 1, 2})
    world.run(5_000)
    world.heal()
    world.run(4_000)
    before = world.nodes[0].height
    world.run(9_000)
    led = [item.block.view % 4 for item in world.nodes[0].chain[before:]]
    assert led.count(3) >= len(led) // 5


# rule 5: idle


def test_an_idle_network_says_nothing_and_grows_nothing() -> None:
    world = World(1, 4)
    world.start()
    world.run(1_000)
    for round_number in range(3):
        world.submit()
        assert world.run(10_000, lambda: world.quiet), round_number
        heights = {node.height for node in world.nodes}
        assert len(heights) == 1
    before = [len(node.disk.records) for node in world.nodes]
    world.run(1_000_000)
    assert [len(node.disk.records) for node in world.nodes] == before


def test_a_network_slower_than_the_block_interval_orders_no_endless_empty_blocks() -> None:
    world = World(1, 4, Weather(delay_min_ms=200, delay_max_ms=250))
    world.start()
    world.submit()
    assert world.run(20 * DELTA, lambda: world.quiet)
    assert [node.height for node in world.nodes] == [1, 1, 1, 1]


def test_lost_finalize_votes_are_made_up_for_by_an_empty_block() -> None:
    bench = Bench(me=2)
    block = bench.block(1)
    bench.lead(block)
    bench.learn(Kind.NOTARIZE, block)
    assert not proposals(bench.wait(DELTA - 1))
    (proposal,) = proposals(bench.wait(1))
    assert (proposal.block.parent, proposal.block.batches) == (block.id, ())


# time, peers, faults


def test_timers_do_not_care_about_the_calendar() -> None:
    year_ms = 365 * 86_400_000
    for skews in ([0, 0, 0, year_ms], [0, 0, 0, -year_ms], [-year_ms] * 4, [year_ms] * 4):
        world = World(1, 4)
        world.start()
        for number in range(6):
            name = world.submit(number % 4)
            assert world.orders(name, within_ms=20 * DELTA), (skews, number)
            for node, skew_ms in zip(world.nodes, skews, strict=True):
                node.clock_skew_ms = skew_ms if number % 2 else 0
            if number % 2 and skews[0] == year_ms:
                world.run(1_000)


def test_a_peer_left_behind_gets_the_certificates_that_bring_it_here_and_not_too_often() -> None:
    bench = Bench()
    block = bench.block(5)
    bench.learn(Kind.FINALIZE, block)
    bench.learn(Kind.NULLIFY, 6)
    nullify = bench.vote(Kind.NULLIFY, 2, 3)
    helped = certificates(bench.hear(3, nullify), to=3)
    assert helped == [bench.certificate(Kind.FINALIZE, block), bench.certificate(Kind.NULLIFY, 6)]
    assert not certificates(bench.hear(3, nullify, nullify), to=3)
    bench.wait(DELTA)
    assert certificates(bench.hear(3, nullify), to=3) == helped


def test_a_peer_in_this_view_that_does_not_know_what_is_final_is_told() -> None:
    bench = Bench()
    block = bench.block(1)
    bench.learn(Kind.FINALIZE, block)
    helped = certificates(bench.hear(3, bench.vote(Kind.NULLIFY, 2, 3)), to=3)
    assert helped == [bench.certificate(Kind.FINALIZE, block)]


def test_a_new_session_is_told_where_this_replica_is() -> None:
    bench = Bench()
    block = bench.block(1)
    bench.learn(Kind.FINALIZE, block)
    effects = bench.keep(bench.replica.on_peer(2, bench.now))
    assert bench.certificate(Kind.FINALIZE, block) in certificates(effects, to=2)


def test_an_answer_is_bounded_and_not_given_too_often() -> None:
    bench = Bench()
    for view in range(1, 101):
        bench.learn(Kind.NULLIFY, view)
    answered = certificates(bench.hear(2, Ask(0, 1 << 62, None)), to=2)
    assert [c.subject.view for c in answered] == list(range(100, 69, -1))
    assert not bench.hear(2, Ask(0, 100, None)).send


@pytest.mark.parametrize("kind", list(Kind))
def test_an_invalid_vote_never_counts_and_its_sender_is_blamed(kind: Kind) -> None:
    bench = Bench(5)
    block = bench.block(1)
    bench.lead(block)
    what = 1 if kind is Kind.NULLIFY else block
    good = [bench.vote(kind, what, voter) for voter in (1, 2, 3, 4)]
    bad = Vote(good[2].subject, 3, bytes(64))
    effects = bench.hear(1, good[0])
    effects.add(bench.hear(3, bad))
    effects.add(bench.hear(2, good[1]))
    effects.add(bench.hear(4, good[3]))
    assert [index for index, _ in effects.blame] == [3]


def test_messages_in_anothers_name_or_out_of_turn_are_blamed_on_who_sent_them() -> None:
    bench = Bench()
    block = bench.block(1)
    assert bench.hear(2, bench.vote(Kind.NOTARIZE, block, 3)).blame[0][0] == 2
    assert bench.hear(2, bench.proposal(block)).blame[0][0] == 2
    assert bench.hear(1, Proposal(block, bytes(64))).blame[0][0] == 1
    certificate = bench.certificate(Kind.NULLIFY, 1)
    short = Certificate(certificate.subject, certificate.signatures[:-1])
    assert bench.hear(3, short).blame[0][0] == 3
    assert bench.replica.status().notarizes == ()
    assert bench.replica.status().view == 1


def test_catch_up_takes_only_a_chain_from_the_floor_with_a_finalization_of_its_end() -> None:
    bench = Bench()
    one = bench.block(1, batches=[batch(1)])
    two = bench.block(2, one)
    good = bench.certificate(Kind.FINALIZE, two)
    other = bench.certificate(Kind.FINALIZE, bench.block(2))
    forged = Certificate(good.subject, tuple((i, bytes(64)) for i, _ in good.signatures))
    notarized = bench.certificate(Kind.NOTARIZE, two)
    for blocks, certificate in (
        ([two], good),
        ([two, one], good),
        ([one, two], other),
        ([one, two], forged),
        ([one, two], notarized),
    ):
        with pytest.raises(Refused):
            bench.replica.on_finalized(blocks, certificate, bench.now)
    effects = bench.keep(bench.replica.on_finalized([one, two], good, bench.now))
    assert [item.block for item in effects.finalized] == [one, two]
    assert bench.replica.status().view == 3
    again = bench.keep(bench.replica.on_finalized([one, two], good, bench.now))
    assert not again.finalized


def test_a_batch_that_was_ordered_is_not_ordered_again_when_it_is_named_again() -> None:
    bench = Bench(me=2)
    block = bench.block(1, batches=[batch(1)])
    bench.store(batch(1))
    bench.lead(block)
    bench.learn(Kind.NOTARIZE, block)
    assert bench.learn(Kind.FINALIZE, block).finalized
    assert not bench.store(batch(1)).send
    assert bench.replica.deadline is None


def test_an_observer_follows_and_says_nothing() -> None:
    bench = Bench()
    observer = type(bench.replica)(
        bench.committee, None, lambda _: b"", TIMING, GENESIS, (), Now(0, WALL_MS)
    )
    block = bench.block(1, batches=[batch(1)])
    effects = observer.start(bench.now)
    for message in (
        bench.proposal(block),
        bench.certificate(Kind.NOTARIZE, block),
        bench.certificate(Kind.FINALIZE, block),
    ):
        effects.add(observer.on_message(1, message, bench.now))
    effects.add(observer.on_tick(Now(TIMING.grace_ms, WALL_MS)))
    assert [name for name, _ in effects.fetch_batches] == [batch(1)]
    effects.add(observer.on_batch(batch(1), bench.now))
    assert [item.block for item in effects.finalized] == [block]
    assert not effects.send
    assert observer.deadline is None
