"""Submissions: what is promised is on the disk first; a busy node sets the pace, and says so."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Refusal, Refused
from cocket.node import intake as intake_module
from cocket.node.intake import Intake
from cocket.node.metrics import Metrics, Stages
from cocket.node.pending import Pending
from cocket.node.problems import NodeError, StorageFull
from cocket.node.records import Final, Place
from tests.node.cluster import invoice
from tests.protocol_examples import key


def document(number: int) -> Document:
    claims = {
        "iss": "exporter",
        "aud": "green-lane",
        "iat": 1_790_000_000,
        "jti": "AAECAwQFBgcICQoLDA0ODw",
        "vct": "urn:cocket:commercial-invoice:1",
        "ucr": [],
        "refs": {},
        "body": invoice(number),
    }
    return sign(claims, key(21))


class Bench:
    """An intake between fakes: every document is well signed, nothing is final yet."""

    def __init__(self, documents_max: int = 100, per_organisation_max: int = 100) -> None:
        self.pending = Pending(documents_max, per_organisation_max)
        self.stored: list[str] = []
        self.disk = asyncio.Event()
        self.disk.set()
        self.full = False
        self.unknown: set[str] = set()
        self.does_not_fit: set[str] = set()
        self.blocks = asyncio.Event()
        self.intake = Intake(
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self.pending,
            self.enqueue,
            lambda: (1, 0),
            self.wait_for_block,
            Metrics(Stages()),
            Stages(),
        )

    async def submissions(self, texts: Sequence[bytes]) -> list[Document | Refusal]:
        return [Document.parse(text) for text in texts]

    def final(self, digests: Sequence[bytes]) -> set[bytes]:
        return set()

    def admit(self, each: Document, *_: Any, **__: Any) -> None:
        if each.id in self.unknown:
            raise Refused("unknown-reference", "not committed: wait until it is")

    async def enqueue(self, documents: Sequence[Document]) -> list[NodeError | None]:
        await self.disk.wait()
        found: list[NodeError | None] = []
        for each in documents:
            full = self.full or each.id in self.does_not_fit
            found.append(StorageFull("ledger.db") if full else None)
            self.stored += [] if full else [each.id]
        return found

    async def wait_for_block(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.blocks.wait()
        except TimeoutError:
            return False
        self.blocks.clear()
        return True

    async def submit(self, *documents: Document) -> list[str]:
        """What is said of each: pending, or a code."""
        answers = await self.intake.submit([each.jws for each in documents])
        return ["pending" if each.refusal is None else each.refusal.code for each in answers]


async def test_pending_is_said_only_when_the_document_is_stored() -> None:
    bench, one = Bench(), document(1)
    bench.disk.clear()
    first = asyncio.create_task(bench.submit(one))
    await asyncio.sleep(0)
    second = asyncio.create_task(bench.submit(one))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not first.done()
    assert not second.done()
    bench.disk.set()
    assert await first == await second == ["pending"]
    assert bench.stored == [one.id]


async def test_a_full_disk_takes_nothing_and_promises_nothing_to_either_of_two() -> None:
    bench, one = Bench(), document(1)
    bench.disk.clear()
    bench.full = True
    both = [asyncio.create_task(bench.submit(one)) for _ in range(2)]
    for _ in range(20):
        await asyncio.sleep(0)
    bench.disk.set()
    assert [await each for each in both] == [["disk-full"], ["disk-full"]]
    assert len(bench.pending) == 0


async def test_a_document_that_stands_twice_in_a_request_is_not_promised_by_a_full_disk() -> None:
    """The simulation of whole nodes found it: seed 2068, five nodes."""
    bench, one = Bench(), document(1)
    bench.full = True
    assert await bench.submit(one, one) == ["disk-full", "disk-full"]


async def test_a_document_of_one_request_is_not_promised_to_another_that_waits_for_more() -> None:
    bench, one, two = Bench(), document(1), document(2)
    bench.does_not_fit.add(one.id)
    bench.disk.clear()
    first = asyncio.create_task(bench.submit(one))
    await asyncio.sleep(0)
    second = asyncio.create_task(bench.submit(one, two))
    for _ in range(20):
        await asyncio.sleep(0)
    bench.disk.set()
    assert await first == ["disk-full"]
    assert await second == ["disk-full", "pending"]


async def test_what_was_stored_of_a_request_is_promised_and_the_rest_is_not() -> None:
    bench, one, two = Bench(), document(1), document(2)
    bench.does_not_fit.add(two.id)
    assert await bench.submit(one, two) == ["pending", "disk-full"]
    assert (one.id in bench.pending, two.id in bench.pending) == (True, False)


async def test_a_client_that_hangs_up_leaves_no_document_half_taken() -> None:
    bench, one = Bench(), document(1)
    bench.disk.clear()
    hung_up = asyncio.create_task(bench.submit(one))
    for _ in range(20):
        await asyncio.sleep(0)
    hung_up.cancel()
    bench.disk.set()
    assert await bench.submit(one) == ["pending"]
    assert bench.stored == [one.id]


async def test_what_does_not_fit_is_named_and_may_come_again() -> None:
    bench = Bench(documents_max=3, per_organisation_max=2)
    documents = [document(number) for number in range(3)]
    assert await bench.submit(*documents) == ["pending", "pending", "organisation-busy"]
    bench.pending.settle(Final(documents[0].id, 1, 0, Place(1, 0, 1), 0, None, {}))
    assert await bench.submit(documents[2]) == ["pending"]


async def test_a_document_known_to_another_node_is_looked_for_after_the_next_block() -> None:
    bench, one = Bench(), document(1)
    bench.unknown.add(one.id)
    asked = asyncio.create_task(bench.submit(one))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not asked.done()
    bench.unknown.clear()
    bench.blocks.set()
    assert await asked == ["pending"]


async def test_at_a_standstill_requests_wait_once_and_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake_module, "CALM_DOCUMENTS", 1)
    monkeypatch.setattr(intake_module, "PATIENCE_S", 1.0)
    bench = Bench()
    await bench.submit(document(0))
    clock = asyncio.get_running_loop().time
    start = clock()
    requests = [asyncio.create_task(bench.submit(document(n))) for n in range(1, 6)]
    assert [await each for each in requests] == [["pending"]] * 5
    assert clock() - start < 3.0  # one after the other it would be five
