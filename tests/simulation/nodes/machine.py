"""One simulated computer: its disk, its clock that is off, and the node's process, real code all.

What a crash leaves on the disk: every transaction that was committed, whether or not anybody has
heard of it, and none other; of an append to the consensus journal that was under way, all, a part
or nothing.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from cocket.consensus.timing import Now
from cocket.ledger.document import signature_valid
from cocket.ledger.genesis import Genesis
from cocket.network.tls import Identity
from cocket.node.clock import Clock
from cocket.node.config import Config, Limits, NodeKeys
from cocket.node.database import LARGE_CACHE_KIB, Writer, connect
from cocket.node.first_start import MARK_FILE, mark
from cocket.node.intake import Answer
from cocket.node.journal import JournalFile, _framed
from cocket.node.metrics import Stages
from cocket.node.opening import open_ledger
from cocket.node.problems import StorageFull
from cocket.node.service import Node
from cocket.node.signatures import Job as SignatureJob
from cocket.node.surroundings import Server, Surroundings
from tests.simulation.nodes.loop import Job, Life, Loop, alive
from tests.simulation.nodes.members import TIME_MS, certificate, key
from tests.simulation.nodes.network import Board

if TYPE_CHECKING:
    from tests.simulation.nodes.world import World

WALL_MS = TIME_MS + 10_000


class Machine:
    """See the module. `node` is None while no process runs."""

    honest = True

    def __init__(self, world: World, name: str, directory: Path) -> None:
        self.world = world
        self.name = name
        self.powered = True
        self.full_disk = False
        self.stopping = False
        """Whether the process was asked to end."""
        self.wiped = False
        """Whether it ever lost its disk."""
        self.clock_skew_ms = 0
        self.left: dict[str, int] = {}
        """After so many more of these effects the process is killed, at once: see `did`."""
        self._back_ms = 0
        self.life: Life | None = None
        self.node: Node | None = None
        self.limits = Limits()
        self.starts = 0
        self._directory = directory
        directory.mkdir()
        (directory / "data").mkdir()
        shutil.copy(ledger_of(world.genesis), directory / "data" / "ledger.db")
        (directory / "data" / MARK_FILE).write_bytes(mark(world.genesis))

    @property
    def up(self) -> bool:
        """Whether the process runs, or is held."""
        return self.life is not None

    @property
    def running(self) -> bool:
        """Whether the process runs, is not held, and has put its parts together."""
        return self.life is not None and not self.life.held and self.node is not None

    # life

    def start(self) -> None:
        """Start the process."""
        assert self.life is None, "one process a directory"
        self.starts += 1
        self.powered = True
        self.stopping = False
        life = self.life = Life(self.name)
        life.on_death = self._fall
        life.before_job = self._check_disk
        life.on_job = lambda job: self.did("write") if _is_append(job) else None
        self.world.say(self.name, "starts")
        self.world.loop.create_task(self._live(life), context=life.context)

    async def _live(self, life: Life) -> None:
        try:
            self.node = Node(self._config(), self._keys(), self.world.genesis, self._stand(life))
            self.node.journal.close = _once(self.node.journal.close)  # type: ignore[method-assign]
            self.node._lock.release = _once(self.node._lock.release)  # type: ignore[method-assign]
            self.prepare(self.node)
            self.world.watch.started(self, self.node)
            await self.node.run()
        except BaseException as error:
            self.world.say(self.name, f"ended with {error!r}")
            if self.honest:
                self.world.broken("faults", f"{self.name} ended with {error!r}", error)
        if self.life is life:
            self.world.say(self.name, "has stopped")
            life.end(self.world.loop)
            self._gone(life, silently=False)

    def prepare(self, node: Node) -> None:
        """Before it runs: what a faulty member changes in its node."""

    def crash(self, silently: bool) -> None:
        """End the process between two of its steps; `silently`, the whole machine loses power."""
        life = self.life
        if life is None:
            return
        self.world.say(self.name, "loses power" if silently else "is killed")
        self.powered = not silently
        life.dead = True
        for job in life.jobs:
            self._tear(job)
        if self.node is not None:
            self._release(self.node)
        life.end(self.world.loop)
        self._gone(life, silently)

    def _gone(self, life: Life, silently: bool) -> None:
        self.world.network.died(life, silently)
        self.life = self.node = None

    def did(self, effect: str) -> None:
        """A `write`: a transaction is committed, or an append to the journal is under way, and the
        node has not heard of it. An `answer`: a client has heard it."""
        if effect in self.left:
            self.left[effect] -= 1
            if self.left[effect] == 0:
                del self.left[effect]
                self.world.loop.call_soon(self._fall, context=self.world.context)

    def doom(self, effect: str, count: int, back_ms: int) -> None:
        """Let the process end after so many more steps, writes or answers, and start again a while
        later."""
        self._back_ms = back_ms
        if effect != "step":
            self.left[effect] = count
        elif self.life is not None:
            self.life.dies_at = self.life.steps + count

    def spare(self) -> None:
        """It is doomed no more."""
        self.left.clear()
        if self.life is not None:
            self.life.dies_at = None

    def _fall(self) -> None:
        self.crash(silently=False)
        self.world.later(self._back_ms, self.revive)

    def revive(self) -> None:
        """Start the process, unless it runs."""
        if self.life is None:
            self.start()

    def make_room(self) -> None:
        """The disk is full no more."""
        self.full_disk = False

    def stop(self) -> None:
        """Ask the process to end, as an operator does."""
        if self.running and self.node is not None and self.life is not None:
            self.world.say(self.name, "is asked to stop")
            self.stopping = True
            self.life.context.run(self.node.stop)

    def hold(self, hold: bool) -> None:
        """Do not run the process for a while, or run it again."""
        if self.life is not None and self.life.held != hold:
            self.world.say(self.name, "is held" if hold else "goes on")
            if hold:
                self.life.hold()
            else:
                self.life.go_on(self.world.loop)

    def _check_disk(self, job: Job) -> None:
        if self.full_disk and _is_append(job):
            raise StorageFull(self._directory)

    def _tear(self, job: Job) -> None:
        """An append that was under way: a part of it may be on the disk."""
        if _is_append(job):
            data = _framed(job.args[0])
            part = data[: self.world.random.randint(0, len(data))]
            if self.world.random.random() < 0.2:
                part = bytes(len(part))
            self.world.say(self.name, f"leaves {len(part)} of {len(data)} bytes of an append")
            with (self._directory / "data" / "consensus.journal").open("ab") as file:
                file.write(part)

    @staticmethod
    def _release(node: Node) -> None:
        """What the system does for a process that ends."""
        node.journal.close()
        node._lock.release()
        node.journal._file = -1  # what it was may be another's by now
        node._reader.close()
        node._api_reader.close()
        assert isinstance(node.writer, SimulatedWriter)
        node.writer.connection.close()

    @property
    def may_be_wiped(self) -> bool:
        """Whether it may lose its disk, with all that the network was ever promised to survive."""
        return self.honest and (self.wiped or self.world.spare > 0)

    def lose_disk(self) -> None:
        """The node is set up anew, with its keys and nothing else, as after a disk has failed."""
        self.world.say(self.name, "lost its disk")
        self.wiped = True
        data = self._directory / "data"
        shutil.rmtree(data)
        data.mkdir()
        shutil.copy(ledger_of(self.world.genesis), data / "ledger.db")
        self.world.watch.forgot(self.name)

    # what the node stands on

    def _config(self) -> Config:
        return Config(
            directory=self._directory,
            organisation=self.name,
            network=self.world.genesis.network,
            api_host="",
            api_port=0,
            peer_host="",
            peer_port=0,
            reads="open",
            limits=self.limits,
        )

    def _keys(self) -> NodeKeys:
        return NodeKeys(
            vote=key(self.name, "vote"),
            cosign=key(self.name, "cosign"),
            tls=key(self.name, "tls"),
            tls_certificate_pem=b"",
        )

    def _stand(self, life: Life) -> Surroundings:
        world = self.world

        def board(identity: Identity) -> Board:
            assert identity.certificate == certificate(self.name)
            return Board(world.network, life)

        return Surroundings(
            clock=SimulatedClock(world.loop, self),
            random=Random(world.random.getrandbits(64)),
            writer=lambda path, stages: world.writer(path, stages, self),
            signatures=lambda stages: SimulatedSignatures(world.loop),
            switchboard=board,
            server=lambda node: NoServer(),
        )

    # clients

    def submit(
        self, documents: Sequence[bytes], answered: Callable[[Sequence[Answer]], None]
    ) -> None:
        """Submit to the node; `answered` is called if an answer comes."""
        if self.node is None or self.life is None:
            return
        task = self.world.loop.create_task(
            self.node.intake.submit(documents), context=self.life.context.copy()
        )

        def tell(done: asyncio.Task[list[Answer]]) -> None:
            if not done.cancelled():
                answered(done.result())
                self.did("answer")

        task.add_done_callback(tell, context=self.world.context)


def _once(close: Callable[[], None]) -> Callable[[], None]:
    """A process that is killed while it stops has closed some files: their numbers are others'."""
    left = [close]
    return lambda: left.pop()() if left else None


def _is_append(job: Job) -> bool:
    return isinstance(getattr(job.call, "__self__", None), JournalFile)


class SimulatedClock(Clock):
    """The loop's time, and a calendar that is off."""

    def __init__(self, loop: Loop, machine: Machine) -> None:
        self._loop = loop
        self._machine = machine

    def monotonic(self) -> float:
        return self._loop.time()

    def now(self) -> Now:
        ms = int(self._loop.time() * 1000)
        return Now(ms, WALL_MS + ms + self._machine.clock_skew_ms)


class SimulatedWriter(Writer):
    """Writes on the loop, after a while. What waits is one transaction, as it is on a thread."""

    def __init__(self, path: Path, stages: Stages, machine: Machine) -> None:
        self.machine = machine
        self.connection = connect(path, LARGE_CACHE_KIB)
        self._path = path
        self._stages = stages
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._closed = False
        self._busy = False
        self._loop = _Later(machine.world.loop)  # type: ignore[assignment]

    async def run(self, write: Callable[[sqlite3.Connection], Any]) -> Any:
        future: asyncio.Future[Any] = self.machine.world.loop.create_future()
        self._waiting.append((write, future))
        if not self._busy:
            self._busy = True
            self._loop.call_soon_threadsafe(self._next)
        return await asyncio.shield(future)

    async def close(self) -> None:
        while self._busy and alive():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self._closed = True
        self.connection.close()

    def _next(self) -> None:
        turn, self._waiting = self._waiting, []
        if self.machine.full_disk:
            for _, future in turn:
                self._fail(future, StorageFull(self._path))
        else:
            self._write(self.connection, turn)
            self.machine.did("write")
        self._busy = bool(self._waiting)
        if self._busy:
            self._loop.call_soon_threadsafe(self._next)


class _Later:
    """What a thread wants the loop to do comes a bit later."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def call_soon_threadsafe(self, call: Callable[[], None]) -> None:
        self._loop.call_later(self._loop.work_s(), call)


class SimulatedSignatures:
    """Checks signatures after a while."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    async def check(self, jobs: Sequence[SignatureJob]) -> bytes:
        await asyncio.sleep(self._loop.work_s())
        return bytes(signature_valid(jws, key) for key, jws in jobs)

    async def close(self) -> None:
        """There is nothing to stop."""


class NoServer(Server):
    """Clients of a simulation talk to the intake."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()


_ledgers: dict[bytes, Path] = {}


def ledger_of(genesis: Genesis) -> Path:
    """A new ledger, to be copied."""
    path = _ledgers.get(genesis.hash)
    if path is None:
        path = _ledgers[genesis.hash] = scratch() / f"{genesis.hash.hex()}.db"
        open_ledger(path, genesis)
        database = sqlite3.connect(path)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
    return path


@cache
def scratch() -> Path:
    """A folder in memory, if there is one, that ends with this process."""
    import atexit
    import tempfile

    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="cocket-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, folder, True)
    return folder
