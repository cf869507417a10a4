"""One session: questions and answers, and every way in which it can end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest

from cocket.ledger.blocks import Block
from cocket.network.frames import (
    FRAME_BYTES_MAX,
    Alive,
    Answered,
    Asked,
    BatchFrame,
    ConsensusFrame,
    Frame,
    Height,
    Hello,
    encode,
)
from cocket.network.peers import Peers
from cocket.network.questions import (
    Answer,
    Batches,
    BlockAnswer,
    GetBatches,
    GetBlock,
    GetChain,
    Question,
    Unable,
)
from cocket.network.session import (
    QUESTIONS_BURST,
    QUESTIONS_IN_FLIGHT_MAX,
    QUESTIONS_PER_SECOND,
    Limits,
    NoAnswer,
)
from tests.network.conftest import (
    GENESIS,
    NETWORK,
    QUICK,
    Notes,
    Puppet,
    identity,
    make_peers,
    member,
    network,
    puppet,
)

HASH = sha256(b"x").digest()
BLOCK = Block(NETWORK, 1, 1, 1, GENESIS, 1000, ())


@asynccontextmanager
async def greeted(notes: Notes, limits: Limits = QUICK) -> AsyncIterator[tuple[Peers, Puppet]]:
    """A node "bb" and a puppet "aa" in session with it."""
    async with (
        make_peers("bb", [member("aa")], notes, limits=limits) as b,
        puppet(identity("aa"), b.address, member("bb", str(b.address))) as a,
    ):
        await a.greet()
        await notes.until(lambda: b.connected == ["aa"])
        yield b, a


async def test_a_question_gets_the_answer_of_the_peer_it_was_put_to():
    async with network("aa", "bb", "cc") as (a, b, _):

        async def answer(peer: str, question: Question) -> Answer:
            assert (peer, question) == ("aa", GetBlock(BLOCK.id))
            return BlockAnswer(BLOCK)

        b.notes.answer = answer
        assert await a.peers.request("bb", GetBlock(BLOCK.id), 5) == BlockAnswer(BLOCK)
        with pytest.raises(NoAnswer, match="this test answers nothing"):
            await a.peers.request("cc", GetBlock(BLOCK.id), 5)


async def test_answers_find_their_questions_when_many_are_open():
    async with network("aa", "bb") as (a, b):

        async def answer(peer: str, question: Question) -> Answer:
            assert isinstance(question, GetBatches)
            return Batches(((question.ids[0], bytes(64)),))

        b.notes.answer = answer
        ids = [sha256(bytes([n])).digest() for n in range(100)]
        asked = (a.peers.request("bb", GetBatches((each,)), 5) for each in ids)
        answers = await asyncio.gather(*asked)
        assert answers == [Batches(((each, bytes(64)),)) for each in ids]


async def test_a_question_that_is_not_answered_in_time_fails_and_a_late_answer_harms_nobody():
    gate = asyncio.Event()

    async def answer(peer: str, question: Question) -> Answer:
        await gate.wait()
        return BlockAnswer(None)

    async with network("aa", "bb") as (a, b):
        b.notes.answer = answer
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.05 s"):
            await a.peers.request("bb", GetBlock(HASH), 0.05)
        gate.set()
        assert await a.peers.request("bb", GetBlock(HASH), 5) == BlockAnswer(None)


async def test_questions_to_a_peer_that_leaves_fail_at_once():
    async with greeted(Notes()) as (b, a):
        asking = asyncio.ensure_future(b.request("aa", GetBlock(HASH), 60))
        while not isinstance(await a.hear(), Asked):
            pass
        await a.socket.close()
        async with asyncio.timeout(5):
            with pytest.raises(NoAnswer, match="left before it answered"):
                await asking
        with pytest.raises(NoAnswer, match="not connected"):
            await b.request("aa", GetBlock(HASH), 60)


async def test_more_questions_than_allowed_at_a_time_are_answered_unable():
    gate = asyncio.Event()
    notes = Notes()

    async def answer(peer: str, question: Question) -> Answer:
        await gate.wait()
        return BlockAnswer(None)

    notes.answer = answer
    async with greeted(notes) as (_, a):
        many = 3 * QUESTIONS_IN_FLIGHT_MAX
        for number in range(1, many + 1):
            await a.say(Asked(number, GetBlock(HASH)))
        answers = []
        while len(answers) < many:
            if isinstance(frame := await a.hear(), Answered):
                answers.append(frame.answer)
                gate.set()
        assert sum(isinstance(each, Unable) for each in answers) >= QUESTIONS_IN_FLIGHT_MAX
        assert answers.count(BlockAnswer(None)) >= QUESTIONS_IN_FLIGHT_MAX


async def test_a_node_that_has_nothing_to_say_says_that_it_is_alive():
    async with greeted(Notes()) as (_, a):
        assert await a.hear() == Alive()
        assert await a.hear() == Alive()


async def test_a_peer_that_falls_silent_is_taken_for_gone():
    notes = Notes()
    async with greeted(notes) as (b, a):
        assert "silent" in await a.sent_away()
        await notes.until(lambda: b.connected == [])
        assert "silent for 0.5 s" in b.status().peers[0].last_error


async def test_a_peer_that_says_it_is_alive_stays():
    notes = Notes()
    async with greeted(notes) as (b, a):
        for _ in range(8):
            await asyncio.sleep(0.1)
            await a.say(Alive())
        assert b.connected == ["aa"]


async def test_while_the_node_is_busy_it_reads_no_more_batches_and_loses_none():
    notes = Notes()
    async with greeted(notes, replace(QUICK, silence=30.0)) as (_, a):
        notes.gate.clear()
        batches = [BatchFrame(n.to_bytes(4, "big") + bytes(200_000), bytes(64)) for n in range(100)]

        async def say_all() -> None:
            for batch in batches:
                await a.say(batch)

        saying = asyncio.ensure_future(say_all())
        _done, still = await asyncio.wait([saying], timeout=0.3)
        assert still, "20 MB went somewhere although nobody took them"
        notes.gate.set()
        await saying
        await notes.until(lambda: len(notes.heard) == 100)
        assert [frame for _, frame in notes.heard] == batches


HOSTILE: list[tuple[str, bytes | str | Frame, str]] = [
    ("not a frame", b"\x93\x01\x02", "not MessagePack"),
    ("a kind that does not exist", b"\x91\x63", "not known here"),
    ("an oversized frame", bytes(FRAME_BYTES_MAX + 1), "not a frame"),
    ("a text", "hello", "binary"),
    ("a second hello", Hello(1, NETWORK, GENESIS, 0), "second Hello"),
    ("an answer nobody asked for", Answered(1, BlockAnswer(None)), "never asked"),
    ("a number out of range", encode(Height(7))[:-1] + b"\xff", "height"),
]


@pytest.mark.parametrize(("_", "said", "reason"), HOSTILE, ids=[each[0] for each in HOSTILE])
async def test_what_the_protocol_does_not_allow_ends_the_session_with_the_reason(
    _: str, said: bytes | str | Frame, reason: str
):
    notes = Notes()
    async with greeted(notes) as (b, a):
        if isinstance(said, str):
            await a.socket.send_str(said)
        else:
            await a.socket.send_bytes(said if isinstance(said, bytes) else encode(said))
        await notes.until(lambda: b.connected == [])
        assert reason in b.status().peers[0].last_error
        assert notes.heard == []


async def test_a_frame_of_exactly_one_mebibyte_arrives():
    async with network("aa", "bb") as (a, b):
        largest = ConsensusFrame(bytes(FRAME_BYTES_MAX - 7))
        assert len(encode(largest)) == FRAME_BYTES_MAX
        a.peers.send("bb", largest)
        await b.notes.until(lambda: b.notes.heard == [("aa", largest)])


async def test_an_answer_of_the_wrong_kind_ends_the_session():
    notes = Notes()
    async with greeted(notes) as (b, a):
        asking = asyncio.ensure_future(b.request("aa", GetChain(1, 64), 5))
        while not isinstance(await a.hear(), Asked):
            pass
        await a.say(Answered(1, BlockAnswer(None)))
        with pytest.raises(NoAnswer):
            await asking
        assert "answer of the wrong kind" in b.status().peers[0].last_error


async def test_the_height_of_a_peer_never_goes_back():
    notes = Notes()
    async with greeted(notes) as (b, a):
        await a.say(Height(9))
        await a.say(Height(5))
        await a.say(ConsensusFrame(b"end"))
        await notes.until(lambda: len(notes.heard) == 3)
        assert b.heights() == {"aa": 9}


async def test_questions_are_served_at_a_bounded_rate():
    async def answer(peer: str, question: Question) -> Answer:
        return BlockAnswer(None)

    async with network("aa", "bb") as (a, b):
        b.notes.answer = answer
        clock = asyncio.get_running_loop().time
        began = clock()
        many = QUESTIONS_BURST + 30
        await asyncio.gather(*(a.peers.request("bb", GetBlock(HASH), 5) for _ in range(many)))
        assert clock() - began > 0.9 * 30 / QUESTIONS_PER_SECOND


async def test_after_an_answer_a_peer_waits_as_long_as_making_it_took():
    clock = asyncio.get_running_loop().time
    made: list[tuple[float, float]] = []

    async def answer(peer: str, question: Question) -> Answer:
        began = clock()
        await asyncio.sleep(0.05)
        made.append((began, clock()))
        return BlockAnswer(None)

    async with network("aa", "bb") as (a, b):
        b.notes.answer = answer
        await asyncio.gather(*(a.peers.request("bb", GetBlock(HASH), 5) for _ in range(4)))
    for (began, ended), (following, _) in pairwise(made):
        assert following - ended >= (ended - began) * 0.99
