"""What may be signed in one view."""

from hypothesis import given
from hypothesis import strategies as st

from cocket.consensus.evidence import contradict
from cocket.consensus.view import View
from cocket.ledger.blocks import Kind
from tests.consensus.bench import Bench, batch

BENCH = Bench()
ONE, OTHER = BENCH.block(1), BENCH.block(1, batches=[batch(1)])


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), st.sampled_from([ONE, OTHER]))))
def test_whatever_is_tried_the_votes_signed_in_a_view_never_contradict_each_other(
    tries: list[tuple[Kind, object]],
) -> None:
    view = View(1)
    signed = []
    for kind, block in tries:
        if view.may(kind):
            what = 1 if kind is Kind.NULLIFY else block
            vote = BENCH.vote(kind, what, 0)  # type: ignore[arg-type]
            view.remember(vote)
            signed.append(vote)
    assert not any(contradict(first, second) for first in signed for second in signed)
    assert len({vote.subject.kind for vote in signed}) == len(signed)
    kinds = [vote.subject.kind for vote in signed]
    if Kind.NULLIFY in kinds:
        assert Kind.NOTARIZE not in kinds[kinds.index(Kind.NULLIFY) :]


def test_a_vote_takes_up_its_signers_place_only_and_is_checked_only_when_it_would_do() -> None:
    view = View(1)
    votes = [BENCH.vote(Kind.NOTARIZE, ONE, index) for index in range(3)]
    for vote in votes[:2]:
        assert view.hear(vote) is None
    assert view.proven(BENCH.committee, Kind.NOTARIZE, 3) == (None, {}, [])
    assert view.hear(BENCH.vote(Kind.NOTARIZE, OTHER, 1)) == votes[1]
    assert view.hear(votes[2]) is None
    subject, signatures, liars = view.proven(BENCH.committee, Kind.NOTARIZE, 3)
    assert subject == votes[0].subject
    assert signatures == {vote.validator: vote.signature for vote in votes}
    assert not liars
