"""Old-epoch replayer: says again what was true in the epoch before."""

from dataclasses import replace

from cocket.consensus.effects import Send
from cocket.consensus.messages import Message
from cocket.ledger.blocks import Kind
from tests.simulation.epochs import VIEWS, old_certificate, old_vote
from tests.simulation.liars.liar import Liar


class Replayer(Liar):
    """Its own old votes and everyone's old certificates; and these as if of the new epoch."""

    def tell(self, send: Send) -> list[Send]:
        chance = self.world.random
        kind, view = chance.choice(list(Kind)), chance.randint(1, VIEWS)
        vote = old_vote(self.world, kind, view, self.index)
        certificate = old_certificate(self.world, kind, view)
        epoch = self.world.committee.epoch
        relabelled = replace(certificate, subject=replace(certificate.subject, epoch=epoch))
        self.lied("replay of an old epoch")
        messages: list[Message] = [vote, certificate, relabelled]
        message = chance.choice(messages)
        return [send, Send(send.to, message)]
