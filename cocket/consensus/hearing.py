"""What the others say: checked as far as needed, then taken into the book. Nothing is decided here.

Votes and proposals count only from their signer's own session, so nobody can use up another's
place in the tally. Votes are counted first and checked when the count would do; what repeats what
is known is dropped unchecked; what proves a fault is kept.
"""

from cocket.consensus import journal
from cocket.consensus.book import Book
from cocket.consensus.effects import Effects, Send
from cocket.consensus.evidence import Evidence, contradict
from cocket.consensus.messages import Ask, Newest, Proposal, Recall
from cocket.consensus.peers import Peers
from cocket.consensus.proposals import answer
from cocket.ledger.blocks import Block, Certificate, Kind, Subject, Vote
from cocket.ledger.committee import Committee

INVALID_VOTE = "vote with an invalid signature"


class Hearing:
    """Takes messages of this epoch; others mean nothing here.

    Every method puts what is to be said or kept into the `effects` it is given. `touched` names the
    views and kinds of vote that may have come to a quorum since the replica last looked.
    """

    def __init__(self, committee: Committee, book: Book, peers: Peers) -> None:
        self._committee = committee
        self._book = book
        self._peers = peers
        self.touched: dict[tuple[int, Kind], None] = {}

    def proposal(
        self, sender: int, proposal: Proposal, now_ms: int, effects: Effects
    ) -> Block | None:
        """The proposed block, if it is its view's first and the view is the current or the next.

        One that comes after the certificates about it is the header that they need: on a line that
        loses packets it often does, and the next leader would otherwise have to ask for it.
        """
        block, book = proposal.block, self._book
        if block.epoch != self._committee.epoch:
            return None
        if block.network != self._committee.network:
            effects.blame.append((sender, "proposal of another network"))
            return None
        if sender != self._committee.leader(block.view):
            effects.blame.append((sender, "proposal in a view that it does not lead"))
            return None
        self._peers.heard(sender, block.view, book.current, now_ms)
        if block.id in book.tree.missing_headers():
            book.tree.add_block(block)
        if not book.hears(block.view):
            return None
        view, vote = book.view(block.view), proposal.vote(sender)
        if view.proposal == block and view.votes[Kind.NOTARIZE].get(sender) == vote:
            return None
        if block.view < book.current:  # too late to vote on, not too late to prove a fault
            self.hear(vote, effects)
            return None
        if not view.check(self._committee, vote):
            effects.blame.append((sender, "proposal with an invalid signature"))
            return None
        self.hear(vote, effects, checked=True)
        if view.proposal is not None:
            return None
        view.proposal = block
        book.tree.add_block(block)
        return block

    def vote(self, sender: int, vote: Vote, settled: bool, now_ms: int, effects: Effects) -> bool:
        """Take a vote; whether it may change what this replica does. `settled`: this replica's view
        is not so new that the vote may just have crossed the certificate on its way."""
        subject = vote.subject
        if subject.epoch != self._committee.epoch:
            return False
        if vote.validator != sender:
            effects.blame.append((sender, "vote in another validator's name"))
            return False
        self._peers.heard(sender, subject.view, self._book.current, now_ms)
        if subject.kind is Kind.NULLIFY:
            self._help(sender, subject.view, settled, now_ms, effects)
        if not self._book.hears(subject.view):
            return False
        self.hear(vote, effects)
        return self._book.tree.certificate(subject.view, subject.kind) is None

    def certificate(
        self, sender: int, certificate: Certificate, now_ms: int, effects: Effects
    ) -> Certificate | None:
        """The certificate, if it is new here and good."""
        subject = certificate.subject
        if subject.epoch != self._committee.epoch:
            return None
        new = not self._book.tree.useless(subject)
        if new and not self._committee.verify_certificate(certificate):
            effects.blame.append((sender, "certificate with an invalid signature"))
            return None
        self._peers.heard(sender, subject.view + 1, self._book.current, now_ms)
        if subject.kind is Kind.FINALIZE:
            self._peers.knows_final(sender, subject.view)
        return certificate if new else None

    def ask(self, sender: int, ask: Ask, now_ms: int, effects: Effects) -> None:
        """Answer with the certificates that are held."""
        if ask.epoch == self._committee.epoch and self._peers.may_answer(sender, now_ms):
            found = answer(self._book.tree, ask, self._book.current)
            effects.send += [Send(sender, certificate) for certificate in found]

    def recall(self, sender: int, recall: Recall, now_ms: int, effects: Effects) -> None:
        """Answer with the certificate that opened this replica's view (see `abstention`). Where it
        is not at hand, an older one would not do: then there is no answer."""
        opening, current = self._book.opening, self._book.current
        newest = 0 if opening is None else opening.subject.view
        if recall.epoch != self._committee.epoch or newest != current - 1:
            return
        if self._peers.may_answer(sender, now_ms):
            effects.send.append(Send(sender, Newest(recall.epoch, recall.nonce, opening)))

    # votes

    def hear(self, vote: Vote, effects: Effects, checked: bool = False) -> None:
        """Take a vote of an open view into its tally."""
        view = self._book.view(vote.subject.view)
        other = view.hear(vote, checked)
        while other is not None and not view.check(self._committee, other):
            effects.blame.append((other.validator, INVALID_VOTE))
            other = view.hear(vote, checked)  # what was in its place was nobody's vote
        self.touched[vote.subject.view, vote.subject.kind] = None
        if other is not None and contradict(other, vote):
            self._accuse(other, vote, effects)

    def witness(self, certificate: Certificate, effects: Effects) -> None:
        """Take in every vote of a verified certificate: one may contradict another that is held."""
        for validator, signature in certificate.signatures:
            self.hear(Vote(certificate.subject, validator, signature), effects, checked=True)

    def proven(
        self, number: int, kind: Kind, enough: int, effects: Effects
    ) -> tuple[Subject | None, dict[int, bytes]]:
        """A subject of this kind that `enough` validators voted for in an open view, with their
        checked signatures; (None, {}) if there is none."""
        subject, votes, liars = self._book.view(number).proven(self._committee, kind, enough)
        effects.blame += [(liar, INVALID_VOTE) for liar in liars]
        return subject, votes

    def given_up(self, number: int, enough: int, leader: int | None, effects: Effects) -> bool:
        """Whether so many nullified an open view, or its `leader` did, where one is named."""
        if self.proven(number, Kind.NULLIFY, enough, effects)[0] is not None:
            return True
        view = self._book.view(number)
        vote = None if leader is None else view.votes[Kind.NULLIFY].get(leader)
        if vote is None:
            return False
        good = view.check(self._committee, vote)
        if not good:
            effects.blame.append((vote.validator, INVALID_VOTE))
        return good

    def _accuse(self, held: Vote, vote: Vote, effects: Effects) -> None:
        """A vote contradicts one that is good: keep one proof of each charge."""
        evidence = Evidence.of(held, vote)
        if evidence.charge in self._book.evidence:
            return
        if not self._book.view(vote.subject.view).check(self._committee, vote):
            effects.blame.append((vote.validator, INVALID_VOTE))
            return
        self._book.evidence[evidence.charge] = evidence
        effects.persist.append(journal.Accused(evidence))
        effects.evidence.append(evidence)

    def _help(self, sender: int, view: int, settled: bool, now_ms: int, effects: Effects) -> None:
        """A peer nullifies `view`. If it was left behind there, or does not know what is final, it
        gets the certificates that bring it here."""
        current, final = self._book.current, self._book.tree.final
        stale = view < current - 1 or (view < current and settled)
        unaware = final is not None and not self._peers.is_aware(sender, final.subject.view)
        if (stale or unaware) and self._peers.may_help(sender, now_ms):
            opening = self._book.opening if stale else None
            for certificate in dict.fromkeys((final, opening)):
                if certificate is not None:
                    effects.send.append(Send(sender, certificate))
