"""All a replica knows, and how it comes back from a journal and goes into one.

tree       what is proven: headers and certificates
views      what was said in the views that are open: after the newest final one
signed     what this replica signed in views that are final but may not be applied durably yet
unapplied  blocks handed out as final that the application may not have durably yet
ordered    the batches that these name, with the height
evidence   one proof of each charge
"""

from collections import deque
from collections.abc import Iterable, Sequence

from cocket.consensus import journal
from cocket.consensus.effects import Finalized
from cocket.consensus.evidence import Evidence
from cocket.consensus.floor import Floor
from cocket.consensus.messages import Message, Proposal
from cocket.consensus.proposals import proofs
from cocket.consensus.tree import Tree
from cocket.consensus.view import View
from cocket.ledger.blocks import Block, Certificate, Kind, Vote
from cocket.ledger.committee import Committee

RECENT_VIEWS = 16
"""Votes are heard for so many views before the current one: finalize votes come late by nature."""


class Book:
    """See the module. `current` is the view this replica is in, `opening` the certificate that
    ended the one before (None in the very first)."""

    def __init__(
        self, committee: Committee, me: int | None, floor: Floor, records: Iterable[journal.Record]
    ) -> None:
        self.committee = committee
        self.me = me
        self.tree = Tree(floor)
        self.current = floor.view + 1
        self.opening = floor.certificate
        self.proposals: dict[int, Proposal] = {}
        self.evidence: dict[tuple[int, Kind, Kind], Evidence] = {}
        self._views: dict[int, View] = {}
        self._signed: dict[int, list[Vote]] = {}
        self._unapplied: deque[Finalized] = deque()
        self._ordered: dict[bytes, int] = {}
        self._restore([record for record in records if record.epoch == committee.epoch])

    def view(self, number: int) -> View:
        """An open view."""
        assert number > self.tree.base
        if number not in self._views:
            self._views[number] = View(number)
        return self._views[number]

    def open_views(self) -> list[int]:
        """Numbers of the open views in which anything was said."""
        return sorted(self._views)

    def hears(self, number: int) -> bool:
        """Whether votes of this view are taken: current, next, and a few that are still open."""
        return max(self.tree.base + 1, self.current - RECENT_VIEWS) <= number <= self.current + 1

    def enter(self, certificate: Certificate) -> None:
        """Move to the view after the one that `certificate` ended."""
        self.current = certificate.subject.view + 1
        self.opening = certificate
        for view in self._views.values():
            if view.number < self.current - RECENT_VIEWS:
                view.forget_votes()

    def close_final_views(self) -> None:
        """Votes up to the newest final view decide nothing any more; what was signed stays."""
        for number in [number for number in self._views if number <= self.tree.base]:
            signed = self._views.pop(number).signed
            if signed:
                self._signed[number] = list(signed.values())

    def hand_out(self) -> list[Finalized]:
        """The next final blocks, kept until they are applied durably."""
        return self._note(self.tree.take_final())

    def adopt(self, blocks: Sequence[Block], certificate: Certificate) -> list[Finalized]:
        """The same, for a verified stretch of chain from the floor on."""
        return self._note(self.tree.adopt(blocks, certificate))

    def _note(self, final: list[Finalized]) -> list[Finalized]:
        self._unapplied += final
        for item in final:
            self._ordered |= dict.fromkeys(item.block.batches, item.block.height)
        return final

    def is_ordered(self, batch: bytes) -> bool:
        """Whether a block that was handed out, and may not be applied yet, names this batch."""
        return batch in self._ordered

    def applied(self, floor: Floor) -> None:
        """Let go of what was kept only for a crash before the application durably had `floor`.
        What was signed above it stays: the application may come back to it."""
        assert floor.height <= self.tree.floor.height, "applied more than was handed out"
        while self._unapplied and self._unapplied[0].block.height <= floor.height:
            block = self._unapplied.popleft().block
            for batch in block.batches:
                if self._ordered.get(batch) == block.height:
                    del self._ordered[batch]
        self._signed = {view: v for view, v in self._signed.items() if view > floor.view}
        self.proposals = {view: p for view, p in self.proposals.items() if view > floor.view}

    def recent_votes(self, kind: Kind) -> list[Vote]:
        """This replica's votes of one kind in open views, oldest first."""
        views = sorted(self._views.items())
        return [view.signed[kind] for _, view in views if kind in view.signed]

    def said(self) -> list[Proposal | Vote]:
        """What this replica signed in the current view: its own proposal is its notarize vote."""
        votes: list[Proposal | Vote] = [
            v for _, v in sorted(self.view(self.current).signed.items())
        ]
        if self.current in self.proposals:
            votes[0] = self.proposals[self.current]
        return votes

    def to_repeat(self) -> list[Message]:
        """The same, after the certificate that opened this view and what justifies a proposal."""
        messages: list[Message] = [] if self.opening is None else [self.opening]
        for message in self.said():
            if isinstance(message, Proposal):
                messages += self.proofs_of(message.block)
            messages.append(message)
        return messages

    def proofs_of(self, block: Block) -> list[Certificate]:
        """What justifies a proposal, but for the certificate that opened this view."""
        return [proof for proof in proofs(self.tree, block) if proof != self.opening]

    # the journal

    def _restore(self, records: list[journal.Record]) -> None:
        """Take over a journal's facts, in whatever order they come (failure 3)."""
        certificates = []
        votes = []
        seen = self.tree.floor.view
        for record in records:
            match record:
                case journal.OwnVote(vote):
                    votes.append(vote)
                case journal.OwnProposal(block, signature):
                    assert self.me is not None
                    proposal = Proposal(block, signature)
                    if block.view > self.tree.floor.view:
                        self.proposals[block.view] = proposal
                    votes.append(proposal.vote(self.me))
                    self.tree.add_block(block)
                case journal.Header(block):
                    self.tree.add_block(block)
                case journal.Learned(certificate):
                    certificates.append(certificate)
                case journal.Applied(_, floor):
                    seen = max(seen, floor.view)
                    certificates += [floor.certificate] if floor.certificate else []
                case journal.Accused(evidence):
                    self.evidence[evidence.charge] = evidence
        for certificate in sorted(certificates, key=lambda c: (c.subject.view, c.subject.kind)):
            if not self.tree.useless(certificate.subject):
                self.tree.add_certificate(certificate)
            if certificate.subject.view >= self.current:
                self.enter(certificate)
        self._restore_votes(votes)
        # A journal that lost a certificate, or a floor older than the journal's, must not lead
        # back into a view in which something was signed.
        ended = [v.subject.view - (v.subject.kind is not Kind.FINALIZE) for v in votes]
        self.current = max([self.current, seen + 1, *(view + 1 for view in ended)])

    def _restore_votes(self, votes: list[Vote]) -> None:
        for vote in votes:
            number = vote.subject.view
            assert vote.validator == self.me, "the journal is another validator's"
            if number > self.tree.base:
                view = self.view(number)
                view.remember(vote)
                if vote.subject.kind is Kind.NOTARIZE:
                    view.proposal = self.tree.block(vote.subject.block)
            elif number > self.tree.floor.view:
                self._signed.setdefault(number, []).append(vote)

    def snapshot(self, applied: Floor) -> list[journal.Record]:
        """What a compacted journal must hold once the application durably has `applied`."""
        self.applied(applied)
        votes = [vote for signed in self._signed.values() for vote in signed]
        votes += [vote for view in self._views.values() for vote in view.signed.values()]
        blocks = {item.block.id: item.block for item in self._unapplied}
        blocks |= {block.id: block for block in self.tree.blocks()}
        certificates = [item.certificate for item in self._unapplied]
        certificates += [self.tree.final, *self.tree.certificates()]
        proven = {c.subject: c for c in certificates if c and c.subject.view > applied.view}
        return [
            journal.Applied(self.committee.epoch, applied),
            *(journal.Accused(evidence) for evidence in self.evidence.values()),
            *(journal.OwnVote(vote) for vote in dict.fromkeys(votes)),
            *(journal.OwnProposal(p.block, p.signature) for p in self.proposals.values()),
            *(journal.Header(block) for block in blocks.values()),
            *(journal.Learned(certificate) for certificate in proven.values()),
        ]
