"""The node's own chain, as catching up sees it (`network.catchup.ChainStore`)."""

import asyncio
from collections.abc import Sequence

import structlog

from cocket.ledger.committee import Committee
from cocket.network.questions import Link
from cocket.node.execution import Execution
from cocket.node.ordering import Ordering
from cocket.node.reader import Reader

PATIENCE_S = 60.0
log = structlog.get_logger("chain")


class Chain:
    """Takes verified final blocks from peers and hands them to consensus, which applies them."""

    def __init__(
        self, committee: Committee, reader: Reader, execution: Execution, ordering: Ordering
    ) -> None:
        self._committee = committee
        self._reader = reader
        self._execution = execution
        self._ordering = ordering
        self._cosignatures: dict[int, tuple[tuple[int, bytes], ...]] = {}

    @property
    def floor(self) -> tuple[int, bytes]:
        """Height and id of the newest block that is final here."""
        return self._execution.newest

    @property
    def committee(self) -> Committee:
        """The validators."""
        return self._committee

    def committee_of(self, epoch: int) -> Committee | None:
        """The validators of an epoch; there is one so far."""
        return self._committee if epoch == self._committee.epoch else None

    def holds(self, batch: bytes) -> bool:
        """Whether a batch is on the disk."""
        return self._reader.has_batch(batch)

    async def deliver(self, links: Sequence[Link]) -> None:
        """Apply blocks that follow the floor; returns once they are final here."""
        await self._execution.wait_for_room()
        certificate = links[-1].certificate
        assert certificate is not None, "catching up delivers certified stretches"
        for link in links:
            self._cosignatures[link.block.height] = link.cosignatures
        self._ordering.finalized([link.block for link in links], certificate)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._execution.wait_for_final(links[-1].block.height)
        except TimeoutError:  # consensus did not take them, its log says why: catching up asks anew
            log.warning("not-taken", height=links[-1].block.height)

    def cosignatures(self, height: int) -> tuple[tuple[int, bytes], ...]:
        """The cosignatures that came with a block, once: not yet verified."""
        found = self._cosignatures.pop(height, ())
        for passed in [each for each in self._cosignatures if each < height]:
            del self._cosignatures[passed]
        return found
