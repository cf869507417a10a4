"""Withholder of batches: orders what it gives to nobody, or to too few."""

from collections.abc import Iterable

from cocket.consensus.effects import Send
from cocket.consensus.messages import Held
from tests.simulation.frames import WantBatch
from tests.simulation.liars.liar import Liar


class Withholder(Liar):
    """Its blocks name batches that others cannot get; nobody may vote for them, nor get stuck."""

    def tell(self, send: Send) -> list[Send]:
        return [send]

    def take(self, batch: bytes, to: Iterable[int] | None = None) -> None:
        chance = self.world.random
        count = chance.choice([0, 0, 1, self.world.committee.faults_tolerated])
        super().take(batch, chance.sample(self._others, count))
        for other in self._others:  # where honest leaders are cautious, it acts as if all had it
            if self.replica is not None:
                held = Held(self.world.committee.epoch, (batch,))
                self.act(self.replica.on_message(other, held, self.now))

    def receive(self, sender: int, thing: object) -> None:
        if isinstance(thing, WantBatch) and thing.batch in self.disk.own_batches:
            self.lied("batch withheld")
            return
        super().receive(sender, thing)

    def _offer(self) -> None:
        """It offers nothing again."""
