"""One session with one peer, from the first Hello to its end.

A session has two connections. The first is there from the beginning, and is for what is short and
urgent: votes, proposals, questions. The second is for freight, all that may wait: batches, offers,
answers. Whoever dialled opens it as soon as there is a session; until then all goes over the first.
TCP delivers in order, so that one lost packet of a batch holds up all that comes after it on its
connection for a round trip and more; and what is in TCP's buffers can no longer be overtaken.

Tasks share a session; none outlives it:

    send       takes from the outbox, votes first; says Alive when there is nothing to say
    receive    decodes and hands over; while the node is busy it reads nothing more (back-pressure)
    batches    hands batches over beside it, so that a vote need not wait for a batch's verification
    serve      answers the peer's questions one after the other, at a bounded rate, and rests as
               long as it worked: no peer takes more than half of what makes the answers
    freight    opens the second connection; sends and receives on it as the first two do

A session ends when either side says so, when the peer is silent or takes nothing, when more waits
for it than the outbox holds, or when it sends what the protocol does not allow: then it is blamed.
Half-open connections show themselves because each side says something every few seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

import structlog

from cocket.ledger.errors import Malformed, Refused
from cocket.network import frames
from cocket.network.connection import Connection, Gone
from cocket.network.frames import (
    Alive,
    Answered,
    Asked,
    BatchFrame,
    Frame,
    Freight,
    Height,
    Hello,
    Notice,
    Offer,
)
from cocket.network.outbox import OUTBOX_BYTES_MAX, Outbox
from cocket.network.questions import ANSWER_TO, Answer, BlockAnswer, Chain, Question, Unable

log = structlog.get_logger(__name__)

QUESTIONS_IN_FLIGHT_MAX = 16
BATCHES_UNREAD_MAX = 16
QUESTIONS_PER_SECOND = 100
QUESTIONS_BURST = 200
ANSWERS_WAITING_BYTES_MAX = 4 * 1024 * 1024
"""While more than this waits to be sent to a peer, its questions wait too."""
FREIGHT_AGAIN_S = 1.0
ALIVE = frames.encode(Alive())
FREIGHT = frames.encode(Freight())


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

    `Malformed` or `Refused` raised here blames the peer and ends its session. Batches, offers and
    other frames are handed over beside each other, so `on_frame` runs up to three times at a time
    for one peer; frames of the same kind come in the order in which they were sent.
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
    """A talk over connections whose other end has proved to be `peer`.

    `dial` makes another connection to it, where this node is the one that calls.
    """

    def __init__(
        self,
        *,
        peer: str,
        connection: Connection,
        handler: Handler,
        limits: Limits,
        dial: Callable[[], Awaitable[Connection]] | None = None,
    ) -> None:
        self.peer = peer
        self.height = 0
        """The highest block the peer said is final there."""
        self.blamed = False
        self.reason = ""
        """Why the session ended, a sentence; empty while it lives."""
        self.is_freight = False
        """Whether the caller said that this is the second connection of a session it has."""
        self.outbox = Outbox(limits.outbox_bytes)
        self._connection = connection
        self._dial = dial
        self._freight: Connection | None = None
        self._has_freight = asyncio.Event()
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
        await self._say(self._connection, frames.encode(mine))
        theirs = await self._hear(self._connection)
        if isinstance(theirs, Freight) and self._dial is None:
            self.is_freight = True
            return
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
                    for work in (
                        self._send,
                        self._receive,
                        self._take_batches,
                        self._serve,
                        self._open_freight,
                        self._send_freight,
                        self._receive_freight,
                    )
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
        """Tell the peer why, if it still listens, and cut the connections."""
        both = [each for each in (self._connection, self._freight) if each is not None]
        await asyncio.gather(*(each.close(self.reason, self.blamed) for each in both))

    async def carry(self, freight: Connection) -> bool:
        """Use a second connection to the same peer, until the session ends and closes it; False at
        once if there is one already, or the session is over."""
        if self._freight is not None or self._over.is_set():
            return False
        self._freight = freight
        self.outbox.part()
        self._has_freight.set()
        await self._over.wait()
        return True

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
            await self._say(self._connection, await self._or_alive(self.outbox.take()))

    async def _or_alive(self, frame: Awaitable[bytes]) -> bytes:
        try:
            async with asyncio.timeout(self._limits.heartbeat):
                return await frame
        except TimeoutError:
            return ALIVE

    async def _receive(self) -> None:
        while not self._over.is_set():
            match await self._hear(self._connection):
                case BatchFrame() as frame:
                    await self._batches.put(frame)
                case Asked() as asked:
                    self._queue_question(asked)
                case Answered() as answered:
                    self._resolve(answered)
                case Alive():
                    pass
                case Hello() | Freight():
                    raise Malformed("a second Hello")
                case notice:
                    if isinstance(notice, Height):
                        self.height = max(self.height, notice.height)
                    await self._handler.on_frame(self.peer, notice)

    async def _open_freight(self) -> None:
        """Call the peer once more, until it takes the call."""
        while self._dial is not None and self._freight is None:
            try:
                async with asyncio.timeout(self._limits.handshake):
                    freight = await self._dial()
                    await self._introduce(freight)
            except (TimeoutError, Gone):
                await asyncio.sleep(FREIGHT_AGAIN_S)
            else:
                if not await self.carry(freight):
                    await freight.close(self.reason, blamed=False)

    async def _introduce(self, freight: Connection) -> None:
        try:
            await freight.send(FREIGHT)
            if not isinstance(frames.decode(await freight.receive()), Hello):
                raise Malformed("the first frame is not a Hello")
        except BaseException:
            await freight.close("not a line for freight", blamed=False)
            raise

    async def _send_freight(self) -> None:
        await self._has_freight.wait()
        assert self._freight is not None
        while True:
            await self._say(self._freight, await self._or_alive(self.outbox.take_bulk()))

    async def _receive_freight(self) -> None:
        await self._has_freight.wait()
        assert self._freight is not None
        while not self._over.is_set():
            match await self._hear(self._freight):
                case BatchFrame() as frame:
                    await self._batches.put(frame)
                case Answered() as answered:
                    self._resolve(answered)
                case Offer() as offer:
                    await self._handler.on_frame(self.peer, offer)
                case Alive():
                    pass
                case _:
                    raise Malformed("no freight, on the connection for freight")

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

    async def _say(self, connection: Connection, data: bytes) -> None:
        try:
            async with asyncio.timeout(self._limits.stall):
                await connection.send(data)
        except TimeoutError:
            raise Gone(f"it took nothing for {self._limits.stall:g} s") from None

    async def _hear(self, connection: Connection) -> Frame:
        try:
            async with asyncio.timeout(self._limits.silence):
                return frames.decode(await connection.receive())
        except TimeoutError:
            raise Gone(f"it was silent for {self._limits.silence:g} s") from None
