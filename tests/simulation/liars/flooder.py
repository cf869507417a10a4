"""Far-view flooder: sends votes, proposals and claims of views that nobody has reached."""

from cocket.consensus.effects import Send
from cocket.ledger.blocks import Block, Certificate, Kind, Subject
from tests.simulation.liars.liar import Liar

FLOOD = 6
"""So many for each message it would send."""


class Flooder(Liar):
    """All of it is signed as well as it can be; none of it may be kept by anyone."""

    def tell(self, send: Send) -> list[Send]:
        return [send, *(self._far(send.to) for _ in range(FLOOD))]

    def _far(self, to: int | None) -> Send:
        chance = self.world.random
        current = (self.world.watch.chain and max(self.world.watch.chain)) or 0
        view = current + chance.choice([20, 1_000, 1 << 40, (1 << 62)]) + chance.randint(0, 99)
        self.lied("far view")
        if chance.random() < 0.2:
            block = Block(
                self.network, self.world.committee.epoch, view, 1, bytes(32), 1, (bytes(32),)
            )
            return Send(to, self.proposal(block))
        vote = self.vote(chance.choice(list(Kind)), view, chance.randbytes(32))
        if chance.random() < 0.3:
            claim = Subject(Kind.NULLIFY, self.world.committee.epoch, view, None)
            return Send(to, Certificate(claim, ((self.index, vote.signature),)))
        return Send(to, vote)
