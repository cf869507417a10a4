"""Impersonator: speaks in others' names, over its own sessions."""

from cocket.consensus.effects import Send
from cocket.consensus.messages import Proposal
from cocket.ledger.blocks import Kind, Subject, Vote
from tests.simulation.liars.liar import Liar


class Impersonator(Liar):
    """It forges votes of others, and passes on real ones, and others' proposals, as if sessions did
    not matter."""

    def tell(self, send: Send) -> list[Send]:
        if not isinstance(send.message, Vote):
            return [send]
        chance = self.world.random
        subject = send.message.subject
        victim = chance.choice(self._others)
        forged = Subject(Kind.NULLIFY, subject.epoch, subject.view, None)
        signature = chance.choice([send.message.signature, self.sign(b""), chance.randbytes(64)])
        self.lied("vote in another's name")
        named = Send(send.to, Vote(chance.choice([subject, forged]), victim, signature))
        return chance.choice([[send, named], [named, send], [named]])

    def receive(self, sender: int, thing: object) -> None:
        super().receive(sender, thing)
        message = self.overheard(thing)
        if isinstance(message, Vote | Proposal) and self.up and self.world.random.random() < 0.3:
            self.lied("another's words")
            self.say(Send(None, message))
