"""Clocks, peers and faults: what else a replica has to put up with (DESIGN §6)."""

import pytest

from cocket.consensus.messages import Ask, Proposal
from cocket.consensus.timing import Now
from cocket.ledger.blocks import Certificate, Kind, Vote
from cocket.ledger.errors import Refused
from tests.consensus.bench import DELTA, TIMING, Bench, batch, certificates
from tests.simulation.clock import WALL_MS
from tests.simulation.committees import GENESIS
from tests.simulation.world import World

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
                node.clock.skew_ms = skew_ms if number % 2 else 0
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
