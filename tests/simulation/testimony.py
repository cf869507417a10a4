"""What one honest node was told, and what it therefore must hold evidence of.

A node that hears two valid votes of one validator that contradict each other, both while it takes
votes of their view, and without a restart between them, holds evidence from then on, for ever.
Votes count that came from their signer, as votes or proposals, or in a certificate that was new.
"""

from cocket.consensus.evidence import Evidence, contradict
from cocket.consensus.messages import Message, Proposal
from cocket.consensus.replica import Replica
from cocket.ledger.blocks import Certificate, Kind, Vote
from cocket.ledger.committee import Committee
from tests.simulation.promises import require

Charge = tuple[int, Kind, Kind]


class Testimony:
    """Looks over the shoulder of one node."""

    def __init__(self, committee: Committee) -> None:
        self._committee = committee
        self.accused: set[Charge] = set()
        """What it had evidence of at any time."""
        self._told: dict[tuple[int, int], set[Vote]] = {}
        self._new: list[Vote] = []

    def restarted(self, replica: Replica) -> None:
        """Votes that were heard are gone; evidence is not."""
        self._told.clear()
        lost = self.accused - replica._book.evidence.keys()
        require(not lost, "evidence", f"lost by a restart: {lost}")

    def hears(self, replica: Replica, sender: int, message: Message) -> bool:
        """A message is about to be heard; whether there is anything in it to remember."""
        self._new = [
            vote
            for vote in self._votes(replica, sender, message)
            if replica._book.hears(vote.subject.view) and self._committee.verify_vote(vote)
        ]
        return bool(self._new)

    def heard(self, replica: Replica) -> None:
        """It has been dealt with."""
        for vote in self._new:
            said = self._told.setdefault((vote.validator, vote.subject.view), set())
            for other in said:
                if contradict(vote, other):
                    charge = Evidence.of(vote, other).charge
                    require(charge in replica._book.evidence, "evidence", f"missing: {charge}")
            said.add(vote)

    def _votes(self, replica: Replica, sender: int, message: Message) -> list[Vote]:
        match message:
            case Vote() if message.validator == sender:
                return [message]
            case Proposal(block) if sender == self._committee.leader(block.view):
                same = block.network == self._committee.network
                return [message.vote(sender)] if same else []
            case Certificate(subject, signatures):
                new = subject.epoch == self._committee.epoch and not (
                    replica._tree.useless(subject) or subject.view <= replica._tree.base
                )
                if new and self._committee.verify_certificate(message):
                    return [Vote(subject, validator, each) for validator, each in signatures]
        return []
