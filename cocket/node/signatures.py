"""Signatures checked in processes of their own, so that the event loop goes on meanwhile.

A thread would leave Python's lock for each signature and wait to get it back from a busy event
loop: under load that waiting cost a node as much as a quarter of the signatures themselves.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, Self

import msgpack
import structlog

from cocket.node.signature_worker import LENGTH

WORKERS_MAX = 4
ATTEMPTS = 3
END_S = 5.0

log = structlog.get_logger()

Job = tuple[bytes, bytes]
"""A public key, and the JWS it is said to have signed."""


class Signatures(Protocol):
    """Whatever checks signatures: the processes below, or a test's own."""

    async def check(self, jobs: Sequence[Job]) -> bytes:
        """For each job one byte: 1 where the signature fits."""

    async def close(self) -> None:
        """Stop."""


class WorkerDied(Exception):
    """The process ended before it answered."""


class SignatureWorkers:
    """`count` processes, started when they are first needed, and again should one die.

    spent  told of the CPU seconds that an answer cost
    """

    def __init__(self, count: int, spent: Callable[[float], None]) -> None:
        self._spent = spent
        self._count = max(1, min(count, WORKERS_MAX))
        self._workers: list[_Worker] = []
        self._starting = asyncio.Lock()
        self._closed = False

    async def check(self, jobs: Sequence[Job]) -> bytes:
        """See `Signatures`. Raises `WorkerDied` if process after process does."""
        question = msgpack.packb(jobs)
        for attempt in range(ATTEMPTS):
            worker = await self._least_busy()
            try:
                seconds, valid = await worker.ask(question)
            except WorkerDied:
                log.warning("signature-worker-died", attempt=attempt)
                continue
            self._spent(seconds)
            return valid
        raise WorkerDied("the processes that check signatures die one after the other")

    async def close(self) -> None:
        """End the processes; who waits for an answer gets `WorkerDied`."""
        self._closed = True
        async with self._starting:
            for worker in self._workers:
                await worker.close()

    async def _least_busy(self) -> "_Worker":
        async with self._starting:
            if self._closed:
                raise WorkerDied("the node stops")
            self._workers = [worker for worker in self._workers if not worker.dead]
            while len(self._workers) < self._count:
                self._workers.append(await _Worker.start())
            return min(self._workers, key=lambda worker: worker.waiting)


class _Worker:
    """One process, and those who wait for its answers, in order."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._answers: deque[asyncio.Future[tuple[float, bytes]]] = deque()
        self._listening = asyncio.create_task(self._listen())
        self.dead = False

    @classmethod
    async def start(cls) -> Self:
        """A new process. It ends by itself when this one does."""
        command = (sys.executable, "-m", "cocket.node.signature_worker")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE))

    @property
    def waiting(self) -> int:
        """Questions that are not answered yet."""
        return len(self._answers)

    async def ask(self, question: bytes) -> tuple[float, bytes]:
        """CPU seconds, and what `Signatures.check` answers."""
        assert self._process.stdin is not None
        if self.dead:
            raise WorkerDied
        answer: asyncio.Future[tuple[float, bytes]] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        # No drain: what may wait here is bounded where batches and submissions are taken.
        self._process.stdin.write(LENGTH.pack(len(question)) + question)
        return await answer

    async def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), END_S)
        except TimeoutError:
            self._process.kill()
        await self._listening

    async def _listen(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                (length,) = LENGTH.unpack(await stdout.readexactly(LENGTH.size))
                seconds, valid = msgpack.unpackb(await stdout.readexactly(length))
                answer = self._answers.popleft()
                if not answer.done():  # who asked may be gone
                    answer.set_result((seconds, valid))
        self.dead = True
        for answer in self._answers:
            if not answer.done():
                answer.set_exception(WorkerDied())
