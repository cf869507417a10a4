"""Faulty members: they hold a real key, and use it against the others.

Twin   one validator run twice, from two journals that know nothing of each other
Liar   a replica whose driver drops, redirects and forges what it sends
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocket.consensus.effects import Effects, Send
from cocket.consensus.messages import Ask, Message, Proposal, notarize
from cocket.ledger.blocks import Block, Certificate, Kind, Subject, Vote
from tests.simulation.committees import Sign
from tests.simulation.node import Node

if TYPE_CHECKING:
    from tests.simulation.world import World


class Twin(Node):
    """The first of the two; it owns the second. Each talks to its own half of the network."""

    honest = False

    def __init__(self, world: World, index: int, sign: Sign) -> None:
        super().__init__(world, index, sign)
        self.second = Half(world, index, sign, 1)
        self.half = Half(world, index, sign, 0)

    def start(self) -> None:
        for half in (self.half, self.second):
            half.start()
        self.replica = self.half.replica

    def crash(self) -> None:
        for half in (self.half, self.second):
            half.crash()
        self.replica = None

    def receive(self, sender: int, thing: object) -> None:
        for half in (self.half, self.second):
            half.receive(sender, thing)

    def take(self, batch: bytes, to: object = None) -> None:
        self.half.take(batch)

    def _greet(self, peer: int) -> None:
        for half in (self.half, self.second):
            half._greet(peer)


class Half(Node):
    """One of twins: a perfectly honest replica, but for the other."""

    honest = False

    def __init__(self, world: World, index: int, sign: Sign, side: int) -> None:
        super().__init__(world, index, sign)
        self.side = side

    @property
    def others(self) -> list[int]:
        """Mostly its own half; now and then anyone."""
        return [
            other
            for other in super().others
            if other % 2 == self.side or self.world.random.random() < 0.2
        ] or super().others


class Liar(Node):
    """Lies with a probability of its own in everything it sends."""

    honest = False

    def __init__(self, world: World, index: int, sign: Sign) -> None:
        super().__init__(world, index, sign)
        self.lies = world.random.choice([0.1, 0.5, 0.9])

    def act(self, effects: Effects) -> None:
        chance = self.world.random
        sends: list[Send] = []
        for send in effects.send:
            if chance.random() >= self.lies:
                sends.append(send)
                continue
            lies = self._lie(send.message)
            same = chance.random() < 0.5
            for other in self.others if send.to is None else [send.to]:
                sends += [Send(other, lie) for lie in lies]
                lies = lies if same else self._lie(send.message)
        effects.send = sends
        super().act(effects)

    def _lie(self, message: Message) -> list[Message]:
        """What one receiver gets in place of a message."""
        chance = self.world.random
        match message:
            case Proposal(block):
                return [] if chance.random() < 0.3 else [self._proposal(self._other_block(block))]
            case Vote(subject):
                return chance.choice([[], [message], self._votes(subject)])
            case Certificate(subject, signatures):
                forged = Certificate(
                    Subject(subject.kind, subject.epoch, subject.view + 1, subject.block),
                    signatures,
                )
                return chance.choice([[], [message], [forged]])
            case Ask():
                return [Ask(message.epoch, chance.randint(0, 1 << 40), chance.randbytes(32))]

    def _other_block(self, block: Block) -> Block:
        """A block that no honest leader proposes, or that some will find wanting."""
        chance = self.world.random
        if self.chain and chance.random() < 0.5:  # right in all but its parent, which is too old
            parent = chance.choice(self.chain[-3:]).block
            return Block(
                block.network,
                block.epoch,
                block.view,
                parent.height + 1,
                parent.id,
                max(parent.time_ms + 1, block.time_ms),
                (),
            )
        return Block(
            block.network,
            block.epoch,
            block.view,
            chance.choice([block.height, block.height, block.height + 1]),
            chance.choice([block.parent, block.parent, chance.randbytes(32)]),
            block.time_ms + chance.choice([0, 1, 1_900, 5_000, -10_000]),
            chance.choice([block.batches, (), (chance.randbytes(32),), self._old_batches()]),
        )

    def _old_batches(self) -> tuple[bytes, ...]:
        return self.chain[-1].block.batches if self.chain else ()

    def _proposal(self, block: Block) -> Proposal:
        return Proposal(block, self._signature(notarize(block)))

    def _votes(self, subject: Subject) -> list[Message]:
        """Contradictions, votes for far views, votes with bad signatures or in others' names."""
        chance = self.world.random
        name = subject.block or chance.randbytes(32)
        view = subject.view + chance.choice([0, 0, 0, 1, 2, 1 << 40])
        kind = chance.choice(list(Kind))
        forged = Subject(kind, subject.epoch, view, None if kind is Kind.NULLIFY else name)
        signature = self._signature(forged)
        if chance.random() < 0.05:
            signature = chance.randbytes(64)
        signer = self.index if chance.random() < 0.95 else chance.choice(self.others)
        return [Vote(forged, signer, signature)]

    def _signature(self, subject: Subject) -> bytes:
        return self.sign(subject.signed_bytes(self.world.committee.network))
