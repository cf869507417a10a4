"""A node, put together: what owns what, how it starts, and how it stops.

    api → intake → dissemination ──batches──▶ peers
                        │                       │
                        ▼                       ▼
                    ordering  ◀──votes──▶ the other nodes
                        │ final blocks
                        ▼
                    execution → database → followers, waiting submitters, cosignatures

Every task runs in one TaskGroup: if one fails, the node stops with its error rather than limp on.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog

from cocket.consensus.effects import Finalized, Send
from cocket.consensus.floor import Floor
from cocket.consensus.messages import encode as encode_message
from cocket.consensus.replica import Replica
from cocket.consensus.timing import Timing
from cocket.contracts.engine import Engine
from cocket.ledger.blocks import Certificate
from cocket.ledger.errors import Refusal
from cocket.ledger.genesis import Genesis
from cocket.network.address import Address
from cocket.network.catchup import Catchup
from cocket.network.fetch import batch_fetcher, block_fetcher
from cocket.network.frames import ConsensusFrame, CosignatureFrame
from cocket.network.peers import Peers
from cocket.network.tls import Identity
from cocket.node.agreement import Agreement
from cocket.node.bundle import Bundles, types
from cocket.node.chain import Chain
from cocket.node.checkpoints import Checkpoints
from cocket.node.clock_watch import ClockWatch
from cocket.node.config import Config, NodeKeys
from cocket.node.database import LARGE_CACHE_KIB
from cocket.node.dissemination import Dissemination
from cocket.node.exchange import Exchange
from cocket.node.execution import CommittedDocuments, Execution
from cocket.node.first_start import open_journal
from cocket.node.intake import UNAVAILABLE, Intake
from cocket.node.lock import DirectoryLock
from cocket.node.metrics import Metrics, Stages
from cocket.node.opening import open_ledger
from cocket.node.ordering import Ordering, Wishes
from cocket.node.pending import Pending
from cocket.node.problems import NodeError
from cocket.node.reader import Reader
from cocket.node.records import AppliedBlock, Final, Head
from cocket.node.secret import new_secret
from cocket.node.surroundings import Surroundings
from cocket.node.verification import ParsedBatches, Verifier
from cocket.node.writes import raw_id

log = structlog.get_logger("node")
T = TypeVar("T")

BATCH_GRACE_S = 0.4
"""Batches are sent by their authors: under load the one that is missing is mostly on its way."""


class Node:
    """Everything a running node is. Made in `process.py`, run by `run`, ended by `stop`."""

    def __init__(
        self, config: Config, keys: NodeKeys, genesis: Genesis, surroundings: Surroundings
    ) -> None:
        """Open the directory and put the parts together; `NodeError` says what is in the way."""
        self.followers = 0
        self._surroundings = surroundings
        self.clock = surroundings.clock
        self._stopping = asyncio.Event()
        self._next_block = asyncio.Event()
        self.config = config
        self.genesis = genesis
        self._bundles = Bundles(genesis, self.read)
        self.committee = genesis.committee()
        self.me = self.committee.index(config.organisation)
        if self.me is None:
            raise NodeError(
                "not-a-validator",
                f"{config.organisation} is not among the validators of {genesis.network}: run the "
                "node of a member that has a vote there, or see whether genesis.json is the right "
                "network's",
            )
        config.data.mkdir(mode=0o700, exist_ok=True)
        self._lock = DirectoryLock(config.data)
        self.secret = new_secret(config.data, surroundings.random)
        self._server = surroundings.server(self)
        self.stages = Stages()
        self.metrics = Metrics(self.stages)
        self._open(keys)
        self._wire_pipeline(keys)
        self._wire_peers(keys)

    # -- putting together -------------------------------------------------------------------

    def _open(self, keys: NodeKeys) -> None:
        path = self.config.data / "ledger.db"
        self._start_head = open_ledger(path, self.genesis)
        self._reader = Reader(path, LARGE_CACHE_KIB)
        self._api_reader = Reader(path)
        self._api_thread = ThreadPoolExecutor(1, "read")
        self.writer = self._surroundings.writer(path, self.stages)
        signatures = self._surroundings.signatures(self.stages)
        self.verifier = Verifier(self._reader, signatures, self.stages)
        self.journal, self._records = open_journal(
            self.config.data,
            self.genesis,
            self._start_head.height,
            self._surroundings.random,
        )
        self.pending = Pending(
            self.config.limits.pending_documents_max,
            self.config.limits.pending_per_organisation_max,
        )
        self.documents = CommittedDocuments(self._reader)
        self.engine = Engine(self.genesis.network, self._reader, self.documents)
        self.checkpoints = Checkpoints(
            self.committee,
            self.me,
            keys.cosign,
            lambda height, signatures: self.agreement.reached(height, signatures),
            lambda height, own, theirs: self.agreement.broken(height, own, theirs),
            height=self._start_head.height,
        )

    def _wire_pipeline(self, keys: NodeKeys) -> None:
        """From a submission to an applied block."""
        head = self._start_head
        block = self._reader.block(head.height)
        floor = self._floor(head, None if block is None else block[1])
        records, self._records = self._records, []
        parameters = self.genesis.parameters
        replica = Replica(
            self.committee,
            self.me,
            keys.vote.sign,
            Timing(delta_ms=parameters["deltaMs"], block_interval_ms=parameters["blockIntervalMs"]),
            floor,
            records,
            self.clock.now(),
        )
        self.ordering = Ordering(
            replica,
            self.journal,
            self.clock,
            ClockWatch(self.committee.faults_tolerated),
            self._wishes(),
            self.stages,
            self._on_halt,
        )
        self.parsed = ParsedBatches()
        self.dissemination = Dissemination(
            self.config.organisation,
            keys.vote,
            self.committee,
            self._reader,
            self.writer,
            self.verifier,
            self.parsed,
            self.pending,
            lambda frame: self.peers.broadcast(frame),
            self._batch_available,
        )
        self.execution = Execution(
            self.engine,
            self._start_head,
            self._reader,
            self.writer,
            self.verifier,
            self.parsed,
            self.checkpoints,
            self.stages,
            self.clock,
            self._on_applied,
        )
        self.intake = Intake(
            self.engine,
            self._reader,
            self.verifier,
            self.pending,
            self.dissemination.enqueue,
            lambda: (self.head.height + 1, 1000 * self.calendar_s),
            lambda seconds: self.wait_for_block(self.head.height, seconds),
            self.metrics,
            self.stages,
        )

    def _wire_peers(self, keys: NodeKeys) -> None:
        """What is heard from other nodes, asked of them, and compared with them."""
        self.exchange = Exchange(
            self.committee,
            self.ordering,
            self.dissemination,
            self.checkpoints,
            self.read,
            lambda: self.head.height,
            self._offered_batches,
            lambda: self.catchup.wake(),
            self._met,
        )
        node = self.genesis.organisation(self.config.organisation).node
        assert node is not None
        random = self._surroundings.random
        identity = Identity(self.config.organisation, keys.tls, node.certificate)
        self.peers = Peers(
            me=self.config.organisation,
            switchboard=self._surroundings.switchboard(identity),
            network=self.config.network,
            genesis_hash=self.genesis.hash,
            members=[self.genesis.organisation(each) for each in self.genesis.validators],
            listen=Address(self.config.peer_host, self.config.peer_port),
            handler=self.exchange,
            random=random,
            height=self._start_head.height,
        )
        self.batch_fetcher = batch_fetcher(self.peers, self.dissemination.fetched, random)
        self.block_fetcher = block_fetcher(self.peers, self.ordering.block, random)
        self.agreement = Agreement(
            self.committee,
            self.checkpoints,
            self._reader,
            self.writer,
            self.peers,
            self.ordering.halt,
            lambda: self.head.height,
        )
        self.chain = Chain(self.committee, self._reader, self.execution, self.ordering)
        self.catchup = Catchup(self.peers, self.chain, self.batch_fetcher, random)

    def _wishes(self) -> Wishes:
        organisations = [validator.organisation for validator in self.committee.validators]

        def send(what: Send) -> None:
            frame = ConsensusFrame(encode_message(what.message))
            if what.to is None:
                self.peers.broadcast(frame)
            else:
                self.peers.send(organisations[what.to], frame)

        def deliver(finalized: Sequence[Finalized]) -> None:
            for each in finalized:
                certificate = None if each.certificate is None else each.certificate.data
                self.execution.enqueue(each.block, certificate)

        def fetch_batches(wanted: Sequence[tuple[bytes, int]]) -> None:
            for identity, proposer in wanted:
                asyncio.get_running_loop().call_later(
                    BATCH_GRACE_S, self._want_batches, [identity], organisations[proposer]
                )

        return Wishes(
            send=send,
            deliver=deliver,
            fetch_blocks=lambda ids: self.block_fetcher.want(ids),
            fetch_batches=fetch_batches,
            behind=lambda certificate: self.catchup.hurry(),
            blame=lambda validator, why: self.peers.blame(organisations[validator], why),
        )

    @staticmethod
    def _floor(head: Head, certificate: bytes | None) -> Floor:
        parsed = None if certificate is None else Certificate.parse(certificate)
        return Floor(head.view, head.height, head.block_id, head.time_ms, parsed)

    # -- running ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Run until `stop` is called or something fails that must not be passed over."""
        self.dissemination.restore()  # before anything runs: consensus learns what is here
        self.agreement.restore()
        try:
            async with self.peers, asyncio.TaskGroup() as tasks:
                work = [
                    tasks.create_task(each)
                    for each in (
                        self.ordering.run(),
                        self.execution.run(),
                        self.dissemination.run(),
                        self.dissemination.offer(),
                        self.batch_fetcher.run(),
                        self.block_fetcher.run(),
                        self.catchup.run(),
                        self.agreement.run(),
                    )
                ]
                server = tasks.create_task(self._server.run())
                log.info(
                    "running",
                    organisation=self.config.organisation,
                    api=f"{self.config.api_host}:{self.config.api_port}",
                    peer=f"{self.config.peer_host}:{self.config.peer_port}",
                    height=self.head.height,
                )
                await self._stopping.wait()
                log.info("stopping")
                self.intake.closed = Refusal("stopping", "this node is stopping: use another")
                self._server.stop()
                await server
                for task in work:
                    task.cancel()
        finally:
            await self._close()

    def stop(self) -> None:
        """Stop gracefully: finish what is being answered, then close everything."""
        self._stopping.set()
        self._tell_of_block()

    async def _close(self) -> None:
        self.ordering.close()
        await self.writer.close()
        await self.verifier.close()
        self._api_thread.shutdown(wait=True)
        self._api_reader.close()
        self._reader.close()
        self._lock.release()
        log.info("stopped", height=self.head.height)

    # -- what the parts tell each other -----------------------------------------------------

    async def _on_applied(
        self, applied: AppliedBlock, finals: list[Final], passed: list[str]
    ) -> None:
        for final in finals:
            seconds = self.pending.seconds(final.id)
            if seconds is not None:
                self.metrics.finality.observe(seconds)
            self.pending.settle(final)
        for identity in passed:
            known = self._reader.outcome(identity) if self.pending.awaits(identity) else None
            if known is not None:
                self.pending.settle(known)
            self.pending.remove(identity)
        height = applied.block.height
        self.dissemination.ordered(applied.block.batches)
        self.ordering.applied(self._floor(applied.head, applied.certificate))
        self.peers.set_height(height)
        if applied.checkpoint is not None and applied.own_cosignature is not None:
            self.peers.broadcast(
                CosignatureFrame(height, str(applied.checkpoint), applied.own_cosignature)
            )
        for validator, blob in self.chain.cosignatures(height):
            if applied.checkpoint is not None:
                self.checkpoints.add(validator, height, str(applied.checkpoint), blob)
        self.metrics.blocks.inc()
        self.metrics.documents.labels("committed").inc(len(applied.documents))
        self.metrics.documents.labels("refused").inc(len(applied.refusals))
        self._tell_of_block()

    def _want_batches(self, ids: Sequence[bytes], peer: str) -> None:
        lacking = self.dissemination.lacking(ids)
        if lacking:
            self.batch_fetcher.want(lacking, peer)

    def _offered_batches(self, ids: Sequence[bytes], peer: str) -> None:
        lacking = self.dissemination.lacking(ids)
        if lacking:
            self.batch_fetcher.offered(lacking, peer)

    def _on_halt(self, why: str) -> None:
        """Nothing is signed, applied or promised any more; it can still be asked."""
        self.intake.closed = UNAVAILABLE
        self.checkpoints.silent = True
        self.execution.halted = True
        self.agreement.remember(why)

    def _batch_available(self, identity: bytes) -> None:
        self.ordering.batch(identity)
        self.batch_fetcher.arrived(identity)

    def _met(self, peer: str) -> None:
        index = self.committee.index(peer)
        if index is not None:
            self.ordering.peer(index)
        newest = self._reader.newest_own()
        if newest is not None:  # it may have missed it; and two that differ must find out
            self.peers.send(peer, CosignatureFrame(*newest))
        offer = self.dissemination.offers()
        if offer is not None:
            self.peers.send(peer, offer)
        for fetcher in (self.batch_fetcher, self.block_fetcher):
            fetcher.peer_connected()
        self.catchup.wake()

    # -- what the API asks ------------------------------------------------------------------

    @property
    def head(self) -> Head:
        """How far this node has executed."""
        return self.execution.head

    @property
    def calendar_s(self) -> int:
        """Seconds since 1970 as the network has them: see `ClockWatch`."""
        return self.ordering.clock_watch.calendar_ms(self.clock.now()) // 1000

    @property
    def lag(self) -> int:
        """Blocks that f + 1 peers say are final and that are not applied here."""
        target = self.catchup.progress.target or 0
        return max(0, max(target, self.execution.newest[0]) - self.head.height)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run a query beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._api_thread, query, self._api_reader)

    async def await_final(self, document_ids: set[str], timeout_s: float) -> dict[str, Final]:
        """The final states that these documents have or reach within the time."""
        finals = {}
        known = self._reader.final([raw_id(each) for each in document_ids])
        for identity in document_ids:
            final = self._reader.outcome(identity) if raw_id(identity) in known else None
            if final is not None:
                finals[identity] = final
        waiting = document_ids - finals.keys()
        if waiting:
            finals |= await self.pending.wait(waiting, timeout_s)
        return finals

    async def wait_for_block(self, height: int, timeout_s: float) -> bool:
        """Whether a block after `height` was applied within the time."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.head.height <= height:
                    if self._stopping.is_set():
                        raise asyncio.CancelledError
                    await self._next_block.wait()
        except TimeoutError:
            return False
        return True

    def _tell_of_block(self) -> None:
        self._next_block.set()
        self._next_block = asyncio.Event()

    def member_key(self, kid: str) -> tuple[str, bytes] | None:
        """Organisation and public key of a `sign` key that is valid now."""
        entry = self.engine.registry.key(kid)
        if entry is None or entry.key.use != "sign" or not entry.key.valid_at(self.head.height + 1):
            return None
        return entry.organisation, entry.key.public_key

    def render_metrics(self) -> bytes:
        """Prometheus text."""
        self.metrics.height.set(self.head.height)
        self.metrics.lag.set(self.lag)
        self.metrics.leaves.set(self.head.log.size)
        self.metrics.view.set(self.ordering.replica.status().view)
        self.metrics.peers.set(len(self.peers.connected))
        self.metrics.pending.set(len(self.pending))
        return self.metrics.render()

    async def trust_bundle(self) -> bytes:
        """The trust bundle as of the head, canonical JSON."""
        return await self._bundles.at(self.head)

    async def types(self) -> list[dict[str, Any]]:
        """Document types with the roles that sign them and their schemas."""
        return await self.read(types)
