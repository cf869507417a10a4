"""Following the log: what a follower is told, and in how many pieces."""

from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cocket.node.api import events
from cocket.node.api.answers import Problem
from cocket.node.api.events import EVENTS_PER_READ, FOLLOWERS_PER_ADDRESS_MAX, Feed
from cocket.node.records import Final, Place
from tests.protocol_examples import issued

DOCUMENT = issued().document


class Log:
    """A node with a log of `size` documents, all the same."""

    def __init__(self, size: int) -> None:
        self.followers = 0
        self.reads = 0
        self.head = SimpleNamespace(height=size, log=SimpleNamespace(size=size))

    async def read(self, query: Callable[[Any], Any]) -> Any:
        self.reads += 1
        return query(self)

    async def wait_for_block(self, height: int, timeout_s: float) -> bool:
        return False

    def search(self, after: int, limit: int, **_: object) -> list[Final]:
        leaves = range(after + 1, min(after + 1 + limit, self.head.log.size))
        return [Final(DOCUMENT.id, 1, 1, Place(1, 0, 1), leaf, None, {}) for leaf in leaves]

    def jws(self, place: Place) -> bytes:
        return DOCUMENT.jws


def feed(log: Log) -> Feed:
    return Feed(cast(Any, log))


async def told(follower: AsyncIterator[bytes], pieces: int) -> list[int]:
    """How many events each of the next pieces brings."""
    return [(await anext(follower)).count(b"\nevent: committed\n") for _ in range(pieces)]


async def test_a_hundred_events_come_in_one_piece_and_are_read_once_for_all_followers() -> None:
    log = Log(EVENTS_PER_READ + 20)
    here = feed(log)
    for _ in range(3):
        follower = here.follow("192.0.2.1", -1)
        assert await told(follower, 4) == [0, EVENTS_PER_READ, 20, 0]
    assert log.reads == 2


async def test_a_piece_is_bounded_in_bytes_and_none_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "BYTES_PER_READ", 1)
    assert await told(feed(Log(3)).follow("192.0.2.1", 0), 4) == [0, 1, 1, 0]


async def test_followers_of_one_address_have_so_many_places_and_leave_them_to_others() -> None:
    here = feed(Log(1))
    crowd = [here.follow("192.0.2.1", 0) for _ in range(FOLLOWERS_PER_ADDRESS_MAX)]
    for each in crowd:
        await anext(each)
    with pytest.raises(Problem):
        here.follow("192.0.2.1", 0)
    here.follow("192.0.2.2", 0)
    await crowd[0].aclose()  # type: ignore[attr-defined]
    here.follow("192.0.2.1", 0)
