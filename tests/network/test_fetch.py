"""Getting what is missing, by id."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from random import Random

import pytest

from cocket.ledger.blocks import Block
from cocket.network import fetch
from cocket.network.fetch import Fetcher, batch_fetcher, block_fetcher
from cocket.network.questions import Answer, Batches, BlockAnswer, GetBatches, Question, Unable
from tests.network.chain import BATCH_SIGNATURE, FakePeers, FinalChain, Store
from tests.network.conftest import eventually

CHAIN = FinalChain(100)
IDS = list(CHAIN.batches)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAUSE_S", 0.01)
    monkeypatch.setattr(fetch, "IMPATIENT_S", 0.05)


@asynccontextmanager
async def running(peers: FakePeers, store: Store) -> AsyncIterator[Fetcher]:
    fetcher = batch_fetcher(peers, store.accept, Random(1))
    async with asyncio.timeout(10):
        task = asyncio.create_task(fetcher.run())
        try:
            yield fetcher
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


def nothing(question: Question) -> Answer:
    return Batches(())


def away(question: Question) -> Answer:
    return Unable("away")


async def test_what_is_missing_is_asked_of_the_peer_that_was_named_first():
    peers, store = FakePeers(dict.fromkeys(("aa", "bb", "cc"), CHAIN.answer)), Store()
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:10], "bb")
    assert store.batches.keys() == set(IDS[:10])
    assert peers.asked == [("bb", GetBatches(tuple(IDS[:10])))]
    assert len(fetcher) == 0


async def test_when_the_named_peer_lacks_it_the_others_are_asked():
    peers, store = FakePeers({"aa": nothing, "bb": away, "cc": CHAIN.answer}), Store()
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:1], "aa")
    assert peers.asked[0][0] == "aa"
    assert peers.asked[-1][0] == "cc"
    assert peers.blamed == {}


async def test_what_nobody_has_yet_is_asked_for_again_until_somebody_has_it():
    tries = 0

    def late(question: Question) -> Answer:
        nonlocal tries
        tries += 1
        return CHAIN.answer(question) if tries > 5 else nothing(question)

    peers, store = FakePeers({"aa": late}), Store()
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:1])
    assert tries == 6


async def test_a_peer_that_connects_later_is_asked():
    peers, store = FakePeers({}), Store()
    async with running(peers, store) as fetcher:
        obtaining = asyncio.ensure_future(fetcher.obtain(IDS[:3]))
        await asyncio.sleep(0)
        peers.peers["dd"] = CHAIN.answer
        fetcher.peer_connected()
        await obtaining
    assert store.batches.keys() == set(IDS[:3])


async def test_many_batches_are_asked_of_all_peers_at_once_a_few_asks_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(fetch, "IMPATIENT_S", 10.0)
    chain = FinalChain(1000)
    peers = FakePeers(dict.fromkeys(("aa", "bb", "cc"), chain.answer))
    store = Store()
    async with running(peers, store) as fetcher:
        await fetcher.obtain(chain.batches)
    assert store.batches == chain.batches
    assert {peer for peer, _ in peers.asked} == {"aa", "bb", "cc"}
    assert peers.open_questions_max <= 3 * fetch.ASKS_PER_PEER_MAX
    asked = [each for _, question in peers.asked for each in question.ids]
    assert len(asked) == len(set(asked)), "nothing was asked for twice"


async def test_what_did_not_fit_into_an_answer_is_asked_of_the_same_peer_again():
    def few(question: Question) -> Answer:
        answer = CHAIN.answer(question)
        assert isinstance(answer, Batches)
        return Batches(answer.batches[:3])

    peers, store = FakePeers({"aa": few}), Store()
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:10])
    assert len(peers.asked) == 4


async def test_a_peer_that_sends_something_else_is_blamed_and_another_asked():
    def other(question: Question) -> Answer:
        return Batches(((CHAIN.batches[IDS[99]], BATCH_SIGNATURE),))

    peers, store = FakePeers({"aa": other, "bb": CHAIN.answer}), Store()
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:1], "aa")
    assert "not asked for" in peers.blamed["aa"]
    assert store.batches.keys() == {IDS[0]}


async def test_a_peer_that_sends_what_its_author_did_not_sign_is_blamed_and_another_asked():
    def forged(question: Question) -> Answer:
        answer = CHAIN.answer(question)
        assert isinstance(answer, Batches)
        return Batches(tuple((batch, bytes([1]) * 64) for batch, _ in answer.batches))

    peers, store = FakePeers({"aa": forged, "bb": CHAIN.answer}), Store()
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:5], "aa")
    assert "did not sign" in peers.blamed["aa"]
    assert store.batches.keys() == set(IDS[:5])


async def test_a_batch_that_could_not_be_kept_is_asked_for_again_and_nobody_blamed():
    peers, store = FakePeers({"aa": CHAIN.answer}), Store()
    failures = [OSError("no space left on the device")] * 3
    keep = store.accept

    async def accept(batch: bytes, signature: bytes, wanted: bool) -> bool:
        if failures:
            raise failures.pop()
        return await keep(batch, signature, wanted)

    store.accept = accept
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:1])
    assert len(peers.asked) >= 4
    assert peers.blamed == {}


async def test_a_peer_that_is_slow_is_not_waited_for():
    peers, store = FakePeers({"aa": CHAIN.answer, "bb": CHAIN.answer}), Store()
    never = asyncio.Event()
    plain = peers.request

    async def request(peer: str, question: Question, within: float) -> Answer:
        if peer == "aa":
            await never.wait()
        return await plain(peer, question, within)

    peers.request = request
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:1], "aa")
    assert [peer for peer, _ in peers.asked] == ["bb"]


async def test_while_some_peers_stall_the_others_are_asked_again():
    chain, late = FinalChain(1000), False

    def lacks_it_at_first(question: Question) -> Answer:
        return chain.answer(question) if late else nothing(question)

    stalling = ("aa", "bb", "cc", "dd")
    peers = FakePeers(dict.fromkeys((*stalling, "ee"), lacks_it_at_first))
    store, never, plain = Store(), asyncio.Event(), peers.request

    async def request(peer: str, question: Question, within: float) -> Answer:
        if peer in stalling:
            await never.wait()
        return await plain(peer, question, within)

    peers.request = request
    async with running(peers, store) as fetcher:
        obtaining = asyncio.ensure_future(fetcher.obtain(chain.batches))
        await asyncio.sleep(0.2)
        late = True
        await obtaining
    assert store.batches == chain.batches


async def test_what_came_another_way_is_no_longer_asked_for():
    peers, store = FakePeers({"aa": nothing}), Store()
    async with running(peers, store) as fetcher:
        obtaining = asyncio.ensure_future(fetcher.obtain(IDS[:1]))
        await asyncio.sleep(0)
        fetcher.arrived(IDS[0])
        await obtaining
        assert len(fetcher) == 0


async def test_a_wish_that_nobody_repeats_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetch, "FORGET_S", 0.1)
    peers, store = FakePeers({"aa": nothing}), Store()
    async with running(peers, store) as fetcher:
        fetcher.want(IDS[:1])
        obtaining = asyncio.ensure_future(fetcher.obtain(IDS[1:2]))
        await eventually(lambda: len(fetcher) == 2)
        await eventually(lambda: len(fetcher) == 1)
        peers.peers["aa"] = CHAIN.answer
        await obtaining
    assert store.batches.keys() == {IDS[1]}


async def test_wishes_have_a_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetch, "WANTED_MAX", 50)
    fetcher = batch_fetcher(FakePeers({}), Store().accept, Random(1))
    fetcher.want(IDS)
    assert len(fetcher) == 50


async def test_a_batch_that_was_not_taken_has_not_arrived_and_nobody_is_blamed():
    peers, store = FakePeers({"aa": CHAIN.answer}), Store()
    refusals = 3
    keep = store.accept

    async def accept(batch: bytes, signature: bytes, wanted: bool) -> bool:
        nonlocal refusals
        if refusals:
            refusals -= 1
            return False
        return await keep(batch, signature, wanted)

    store.accept = accept
    async with running(peers, store) as fetcher:
        await fetcher.obtain(IDS[:1])
        assert store.batches.keys() == {IDS[0]}
    assert len(peers.asked) == 4
    assert peers.blamed == {}


async def test_what_is_wanted_has_room_and_the_first_turn_whatever_peers_offer():
    peers = FakePeers(dict.fromkeys(("aa", "bb"), CHAIN.answer))
    fetcher = batch_fetcher(peers, Store().accept, Random(1))
    for frame in range(40):
        fetcher.offered((frame.to_bytes(2) + n.to_bytes(30) for n in range(1024)), "aa")
    fetcher.want(IDS, "aa")
    assert len(fetcher) == len(IDS), "what is offered is not counted as wanted"
    async with asyncio.timeout(5):
        task = asyncio.create_task(fetcher.run())
        await eventually(lambda: len(fetcher) == 0)
        task.cancel()
    wanted = [each for each in peers.asked if set(each[1].ids) <= set(IDS)]
    assert peers.asked[: len(wanted)] == wanted, "before anything that was only offered"


async def test_what_a_peer_offers_is_asked_of_it_once_and_is_not_wanted():
    peers, store = FakePeers({"aa": CHAIN.answer, "bb": nothing, "cc": CHAIN.answer}), Store()
    async with running(peers, store) as fetcher:
        fetcher.offered(IDS[:10], "aa")
        fetcher.offered(IDS[20:30], "bb")
        await eventually(lambda: len(store.batches) == 10)
        assert len(fetcher) == 0
    assert sorted(store.unwanted) == sorted(IDS[:10])
    asked = sorted(peers.asked, key=lambda each: each[0])
    assert asked == [("aa", GetBatches(tuple(IDS[:10]))), ("bb", GetBatches(tuple(IDS[20:30])))]


async def test_a_new_offer_replaces_the_last_and_both_have_a_bound():
    peers, store = FakePeers({"aa": nothing}), Store()
    ids = [n.to_bytes(32) for n in range(5000)]
    async with running(peers, store) as fetcher:
        fetcher.offered(ids[:2000], "aa")
        fetcher.offered(ids[2000:], "aa")
        await eventually(lambda: len(peers.asked) == 1024 // fetch.BATCHES_PER_ASK)
        await asyncio.sleep(0.02)
    asked = [each for _, question in peers.asked for each in question.ids]
    assert asked == ids[2000:3024]


async def test_what_was_offered_and_then_wanted_is_wanted_and_first_asked_of_who_offered_it():
    peers, store = FakePeers(dict.fromkeys(("aa", "bb", "cc"), CHAIN.answer)), Store()
    fetcher = batch_fetcher(peers, store.accept, Random(1))
    fetcher.offered(IDS[:5], "cc")
    fetcher.want(IDS[:5])
    async with asyncio.timeout(5):
        task = asyncio.create_task(fetcher.run())
        await eventually(lambda: len(store.batches) == 5)
        task.cancel()
    assert peers.asked == [("cc", GetBatches(tuple(IDS[:5])))]
    assert store.unwanted == []


async def test_what_is_wanted_while_it_is_asked_for_as_offered_is_accepted_as_wanted():
    peers, store = FakePeers({"aa": CHAIN.answer}), Store()
    peers.gate.clear()
    async with running(peers, store) as fetcher:
        fetcher.offered(IDS[:1], "aa")
        await eventually(lambda: len(peers.asked) == 1)
        fetcher.want(IDS[:1], "aa")
        peers.gate.set()
        await eventually(lambda: len(store.batches) == 1)
    assert len(peers.asked) == 1
    assert store.unwanted == []


async def test_an_answer_costs_what_is_due_and_not_all_that_is_wanted():
    peers = FakePeers({"aa": nothing})
    fetcher = batch_fetcher(peers, Store().accept, Random(1))
    fetcher.want(n.to_bytes(32) for n in range(fetch.WANTED_MAX))
    looked = 0
    place = fetcher._place

    def count(*arguments: object) -> None:
        nonlocal looked
        looked += 1
        place(*arguments)

    fetcher._place = count
    task = asyncio.create_task(fetcher.run())
    async with asyncio.timeout(5):
        await eventually(lambda: len(peers.asked) >= 100)
    task.cancel()
    assert looked <= 2 * fetch.BATCHES_PER_ASK * len(peers.asked) + fetch.LOOKS_MAX


async def test_a_block_is_fetched_by_its_id_and_a_wrong_one_is_refused():
    def wrong(question: Question) -> Answer:
        return BlockAnswer(CHAIN.links[7].block)

    def lacks(question: Question) -> Answer:
        return BlockAnswer(None)

    got: asyncio.Queue[Block] = asyncio.Queue()
    peers = FakePeers({"aa": wrong, "bb": lacks, "cc": CHAIN.answer})
    fetcher = block_fetcher(peers, got.put_nowait, Random(1))
    wanted = CHAIN.links[3].block
    async with asyncio.timeout(5):
        task = asyncio.create_task(fetcher.run())
        fetcher.want([wanted.id], "aa")
        assert await got.get() == wanted
        task.cancel()
    assert peers.blamed.keys() == {"aa"}
    assert sha256(wanted.data).digest() == wanted.id
