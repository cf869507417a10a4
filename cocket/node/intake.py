"""What happens to a submission: parse and verify, admit, batch, keep, and only then say `pending`.

An answer `pending` is a promise: the document's batch is on this node's disk, and the node offers
it to the others until it is ordered, across restarts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from msgspec import structs

from cocket.contracts.engine import Engine
from cocket.ledger.document import Document, document_id
from cocket.ledger.errors import Refusal, Refused
from cocket.node.metrics import Metrics, Stage, Stages
from cocket.node.pending import Pending
from cocket.node.problems import NodeError
from cocket.node.reader import Reader
from cocket.node.records import Final
from cocket.node.verification import Verifier

RETRY_AFTER_S = 2
CALM_DOCUMENTS = 1024
"""While more than this wait for finality, requests wait too: what is on its way goes first."""
PATIENCE_S = 10.0
REQUESTS_AT_ONCE = 1
"""Verified at a time: the other threads are for peers' batches, which consensus waits for."""
ELSEWHERE_S = 1.5
ELSEWHERE_DOCUMENTS = 64
"""Of one request: more than this do not come from someone who was at another node just now."""
BUSY_CODES = frozenset({"busy", "organisation-busy", "disk-full", "stopping", "unavailable"})
"""Refusals that say nothing about the document: sent again later, it may be taken."""

ELSEWHERE_CODES = frozenset({"unknown-key", "unknown-reference"})
"""Refusals that may only mean that another node, where the client just was, is a block ahead."""

UNAVAILABLE = Refusal(
    "unavailable", "this node cannot keep documents at the moment: send them to another"
)

Enqueue = Callable[[Sequence[Document]], Awaitable[list[NodeError | None]]]


class Answer(msgspec.Struct, frozen=True):
    """What a submitter is told about one document.

    `id` is that of the bytes that were sent, even where they are no document. Exactly one of the
    rest says what became of it: `final` (committed or refused for good), `refusal` (not taken
    here), or neither: pending.
    """

    id: str
    final: Final | None = None
    refusal: Refusal | None = None

    @property
    def pending(self) -> bool:
        """Taken, durable, not yet final."""
        return self.final is None and self.refusal is None


class Intake:
    """Takes documents in, any number at a time, and answers for each."""

    def __init__(
        self,
        engine: Engine,
        reader: Reader,
        verifier: Verifier,
        pending: Pending,
        enqueue: Enqueue,
        next_block: Callable[[], tuple[int, int]],
        wait_for_block: Callable[[float], Awaitable[bool]],
        metrics: Metrics,
        stages: Stages,
    ) -> None:
        self.closed: Refusal | None = None
        self._engine = engine
        self._reader = reader
        self._verifier = verifier
        self._pending = pending
        self._enqueue = enqueue
        self._next_block = next_block
        self._wait_for_block = wait_for_block
        self._turn = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._storing: dict[str, asyncio.Future[Refusal | None]] = {}
        self._metrics = metrics
        self._stages = stages

    async def submit(self, texts: Sequence[bytes]) -> list[Answer]:
        """An answer for each compact JWS, in order."""
        if self.closed is not None:
            return [Answer(document_id(text), refusal=self.closed) for text in texts]
        clock = asyncio.get_running_loop().time
        patience = clock() + PATIENCE_S  # runs out in the queue too
        async with self._turn:
            await self._pending.calm(CALM_DOCUMENTS, max(0.0, patience - clock()))
            checked = await self._verifier.submissions(texts)
        answers = await self._take(checked)
        await self._look_again(texts, answers)
        for answer in answers:
            if answer.refusal is not None:
                self._metrics.not_taken.labels(answer.refusal.code).inc()
        return [
            answer if answer.id else structs.replace(answer, id=document_id(text))
            for text, answer in zip(texts, answers, strict=True)
        ]

    async def _look_again(self, texts: Sequence[bytes], answers: list[Answer]) -> None:
        """What another node already has may be a block away here: ask again after each block."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + ELSEWHERE_S
        while True:
            again = [
                position
                for position, answer in enumerate(answers)
                if answer.refusal is not None and answer.refusal.code in ELSEWHERE_CODES
            ]
            if not 0 < len(again) <= ELSEWHERE_DOCUMENTS or not await self._wait_for_block(
                max(0.0, deadline - clock())
            ):
                return
            async with self._turn:
                checked = await self._verifier.submissions([texts[p] for p in again])
            looked = await self._take(checked)
            for position, answer in zip(again, looked, strict=True):
                answers[position] = answer

    async def _take(self, checked: Sequence[Document | Refusal]) -> list[Answer]:
        answers: list[Answer] = []
        taken: list[Document] = []
        with self._stages.measure(Stage.ADMIT):
            final = self._reader.final([e.digest for e in checked if isinstance(e, Document)])
            for each in checked:
                answer = self._consider(each, final)
                if answer is None and isinstance(each, Document):
                    self._pending.take(each.id, each.issuer)
                    taken.append(each)
                    answer = Answer(each.id)
                assert answer is not None, "what is no document has an answer"
                answers.append(answer)
        keeping = self._keep(taken) if taken else None
        # `pending` is said only of what is on the disk, also to the second who sends it. Looked up
        # before anything is awaited: afterwards it may be settled, and forgotten here.
        storing = [self._storing.get(each.id) if each.pending else None for each in answers]
        if keeping is not None:
            await asyncio.shield(keeping)  # who hangs up must not leave a document half taken
        return [
            answer if stored is None else Answer(answer.id, refusal=await asyncio.shield(stored))
            for answer, stored in zip(answers, storing, strict=True)
        ]

    def _consider(self, each: Document | Refusal, final: set[bytes]) -> Answer | None:
        """The answer that can be given at once, None if the document is to be taken."""
        if isinstance(each, Refusal):
            return Answer("", refusal=each)
        if each.digest in final:
            return Answer(each.id, final=self._reader.outcome(each.id))
        if each.id in self._pending:
            return Answer(each.id)
        full = self._pending.room_for(each.issuer)
        if full is not None:
            everyone = len(self._pending) >= self._pending.documents_max
            code = "busy" if everyone else "organisation-busy"
            return Answer(each.id, refusal=Refusal(code, f"{full}: send it again in a moment"))
        try:
            self._engine.admit(each, *self._next_block(), signature_valid=True)
        except Refused as error:
            return Answer(each.id, refusal=error.refusal)
        return None

    def _keep(self, documents: Sequence[Document]) -> asyncio.Task[None]:
        """Put documents into batches on the disk; `_storing` says of each what became of it."""
        loop = asyncio.get_running_loop()
        stored: list[asyncio.Future[Refusal | None]] = [loop.create_future() for _ in documents]
        self._storing.update(zip((each.id for each in documents), stored, strict=True))
        return asyncio.create_task(self._store(documents, stored))

    async def _store(
        self, documents: Sequence[Document], stored: Sequence[asyncio.Future[Refusal | None]]
    ) -> None:
        refusals: list[Refusal | None] = [UNAVAILABLE] * len(documents)
        try:
            refusals = [_refusal(error) for error in await self._enqueue(documents)]
        finally:
            for document, future, refusal in zip(documents, stored, refusals, strict=True):
                if refusal is not None:
                    self._pending.remove(document.id)
                self._storing.pop(document.id, None)
                future.set_result(refusal)


def _refusal(error: NodeError | None) -> Refusal | None:
    """What a submitter is told of an error of this node's."""
    if error is None or error.code not in BUSY_CODES:
        return None if error is None else UNAVAILABLE
    return Refusal(error.code, error.message)
