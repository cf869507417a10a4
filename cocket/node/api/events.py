"""Following the log: server-sent events (WHATWG HTML §9.2), resumable from any log index.

Followers pull: one that is slow costs nothing but its connection. What they are told is read once
for all who stand at the same place, as nearly all do after a block, and is sent in one piece: sent
event by event, a hundred documents for each of many followers held up everybody else's answers.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.node.api.answers import Problem, event_value
from cocket.node.reader import Reader

if TYPE_CHECKING:
    from cocket.node.service import Node

FOLLOWERS_MAX = 256
FOLLOWERS_PER_ADDRESS_MAX = 32
KEEP_ALIVE_S = 15
EVENTS_PER_READ = 100
BYTES_PER_READ = 256 * 1024
"""An event that is larger by itself is told, too."""
READS_KEPT = 16

Told = tuple[int, bytes]
"""Some events that follow each other, and the log index of the last."""


class Feed:
    """A node's followers."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._followers: Counter[str] = Counter()
        self._reads: OrderedDict[tuple[int, int], asyncio.Future[Told]] = OrderedDict()

    def follow(self, address: str, after: int) -> AsyncIterator[bytes]:
        """The events with index > `after`, for ever; a `Problem` where there is no place."""
        here = self._followers[address]
        if self._node.followers >= FOLLOWERS_MAX or here >= FOLLOWERS_PER_ADDRESS_MAX:
            raise Problem(503, "busy", "too many followers, in all or from your address")
        return self._events(address, after)

    async def _events(self, address: str, after: int) -> AsyncIterator[bytes]:
        node = self._node
        node.followers += 1
        self._followers[address] += 1
        try:
            yield b": cocket\n\n"
            while True:
                height = node.head.height
                after, events = await self._after(after)
                if events:
                    yield events
                if after + 1 >= node.head.log.size and not await node.wait_for_block(
                    height, KEEP_ALIVE_S
                ):
                    yield b": still here\n\n"
        finally:
            node.followers -= 1
            self._followers[address] -= 1
            self._followers += Counter()  # forgets the addresses that nobody follows from

    async def _after(self, index: int) -> Told:
        """What comes next in the log, up to `EVENTS_PER_READ`; `index` and b"" if nothing."""
        place = index, self._node.head.log.size
        read = self._reads.get(place)
        if read is None or (read.done() and read.exception() is not None):
            read = asyncio.ensure_future(self._node.read(partial(_read, index)))
            self._reads[place] = read
            if len(self._reads) > READS_KEPT:
                self._reads.popitem(last=False)
        return await asyncio.shield(read)  # others wait for it, too


def _read(after: int, reader: Reader) -> Told:
    found = reader.search(after=after, limit=EVENTS_PER_READ, kind=None, issuer=None, ucr=None)
    events = bytearray()
    for final in found:
        value = event_value(final, Document.parse(reader.jws(final.place)))
        data = canonical.encode(value)
        event = b"id: %d\nevent: committed\ndata: %b\n\n" % (value["index"], data)
        if events and len(events) + len(event) > BYTES_PER_READ:
            break
        events += event
        after = value["index"]
    return after, bytes(events)
