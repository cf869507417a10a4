"""A validator that lost its journal abstains wherever it may have voted, and no longer."""

import pytest

from cocket.consensus import journal
from cocket.consensus.effects import Send
from cocket.consensus.journal import Lost
from cocket.consensus.messages import Newest, Recall
from cocket.ledger.blocks import Certificate, Kind, Vote
from tests.consensus.bench import DELTA, Bench, batch, certificates

NONCE = b"n" * 16


def forgetful(size: int = 4, until: int | None = None) -> Bench:
    """A replica whose journal was lost."""
    return Bench(size, records=[Lost(0, NONCE, until)])


def answer(bench: Bench, sender: int, certificate: Certificate | None = None) -> None:
    bench.hear(sender, Newest(0, NONCE, certificate))


def own_votes(bench: Bench) -> list[int]:
    """The views of everything it signed."""
    votes = [r.vote.subject.view for r in bench.journal if isinstance(r, journal.OwnVote)]
    return votes + [r.block.view for r in bench.journal if isinstance(r, journal.OwnProposal)]


def tempt(bench: Bench) -> None:
    """Everything that makes an honest replica propose, notarize, nullify and finalize."""
    view = bench.replica.status().view
    leader = bench.committee.leader(view)
    bench.store(batch(view))
    block = bench.block(view, batches=[batch(view)])
    if leader != bench.me:
        bench.lead(block)
    others = [index for index in range(bench.committee.size) if index != bench.me]
    for other in others[: bench.committee.faults_tolerated + 1]:
        bench.hear(other, bench.vote(Kind.NULLIFY, view, other))
    bench.wait(10 * DELTA)
    bench.learn(Kind.NOTARIZE, block)


def test_it_signs_nothing_before_enough_others_have_answered() -> None:
    bench = forgetful()
    for sender in (1, 2):
        tempt(bench)
        answer(bench, sender)
    for _ in range(8):
        tempt(bench)
    assert bench.replica.status().view == 11
    assert not own_votes(bench)
    status = bench.replica.status()
    assert (status.abstains, status.votes_from) == (True, None)
    assert (status.unanswered, status.answers_lacking) == ((3,), 1)


@pytest.mark.parametrize(("size", "needed"), [(4, 3), (5, 3), (6, 3), (7, 5), (10, 7)])
def test_two_f_and_one_answers_of_others_are_enough_and_fewer_are_not(
    size: int, needed: int
) -> None:
    bench = forgetful(size)
    for sender in range(1, needed):
        answer(bench, sender)
        answer(bench, sender)  # one that answers twice counts once
    assert bench.replica.status().votes_from is None
    answer(bench, needed)
    assert bench.replica.status().votes_from == 3
    assert Lost(0, NONCE, 2) in bench.journal


def test_it_abstains_up_to_two_views_after_the_newest_certificate_and_then_takes_part() -> None:
    bench = forgetful()
    answer(bench, 1, bench.certificate(Kind.NULLIFY, 3))
    answer(bench, 2, bench.certificate(Kind.NULLIFY, 5))
    answer(bench, 3)
    status = bench.replica.status()
    assert (status.view, status.abstains, status.votes_from) == (6, True, 8)
    for view in (6, 7):
        assert bench.replica.status().view == view
        tempt(bench)
        assert all(each > 7 for each in own_votes(bench))
    assert not bench.replica.status().abstains
    tempt(bench)
    assert 8 in own_votes(bench)


def test_it_catches_up_relays_and_finalizes_what_others_do_meanwhile() -> None:
    bench = forgetful()
    block = bench.block(1, batches=[batch(1)])
    bench.store(batch(1))
    bench.lead(block)
    notarized = bench.learn(Kind.NOTARIZE, block)
    assert certificates(notarized) == [bench.certificate(Kind.NOTARIZE, block)]
    assert [item.block for item in bench.learn(Kind.FINALIZE, block).finalized] == [block]
    assert not own_votes(bench)


def test_it_asks_until_it_is_answered_and_asks_a_peer_that_comes_back_at_once() -> None:
    bench = forgetful()
    bench.sent = []
    effects = bench.keep(bench.replica.on_peer(3, bench.now))
    assert [send.to for send in effects.send if send.message == Recall(0, NONCE)] == [3]
    answer(bench, 1)
    asked = [send.to for send in bench.wait(20_000).send if send.message == Recall(0, NONCE)]
    assert set(asked) == {2, 3}
    assert 4 < asked.count(2) < 20
    answer(bench, 2)
    answer(bench, 3)
    assert not bench.wait(20_000).send
    assert bench.replica.deadline is None, "an idle replica is silent again"


def test_a_restart_asks_anew_and_what_was_found_out_stays() -> None:
    bench = forgetful()
    answer(bench, 1)
    answer(bench, 2)
    bench.start()
    answer(bench, 3)
    assert bench.replica.status().unanswered == (1, 2)
    answer(bench, 1, bench.certificate(Kind.NULLIFY, 9))
    answer(bench, 2)
    for _ in range(2):
        bench.start()
        status = bench.replica.status()
        assert (status.abstains, status.votes_from) == (True, 12)


def test_a_compacted_journal_keeps_it() -> None:
    for until in (None, 12):
        bench = forgetful(until=until)
        bench.start(bench.replica.journal_snapshot(bench.floor))
        assert bench.replica.status().abstains
        assert bench.replica.status().votes_from == (None if until is None else 13)


def test_answers_prove_themselves_are_its_senders_and_belong_to_this_loss() -> None:
    bench = forgetful()
    good = bench.certificate(Kind.NULLIFY, 4)
    forged = Certificate(good.subject, tuple((index, bytes(64)) for index, _ in good.signatures))
    blamed = bench.hear(1, Newest(0, NONCE, forged)).blame
    assert [index for index, _ in blamed] == [1]
    for wrong in (Newest(0, b"o" * 16, good), Newest(1, NONCE, good)):
        bench.hear(1, wrong)
    bench.hear(0, Newest(0, NONCE, good))
    assert bench.replica.status().unanswered == (1, 2, 3)
    assert bench.replica.status().view == 1


def test_a_replica_answers_with_the_certificate_that_opened_its_view() -> None:
    bench = Bench()
    question = Recall(0, NONCE)

    newest = bench.certificate(Kind.NULLIFY, 7)
    assert bench.hear(2, question).send == [Send(2, Newest(0, NONCE, None))]
    bench.learn(Kind.NULLIFY, 7)
    assert not bench.hear(2, question).send, "not too often"
    bench.wait(DELTA)
    assert bench.hear(2, question).send == [Send(2, Newest(0, NONCE, newest))]
    bench.start()
    assert bench.hear(2, question).send == [Send(2, Newest(0, NONCE, newest))]
    bench.wait(DELTA)
    assert not bench.hear(2, Recall(1, NONCE)).send, "of another epoch"


def test_one_that_forgot_too_answers_only_once_it_takes_part_again() -> None:
    bench = forgetful(until=2)
    for view in (1, 2):
        bench.wait(DELTA)
        assert not bench.hear(1, Recall(0, NONCE)).send
        bench.learn(Kind.NULLIFY, view)
    bench.wait(DELTA)
    sent = [send.message for send in bench.hear(1, Recall(0, NONCE)).send]
    assert Newest(0, NONCE, bench.certificate(Kind.NULLIFY, 2)) in sent


@pytest.mark.parametrize("kind", list(Kind))
def test_the_bound_is_exact_for_each_kind_of_vote(kind: Kind) -> None:
    """The worst case: only the one that forgot had the last vote of view 5 and so entered view 6;
    the others can show nothing newer than view 4."""
    before = Bench()
    for view in range(1, 5):
        before.learn(Kind.NULLIFY, view)
    last = 6 if kind is not Kind.FINALIZE else 5
    block = before.block(5, batches=[batch(5)])
    if kind is Kind.FINALIZE:
        before.learn(Kind.NOTARIZE, block)
    else:
        before.learn(Kind.NULLIFY, 5)
        before.store(batch(6))
        before.lead(before.block(6, batches=[batch(6)]))
        before.wait(40 * DELTA)
    assert before.said(kind, last), "what it is going to forget"

    after = forgetful()
    for sender in (1, 2, 3):
        answer(after, sender, after.certificate(Kind.NULLIFY, 4))
    assert after.replica.status().votes_from == 7
    vote = before.said(kind, last)[0]
    assert isinstance(vote, Vote)
    for other in (Kind.NOTARIZE, Kind.NULLIFY, Kind.FINALIZE):
        tempt(after)
        assert not after.said(other, last)
