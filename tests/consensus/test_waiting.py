"""Giving up, skipping, silence: rules 4 and 5 of DESIGN §6."""

from itertools import pairwise

from cocket.ledger.blocks import Kind
from tests.consensus.bench import DELTA, TIMING, Bench, batch, certificates, proposals
from tests.simulation.committees import GENESIS
from tests.simulation.weather import Weather
from tests.simulation.world import World

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
    bench.hear(3, bench.vote(Kind.NULLIFY, view - 1, 3))
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


def test_a_leader_that_is_behind_passes_at_once() -> None:
    bench = Bench(5, me=0)
    ahead = [bench.block(view) for view in (1, 4)]
    bench.learn(Kind.FINALIZE, ahead[1])
    bench.store(batch(1))
    assert bench.replica.status().leader == bench.me
    assert bench.replica.status().behind
    assert bench.said(Kind.NULLIFY, 5)
    assert not proposals(bench.wait(10))


def test_a_leader_that_passes_is_waited_for_no_longer_unless_it_proposed() -> None:
    bench = Bench()
    bench.store(batch(1))
    bench.hear(2, bench.vote(Kind.NULLIFY, 1, 2))
    assert not bench.said(Kind.NULLIFY, 1)
    bench.hear(1, bench.vote(Kind.NULLIFY, 1, 1))
    assert bench.said(Kind.NULLIFY, 1)
    bench = Bench()
    bench.lead(bench.block(1))
    bench.hear(1, bench.vote(Kind.NULLIFY, 1, 1))
    assert not bench.said(Kind.NULLIFY, 1)


def test_nobody_passes_after_n_views_without_finality() -> None:
    bench = Bench(me=3)
    bench.store(batch(1))
    for view in range(1, 6):
        bench.learn(Kind.NULLIFY, view)
    bench.hear(2, bench.vote(Kind.NULLIFY, 6, 2))
    assert not bench.said(Kind.NULLIFY, 6)


def test_the_word_of_a_leader_that_passes_is_checked() -> None:
    bench = Bench()
    bench.store(batch(1))
    true = bench.vote(Kind.NULLIFY, 1, 1)
    effects = bench.hear(1, type(true)(true.subject, 1, bytes(64)))
    assert [index for index, _ in effects.blame] == [1]
    assert not bench.said(Kind.NULLIFY, 1)


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
