"""Nullify-only: gives every view up as soon as it enters it, and votes for nothing."""

from cocket.consensus.effects import Effects, Send
from cocket.ledger.blocks import Kind
from tests.simulation.liars.liar import Liar


class Nullifier(Liar):
    """One nullify vote wakes the others; it must not make them give up, nor keep them awake."""

    _nullified = 0

    def act(self, effects: Effects) -> None:
        super().act(effects)
        view = 0 if self.replica is None else self.replica._book.current
        if view > self._nullified:
            self._nullified = view
            self.lied("early nullify")
            self.say(Send(None, self.vote(Kind.NULLIFY, view, None)))

    def tell(self, send: Send) -> list[Send]:
        return []
