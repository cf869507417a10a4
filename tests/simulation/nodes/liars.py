"""Faulty members: whole nodes with a real key, which lie in one way or several, as the plan says.

Each lie changes one thing that a node does; the rest of it goes on as if it were honest.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from cocket.consensus.effects import Send
from cocket.consensus.messages import Message, Proposal, notarize
from cocket.consensus.messages import encode as encode_message
from cocket.ledger.batches import Batch
from cocket.ledger.blocks import Block, Certificate, Kind, Subject, Vote
from cocket.ledger.checkpoint import Checkpoint, cosign, cosigner_name
from cocket.ledger.document import Document, document_id
from cocket.ledger.errors import Malformed
from cocket.network.frames import (
    OFFER_BATCHES_MAX,
    BatchFrame,
    ConsensusFrame,
    CosignatureFrame,
    Height,
    Notice,
    Offer,
)
from cocket.network.questions import (
    Answer,
    Batches,
    BlockAnswer,
    Chain,
    GetBatches,
    GetBlock,
    GetChain,
    Link,
    Question,
    Unable,
)
from cocket.network.session import NoAnswer
from cocket.node.service import Node
from cocket.node.verification import ParsedBatch
from tests.simulation.nodes.documents import FORGED, Forged, jws
from tests.simulation.nodes.machine import Machine
from tests.simulation.nodes.members import key

if TYPE_CHECKING:
    from tests.simulation.nodes.world import World

FAR = 1 << 40


class Liar(Machine):
    """A machine whose node lies in some of the ways below: see `lying`."""

    honest = False
    lies: tuple[Lie, ...]
    often: float

    def __init__(self, world: World, name: str, directory: Path) -> None:
        super().__init__(world, name, directory)
        self.chance: Random = world.random
        self.made = FORGED

    def prepare(self, node: Node) -> None:
        names = " ".join(lie.__name__ for lie in self.lies)
        self.world.say(self.name, f"lies with {self.often:g}: {names}")
        for lie in self.lies:
            lie(self, node)

    def now(self) -> bool:
        """Whether to lie this time."""
        return self.chance.random() < self.often

    def others(self) -> list[str]:
        """The other members, in any order."""
        names = [name for name in self.world.machines if name != self.name]
        self.chance.shuffle(names)
        return names

    def forge(self) -> bytes:
        """A badly signed document that nobody else submits."""
        self.made += 2
        forged = jws(Forged(self.made))
        self.world.watch.forged.add(document_id(forged))
        return forged

    def background(self, node: Node, work: Callable[[], Awaitable[None]], pause_s: float) -> None:
        """Do something again and again, once the node runs."""

        async def again() -> None:
            while True:
                await asyncio.sleep(self.chance.uniform(0.5, 1.5) * pause_s)
                if hasattr(node.peers, "address"):
                    await work()

        asyncio.ensure_future(again())  # noqa: RUF006  (its life remembers it)


def withhold_batches(liar: Liar, node: Node) -> None:
    """Sends its batches to some only, and does not hand them out when it is asked."""
    broadcast, answer = node.dissemination._broadcast, node.exchange.on_request

    def to_some(frame: BatchFrame | Offer) -> None:
        if isinstance(frame, BatchFrame) and liar.now():
            for name in liar.others()[: liar.chance.randint(0, 2)]:
                node.peers.send(name, frame)
        else:
            broadcast(frame)

    async def refuse(peer: str, question: Question) -> Answer:
        if not isinstance(question, GetBatches) or not liar.now():
            return await answer(peer, question)
        way = liar.chance.random()
        if way < 0.3:
            await asyncio.sleep(20.0)
        return Batches(()) if way < 0.7 else Unable("not today")

    node.dissemination._broadcast = to_some
    node.exchange.on_request = refuse  # type: ignore[method-assign]


def sign_bad_batches(liar: Liar, node: Node) -> None:
    """Puts documents into its batches whose signature is wrong, or that are none at all."""
    make = node.dissemination._make

    async def bad(documents: Sequence[Document]) -> None:
        await make(documents)
        if not liar.now():
            return
        wrong = liar.forge() if liar.chance.random() < 0.7 else b"no document"
        author = node.dissemination
        author._sequence += 1
        batch = Batch(liar.name, author._sequence, (*(each.jws for each in documents), wrong))
        signature = key(liar.name, "vote").sign(batch.signed_bytes)
        if wrong != b"no document" and liar.chance.random() < 0.7:  # it may come into a block
            parsed = ParsedBatch(batch, (*documents, Document.parse(wrong)), (len(documents),))
            await author._keep(signature, parsed)
        if liar.chance.random() < 0.5:
            author._broadcast(BatchFrame(batch.data, signature))

    node.dissemination._make = bad  # type: ignore[method-assign]


def equivocate_batches(liar: Liar, node: Node) -> None:
    """Signs two batches of one sequence number, and sends each to a part of the others."""
    broadcast = node.dissemination._broadcast

    def two(frame: BatchFrame | Offer) -> None:
        if isinstance(frame, BatchFrame) and liar.now():
            batch = Batch.parse(frame.batch)
            other = Batch(batch.author, batch.sequence, batch.documents[::-1][:1])
            signature = key(liar.name, "vote").sign(other.signed_bytes)
            for name in liar.others():
                which = frame if liar.chance.random() < 0.5 else BatchFrame(other.data, signature)
                node.peers.send(name, which)
        else:
            broadcast(frame)

    node.dissemination._broadcast = two


def propose_nonsense(liar: Liar, node: Node) -> None:
    """Proposes blocks of unknown, ordered, or too many batches; another one to each, at times."""
    send = node.ordering._wishes.send
    organisations = [each.organisation for each in node.committee.validators]

    def block(of: Block) -> Block:
        waiting = list(node.dissemination._waiting)
        old = node._reader._db.execute("SELECT id FROM batches WHERE height > 0").fetchall()
        batches = liar.chance.choice(
            [
                (liar.chance.randbytes(32),),
                tuple(liar.chance.randbytes(32) for _ in range(64)),
                tuple(each for (each,) in old[-3:]),
                (*of.batches, *(each for (each,) in old[:1])),
                tuple(waiting[::-1][:64]),
                (),
            ]
        )
        time_ms = of.time_ms + liar.chance.choice([0, 0, 1, 1_500, 100_000, -100_000])
        return replace(of, batches=tuple(dict.fromkeys(batches)), time_ms=time_ms)

    def lie(of: Block) -> Message:
        other = block(of)
        subject = notarize(other)
        return Proposal(
            other, key(liar.name, "vote").sign(subject.signed_bytes(node.committee.network))
        )

    def wrong(what: Send) -> None:
        if not isinstance(what.message, Proposal) or not liar.now():
            return send(what)
        try:
            message = lie(what.message.block)
            for name in liar.others() if what.to is None else [organisations[what.to]]:
                node.peers.send(name, ConsensusFrame(encode_message(message)))
                if liar.chance.random() < 0.3:
                    message = lie(what.message.block)
        except (Malformed, ValueError):
            return send(what)

    node.ordering._wishes.send = wrong


def lie_about_the_chain(liar: Liar, node: Node) -> None:
    """Answers those who catch up with blocks that are not final, none, or old ones."""
    answer = node.exchange.on_request

    async def lie(peer: str, question: Question) -> Answer:
        true = await answer(peer, question)
        if not liar.now():
            return true
        way = liar.chance.random()
        if isinstance(question, GetBlock) and isinstance(true, BlockAnswer):
            return BlockAnswer(None)
        if not isinstance(question, GetChain) or not isinstance(true, Chain):
            return true
        if way < 0.2:
            await asyncio.sleep(20.0)
        if way < 0.4 or not true.links:
            return Chain(FAR, ())
        if way < 0.6:
            return Chain(0, ())
        *most, last = true.links
        return Chain(true.tip, (*most, _forged(liar, node, last)))

    async def claim() -> None:
        node.peers.broadcast(Height(liar.chance.choice([0, node.head.height + 7, FAR])))

    node.exchange.on_request = lie  # type: ignore[method-assign]
    liar.background(node, claim, 1.0)


def forge_the_chain(liar: Liar, node: Node) -> None:
    """Answers those who catch up with true blocks, but for the last."""
    answer = node.exchange.on_request

    async def lie(peer: str, question: Question) -> Answer:
        true = await answer(peer, question)
        if not isinstance(true, Chain) or not true.links or not liar.now():
            return true
        *most, last = true.links
        return Chain(true.tip, (*most, _forged(liar, node, last)))

    node.exchange.on_request = lie  # type: ignore[method-assign]


def _forged(liar: Liar, node: Node, link: Link) -> Link:
    """Another block in the place of a final one, with a certificate that the liar signed alone."""
    block = replace(link.block, batches=(liar.chance.randbytes(32),))
    certificate = link.certificate
    if certificate is not None:
        subject = Subject(Kind.FINALIZE, block.epoch, block.view, block.id)
        mine = key(liar.name, "vote").sign(subject.signed_bytes(node.committee.network))
        signatures = tuple((index, mine) for index, _ in certificate.signatures)
        certificate = Certificate(subject, signatures)
    return Link(block, certificate, link.cosignatures)


def cosign_wrongly(liar: Liar, node: Node) -> None:
    """Cosigns checkpoints with another root, or none with a signature that is nobody's."""
    broadcast = node.peers.broadcast
    name = cosigner_name(node.committee.network, liar.name)

    def wrong(frame: Notice) -> None:
        if not isinstance(frame, CosignatureFrame) or not liar.now():
            return broadcast(frame)
        true = Checkpoint.parse(frame.checkpoint)
        text = str(replace(true, root=liar.chance.randbytes(32)))
        blob = cosign(key(liar.name, "cosign"), name, text, 1).blob
        if liar.chance.random() < 0.3:
            text, blob = frame.checkpoint, frame.cosignature[:-1] + b"\0"
        broadcast(CosignatureFrame(frame.height, text, blob))

    node.peers.broadcast = wrong  # type: ignore[method-assign]


def flood(liar: Liar, node: Node) -> None:
    """Offers what does not exist, asks and says more than anybody can use."""

    async def once() -> None:
        chance = liar.chance
        way = chance.random()
        if way < 0.4:
            count = chance.choice([1, 100, OFFER_BATCHES_MAX])
            node.peers.broadcast(Offer(tuple(chance.randbytes(32) for _ in range(count))))
        elif way < 0.6:
            for view in range(20):
                subject = Subject(Kind.NULLIFY, 1, FAR + view, None)
                signature = key(liar.name, "vote").sign(
                    subject.signed_bytes(node.committee.network)
                )
                assert node.me is not None
                vote = Vote(subject, node.me, signature)
                node.peers.broadcast(ConsensusFrame(encode_message(vote)))
        else:
            for name in node.peers.connected:
                for _ in range(chance.choice([1, 1, 30])):
                    asyncio.ensure_future(_ask(node, name, chance))  # noqa: RUF006

    liar.background(node, once, 0.5)


async def _ask(node: Node, name: str, chance: Random) -> None:
    questions: list[Question] = [
        GetBatches(tuple(chance.randbytes(32) for _ in range(200))),
        GetChain(1, 256),
        GetBlock(chance.randbytes(32)),
    ]
    with contextlib.suppress(NoAnswer):
        await node.peers.request(name, chance.choice(questions), 5.0)


def say_nothing(liar: Liar, node: Node) -> None:
    """Is silent towards some of the others, for some time."""
    send = node.peers.broadcast

    def to_some(frame: Notice) -> None:
        if not liar.now():
            return send(frame)
        for name in liar.others()[1:]:
            node.peers.send(name, frame)

    node.peers.broadcast = to_some  # type: ignore[method-assign]


def talk_garbage(liar: Liar, node: Node) -> None:
    """Now and then sends bytes that are no frame."""

    async def once() -> None:
        if node.peers.connected and liar.now():
            name = liar.chance.choice(node.peers.connected)
            session = node.peers._sessions[name]
            session.send(liar.chance.randbytes(liar.chance.randint(2, 50)), urgent=True)

    liar.background(node, once, 3.0)


Lie = Callable[[Liar, Node], None]


LIES: dict[str, Lie] = {
    each.__name__: each
    for each in (
        withhold_batches,
        sign_bad_batches,
        equivocate_batches,
        propose_nonsense,
        lie_about_the_chain,
        forge_the_chain,
        cosign_wrongly,
        flood,
        say_nothing,
        talk_garbage,
    )
}


def lying(ways: Sequence[str], often: float = 1.0) -> type[Machine]:
    """A liar that lies in these ways, that often."""

    class Lying(Liar):
        pass

    Lying.lies = tuple(LIES[way] for way in ways)
    Lying.often = often
    return Lying
