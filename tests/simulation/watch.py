"""The promises of consensus, checked against everything that leaves a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocket.consensus import journal
from cocket.consensus.effects import Effects
from cocket.consensus.evidence import contradict
from cocket.consensus.messages import Proposal
from cocket.ledger.blocks import Kind, Vote
from cocket.ledger.committee import Committee

if TYPE_CHECKING:
    from tests.simulation.node import Node


class Watch:
    """Raises AssertionError, with the promise in its text, when one is broken."""

    def __init__(self, committee: Committee) -> None:
        self.committee = committee
        self.chain: dict[int, bytes] = {}
        self.votes: dict[tuple[int, int], set[Vote]] = {}
        self.verified: set[bytes] = set()
        self.blamed: set[tuple[int, str]] = set()
        self.accused: set[int] = set()

    def effects(self, node: Node, effects: Effects) -> None:
        """What a node is about to do, its journal being synced."""
        assert node.replica is not None
        for send in effects.send:
            message = send.message
            if isinstance(message, Proposal):
                message = message.vote(node.index)
            if isinstance(message, Vote):
                self._vote(node, message)
        for number, item in enumerate(effects.finalized, start=node.height + 1):
            self._final(node, number, item.block.height, item.block.id)
            missing = [batch for batch in item.block.batches if batch not in node.disk.batches]
            assert not missing, "a block is handed out only with its batches"
            again = node.ordered.intersection(item.block.batches)
            assert not again, "no batch is ordered twice"
            if item.certificate is not None:
                subject = item.certificate.subject
                assert (subject.kind, subject.block) == (Kind.FINALIZE, item.block.id)
                if subject.signed_bytes("") not in self.verified:
                    assert self.committee.verify_certificate(item.certificate)
                    self.verified.add(subject.signed_bytes(""))
        if effects.finalized:
            assert effects.finalized[-1].certificate is not None, "the last has a certificate"
        honest = {other.index for other in node.world.honest}
        assert honest.isdisjoint(index for index, _ in effects.blame), effects.blame
        assert honest.isdisjoint(evidence.validator for evidence in effects.evidence)
        assert all(evidence.verify(self.committee) for evidence in effects.evidence)
        self.blamed.update(effects.blame)
        self.accused.update(evidence.validator for evidence in effects.evidence)
        self._bounds(node)

    def ticked(self, node: Node) -> None:
        """A node has done all that was due: the driver of a replica must not spin."""
        deadline = None if node.replica is None else node.replica.deadline
        assert deadline is None or deadline > node.world.now_ms, "after a tick the next lies ahead"

    def _vote(self, node: Node, vote: Vote) -> None:
        assert vote.validator == node.index, "only own votes are sent"
        said = self.votes.setdefault((vote.validator, vote.subject.view), set())
        if vote in said:
            return
        for other in said:
            assert not contradict(vote, other), f"equivocation: {vote} and {other}"
        said.add(vote)
        records = [journal.decode(record) for record in node.disk.records[-40:]]
        durable = {r.vote for r in records if isinstance(r, journal.OwnVote)} | {
            Proposal(r.block, r.signature).vote(node.index)
            for r in records
            if isinstance(r, journal.OwnProposal)
        }
        assert vote in durable, "a vote is durable before it is sent"

    def _final(self, node: Node, expected: int, height: int, block_id: bytes) -> None:
        assert height == expected, f"node {node.index} goes from {expected - 1} to {height}"
        known = self.chain.setdefault(height, block_id)
        assert known == block_id, f"two final blocks at height {height}"

    def _bounds(self, node: Node) -> None:
        """Memory grows with the views that are open, and with nothing else."""
        assert node.replica is not None
        book = node.replica._book
        tree = book.tree
        open_views = book.current + 2 - tree.floor.view
        assert len(tree.certificates()) <= 3 * open_views
        assert len(tree.blocks()) <= 3 * open_views + 2
        assert len(book.open_views()) <= book.current + 2 - tree.base
        votes = sum(len(heard) for view in book._views.values() for heard in view.votes.values())
        assert votes <= 3 * self.committee.size * 20
