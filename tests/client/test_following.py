"""Following the ledger, against a fake node: every document once, in order, whatever is lost."""

import json
from contextlib import aclosing

import pytest
from aiohttp import web

from cocket.client import Ledger, LedgerError
from tests.client.asking import NOWHERE, Naps, note
from tests.client.fake_node import Busy as BusyNode
from tests.client.fake_node import FakeNode, LoseAnswer, LoseRequest, problem


async def first(ledger: Ledger, count: int, after: int | None = -1) -> list[int]:
    indexes: list[int] = []
    async with aclosing(ledger.follow(after)) as events:
        async for event in events:
            indexes.append(event.index)
            if len(indexes) == count:
                return indexes
    raise AssertionError("the stream ended")


async def test_following_tells_of_every_document_once_in_order(
    node: FakeNode, ledger: Ledger
) -> None:
    for number in range(4):
        await ledger.submit(note(number))
    assert await first(ledger, 4) == [0, 1, 2, 3]
    assert await first(ledger, 2, after=1) == [2, 3]


async def test_following_goes_on_where_it_was_when_the_connection_is_lost(
    node: FakeNode, ledger: Ledger
) -> None:
    for number in range(7):
        await ledger.submit(note(number))
    node.events_per_connection = 2
    node.requests.clear()
    node.faults += [None, LoseAnswer(), LoseRequest(), BusyNode(retry_after=1)]
    assert await first(ledger, 7) == [0, 1, 2, 3, 4, 5, 6]
    asked = [request.query["after"] for request in node.requests]
    assert asked == ["-1", "1", "3", "3", "3", "5"]


async def test_a_node_that_repeats_events_is_not_believed_twice(
    node: FakeNode, ledger: Ledger
) -> None:
    for number in range(3):
        await ledger.submit(note(number))
    entries = [node.entry(id) for id in node.documents]
    for entry in entries:
        del entry["claims"]
    text = "".join(f"event: committed\ndata: {json.dumps(e)}\n\n" for e in [*entries[:2], *entries])
    node.overrides["/v1/events"] = lambda: web.Response(text=text, content_type="text/event-stream")
    assert await first(ledger, 3) == [0, 1, 2]


async def test_following_gives_up_when_nothing_answers() -> None:
    naps = Naps(attempts=3)
    async with Ledger(NOWHERE, patience=naps.patience) as ledger:
        with pytest.raises(LedgerError, match="did not answer"):
            await first(ledger, 1)
    assert len(naps.taken) == 2


async def test_following_gives_up_on_a_node_that_greets_and_hangs_up(
    node: FakeNode, ledger: Ledger
) -> None:
    with pytest.raises(LedgerError, match="ended the stream"):
        await first(ledger, 1)
    assert len(node.requests) == 4


async def test_following_without_a_valid_token_is_an_error_at_once(
    node: FakeNode, ledger: Ledger
) -> None:
    node.overrides["/v1/events"] = lambda: problem(401, "token-needed", "reads are for members")
    with pytest.raises(LedgerError) as caught:
        await first(ledger, 1)
    assert caught.value.code == "token-needed"
    assert len(node.requests) == 1


async def test_an_event_that_cannot_be_read_is_a_typed_error(
    node: FakeNode, ledger: Ledger
) -> None:
    node.overrides["/v1/events"] = lambda: web.Response(text="event: committed\ndata: {\n\n")
    with pytest.raises(LedgerError, match="bad-answer"):
        await first(ledger, 1)
