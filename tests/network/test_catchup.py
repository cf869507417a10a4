"""Catching up: from anywhere, past liars, in order, again and again, and saying how far."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from random import Random

import pytest

from cocket.ledger.blocks import Block
from cocket.network import catchup, fetch
from cocket.network.catchup import (
    RANGE_BLOCKS,
    RANGES_IN_FLIGHT,
    Catchup,
    Progress,
    Shelf,
    answer_chain,
)
from cocket.network.fetch import batch_fetcher
from cocket.network.questions import Answer, Chain, GetBatches, GetChain, Link, Question, Unable
from tests.network.chain import VALIDATORS, Behaviour, FakePeers, FinalChain, Store, finalization
from tests.network.conftest import GENESIS, Notes, eventually, make_peers, member

CHAIN = FinalChain(500)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catchup, "GRACE_S", 0.02)
    monkeypatch.setattr(catchup, "SHELVE_S", 0.02)
    monkeypatch.setattr(catchup, "SHELVE_S_MAX", 0.1)
    monkeypatch.setattr(fetch, "PAUSE_S", 0.01)


@asynccontextmanager
async def running(peers: FakePeers, store: Store) -> AsyncIterator[Catchup]:
    batches = batch_fetcher(peers, store.accept, Random(1))
    catching = Catchup(peers, store, batches, Random(2))
    tasks = [asyncio.create_task(batches.run()), asyncio.create_task(catching.run())]
    try:
        async with asyncio.timeout(20):
            yield catching
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ends), ends


def honest(chain: FinalChain, *peers: str) -> FakePeers:
    return FakePeers(dict.fromkeys(peers, chain.answer), dict.fromkeys(peers, chain.length))


async def test_a_node_that_is_far_behind_catches_up_from_all_peers_at_once():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    async with running(peers, store) as catching:
        await store.reaches(500)
        await eventually(lambda: not catching.progress.catching_up)
        assert catching.progress == Progress(500, 500, False)
        assert catching.progress.behind_by == 0
    assert store.links == CHAIN.links
    assert store.batches == CHAIN.batches
    assert {peer for peer, _ in peers.asked_of(GetChain)} == {"bb", "cc", "dd"}
    assert peers.blamed == {}


async def test_a_node_that_holds_part_of_the_chain_asks_only_for_the_rest():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    store.links = CHAIN.links[:490]
    async with running(peers, store):
        await store.reaches(500)
    assert [question for _, question in peers.asked_of(GetChain)] == [GetChain(491, 10)]


async def test_blocks_that_are_final_only_through_a_later_one_are_caught_up_with():
    chain = FinalChain(300, every=70)
    peers, store = honest(chain, "bb", "cc", "dd"), Store()
    async with running(peers, store):
        await store.reaches(300)
    assert store.links == chain.links
    assert peers.blamed == {}


def forged(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """The last certificate has a signature that is nobody's."""
    certificate = links[-1].certificate
    bad = replace(certificate, signatures=((0, bytes(64)), *certificate.signatures[1:]))
    return (*links[:-1], replace(links[-1], certificate=bad))


def too_few(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Signed by the faulty validators alone."""
    last = links[-1]
    return (*links[:-1], replace(last, certificate=finalization(last.block, (0, 1))))


def forged_within(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """A certificate in the midst is not good: it would be kept, and served to others."""
    return (*forged(links[: len(links) // 2]), *links[len(links) // 2 :])


def other_chain(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Blocks the peer made up, with certificates it could not make."""
    chain = FinalChain(links[-1].block.height, salt="forged")
    made_up = chain.links[links[0].block.height - 1 :]
    return tuple(too_few((link,))[0] for link in made_up)


def gap(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """A block is replaced by one that is not its parent's child."""
    at = len(links) // 2
    orphan = replace(links[at].block, parent=GENESIS)
    return (*links[:at], Link(Block(**_fields(orphan)), None, ()), *links[at + 1 :])


def other_network(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """The same, of another network."""
    last = replace(links[-1].block, network="red-lane")
    return (*links[:-1], Link(last, finalization(last), ()))


def no_validator_cosigned(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """A cosignature of validator 4 where there are 0 to 3."""
    return (*links[:-1], replace(links[-1], cosignatures=((0, bytes(72)), (4, bytes(72)))))


def _fields(block: Block) -> dict[str, object]:
    names = ("network", "epoch", "view", "height", "parent", "time_ms", "batches")
    return {name: getattr(block, name) for name in names}


def lying(lie: Callable[[tuple[Link, ...]], tuple[Link, ...]]) -> Behaviour:
    def answer(question: Question) -> Answer:
        true = CHAIN.answer(question)
        if isinstance(true, Chain) and true.links:
            return Chain(true.tip, lie(true.links))
        return true

    return answer


LIES = [forged, too_few, forged_within, other_chain, gap, other_network, no_validator_cosigned]


@pytest.mark.parametrize("lie", LIES)
async def test_a_peer_that_lies_is_blamed_and_the_others_asked(
    lie: Callable[[tuple[Link, ...]], tuple[Link, ...]],
):
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    peers.peers["bb"] = lying(lie)
    async with running(peers, store):
        await store.reaches(500)
    assert store.links == CHAIN.links
    assert peers.blamed.keys() <= {"bb"}
    asked_the_liar = any(peer == "bb" for peer, _ in peers.asked_of(GetChain))
    assert asked_the_liar == bool(peers.blamed)


UNHELPFUL: dict[str, Behaviour] = {
    "says that it is unable": lambda _: Unable("pruned"),
    "sends an empty chain": lambda _: Chain(10**12, ()),
    "sends blocks nobody asked for": lambda _: Chain(10**12, tuple(CHAIN.links[90:99])),
    "invents an epoch": lambda q: (
        Chain(10**12, _epoch_99(q.start)) if isinstance(q, GetChain) else Unable("none")
    ),
}


def _epoch_99(start: int) -> tuple[Link, ...]:
    block = Block("green-lane", 99, start, start, GENESIS, 1000, ())
    return (Link(block, finalization(block), ()),)


@pytest.mark.parametrize("behaviour", UNHELPFUL.values(), ids=UNHELPFUL.keys())
async def test_a_peer_that_claims_much_and_does_not_help_is_passed_over(behaviour: Behaviour):
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    peers.peers["bb"] = behaviour
    peers.claims["bb"] = 10**12
    async with running(peers, store) as catching:
        await store.reaches(500)
        assert catching.progress.target == 500, "what one of f says is not believed"
        longer = FinalChain(510)
        peers.peers |= {"cc": longer.answer, "dd": longer.answer}
        peers.claims |= {"cc": 510, "dd": 510}
        catching.wake()
        await store.reaches(510)


async def test_a_peer_that_does_not_answer_delays_only_what_it_was_asked():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()

    def silent(question: Question) -> Answer:
        return Unable("timed out")

    peers.peers["dd"] = silent
    async with running(peers, store):
        await store.reaches(500)
    assert peers.blamed == {}


async def test_a_node_without_peers_waits_and_catches_up_when_they_come():
    peers, store = FakePeers({}), Store()
    async with running(peers, store) as catching:
        await asyncio.sleep(0.05)
        assert catching.progress == Progress(0, None, False)
        assert catching.progress.behind_by is None
        peers.peers |= dict.fromkeys(("bb", "cc"), CHAIN.answer)
        peers.claims |= dict.fromkeys(("bb", "cc"), 500)
        assert catching.progress.behind_by == 500
        catching.wake()
        await store.reaches(500)


async def test_when_all_peers_fail_for_a_time_a_node_tries_again_until_one_helps():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    for each in ("bb", "cc", "dd"):
        peers.peers[each] = lambda question: Unable("restarting")
    async with running(peers, store):
        await eventually(lambda: len(peers.asked) > 12)
        peers.peers["cc"] = CHAIN.answer
        await store.reaches(500)


async def test_a_lagging_node_enters_catch_up_again_and_says_how_far_behind_it_is():
    """Failure 12 of DESIGN §6."""
    chain = FinalChain(100)
    peers, store = honest(chain, "bb", "cc", "dd"), Store()
    async with running(peers, store) as catching:
        await store.reaches(100)
        for height in (130, 230, 231):
            chain.grow(height)
            store.gate.clear()
            peers.claims |= dict.fromkeys(peers.peers, height)
            catching.wake()
            await eventually(lambda: catching.progress.catching_up)
            assert catching.progress.behind_by == height - len(store.links) > 0
            store.gate.set()
            await store.reaches(height)


async def test_what_consensus_brings_in_time_is_not_asked_for():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    store.links = CHAIN.links[:499]
    async with running(peers, store) as catching:
        catching.wake()
        await asyncio.sleep(0)
        store.links.append(CHAIN.links[499])
        await asyncio.sleep(0.1)
    assert peers.asked == []


async def test_when_consensus_lacks_blocks_there_is_no_waiting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catchup, "GRACE_S", 60.0)
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    async with running(peers, store) as catching:
        await asyncio.sleep(0)
        catching.hurry()
        await store.reaches(500)


async def test_a_hurry_works_before_peers_have_said_how_far_they_are():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    peers.claims.clear()
    async with running(peers, store) as catching:
        catching.hurry()
        await store.reaches(500)


async def test_blocks_that_consensus_brings_meanwhile_do_no_harm():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    store.gate.clear()
    async with running(peers, store):
        await eventually(lambda: len(store.batches) >= RANGE_BLOCKS)
        store.links = CHAIN.links[:100]
        store.gate.set()
        await store.reaches(500)
    assert store.links == CHAIN.links


async def test_while_the_node_is_busy_no_more_than_a_window_is_asked_for():
    peers, store = honest(FinalChain(1000), "bb", "cc", "dd"), Store()
    store.gate.clear()
    async with running(peers, store):
        await asyncio.sleep(0.3)
        asked = max(question.start for _, question in peers.asked_of(GetChain))
        # In hand: the window, one stretch that waits, one at the node, one about to wait.
        assert asked <= (RANGES_IN_FLIGHT + 3) * RANGE_BLOCKS
        store.gate.set()
        await store.reaches(1000)


async def test_batches_that_nobody_has_hold_up_delivery_and_nothing_is_delivered_without_them():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    lost = CHAIN.links[10].block.batches[0]
    found = asyncio.Event()

    def answer(question: Question) -> Answer:
        if isinstance(question, GetBatches) and not found.is_set():
            question = GetBatches(tuple(i for i in question.ids if i != lost) or (GENESIS,))
        return CHAIN.answer(question)

    peers.peers |= dict.fromkeys(("bb", "cc", "dd"), answer)
    async with running(peers, store) as catching:
        await asyncio.sleep(0.2)
        assert store.links == []
        assert catching.progress.catching_up
        found.set()
        await store.reaches(500)


async def test_a_batch_said_to_be_here_that_is_not_stored_is_fetched_again_before_delivery():
    peers, store = honest(CHAIN, "bb", "cc", "dd"), Store()
    keep = store.accept
    lost = set(CHAIN.links[10].block.batches)

    async def accept(batch: bytes, signature: bytes, wanted: bool) -> bool:
        identity = sha256(batch).digest()
        if identity in lost:
            lost.discard(identity)
            return True
        return await keep(batch, signature, wanted)

    store.accept = accept
    async with running(peers, store):
        await store.reaches(500)
    assert store.batches == CHAIN.batches


def test_an_answer_goes_on_to_a_block_with_a_certificate_of_its_own():
    chain = FinalChain(300, every=70)
    answer = answer_chain(1, 64, 300, chain.read)
    assert [link.block.height for link in answer.links][-1] == 70
    assert answer_chain(71, 64, 300, chain.read).links[-1].block.height == 140
    assert answer_chain(290, 64, 300, chain.read).links[-1].block.height == 300


def test_an_answer_beyond_the_tip_is_empty_and_names_the_tip():
    assert answer_chain(501, 64, 500, CHAIN.read) == Chain(500, ())
    assert answer_chain(2**62, 64, 500, CHAIN.read) == Chain(500, ())
    assert answer_chain(1, 0, 500, CHAIN.read) == Chain(500, ())


def test_a_peer_is_shelved_longer_each_time_and_forgiven_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(catchup, "SHELVE_S", 1.0)
    monkeypatch.setattr(catchup, "SHELVE_S_MAX", 30.0)
    shelf = Shelf()
    shelf.put("bb", 0.0)
    assert shelf.holds("bb", 0.9) and not shelf.holds("bb", 1.0)
    shelf.put("bb", 1.0)
    assert shelf.next_end(1.0) == 3.0
    for _ in range(10):
        shelf.put("bb", 3.0)
    assert shelf.next_end(3.0) == 33.0
    shelf.put("bb", 100.0)
    assert shelf.next_end(100.0) == 101.0
    assert not shelf.holds("cc", 0.0)


class Serving(Notes):
    """The handler of a node that has a chain, or a lie."""

    def serve(self, behaviour: Behaviour) -> None:
        async def answer(peer: str, question: Question) -> Answer:
            return behaviour(question)

        self.answer = answer


async def test_over_real_sessions_a_node_catches_up_with_one_liar_among_its_peers():
    behaviours = {"bb": lying(forged), "cc": CHAIN.answer, "dd": CHAIN.answer}
    async with AsyncExitStack() as stack:
        members = [member("aa")]
        for each, behaviour in behaviours.items():
            handler = Serving()
            handler.serve(behaviour)
            peers = make_peers(each, [member("aa")], handler, height=CHAIN.length)
            await stack.enter_async_context(peers)
            members.append(member(each, str(peers.address)))
        notes = Notes()
        mine = await stack.enter_async_context(make_peers("aa", members, notes))
        await notes.until(lambda: len(mine.connected) == len(VALIDATORS) - 1)
        store = Store()
        async with running(mine, store) as catching:
            await store.reaches(CHAIN.length)
            assert catching.progress.target == CHAIN.length
        assert store.links == CHAIN.links
        assert store.batches == CHAIN.batches
        assert {"cc", "dd"} <= set(mine.connected)
        liar = mine.status().peers[0]
        assert liar.organisation == "bb" and "not final" in liar.last_error
