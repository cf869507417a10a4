"""Documents on their way: taken here or seen in a peer's batch, not yet final.

Bounded twice: in all, and for each issuing organisation, so that one cannot fill the node for the
others. What does not fit is refused with `busy` and may be sent again; nothing is dropped.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection

from cocket.node.records import Final


class Pending:
    """Which documents wait for finality, and who waits to hear of it."""

    def __init__(self, documents_max: int, per_organisation_max: int) -> None:
        self.documents_max = documents_max
        self.per_organisation_max = per_organisation_max
        self._issuers: dict[str, str] = {}
        self._taken: dict[str, float] = {}
        self._counts: Counter[str] = Counter()
        self._waiters: dict[str, list[asyncio.Future[Final]]] = {}
        self._fewer = asyncio.Event()

    def __len__(self) -> int:
        return len(self._issuers)

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._issuers

    def room_for(self, issuer: str) -> str | None:
        """None if there is room for one more of `issuer`, else what is full, in words."""
        if len(self._issuers) >= self.documents_max:
            return f"this node already holds {self.documents_max} documents that are not final yet"
        if self._counts[issuer] >= self.per_organisation_max:
            return (
                f"{issuer} already has {self.per_organisation_max} documents here that are not "
                "final yet"
            )
        return None

    async def calm(self, most: int, timeout_s: float) -> None:
        """Return once fewer than `most` documents wait, or after the time: a busy node takes its
        time to answer, and so sets the pace of those who send, before it refuses anybody."""
        if len(self._issuers) < most:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while len(self._issuers) >= most:
                    self._fewer.clear()
                    await self._fewer.wait()

    def take(self, document_id: str, issuer: str) -> None:
        """A document was taken here, now."""
        self.add(document_id, issuer)
        self._taken[document_id] = asyncio.get_running_loop().time()

    def seconds(self, document_id: str) -> float | None:
        """How long ago a document was taken here; None if another node took it."""
        taken = self._taken.get(document_id)
        return None if taken is None else asyncio.get_running_loop().time() - taken

    def add(self, document_id: str, issuer: str) -> None:
        """A document is on its way. What peers took counts too, but is never refused here."""
        if document_id not in self._issuers:
            self._issuers[document_id] = issuer
            self._counts[issuer] += 1

    def remove(self, document_id: str) -> None:
        """A document is not on its way any more (it could not be stored)."""
        self._taken.pop(document_id, None)
        issuer = self._issuers.pop(document_id, None)
        if issuer is not None:
            self._fewer.set()
            self._counts[issuer] -= 1
            if not self._counts[issuer]:
                del self._counts[issuer]

    def settle(self, final: Final) -> None:
        """A document became final: tell who waits."""
        self.remove(final.id)
        for waiter in self._waiters.pop(final.id, ()):
            if not waiter.done():
                waiter.set_result(final)

    def awaits(self, document_id: str) -> bool:
        """Whether anybody waits for this document."""
        return document_id in self._waiters

    async def wait(self, document_ids: Collection[str], timeout_s: float) -> dict[str, Final]:
        """The final states that these documents, which are on their way, reach in the time."""
        loop = asyncio.get_running_loop()
        waiters: dict[str, asyncio.Future[Final]] = {}
        for identity in document_ids:
            waiters[identity] = loop.create_future()
            self._waiters.setdefault(identity, []).append(waiters[identity])
        try:
            await asyncio.wait(waiters.values(), timeout=timeout_s)
        finally:
            for identity, waiter in waiters.items():
                if not waiter.done():
                    self._forget(identity, waiter)
        return {identity: each.result() for identity, each in waiters.items() if each.done()}

    def _forget(self, document_id: str, waiter: asyncio.Future[Final]) -> None:
        waiters = self._waiters[document_id]
        waiters.remove(waiter)
        if not waiters:
            del self._waiters[document_id]
