"""Known bugs, to be planted into honest nodes: a simulation that misses them is worth nothing.

Each takes a node that is not running yet and breaks one of its promises.
"""

import asyncio
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from cocket.ledger.blocks import Certificate
from cocket.ledger.committee import Committee
from cocket.ledger.document import Document
from cocket.node.problems import NodeError, StorageFull
from cocket.node.records import AppliedBlock
from cocket.node.service import Node
from cocket.node.writes import apply_block, set_meta


def pending_before_the_batch_is_durable(node: Node) -> None:
    """The entry node answers first, and stores then."""
    enqueue = node.intake._enqueue
    storing = set()

    async def hasty(documents: Sequence[Document]) -> list[NodeError | None]:
        task = asyncio.ensure_future(enqueue(documents))
        storing.add(task)
        await asyncio.sleep(0)
        return [None for _ in documents]

    node.intake._enqueue = hasty


def a_block_in_two_transactions(node: Node) -> None:
    """What a block did is kept first, and how far the node is in a second transaction."""
    execution = node.execution

    async def keep(applied: AppliedBlock) -> None:
        for write in (
            apply_block(replace(applied, head=execution.head)),
            set_meta("head", applied.head.encode()),
        ):
            while True:
                try:
                    await node.writer.run(write)
                except StorageFull:
                    await asyncio.sleep(1.0)
                else:
                    break

    execution._keep = keep  # type: ignore[method-assign]


def waiting_batches_forgotten_at_restart(node: Node) -> None:
    """What was promised before a crash is not taken up again."""
    node.dissemination.restore = lambda: None  # type: ignore[method-assign]


def documents_run_twice(node: Node) -> None:
    """A document that comes in two batches is executed in both."""
    node._reader.final = lambda digests: set()  # type: ignore[method-assign]


def one_node_runs_batches_in_another_order(node: Node) -> None:
    """The order in which a block names its batches is not the one in which one node runs them."""
    if node.me != 0:
        return
    run = node.execution._apply

    async def sorted_batches(block: Any, certificate: bytes | None) -> None:
        block = copy(block)
        object.__setattr__(block, "batches", tuple(sorted(block.batches)))
        await run(block, certificate)

    node.execution._apply = sorted_batches  # type: ignore[method-assign]


def votes_before_they_are_durable(node: Node) -> None:
    """The journal says that it has kept what it has not."""
    node.journal.append = lambda records: None  # type: ignore[method-assign]


def nobody_catches_up(node: Node) -> None:
    """A node that missed blocks does not ask for them."""

    async def never() -> None:
        await asyncio.get_running_loop().create_future()

    node.catchup.run = never  # type: ignore[method-assign]


def the_newest_checkpoint_is_never_asked_about(node: Node) -> None:
    """Cosignatures that are missing are asked for, but not those of the newest block."""
    reader = node.agreement._reader
    every = reader.open_checkpoints
    reader.open_checkpoints = lambda below, limit: every(  # type: ignore[method-assign]
        min(below, node.head.height), limit
    )


class _Gullible(Committee):
    """Validators whose certificates nobody looks at."""

    def verify_certificate(self, certificate: Certificate) -> bool:
        return True


def certificates_are_believed(node: Node) -> None:
    """Catching up looks at heights and parents, and not at the signatures of certificates."""
    true = node.committee
    gullible = _Gullible(true.network, true.epoch, true.validators)
    node.chain.committee_of = lambda epoch: gullible  # type: ignore[method-assign]


def cosignatures_are_believed(node: Node) -> None:
    """A cosignature counts without being verified."""
    node.checkpoints.valid = lambda *_: True  # type: ignore[method-assign]


Plant = Callable[[Node], None]
