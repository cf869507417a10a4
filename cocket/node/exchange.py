"""What this node does with what its peers say, and what it answers when they ask."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from cocket.consensus import messages
from cocket.ledger.blocks import Block, Certificate
from cocket.ledger.committee import Committee
from cocket.ledger.errors import Refused
from cocket.network.catchup import answer_chain
from cocket.network.frames import (
    BatchFrame,
    ConsensusFrame,
    CosignatureFrame,
    Height,
    Notice,
    Offer,
)
from cocket.network.questions import (
    GET_CHAIN_MAX,
    Answer,
    Batches,
    BlockAnswer,
    GetBatches,
    GetBlock,
    GetChain,
    GetWrites,
    Link,
    Question,
    Writes,
)
from cocket.node.checkpoints import Checkpoints
from cocket.node.dissemination import Dissemination
from cocket.node.ordering import Ordering
from cocket.node.reader import Reader, cosignatures

OFFERS_EVERY_S = 1.0
"""A peer that keeps to the protocol offers every 2 s; what comes sooner than this is passed over,
for each id in it is looked up on the disk."""

T = TypeVar("T")
Read = Callable[[Callable[[Reader], T]], Awaitable[T]]


class Exchange:
    """The node's side of every session (`network.session.Handler`)."""

    def __init__(
        self,
        committee: Committee,
        ordering: Ordering,
        dissemination: Dissemination,
        checkpoints: Checkpoints,
        read: Read[Answer],
        height: Callable[[], int],
        offered_batches: Callable[[Sequence[bytes], str], None],
        heard_height: Callable[[], None],
        met: Callable[[str], None],
    ) -> None:
        self._committee = committee
        self._ordering = ordering
        self._dissemination = dissemination
        self._checkpoints = checkpoints
        self._read = read
        self._height = height
        self._offered_batches = offered_batches
        self._heard_height = heard_height
        self._met = met
        self._offered_at: dict[str, float] = {}

    async def on_frame(self, peer: str, frame: Notice) -> None:
        """Take what a peer says; raises where it is to blame."""
        match frame:
            case ConsensusFrame(data):
                message = messages.decode(data)
                await self._ordering.message(self._validator(peer), message)
            case BatchFrame(batch, signature):
                await self._dissemination.receive(batch, signature, peer)
            case CosignatureFrame(height, text, blob):
                if not self._checkpoints.add(self._validator(peer), height, text, blob):
                    raise Refused("bad-cosignature", "a cosignature that is not its sender's")
            case Offer(ids):
                now = asyncio.get_running_loop().time()
                if now - self._offered_at.get(peer, -OFFERS_EVERY_S) >= OFFERS_EVERY_S:
                    self._offered_at[peer] = now
                    self._offered_batches(ids, peer)
            case Height():
                self._heard_height()

    async def on_request(self, peer: str, question: Question) -> Answer:
        """Answer what a peer asks."""
        match question:
            case GetBatches(ids):
                return await self._read(lambda reader: _batches(reader, ids))
            case GetBlock(identity):
                block = self._ordering.replica.block(identity)
                if block is not None:
                    return BlockAnswer(block)
                newest = self._height()
                return await self._read(lambda reader: _block(reader, identity, newest))
            case GetChain(start, count):
                tip = self._height()
                return await self._read(lambda reader: _chain(reader, start, count, tip))
            case GetWrites(height, start):
                writes = [(k.encode(), digest) for k, digest in self._checkpoints.writes(height)]
                return Writes.fitting(sorted(writes), start)

    def on_connected(self, peer: str) -> None:
        """A peer is there: tell it what may have passed it by."""
        self._met(peer)

    def on_disconnected(self, peer: str) -> None:
        """A peer is gone; the session's own log line has said why."""

    def _validator(self, peer: str) -> int:
        index = self._committee.index(peer)
        if index is None:
            raise Refused("not-a-validator", f"{peer} is not a validator of this epoch")
        return index


def _batches(reader: Reader, ids: Sequence[bytes]) -> Answer:
    held = (reader.batch_bytes(each) for each in ids)
    return Batches.fitting(pair for pair in held if pair is not None)


def _block(reader: Reader, identity: bytes, newest: int) -> Answer:
    data = reader.block_by_id(identity, newest)
    return BlockAnswer(None if data is None else Block.parse(data))


def _chain(reader: Reader, start: int, count: int, tip: int) -> Answer:
    def read(first: int, number: int) -> list[Link]:
        return [
            Link(
                Block.parse(block),
                None if certificate is None else Certificate.parse(certificate),
                tuple(cosignatures(signatures)),
            )
            for block, certificate, signatures in reader.chain(first, number)
        ]

    return answer_chain(max(start, 1), min(count, GET_CHAIN_MAX), tip, read)
