"""Whether this node and a quorum agree about the log: cosignatures kept, asked for, or in conflict.

Checkpoints that never got their quorum here (this node was away, or crashed before it kept them)
are completed from peers. A quorum on another checkpoint than ours halts the node, for good: what
it computed must be looked at before it signs again.
"""

import asyncio
from collections.abc import Callable

import structlog

from cocket.ledger.checkpoint import Checkpoint
from cocket.ledger.committee import Committee
from cocket.network.peers import Peers
from cocket.network.questions import Chain, GetChain, GetWrites, Writes
from cocket.network.session import NoAnswer
from cocket.node.checkpoints import Checkpoints
from cocket.node.database import Write, Writer
from cocket.node.problems import NodeError, StorageFull
from cocket.node.reader import Reader
from cocket.node.writes import set_meta, store_cosignatures

MEND_EVERY_S = 2.0
MEND_AGAIN_S = 60.0
"""Of a checkpoint that no peer can complete, peers are asked again after this."""
MEND_AT_ONCE = 16
ANSWER_S = 5.0
FULL_DISK_RETRY_S = 1.0
KEYS_NAMED_MAX = 20
HALTED = "halted"
"""The name under which the database keeps why this node signs nothing more."""

log = structlog.get_logger("agreement")


class Agreement:
    """Keeps what a quorum agreed on; halts the node where it does not agree with that."""

    def __init__(
        self,
        committee: Committee,
        checkpoints: Checkpoints,
        reader: Reader,
        writer: Writer,
        peers: Peers,
        halt: Callable[[str], None],
        height: Callable[[], int],
    ) -> None:
        self._committee = committee
        self._checkpoints = checkpoints
        self._reader = reader
        self._writer = writer
        self._peers = peers
        self._halt = halt
        self._height = height
        self._again: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def restore(self) -> None:
        """After a restart: checkpoints that lack a quorum, and whether this node was halted."""
        why = self._reader.meta(HALTED)
        if why is not None:
            self._halt(why.decode())
        for height in self._reader.open_checkpoints(self._height() + 1, MEND_AT_ONCE):
            found = self._reader.checkpoint(height)
            if found is not None:
                self._checkpoints.restore(height, found[0], found[1])

    def reached(self, height: int, signatures: list[tuple[int, bytes]]) -> None:
        """A checkpoint is good: keep it. Lost in a crash, it is asked for again."""
        self._keep(store_cosignatures(height, signatures[: self._committee.quorum]))

    def broken(self, height: int, own: Checkpoint, theirs: Checkpoint) -> None:
        """A quorum signed another checkpoint than ours at this height."""
        why = (
            f"at block {height} this node's log or state differs from a quorum's "
            f"(ours: {own.size} leaves, state {own.state.hex()[:16]}; theirs: {theirs.size} "
            f"leaves, state {theirs.state.hex()[:16]}). It signs nothing more. Keep its data "
            "directory for investigation, and set the node up anew from its peers"
        )
        self._halt(why)
        self._hold(asyncio.ensure_future(self._name_difference(height)))

    def remember(self, why: str) -> None:
        """Keep, for every later start, why this node signs nothing more."""

        async def kept() -> None:
            while True:
                try:
                    return await self._writer.run(set_meta(HALTED, why.encode()))
                except StorageFull:
                    await asyncio.sleep(FULL_DISK_RETRY_S)

        self._hold(asyncio.ensure_future(kept()))

    async def run(self) -> None:
        """Ask for cosignatures that never came, so that receipts can be given of every block.

        The newest block is asked about, too, once it was the newest for a while: its cosignatures
        are passed over by a node that was far behind when they came, and none may follow it.
        """
        settled = self._height()
        while True:
            await asyncio.sleep(MEND_EVERY_S)
            for height in self._reader.open_checkpoints(settled + 1, MEND_AT_ONCE):
                now = asyncio.get_running_loop().time()
                if now < self._again.get(height, 0.0):
                    continue
                self._again[height] = now + MEND_AGAIN_S
                for peer in self._peers.connected:
                    if await self._mended(height, peer):
                        break
            settled = self._height()
            while len(self._again) > MEND_AT_ONCE * 4:
                del self._again[min(self._again)]

    async def _mended(self, height: int, peer: str) -> bool:
        """Whether a peer had a quorum's cosignatures under the same checkpoint as ours."""
        own = self._reader.checkpoint(height)
        try:
            answer = await self._peers.request(peer, GetChain(height, 1), ANSWER_S)
        except NoAnswer:
            return False
        if own is None or not isinstance(answer, Chain) or not answer.links:
            return False
        link = answer.links[0]
        good = [
            (validator, blob)
            for validator, blob in link.cosignatures
            if validator < self._committee.size
            and link.block.height == height
            and self._checkpoints.valid(validator, height, own[0], blob)
        ]
        if len(good) < self._committee.quorum:
            return False
        self._keep(store_cosignatures(height, good[: self._committee.quorum]))
        return True

    async def _name_difference(self, height: int) -> None:
        """Which keys of the state differ: compare what the block wrote with what peers say."""
        own = dict(self._checkpoints.writes(height))
        for peer in self._peers.connected:
            try:
                answer = await self._peers.request(peer, GetWrites(height, 0), ANSWER_S)
            except NoAnswer:
                continue
            if isinstance(answer, Writes):
                theirs = {key.decode("utf-8", "replace"): digest for key, digest in answer.writes}
                keys = sorted(k for k in own.keys() | theirs.keys() if own.get(k) != theirs.get(k))
                log.error("diverged", block=height, peer=peer, keys=keys[:KEYS_NAMED_MAX])

    def _keep(self, write: Write[None]) -> None:
        """Write beside whatever else is being written, without waiting."""

        async def kept() -> None:
            try:
                await self._writer.run(write)
            except NodeError as error:
                log.warning("not-kept", why=error.message)

        self._hold(asyncio.ensure_future(kept()))

    def _hold(self, task: asyncio.Task[None]) -> None:
        """A task that nobody holds may be collected before it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
