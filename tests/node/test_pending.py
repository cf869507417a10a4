"""Pending documents are bounded, in all and for each organisation, and waiters hear of finality."""

import asyncio

from cocket.node.pending import Pending
from cocket.node.records import Final, Place


def final(identity: str) -> Final:
    return Final(identity, 1, 1000, Place(1, 0, 1), 0, None, {})


def test_one_organisation_cannot_take_all_the_room() -> None:
    pending = Pending(documents_max=10, per_organisation_max=3)
    for number in range(3):
        assert pending.room_for("flooder") is None
        pending.add(f"f{number}", "flooder")
    assert "flooder already has 3" in (pending.room_for("flooder") or "")
    assert pending.room_for("other") is None


def test_the_node_as_a_whole_has_a_limit() -> None:
    pending = Pending(documents_max=2, per_organisation_max=2)
    pending.add("a", "x")
    pending.add("b", "y")
    assert "2 documents" in (pending.room_for("z") or "")
    pending.settle(final("a"))
    assert pending.room_for("z") is None


def test_a_document_seen_twice_counts_once() -> None:
    pending = Pending(10, 10)
    pending.add("a", "x")
    pending.add("a", "x")
    assert len(pending) == 1
    pending.remove("a")
    assert "a" not in pending
    assert len(pending) == 0


async def test_all_who_wait_hear_and_nothing_is_left_behind() -> None:
    pending = Pending(10, 10)
    pending.add("a", "x")
    waits = [asyncio.create_task(pending.wait(["a"], 5)) for _ in range(3)]
    await asyncio.sleep(0)
    pending.settle(final("a"))
    assert await asyncio.gather(*waits) == [{"a": final("a")}] * 3
    assert not pending.awaits("a")


async def test_a_wait_that_ends_without_finality_leaves_nothing_behind() -> None:
    pending = Pending(10, 10)
    pending.add("a", "x")
    assert await pending.wait(["a"], 0) == {}
    assert not pending.awaits("a")
    assert "a" in pending
