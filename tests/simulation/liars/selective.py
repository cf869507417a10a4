"""Selective sender: honest in what it says, and not in to whom."""

from cocket.consensus.effects import Send
from tests.simulation.liars.liar import Liar


class Selective(Liar):
    """Some hear it and others do not, and who does changes now and then: those who hear a vote too
    much come to a quorum alone, and must bring the others with them."""

    _favourites: tuple[int, ...] = ()

    def tell(self, send: Send) -> list[Send]:
        chance = self.world.random
        if not self._favourites or chance.random() < 0.1:
            self._favourites = tuple(
                chance.sample(self._others, chance.randint(1, len(self._others) - 1))
            )
        told = [Send(other, send.message) for other in self.spread(send)]
        told = [each for each in told if each.to in self._favourites]
        if len(told) < len(self.spread(send)):
            self.lied("selective sending")
        return told
