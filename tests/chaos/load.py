"""Documents for all entry nodes, and a book of what the nodes answered.

Most documents are sound and must be committed; of every `SPECIAL_EVERY`
    one is sound and handed in twice, through different nodes,
    two are rivals: invoices of one number, of which only one can be committed,
    one is hopeless: its sum or its signature is wrong, and nobody may ever commit it.
What a node does not take, or what gets no answer, is handed in again through any node.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bench.documents import invoice
from cocket.ledger.document import document_id, sign
from cocket.ledger.keys import SigningKey, base64url
from tests.chaos.api import Api, Json, Unreachable
from tests.chaos.nodes import MERCHANT, NETWORK, Node

SPECIAL_EVERY = 40
TICK_S = 0.2
AGAIN_MAX = 3000
SUBMISSION_S = 5.0
PAUSE_S = 0.3
RECENT = 200
RECEIPT_EVERY_S = 0.5


class Kind(Enum):
    """What has to become of a document."""

    SOUND = "committed"
    RIVAL = "committed unless its rival is"
    HOPELESS = "never committed"


@dataclass(slots=True)
class Sent:
    """A document and the strongest promise that any node gave for it."""

    id: str
    kind: Kind
    jws: bytes
    rival: str | None = None
    state: str | None = None
    index: int | None = None

    def heard(self, answer: Json) -> bool:
        """Note an answer; whether it is a promise."""
        state = str(answer["state"])
        if state in ("committed", "refused") or (state == "pending" and self.state is None):
            self.state = state
            self.index = answer.get("index")
        return state != "unknown"


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A receipt that a node handed out, with the document, as a merchant keeps them."""

    id: str
    jws: bytes
    text: str
    node: str


@dataclass(slots=True)
class Book:
    """Everything that was handed in, by id, and receipts as they were handed out."""

    sent: dict[str, Sent] = field(default_factory=dict)
    receipts: list[HeldReceipt] = field(default_factory=list)

    @property
    def promised(self) -> int:
        """Documents that a node acknowledged."""
        return sum(each.state in ("pending", "committed") for each in self.sent.values())


class Load:
    """Strangers who hand documents in, `rate` a second in all, and collect receipts."""

    def __init__(
        self, api: Api, nodes: Sequence[Node], key: SigningKey, rate: float, seed: int
    ) -> None:
        self.book = Book()
        self.clock_off_s = 0
        self.spared: set[str] = set()
        self._api = api
        self._nodes = nodes
        self._key = key
        self._per_tick = max(1, round(rate * TICK_S / len(nodes)))
        self._random = random.Random(seed)
        self._again: deque[Sent] = deque()
        self._recent: deque[tuple[str, bytes]] = deque(maxlen=RECENT)
        self._made = 0
        self._fresh = True

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for node in self._nodes:
                group.create_task(self._feed(node))
            group.create_task(self._collect_receipts())

    async def rest(self, seconds: float) -> bool:
        """Make no more documents until `wake`; whether all sound ones were promised in time."""
        self._fresh = False
        deadline = time.monotonic() + seconds
        while any(each.kind is Kind.SOUND and not each.state for each in self.book.sent.values()):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(TICK_S)
        return True

    def wake(self) -> None:
        """Make documents again."""
        self._fresh = True

    async def bulk(self, node: Node, count: int) -> None:
        """Hand many sound documents in at once, as a large exporter does."""
        self._made += 1
        batch: list[Sent] = []
        while len(batch) < count:
            batch += [each for each in self._make() if each.kind is Kind.SOUND]
        await self._hand_in(node, batch)

    async def _feed(self, node: Node) -> None:
        due = time.monotonic()
        while True:
            due = max(due + TICK_S, time.monotonic() - TICK_S)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if node.name in self.spared:
                continue
            batch = self._next()
            if batch and not await self._hand_in(node, batch):
                await asyncio.sleep(PAUSE_S)

    def _next(self) -> list[Sent]:
        batch = [self._again.popleft() for _ in range(min(len(self._again), 2 * self._per_tick))]
        while self._fresh and len(batch) < self._per_tick and len(self._again) < AGAIN_MAX:
            batch += self._make()
        return batch

    async def _hand_in(self, node: Node, batch: list[Sent]) -> bool:
        texts = [each.jws for each in batch]
        try:
            answers = await self._api.submit(node.url, texts, SUBMISSION_S)
        except Unreachable:
            self._again.extend(batch)
            return False
        taken = True
        for each, answer in zip(batch, answers, strict=True):
            if each.heard(answer):
                if each.kind is Kind.SOUND:
                    self._recent.append((each.id, each.jws))
            elif each.kind is Kind.SOUND or "retryAfter" in answer:
                self._again.append(each)
                taken = False
        return taken

    # -- documents --------------------------------------------------------------------------

    def _make(self) -> list[Sent]:
        """One or two documents to hand in now; more may wait for another node."""
        self._made += 1
        match self._made % SPECIAL_EVERY:
            case 0:
                first, second = self._sign(Kind.RIVAL), self._sign(Kind.RIVAL)
                first.rival, second.rival = second.id, first.id
                self._again.append(second)
                return [first]
            case 10:
                return [self._sign(Kind.HOPELESS, totalPaymentDue="1.00")]
            case 20:
                twice = self._sign(Kind.SOUND)
                self._again.append(twice)
                return [twice]
            case 30:
                return [self._sign(Kind.HOPELESS)]
        return [self._sign(Kind.SOUND)]

    def _sign(self, kind: Kind, **changes: Any) -> Sent:
        claims = {
            "iss": MERCHANT,
            "aud": NETWORK,
            "iat": int(time.time()) + self.clock_off_s,
            "jti": base64url(self._random.randbytes(16)),
            "vct": "urn:cocket:commercial-invoice:1",
            "ucr": [f"CHAOS{self._made // 100}"],
            "refs": {},
            "body": invoice(self._made) | changes,
        }
        jws = sign(claims, self._key).jws
        if kind is Kind.HOPELESS and not changes:
            signed, _, _ = jws.rpartition(b".")
            jws = signed + b"." + base64url(self._random.randbytes(64)).encode("ascii")
        sent = Sent(document_id(jws), kind, jws)
        self.book.sent[sent.id] = sent
        return sent

    # -- receipts ---------------------------------------------------------------------------

    async def _collect_receipts(self) -> None:
        while True:
            await asyncio.sleep(RECEIPT_EVERY_S)
            if not self._recent:
                continue
            identity, jws = self._random.choice(self._recent)
            node = self._random.choice(self._nodes)
            try:
                path = f"/v1/documents/{identity}/receipt"
                code, text = await self._api.text(node.url, path, 2)
            except Unreachable:
                continue
            if code == 200:
                self.book.receipts.append(HeldReceipt(identity, jws, text, node.name))
