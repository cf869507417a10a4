"""Chaotic: lies in everything, with a probability of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocket.consensus.effects import Send
from cocket.consensus.messages import Ask, Held, Message, Newest, Proposal, Recall
from cocket.ledger.blocks import Certificate, Kind, Subject, Vote
from tests.simulation.committees import Sign
from tests.simulation.liars.wrong_proposer import WRONGS, WrongProposer

if TYPE_CHECKING:
    from tests.simulation.world import World


class Chaotic(WrongProposer):
    """Drops, redirects, forges, contradicts itself; what it sends differs from ear to ear."""

    def __init__(self, world: World, index: int, sign: Sign) -> None:
        super().__init__(world, index, sign)
        self.lies = world.random.choice([0.1, 0.5, 0.9])

    def tell(self, send: Send) -> list[Send]:
        chance = self.world.random
        if chance.random() >= self.lies:
            return [send]
        lies = self._lies(send.message)
        same = chance.random() < 0.5
        told: list[Send] = []
        for other in self.spread(send):
            told += [Send(other, lie) for lie in lies]
            lies = lies if same else self._lies(send.message)
        return told

    def _lies(self, message: Message) -> list[Message]:
        """What one receiver gets in place of a message."""
        chance = self.world.random
        self.lied("chaos")
        match message:
            case Proposal(block):
                if chance.random() < 0.3:
                    return []
                wrong = WRONGS[chance.choice(list(WRONGS))]
                return [self.proposal(wrong(self, block, chance))]
            case Vote(subject):
                return chance.choice([[], [message], self._votes(subject)])
            case Certificate(subject, signatures):
                later = Subject(subject.kind, subject.epoch, subject.view + 1, subject.block)
                return chance.choice([[], [message], [Certificate(later, signatures)]])
            case Ask():
                return [Ask(message.epoch, chance.randint(0, 1 << 40), chance.randbytes(32))]
            case Recall():
                return [Recall(message.epoch, chance.randbytes(16))]
            case Newest():
                return [Newest(message.epoch, message.nonce, None)]
            case Held(epoch, batches):
                none = Held(epoch, (chance.randbytes(32),))
                return chance.choice([[], [none], [Held(epoch, (*batches[1:], *none.batches))]])

    def _votes(self, subject: Subject) -> list[Message]:
        """Contradictions, votes for far views, votes with bad signatures or in others' names."""
        chance = self.world.random
        view = subject.view + chance.choice([0, 0, 0, 1, 2, 1 << 40])
        vote = self.vote(chance.choice(list(Kind)), view, subject.block or chance.randbytes(32))
        signature = chance.randbytes(64) if chance.random() < 0.05 else vote.signature
        signer = self.index if chance.random() < 0.95 else chance.choice(self._others)
        return [Vote(vote.subject, signer, signature)]
