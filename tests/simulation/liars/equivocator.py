"""Equivocating leader: two blocks in one view, for different ears."""

from dataclasses import replace

from cocket.consensus.effects import Send
from cocket.consensus.messages import Proposal
from tests.simulation.liars.liar import Liar


class Equivocator(Liar):
    """Each of the others gets one of the two blocks, some both. It votes for both of them."""

    def tell(self, send: Send) -> list[Send]:
        if not isinstance(send.message, Proposal):
            return [send]
        block = send.message.block
        twin = self.proposal(replace(block, time_ms=block.time_ms + 1, batches=()))
        self.lied("second proposal")
        told: list[Send] = []
        for other in self.spread(send):
            heard = self.world.random.choice([[0], [1], [0], [1], [0, 1], [1, 0]])
            told += [Send(other, (send.message, twin)[which]) for which in heard]
        return told
