"""What happens to a submission: parse and verify, admit, batch, keep, and only then say `pending`.

An answer `pending` is a promise: the document's batch is on this node's disk, and the node offers
it to the others until it is ordered, across restarts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from cocket.contracts.engine import Engine
from cocket.ledger.document import Document
from cocket.ledger.errors import Refusal, Refused
from cocket.node.metrics import Metrics, Stage, Stages
from cocket.node.pending import Pending
from cocket.node.problems import NodeError
from cocket.node.reader import Reader
from cocket.node.records import Final
from cocket.node.verification import Verifier

RETRY_AFTER_S = 2
BUSY_CODES = frozenset({"busy", "organisation-busy", "disk-full", "stopping"})
"""Refusals that say nothing about the document: sent again later, it may be taken."""

Enqueue = Callable[[Sequence[Document]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a submitter is told about one document.

    `id` is "" where the bytes were no document. Exactly one of the rest says what became of it:
    `final` (committed or refused for good), `refusal` (not taken here), or neither: pending.
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
        now_ms: Callable[[], int],
        metrics: Metrics,
        stages: Stages,
    ) -> None:
        self.closed: Refusal | None = None
        self._engine = engine
        self._reader = reader
        self._verifier = verifier
        self._pending = pending
        self._enqueue = enqueue
        self._now_ms = now_ms
        self._metrics = metrics
        self._stages = stages

    async def submit(self, texts: Sequence[bytes]) -> list[Answer]:
        """An answer for each compact JWS, in order."""
        answers: list[Answer | None] = [None] * len(texts)
        taken: list[tuple[int, Document]] = []
        if self.closed is not None:
            return [Answer("", refusal=self.closed) for _ in texts]
        checked = await self._verifier.submissions(texts)
        with self._stages.measure(Stage.ADMIT):
            ids = [each.id for each in checked if isinstance(each, Document)]
            final = self._reader.final_ids(ids)
            for position, each in enumerate(checked):
                answer = self._consider(each, final)
                answers[position] = answer
                if answer is None and isinstance(each, Document):
                    self._pending.add(each.id, each.issuer)
                    taken.append((position, each))
        await self._keep(taken, answers)
        done = [answer for answer in answers if answer is not None]
        for answer in done:
            if answer.refusal is not None:
                self._metrics.not_taken.labels(answer.refusal.code).inc()
        return done

    def _consider(self, each: Document | Refusal, final: set[str]) -> Answer | None:
        """The answer that can be given at once, None if the document is to be taken."""
        if isinstance(each, Refusal):
            return Answer("", refusal=each)
        if each.id in final:
            return Answer(each.id, final=self._reader.final(each.id))
        if each.id in self._pending:
            return Answer(each.id)
        full = self._pending.room_for(each.issuer)
        if full is not None:
            code = "busy" if len(self._pending) >= self._pending.documents_max else (
                "organisation-busy"
            )
            return Answer(each.id, refusal=Refusal(code, f"{full}: send it again in a moment"))
        try:
            self._engine.admit(each, self._now_ms())
        except Refused as error:
            return Answer(each.id, refusal=error.refusal)
        return None

    async def _keep(
        self, taken: list[tuple[int, Document]], answers: list[Answer | None]
    ) -> None:
        if not taken:
            return
        try:
            # Shielded: a client that hangs up must not leave a document half taken.
            await asyncio.shield(self._enqueue([document for _, document in taken]))
        except NodeError as error:
            for position, document in taken:
                self._pending.remove(document.id)
                answers[position] = Answer(
                    document.id, refusal=Refusal(error.code, error.message)
                )
            return
        for position, document in taken:
            answers[position] = Answer(document.id)
