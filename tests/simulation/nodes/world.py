"""A world for whole nodes: virtual time, machines, a network, and somebody who watches.

    World ── one loop whose time jumps, one source of chance
      ├─ Network    connections that delay, stall and break
      ├─ Machine    one computer: disk, clock, and the node's own code on them
      └─ Watch      looks at everything that nodes do and say

The same seed gives the same run, to the last frame: `digest` is a hash of all that happened.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from contextlib import ExitStack
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import structlog
from nacl import bindings

from cocket.consensus import messages
from cocket.network import frames
from cocket.node.metrics import Stages
from tests.simulation.nodes.documents import LATE, Invoice, jws
from tests.simulation.nodes.loop import EPOCH_S, LIFE, Loop, alive
from tests.simulation.nodes.machine import Machine, SimulatedWriter, scratch
from tests.simulation.nodes.members import genesis, validators
from tests.simulation.nodes.network import Network, fingerprint
from tests.simulation.nodes.watch import Watch
from tests.simulation.promises import Broken

LOOK_EVERY_S = 0.5
JOURNAL_COMPACT_BYTES = 16 * 1024
"""Journals are rewritten much sooner than in earnest, so that it happens at all."""
SAME_EVERYWHERE = (
    patch.object(bindings, "crypto_sign_open", lru_cache(1 << 17)(bindings.crypto_sign_open)),
    patch.object(frames, "decode", lru_cache(1 << 12)(frames.decode)),
    patch.object(messages, "decode", lru_cache(1 << 12)(messages.decode)),
)
"""What depends on its arguments alone is done once, though all nodes do it with the same bytes."""


class World:
    """`size` machines, of which those named in `faulty` are of another kind than `Machine`."""

    def __init__(
        self,
        seed: int,
        size: int = 4,
        faulty: Mapping[int, type[Machine]] | None = None,
        writer: Callable[[Path, Stages, Machine], SimulatedWriter] = SimulatedWriter,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.random = Random(seed)
        self.loop = Loop(self.random)
        self.context = self.loop.outside
        self.genesis = genesis(size)
        self.writer = writer
        self.network = Network(self)
        self.watch = Watch(self)
        self.faults: Counter[str] = Counter()
        self.recovery_s = 0.0
        self._fresh = count(LATE, 2)
        self._later: list[asyncio.TimerHandle] = []
        self._trace = trace
        self._hash = sha256()
        self._failure: asyncio.Future[None] = self.loop.create_future()
        self._directory = Path(tempfile.mkdtemp(dir=scratch()))
        kinds = faulty or {}
        self.machines = {
            name: kinds.get(index, Machine)(self, name, self._directory / name)
            for index, name in enumerate(validators(size))
        }
        self.say("world", f"seed {seed}, {size} nodes")

    @property
    def digest(self) -> str:
        """A hash of everything that happened."""
        return self._hash.hexdigest()

    @property
    def honest(self) -> list[Machine]:
        """The machines whose nodes keep to the protocol."""
        return [each for each in self.machines.values() if each.honest]

    @property
    def spare(self) -> int:
        """How many more may fail without end: f, less the liars and those that may still abstain,
        as they do not know what they signed before they lost their disks."""
        faulty = sum(not each.honest or each.wiped for each in self.machines.values())
        return self.watch.committee.faults_tolerated - faulty

    def later(self, ms: int, end: Callable[[], None]) -> None:
        """A fault passes after a while, or as soon as calm comes."""

        def passes() -> None:
            self.network.hurt()
            end()

        self._later.append(self.loop.call_later(ms / 1000, passes, context=self.context))

    def calm(self) -> None:
        """What was to pass by itself later no longer will."""
        for timer in self._later:
            timer.cancel()
        self._later.clear()

    def say(self, who: str, what: str) -> None:
        """Put a line into the trace."""
        if not alive():
            return
        line = f"{self.loop.time() - EPOCH_S:9.4f} {who:12} {what}"
        self._hash.update(line.encode())
        if self._trace is not None:
            self._trace(line)

    def sent(self, sender: str, receiver: str, data: bytes) -> None:
        """A frame leaves a machine."""
        self.say(sender, f"-> {receiver}: {data[1]} {len(data)} {fingerprint(data)}")
        if self.machines[sender].honest:
            self.watch.sent(sender, data)

    def broken(self, promise: str, what: str, error: BaseException | None = None) -> None:
        """A promise was broken: the first ends the run."""
        if alive() and not self._failure.done():
            self.say("watch", f"{promise}: {what}")
            failure = Broken(promise, what)
            failure.__cause__ = error
            self._failure.set_exception(failure)

    # clients

    def fresh(self) -> bytes:
        """A good document that was not submitted before."""
        return jws(Invoice(next(self._fresh)))

    def submit(self, machine: Machine, texts: list[bytes]) -> None:
        """Clients submit documents to a node."""
        if machine.running:
            self.watch.submitted(machine, texts)
            machine.submit(texts, lambda answers: self.watch.answered(machine, texts, answers))

    # the whole

    def run(self, story: Coroutine[Any, Any, None]) -> None:
        """Run a story to its end; raises `Broken`, or what went wrong in it."""
        structlog.configure(processors=[self._log], cache_logger_on_first_use=False)
        self.loop.set_exception_handler(self._unhandled)
        with ExitStack() as stack:
            for once in SAME_EVERYWHERE:
                stack.enter_context(once)
            stack.enter_context(patch("cocket.node.journal.COMPACT_BYTES", JOURNAL_COMPACT_BYTES))
            try:
                self.loop.run(self._until_broken(story))
                self.watch.ended()
                if self._failure.done():
                    self._failure.result()
            finally:
                self._close()
                structlog.reset_defaults()

    async def _until_broken(self, story: Coroutine[Any, Any, None]) -> None:
        telling = asyncio.ensure_future(story)
        looking = asyncio.ensure_future(self._look())
        await asyncio.wait({telling, looking, self._failure}, return_when="FIRST_COMPLETED")
        for task in (telling, looking):
            if task.done():
                task.result()
            task.cancel()
        if self._failure.done():
            self._failure.result()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.watch.look()

    def _log(
        self, _logger: Any, level: str, fields: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        life = LIFE.get()
        name = "world" if life is None else life.name
        text = " ".join(f"{key}={value}" for key, value in fields.items() if key != "exc_info")
        self.say(name, f"logs {level}: {text}".replace(str(self._directory), ""))
        self.watch.logged(name, fields)
        raise structlog.DropEvent

    def _unhandled(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        forgotten = context["message"].startswith("Future exception")  # who waited is dead
        if not self.loop.draining and not forgotten:
            self.broken("faults", f"unhandled: {context['message']}", context.get("exception"))

    def _close(self) -> None:
        self.loop.set_exception_handler(lambda *_: None)
        for machine in self.machines.values():
            machine.crash(silently=True)
        self.loop.run(asyncio.sleep(0))
        self.loop.close()
        shutil.rmtree(self._directory, ignore_errors=True)
