"""What liars share: an honest replica, behind a driver that says something else."""

from __future__ import annotations

from cocket.consensus.effects import Effects, Send
from cocket.consensus.messages import Message, Proposal, notarize
from cocket.ledger.blocks import Block, Kind, Subject, Vote
from cocket.ledger.errors import Malformed
from tests.simulation.frames import Frame
from tests.simulation.node import Node


class Liar(Node):
    """Each kind says in `tell` what becomes of one message that an honest node would send."""

    honest = False

    def act(self, effects: Effects) -> None:
        effects.send = [told for send in effects.send for told in self.tell(send)]
        super().act(effects)

    def tell(self, send: Send) -> list[Send]:
        """What it sends in place of `send`."""
        raise NotImplementedError

    @staticmethod
    def overheard(thing: object) -> Message | None:
        """The consensus message in what came over the network, if it is one."""
        if not isinstance(thing, Frame):
            return None
        try:
            return thing.decode()
        except Malformed:  # another liar's
            return None

    def say(self, *sends: Send) -> None:
        """Send something that nobody asked for."""
        if self.replica is not None:
            super().act(Effects(send=list(sends)))

    def lied(self, kind: str) -> None:
        """For the count of faults."""
        self.world.faults[f"lie: {kind}"] += 1

    def vote(self, kind: Kind, view: int, block: bytes | None) -> Vote:
        """A vote with its own good signature; nullify names no block."""
        name = None if kind is Kind.NULLIFY else block
        return self.sign_subject(Subject(kind, self.world.committee.epoch, view, name))

    def sign_subject(self, subject: Subject) -> Vote:
        """Its vote on a subject."""
        return Vote(subject, self.index, self.sign(subject.signed_bytes(self.network)))

    def proposal(self, block: Block) -> Proposal:
        """A proposal of a block, signed."""
        return Proposal(block, self.sign_subject(notarize(block)).signature)

    @property
    def network(self) -> str:
        return self.world.committee.network

    def spread(self, send: Send) -> list[int]:
        """To whom a message goes."""
        return self._others if send.to is None else [send.to]
