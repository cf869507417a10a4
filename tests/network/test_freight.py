"""The second connection of a session: what may wait goes there, and holds up no vote."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256

import pytest

from cocket.network.frames import (
    Alive,
    Answered,
    Asked,
    BatchFrame,
    ConsensusFrame,
    Frame,
    Freight,
    Height,
    Hello,
    Offer,
)
from cocket.network.peers import Peers
from cocket.network.questions import Batches, BlockAnswer, GetBatches, GetBlock
from tests.network.conftest import (
    QUICK,
    Notes,
    Puppet,
    eventually,
    identity,
    make_peers,
    member,
    network,
    puppet,
)

ID = sha256(b"batch").digest()
VOTE = ConsensusFrame(b"vote")
BATCH = BatchFrame(b"batch", bytes(64))
LARGE = BatchFrame(bytes(250_000), bytes(64))
PATIENT = replace(QUICK, silence=30.0, stall=30.0)


@asynccontextmanager
async def called(notes: Notes) -> AsyncIterator[tuple[Peers, Puppet, Puppet]]:
    """A node "bb", and a puppet "aa" that has a session with it and calls once more."""
    async with make_peers("bb", [member("aa")], notes, limits=PATIENT) as b:
        here = member("bb", str(b.address))
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet()
            await notes.until(lambda: b.connected == ["aa"])
            async with puppet(identity("aa"), b.address, here) as second:
                yield b, a, second


async def offer_freight(second: Puppet) -> None:
    await second.say(Freight())
    assert isinstance(await second.hear(), Hello)


async def hear(end: Puppet) -> Frame:
    """The next frame that says something."""
    while isinstance(frame := await end.hear(), Alive):
        pass
    return frame


async def has_freight(peers: Peers, peer: str) -> None:
    await eventually(lambda: peers._sessions[peer]._freight is not None)


async def test_whoever_dialled_opens_a_second_connection():
    async with network("aa", "bb") as nodes:
        for here, there in (nodes, nodes[::-1]):
            await has_freight(here.peers, there.me)
            here.peers.send(there.me, BATCH)
            here.peers.send(there.me, VOTE)
            await there.notes.until(lambda to=there: len(to.notes.heard) == 2)


async def test_batches_offers_and_answers_are_freight_and_all_else_is_not():
    notes = Notes()

    async def answer(peer, question):
        return Batches(()) if isinstance(question, GetBatches) else BlockAnswer(None)

    notes.answer = answer
    async with called(notes) as (b, a, second):
        await offer_freight(second)
        await has_freight(b, "aa")
        await a.say(Asked(1, GetBatches((ID,))))
        assert await hear(second) == Answered(1, Batches(()))
        await a.say(Asked(2, GetBlock(ID)))
        assert await hear(a) == Answered(2, BlockAnswer(None))  # a header: a view waits for it
        for frame, end in ((BATCH, second), (Offer((ID,)), second), (VOTE, a), (Height(9), a)):
            b.send("aa", frame)
            assert await hear(end) == frame


async def test_no_vote_waits_for_batches_that_nobody_takes():
    async with called(Notes()) as (b, a, second):
        await offer_freight(second)
        await has_freight(b, "aa")
        for _ in range(100):
            b.send("aa", LARGE)
        b.send("aa", VOTE)
        assert await hear(a) == VOTE


async def test_until_there_is_a_second_connection_the_first_carries_all():
    async with called(Notes()) as (b, a, _):
        b.send("aa", BATCH)
        assert await hear(a) == BATCH


async def test_a_second_connection_without_a_session_is_sent_away():
    async with make_peers("bb", [member("aa")], Notes()) as b:
        async with puppet(identity("aa"), b.address, member("bb", str(b.address))) as second:
            await offer_freight(second)
            assert "no session" in await second.sent_away()
        assert b.connected == []


async def test_a_third_connection_is_sent_away_and_the_session_goes_on():
    async with called(Notes()) as (b, _, second):
        await offer_freight(second)
        await has_freight(b, "aa")
        async with puppet(identity("aa"), b.address, member("bb", str(b.address))) as third:
            await offer_freight(third)
            assert "no session" in await third.sent_away()
        b.send("aa", BATCH)
        assert await hear(second) == BATCH


@pytest.mark.parametrize("frame", [VOTE, Height(1), Asked(1, GetBlock(ID)), Freight()])
async def test_what_is_no_freight_ends_the_session_if_it_comes_there(frame: Frame):
    notes = Notes()
    async with called(notes) as (b, a, second):
        await offer_freight(second)
        await has_freight(b, "aa")
        await second.say(frame)
        assert "no freight" in await a.sent_away()
        await notes.until(lambda: b.connected == [])


async def test_freight_in_the_middle_of_the_first_connection_ends_the_session():
    async with called(Notes()) as (_, a, _second):
        await a.say(Freight())
        assert "a second Hello" in await a.sent_away()


async def test_when_the_second_connection_breaks_both_are_made_anew():
    async with network("aa", "bb") as (a, b):
        await has_freight(a.peers, "bb")
        a.peers._sessions["bb"]._freight.transport.abort()
        await b.notes.until(lambda: b.notes.events == ["+aa", "-aa", "+aa"])
        await has_freight(a.peers, "bb")
