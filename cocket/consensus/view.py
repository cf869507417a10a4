"""One view: what this validator has signed in it, and what all validators were heard to say.

Everything that decides what may be signed in a view is in `View.may`:

    notarize   once, and not after nullify: who has given a view up does not take part in it again
    nullify    once, and never together with finalize; after notarize it is fine
    finalize   once, and never together with nullify

"Once" is all that keeps two blocks of one view from both being notarized, and "never together" all
that keeps a view from being both final and skipped. Not notarizing after nullify is no matter of
safety; it makes a nullified view end sooner.
"""

from cocket.consensus.evidence import contradict
from cocket.ledger.blocks import Block, Kind, Subject, Vote
from cocket.ledger.committee import Committee


class View:
    """The state of one view. Votes heard are bounded: one of each kind of each validator."""

    __slots__ = ("_checked", "number", "proposal", "signed", "votes")

    def __init__(self, number: int) -> None:
        self.number = number
        self.proposal: Block | None = None
        """The first block the view's leader was seen to propose."""
        self.signed: dict[Kind, Vote] = {}
        """What this validator signed: durable before it left, never forgotten above the floor."""
        self.votes: dict[Kind, dict[int, Vote]] = {kind: {} for kind in Kind}
        """What was heard, this validator's own votes included."""
        self._checked: set[tuple[Kind, int]] = set()

    def may(self, kind: Kind) -> bool:
        """Whether a vote of this kind may still be signed in this view."""
        if kind in self.signed:
            return False
        if kind is Kind.NOTARIZE:
            return Kind.NULLIFY not in self.signed and Kind.FINALIZE not in self.signed
        return {Kind.NULLIFY: Kind.FINALIZE, Kind.FINALIZE: Kind.NULLIFY}[kind] not in self.signed

    def remember(self, vote: Vote) -> None:
        """Take over a vote of this validator, new or out of its journal."""
        assert all(not contradict(vote, other) for other in self.signed.values()), "equivocation"
        self.signed[vote.subject.kind] = vote
        self.hear(vote, checked=True)

    def hear(self, vote: Vote, checked: bool = False) -> Vote | None:
        """Take a vote of anyone; return the vote heard before that it contradicts, or that it is
        with another signature, if any.

        Of two different votes of one kind the first is kept. `checked`: its signature is known to
        be good; other votes are checked only when they are needed (`proven`).
        """
        kind, validator = vote.subject.kind, vote.validator
        held = self.votes[kind].setdefault(validator, vote)
        if held.subject != vote.subject:
            return held
        if checked:
            self.votes[kind][validator] = vote
            self._checked.add((kind, validator))
        elif held.signature != vote.signature:
            return held
        for other in self.votes.values():
            if validator in other and contradict(vote, other[validator]):
                return other[validator]
        return None

    def check(self, committee: Committee, vote: Vote) -> bool:
        """Whether the signature of `vote` is good; a vote that is held is checked only once."""
        kind, validator = vote.subject.kind, vote.validator
        held = self.votes[kind].get(validator) == vote
        if held and (kind, validator) in self._checked:
            return True
        if committee.verify_vote(vote):
            if held:
                self._checked.add((kind, validator))
            return True
        if held:
            del self.votes[kind][validator]
        return False

    def proven(
        self, committee: Committee, kind: Kind, enough: int
    ) -> tuple[Subject | None, dict[int, bytes], list[int]]:
        """A subject that `enough` validators voted for, with their checked signatures.

        Counts first, and checks signatures only if the count would do. Also returns those whose
        signature was bad; their votes are dropped.
        """
        liars: list[int] = []
        tally: dict[Subject, list[Vote]] = {}
        for vote in self.votes[kind].values():
            tally.setdefault(vote.subject, []).append(vote)
        for subject, votes in tally.items():
            if len(votes) < enough:
                continue
            good: dict[int, bytes] = {}
            for vote in votes:
                if not self.check(committee, vote):
                    liars.append(vote.validator)
                    continue
                good[vote.validator] = vote.signature
                if len(good) == enough:
                    return subject, good, liars
        return None, {}, liars

    def forget_votes(self) -> None:
        """The view is over: drop what was heard, keep what was signed."""
        self.proposal = None
        self.votes = {kind: {} for kind in Kind}
        self._checked = set()
