"""A small final chain with real certificates, and what fetching needs of peers, in memory."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cocket.ledger.batches import Batch
from cocket.ledger.blocks import Block, Certificate, Kind, Subject
from cocket.ledger.committee import Committee, Validator
from cocket.ledger.errors import Refused
from cocket.ledger.keys import SigningKey
from cocket.network.catchup import answer_chain
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
from tests.network.conftest import GENESIS, NETWORK

VALIDATORS = ("aa", "bb", "cc", "dd")
KEYS = [SigningKey(sha256(f"vote {each}".encode()).digest()) for each in VALIDATORS]
COMMITTEE = Committee(
    NETWORK,
    1,
    tuple(
        Validator(each, key.public_key, bytes(32))
        for each, key in zip(VALIDATORS, KEYS, strict=True)
    ),
)
BATCH_SIGNATURE = bytes(64)


def finalization(block: Block, signers: Sequence[int] = (0, 1, 2)) -> Certificate:
    subject = Subject(Kind.FINALIZE, block.epoch, block.view, block.id)
    message = subject.signed_bytes(NETWORK)
    return Certificate(subject, tuple((n, KEYS[n].sign(message)) for n in signers))


@dataclass
class FinalChain:
    """Blocks 1 to `length`, each with one batch; every `every`th has a certificate of its own."""

    length: int
    every: int = 1
    salt: str = ""
    links: list[Link] = field(default_factory=list)
    batches: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grow(self.length)

    def grow(self, to: int) -> None:
        for height in range(len(self.links) + 1, to + 1):
            parent = self.links[-1].block.id if self.links else GENESIS
            batch = Batch("aa", height, (f"document {self.salt}{height}".encode(),))
            block = Block(NETWORK, 1, height, height, parent, 1000 * height, (batch.id,))
            self.batches[batch.id] = batch.data
            certified = height % self.every == 0 or height == to
            self.links.append(Link(block, finalization(block) if certified else None, ()))
        self.length = to

    def answer(self, question: Question) -> Answer:
        """As an honest node answers."""
        match question:
            case GetChain(start, count):
                return answer_chain(start, count, self.length, self.read)
            case GetBatches(ids):
                held = [
                    (self.batches[each], BATCH_SIGNATURE) for each in ids if each in self.batches
                ]
                return Batches.fitting(held)
            case GetBlock(identity):
                found = (link.block for link in self.links if link.block.id == identity)
                return BlockAnswer(next(found, None))
        return Unable("not in this test")

    def read(self, start: int, count: int) -> Sequence[Link]:
        return self.links[start - 1 : start - 1 + count]


Behaviour = Callable[[Question], Answer]


@dataclass
class FakePeers:
    """`Answering` without a network: each peer is a function from question to answer."""

    peers: dict[str, Behaviour]
    claims: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, Question]] = field(default_factory=list)
    blamed: dict[str, str] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    open_questions: int = 0
    open_questions_max: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def connected(self) -> list[str]:
        return sorted(self.peers)

    def heights(self) -> dict[str, int]:
        return {peer: self.claims.get(peer, 0) for peer in self.peers}

    async def request(self, peer: str, question: Question, within: float) -> Answer:
        self.asked.append((peer, question))
        self.open_questions += 1
        self.open_questions_max = max(self.open_questions, self.open_questions_max)
        try:
            await asyncio.sleep(0)
            await self.gate.wait()
            if peer not in self.peers:
                raise NoAnswer(f"{peer} is not connected")
            answer = self.peers[peer](question)
        finally:
            self.open_questions -= 1
        if isinstance(answer, Unable):
            raise NoAnswer(answer.reason)
        if isinstance(answer, Chain):
            self.claims[peer] = max(self.claims.get(peer, 0), answer.tip)
        return answer

    def blame(self, peer: str, reason: str) -> None:
        self.blamed[peer] = reason
        self.peers.pop(peer, None)

    def asked_of(self, kind: type[Question]) -> list[tuple[str, Question]]:
        return [(peer, each) for peer, each in self.asked if isinstance(each, kind)]


class Store:
    """A node's chain in memory, which checks what `ChainStore` promises."""

    committee = COMMITTEE

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.batches: dict[bytes, bytes] = {}
        self.unwanted: list[bytes] = []
        self.progress = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def floor(self) -> tuple[int, bytes]:
        return (len(self.links), self.links[-1].block.id) if self.links else (0, GENESIS)

    def committee_of(self, epoch: int) -> Committee | None:
        return COMMITTEE if epoch == 1 else None

    def holds(self, batch: bytes) -> bool:
        return batch in self.batches

    async def accept(self, batch: bytes, signature: bytes, wanted: bool) -> bool:
        await asyncio.sleep(0)
        if signature != BATCH_SIGNATURE:
            raise Refused("bad-batch", "its author did not sign it")
        identity = sha256(batch).digest()
        self.batches[identity] = batch
        if not wanted:
            self.unwanted.append(identity)
        return True

    async def deliver(self, links: Sequence[Link]) -> None:
        await self.gate.wait()
        assert links and links[-1].certificate is not None
        for link in links:
            assert all(map(self.holds, link.block.batches)), "delivered before its batches"
            if link.block.height > len(self.links):
                assert (link.block.height, link.block.parent) == (
                    len(self.links) + 1,
                    self.floor[1],
                )
                self.links.append(link)
        self.progress.set()

    async def reaches(self, height: int, seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while len(self.links) < height:
                self.progress.clear()
                await self.progress.wait()
