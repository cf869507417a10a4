"""The trust bundle that a node gives out: made once for each block, whoever asks."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cocket.ledger.trust import TrustBundle
from cocket.node.bundle import Bundles
from cocket.node.opening import open_ledger
from cocket.node.problems import NodeError
from cocket.node.reader import Reader
from tests.protocol_examples import genesis


class Ledger:
    """A ledger in which nothing has happened, and how often it was read."""

    def __init__(self, path: Path) -> None:
        self.head = open_ledger(path, genesis())
        self.reader = Reader(path)
        self.reads = 0
        self.fails = False

    async def read(self, query: Callable[[Reader], bytes]) -> bytes:
        self.reads += 1
        await asyncio.sleep(0)
        if self.fails:
            raise NodeError("unavailable", "not now")
        return query(self.reader)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.db")


async def test_all_who_ask_at_one_block_get_one_bundle_and_the_next_block_has_its_own(
    ledger: Ledger,
) -> None:
    bundles = Bundles(genesis(), ledger.read)
    first, *others = await asyncio.gather(*(bundles.at(ledger.head) for _ in range(100)))
    assert set(others) == {first}
    assert ledger.reads == 1
    later = TrustBundle.parse(await bundles.at(replace(ledger.head, height=7)))
    assert (TrustBundle.parse(first).height, later.height) == (0, 7)
    assert ledger.reads == 2


async def test_a_bundle_that_could_not_be_read_is_read_again_for_the_next_who_asks(
    ledger: Ledger,
) -> None:
    bundles = Bundles(genesis(), ledger.read)
    ledger.fails = True
    with pytest.raises(NodeError):
        await bundles.at(ledger.head)
    ledger.fails = False
    assert TrustBundle.parse(await bundles.at(ledger.head)).network == genesis().network


async def test_whoever_gives_up_waiting_takes_the_bundle_from_nobody_else(ledger: Ledger) -> None:
    bundles = Bundles(genesis(), ledger.read)
    hasty, patient = (asyncio.ensure_future(bundles.at(ledger.head)) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    assert TrustBundle.parse(await patient).height == 0
