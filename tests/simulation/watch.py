"""The promises of consensus, checked against everything that leaves a node.

agreement     no two honest nodes finalize different blocks at one height; each chain is a prefix
honest votes  nobody notarizes twice, nor nullifies and finalizes, in one view, whatever restarts
durability    a vote is synced before it is sent
certificates  what an honest node sends or hands out as proven, is
batches       a block is handed out with its batches, and no batch twice
evidence      of every fault that is seen (`testimony`), and never against an honest node
blame         never on an honest node
bounds        memory grows with the views that are open, and with nothing else
timers        the driver of a replica does not spin
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocket.consensus import journal
from cocket.consensus.book import RECENT_VIEWS
from cocket.consensus.effects import Effects, Finalized
from cocket.consensus.evidence import contradict
from cocket.consensus.messages import Message, Proposal
from cocket.ledger.blocks import Certificate, Kind, Vote
from tests.simulation.promises import require
from tests.simulation.testimony import Testimony

if TYPE_CHECKING:
    from tests.simulation.node import Node
    from tests.simulation.world import World


class Watch:
    """Raises `Broken` when a promise is."""

    def __init__(self, world: World) -> None:
        self.committee = world.committee
        self.honest = {node.index for node in world.honest}
        self.chain: dict[int, bytes] = {}
        """The final block of each height."""
        self.blamed: set[tuple[int, str]] = set()
        self.accused: set[int] = set()
        self._votes: dict[tuple[int, int], set[Vote]] = {}
        self._durable: dict[int, set[Vote]] = {index: set() for index in self.honest}
        self._verified: set[Certificate] = set()
        self._testimony = {node.index: Testimony(world.committee) for node in world.honest}

    # in the order in which it happens to a node

    def started(self, node: Node, records: list[journal.Record]) -> None:
        """It has read and synced its journal, and done nothing yet."""
        assert node.replica is not None
        self.synced(node, [record for record in records if record.epoch == self.committee.epoch])
        self._testimony[node.index].restarted(node.replica)

    def forget(self, index: int) -> None:
        """A node lost its disk, and with it the evidence it held; what it signed was signed."""
        if index in self.honest:
            self._testimony[index] = Testimony(self.committee)

    def hears(self, node: Node, sender: int, message: Message) -> bool:
        """It is about to hear a message; whether `heard` has to be called afterwards."""
        assert node.replica is not None
        if len(self.honest) == self.committee.size:
            return False
        return self._testimony[node.index].hears(node.replica, sender, message)

    def heard(self, node: Node) -> None:
        """It has dealt with that message."""
        assert node.replica is not None
        self._testimony[node.index].heard(node.replica)

    def synced(self, node: Node, records: list[journal.Record]) -> None:
        """These records are safe."""
        for record in records:
            match record:
                case journal.OwnVote(vote):
                    self._signed(node, vote)
                case journal.OwnProposal(block, signature):
                    self._signed(node, Proposal(block, signature).vote(node.index))
                case _:
                    continue

    def effects(self, node: Node, effects: Effects) -> None:
        """What a node is about to do, its journal being synced."""
        for send in effects.send:
            match send.message:
                case Proposal():
                    self._sends(node, send.message.vote(node.index))
                case Vote():
                    self._sends(node, send.message)
                case Certificate():
                    self._certificate(send.message)
                case _:
                    continue
        if effects.finalized:
            self._finalizes(node, effects.finalized)
        if effects.blame:
            blamed = {index for index, _ in effects.blame}
            require(self.honest.isdisjoint(blamed), "blame", effects.blame)
            self.blamed.update(effects.blame)
        for evidence in effects.evidence:
            require(evidence.validator not in self.honest, "evidence", "against an honest node")
            require(evidence.verify(self.committee), "evidence", "with bad signatures")
            self.accused.add(evidence.validator)
            self._testimony[node.index].accused.add(evidence.charge)
        self._bounds(node)

    def ticked(self, node: Node) -> None:
        """A node has done all that was due."""
        assert node.replica is not None
        deadline = node.replica.deadline
        ahead = deadline is None or deadline > node.now.monotonic_ms
        require(ahead, "timers", "after a tick the next lies ahead")

    # the promises

    def _signed(self, node: Node, vote: Vote) -> None:
        require(vote.validator == node.index, "honest votes", "only own votes are signed")
        signed = self._votes.setdefault((vote.validator, vote.subject.view), set())
        for other in signed:
            require(not contradict(vote, other), "honest votes", f"{vote} and {other}")
        signed.add(vote)
        self._durable[node.index].add(vote)

    def _sends(self, node: Node, vote: Vote) -> None:
        if not self.is_durable(node, vote):
            self._signed(node, vote)
            require(False, "durability", f"{vote} is sent before it is synced")

    def is_durable(self, node: Node, vote: Vote) -> bool:
        """Whether the node's disk has this vote of its own."""
        return vote in self._durable[node.index]

    def _certificate(self, certificate: Certificate) -> None:
        if certificate not in self._verified:
            good = self.committee.verify_certificate(certificate)
            require(good, "certificates", certificate.subject)
            self._verified.add(certificate)

    def _finalizes(self, node: Node, finalized: list[Finalized]) -> None:
        for height, item in enumerate(finalized, start=node.height + 1):
            block = item.block
            require(
                block.height == height, "agreement", f"{block.height} is handed out as {height}"
            )
            known = self.chain.setdefault(height, block.id)
            require(known == block.id, "agreement", f"two final blocks at height {height}")
            missing = [batch for batch in block.batches if batch not in node.disk.batches]
            require(not missing, "batches", f"block {height} is handed out without its batches")
            again = node.ordered.intersection(block.batches)
            require(not again, "batches", f"block {height} orders a batch again")
            if item.certificate is not None:
                subject = item.certificate.subject
                proven = (subject.kind, subject.block) == (Kind.FINALIZE, block.id)
                require(proven, "certificates", f"of something else at height {height}")
                self._certificate(item.certificate)
        require(finalized[-1].certificate is not None, "certificates", "the last has none")

    def _bounds(self, node: Node) -> None:
        assert node.replica is not None
        book = node.replica._book
        tree = book.tree
        open_views = book.current + 2 - tree.floor.view
        certificates = sum(map(len, tree._certificates.values()))
        require(certificates <= 3 * open_views, "bounds", "certificates")
        headers = len(tree._linked) + len(tree._loose)
        require(headers <= 3 * open_views + 2, "bounds", "headers")
        require(len(book._views) <= book.current + 2 - tree.base, "bounds", "views")
        unapplied = book.current + 1 - (node.disk.chain[-1].block.view if node.disk.chain else 0)
        require(len(book.proposals) <= unapplied, "bounds", "proposals")
        require(len(book.evidence) <= 3 * self.committee.size, "bounds", "evidence")
        if len(book._views) > RECENT_VIEWS + 3:
            heard = sum(
                len(votes) for view in book._views.values() for votes in view.votes.values()
            )
            most = 3 * self.committee.size * (RECENT_VIEWS + 3)
            require(heard <= most, "bounds", f"{heard} votes")
