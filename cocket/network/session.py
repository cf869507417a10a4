"""One connection to one peer, from the first Hello to its end.

Four tasks share a session; none outlives it:

    send       takes from the outbox, votes first; says Alive when there is nothing to say
    receive    decodes and hands over; while the node is busy it reads nothing more (back-pressure)
    batches    hands batches over beside it, so that a vote need not wait for a batch's verification
    serve      answers the peer's questions one after the other, at a bounded rate, and rests as
               long as it worked: no peer takes more than half of what makes the answers

A session ends when either side says so, when the peer is silent or takes nothing, when more waits
for it than the outbox holds, or when it sends what the protocol does not allow: then it is blamed.
Half-open connections show themselves because each side says something every few seconds.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

import structlog

from cocket.ledger.errors import Malformed, Refused
from cocket.network import frames
from cocket.network.connection import Connection, Gone
from cocket.network.frames import Answered, Asked, BatchFrame, Frame, Height, Hello, Notice
from cocket.network.outbox import OUTBOX_BYTES_MAX, Outbox
from cocket.network.questions import ANSWER_TO, Answer, BlockAnswer, Chain, Question, Unable

log = structlog.get_logger(__name__)

QUESTIONS_IN_FLIGHT_MAX = 16
BATCHES_UNREAD_MAX = 16
QUESTIONS_PER_SECOND = 100
QUESTIONS_BURST = 200
ANSWERS_WAITING_BYTES_MAX = 4 * 1024 * 1024
"""While more than this waits to be sent to a peer, its questions wait too."""
ALIVE = frames.encode(frames.Alive())


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session waits, in seconds, and how much waits for its peer, in bytes."""

    handshake: float = 5.0
    """For TLS, HTTP and Hello together."""
    heartbeat: float = 2.5
    """Say something at least this often."""
    silence: float = 8.0
    """Hear something at least this often: a line that was dead for longer is sooner replaced than
    waited for, since TCP tries it again after ever doubled pauses."""
    stall: float = 30.0
    """One frame must leave within this."""
    close: float = 1.0
    """To tell the peer why."""
    outbox_bytes: int = OUTBOX_BYTES_MAX


class NoAnswer(Exception):
    """A question was not answered: the peer is away, slow or unable. The sentence says which."""


class Handler(Protocol):
    """What a node does with what its peers say.

    `Malformed` or `Refused` raised here blames the peer and ends its session. Batches are handed
    over beside other frames, so `on_frame` runs up to twice at a time for one peer; frames of the
    same kind come in the order in which they were sent.
    """

    async def on_frame(self, peer: str, frame: Notice) -> None:
        """Take a frame. The peer's next one waits until this returns."""

    async def on_request(self, peer: str, question: Question) -> Answer:
        """Answer a question; `Unable` where it cannot be answered."""

    def on_connected(self, peer: str) -> None:
        """A session with this peer is open; comes before its first frame."""

    def on_disconnected(self, peer: str) -> None:
        """The session with this peer is over; comes after its last frame."""


class Session:
    """A connection whose other end has proved to be `peer`."""

    def __init__(
        self,
        *,
        peer: str,
        connection: Connection,
        handler: Handler,
        limits: Limits,
    ) -> None:
        self.peer = peer
        self.height = 0
        """The highest block the peer said is final there."""
        self.blamed = False
        self.reason = ""
        """Why the session ended, a sentence; empty while it lives."""
        self.outbox = Outbox(limits.outbox_bytes)
        self._connection = connection
        self._handler = handler
        self._limits = limits
        self._over = asyncio.Event()
        self._numbers = count(1)
        self._waiting: dict[int, tuple[Question, asyncio.Future[Answer]]] = {}
        self._asked_max = 0
        self._slots = asyncio.Semaphore(QUESTIONS_IN_FLIGHT_MAX)
        self._to_serve: asyncio.Queue[Asked] = asyncio.Queue(QUESTIONS_IN_FLIGHT_MAX)
        self._batches: asyncio.Queue[BatchFrame] = asyncio.Queue(BATCHES_UNREAD_MAX)

    async def greet(self, mine: Hello) -> None:
        """Exchange Hello; if the peer cannot be talked with, `reason` says why afterwards."""
        if self._over.is_set():
            return
        try:
            async with asyncio.timeout(self._limits.handshake):
                await self._until_it_fails(lambda: self._exchange_hello(mine))
        except TimeoutError:
            self.end("it said no Hello in time")

    async def _exchange_hello(self, mine: Hello) -> None:
        await self._say(frames.encode(mine))
        theirs = await self._hear()
        if not isinstance(theirs, Hello):
            raise Malformed("the first frame is not a Hello")
        if theirs.version != mine.version:
            raise Refused(
                "other-version",
                f"it speaks version {theirs.version} of the peer protocol and this node "
                f"{mine.version}; bring both to the same release",
            )
        if (theirs.network, theirs.genesis_hash) != (mine.network, mine.genesis_hash):
            raise Refused(
                "other-network",
                f"it is of network {theirs.network!r} with genesis {theirs.genesis_hash.hex()}, "
                f"this node of {mine.network!r} with {mine.genesis_hash.hex()}; one of the two "
                "has the wrong genesis.json",
            )
        self.height = theirs.height

    async def run(self) -> None:
        """Live until either side ends it; then `reason` and `blamed` say why. `close` follows."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._until_it_fails(work))
                    for work in (self._send, self._receive, self._take_batches, self._serve)
                ]
                await self._over.wait()
                for task in tasks:
                    task.cancel()
        finally:
            self.end("this node is stopping")
            for _question, answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(NoAnswer(f"{self.peer} left before it answered"))

    async def close(self) -> None:
        """Tell the peer why, if it still listens, and cut the connection."""
        await self._connection.close(self.reason, self.blamed)

    def end(self, reason: str, blamed: bool = False) -> None:
        """End the session, soon; the first reason stands."""
        if not self._over.is_set():
            self.reason, self.blamed = reason, blamed
            self._over.set()

    def send(self, data: bytes, urgent: bool) -> None:
        """Line an encoded frame up. A peer for which too much waits is dropped."""
        if not self._over.is_set() and not self.outbox.put(data, urgent):
            self.end(
                f"more than {self.outbox.bytes_max} bytes wait for it: it is too slow, and will "
                "catch up after it has connected again"
            )

    async def request(self, question: Question, within: float) -> Answer:
        """The peer's answer; `NoAnswer` if there is none within `within` seconds."""
        number = 0
        try:
            async with asyncio.timeout(within), self._slots:
                if self._over.is_set():
                    raise NoAnswer(f"{self.peer} is not connected")
                number = next(self._numbers)
                future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
                self._waiting[number] = (question, future)
                self._asked_max = number
                self.send(frames.encode(Asked(number, question)), urgent=True)
                answer = await future
        except TimeoutError:
            raise NoAnswer(f"{self.peer} did not answer within {within:g} s") from None
        finally:
            self._waiting.pop(number, None)
        if isinstance(answer, Unable):
            raise NoAnswer(f"{self.peer} cannot answer: {answer.reason}")
        return answer

    async def _until_it_fails(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except (Malformed, Refused) as error:
            self.end(str(error), blamed=True)
        except Gone as gone:
            self.end(str(gone))
        except Exception:
            log.exception("a peer's frame hit a fault of this node", peer=self.peer)
            self.end("a fault of this node, see its log")

    async def _send(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._limits.heartbeat):
                    data = await self.outbox.take()
            except TimeoutError:
                data = ALIVE
            await self._say(data)

    async def _receive(self) -> None:
        while not self._over.is_set():
            match await self._hear():
                case BatchFrame() as frame:
                    await self._batches.put(frame)
                case Asked() as asked:
                    self._queue_question(asked)
                case Answered() as answered:
                    self._resolve(answered)
                case frames.Alive():
                    pass
                case Hello():
                    raise Malformed("a second Hello")
                case notice:
                    if isinstance(notice, Height):
                        self.height = max(self.height, notice.height)
                    await self._handler.on_frame(self.peer, notice)

    async def _take_batches(self) -> None:
        while True:
            await self._handler.on_frame(self.peer, await self._batches.get())

    async def _serve(self) -> None:
        clock = asyncio.get_running_loop().time
        burst = QUESTIONS_BURST / QUESTIONS_PER_SECOND
        allowed = clock() - burst
        while True:
            asked = await self._to_serve.get()
            allowed = max(allowed, clock() - burst) + 1 / QUESTIONS_PER_SECOND
            await asyncio.sleep(max(0.0, allowed - clock()))
            await self.outbox.room(ANSWERS_WAITING_BYTES_MAX)
            began = clock()
            answer = await self._handler.on_request(self.peer, asked.question)
            urgent = isinstance(answer, BlockAnswer)  # a header is short, and a view waits for it
            self.send(frames.encode(Answered(asked.number, answer)), urgent)
            await asyncio.sleep(clock() - began)

    def _queue_question(self, asked: Asked) -> None:
        if self._to_serve.full():
            unable = Unable(f"more than {QUESTIONS_IN_FLIGHT_MAX} questions at a time")
            self.send(frames.encode(Answered(asked.number, unable)), urgent=False)
        else:
            self._to_serve.put_nowait(asked)

    def _resolve(self, answered: Answered) -> None:
        if not 0 < answered.number <= self._asked_max:
            raise Malformed("an answer to a question never asked")
        if answered.number not in self._waiting:
            return  # it comes too late
        question, future = self._waiting[answered.number]
        answer = answered.answer
        if not isinstance(answer, ANSWER_TO[type(question)] | Unable):
            raise Malformed("an answer of the wrong kind")
        if isinstance(answer, Chain):
            self.height = max(self.height, answer.tip)
        if not future.done():
            future.set_result(answer)

    async def _say(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(self._limits.stall):
                await self._connection.send(data)
        except TimeoutError:
            raise Gone(f"it took nothing for {self._limits.stall:g} s") from None

    async def _hear(self) -> Frame:
        try:
            async with asyncio.timeout(self._limits.silence):
                return frames.decode(await self._connection.receive())
        except TimeoutError:
            raise Gone(f"it was silent for {self._limits.silence:g} s") from None
