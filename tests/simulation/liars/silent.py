"""Silent: follows everything and says nothing."""

from cocket.consensus.effects import Send
from tests.simulation.liars.liar import Liar


class Silent(Liar):
    """It takes up a place among the n - f that are waited for."""

    def tell(self, send: Send) -> list[Send]:
        self.lied("silence")
        return []
