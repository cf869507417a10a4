"""What waits for a peer: votes first, and a bound."""

import asyncio

import pytest

from cocket.network.outbox import Outbox


async def test_the_urgent_overtake_and_each_line_keeps_its_order():
    outbox = Outbox()
    for n in range(3):
        outbox.put(b"batch %d" % n, urgent=False)
        outbox.put(b"vote %d" % n, urgent=True)
    taken = [await outbox.take() for _ in range(6)]
    assert taken == [b"vote 0", b"vote 1", b"vote 2", b"batch 0", b"batch 1", b"batch 2"]
    assert outbox.size == 0


async def test_once_parted_each_line_is_taken_by_itself():
    outbox = Outbox()
    taking = asyncio.ensure_future(outbox.take())
    await asyncio.sleep(0)
    outbox.part()
    outbox.put(b"batch", urgent=False)
    outbox.put(b"vote", urgent=True)
    assert await outbox.take_bulk() == b"batch"
    assert await taking == b"vote"
    assert outbox.size == 0


async def test_what_does_not_fit_is_not_lined_up():
    outbox = Outbox(bytes_max=10)
    assert outbox.put(bytes(6), urgent=False)
    assert not outbox.put(bytes(5), urgent=True)
    assert outbox.put(bytes(4), urgent=True)
    assert outbox.size == 10


async def test_taking_waits_for_something_to_send():
    outbox = Outbox()
    taking = asyncio.ensure_future(outbox.take())
    await asyncio.sleep(0)
    assert not taking.done()
    outbox.put(b"vote", urgent=True)
    assert await taking == b"vote"


async def test_a_taker_that_gave_up_waiting_loses_nothing():
    outbox = Outbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await outbox.take()
    outbox.put(b"vote", urgent=True)
    assert await outbox.take() == b"vote"


async def test_room_waits_until_enough_was_taken():
    outbox = Outbox()
    for _ in range(3):
        outbox.put(bytes(10), urgent=False)
    waiting = asyncio.ensure_future(outbox.room(10))
    await outbox.take()
    await asyncio.sleep(0)
    assert not waiting.done()
    await outbox.take()
    await waiting
