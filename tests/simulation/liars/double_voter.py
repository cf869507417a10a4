"""Double voter: says yes to everything, and no as well."""

from cocket.consensus.effects import Send
from cocket.consensus.messages import Message, Proposal
from cocket.ledger.blocks import Kind, Vote
from tests.simulation.liars.liar import Liar


class DoubleVoter(Liar):
    """Whatever it votes, some hear the contrary, or both. Every block that is proposed gets its
    notarize, finalize and nullify at once, for some."""

    def tell(self, send: Send) -> list[Send]:
        if not isinstance(send.message, Vote):
            return [send]
        vote, chance = send.message, self.world.random
        self.lied("double vote")
        told: list[Send] = []
        for other in self.spread(send):
            heard: list[Message] = [vote, self._contrary(vote)]
            chance.shuffle(heard)
            told += [Send(other, message) for message in heard[: chance.randint(1, 2)]]
        return told

    def receive(self, sender: int, thing: object) -> None:
        super().receive(sender, thing)
        message = self.overheard(thing)
        if self.up and isinstance(message, Proposal):
            self._say_everything(message)

    def _say_everything(self, proposal: Proposal) -> None:
        block = proposal.block
        votes = [self.vote(kind, block.view, block.id) for kind in Kind]
        for other in self._others:
            count = self.world.random.randint(0, len(votes))
            for vote in self.world.random.sample(votes, count):
                self.lied("double vote")
                self.say(Send(other, vote))

    def _contrary(self, vote: Vote) -> Vote:
        kind, view = vote.subject.kind, vote.subject.view
        if kind is Kind.NULLIFY:
            return self.vote(Kind.FINALIZE, view, self.world.random.randbytes(32))
        if kind is Kind.FINALIZE and self.world.random.random() < 0.5:
            return self.vote(Kind.NULLIFY, view, None)
        return self.vote(kind, view, self.world.random.randbytes(32))
