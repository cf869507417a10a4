"""What a node does with what its peers say: limits for each of them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from cocket.network.frames import Offer
from cocket.node import exchange
from cocket.node.exchange import Exchange
from tests.protocol_examples import committee

ID = bytes(32)


@pytest.fixture
def taken() -> list[str]:
    """The peers whose offers were looked at."""
    return []


@pytest.fixture
def node(taken: list[str]) -> Exchange:
    def offered(ids: Sequence[bytes], peer: str) -> None:
        assert tuple(ids) == (ID,)
        taken.append(peer)

    nothing: Any = None
    return Exchange(
        committee(), nothing, nothing, nothing, nothing, nothing, offered, nothing, nothing
    )


async def test_a_peer_that_offers_without_end_is_listened_to_now_and_then(
    node: Exchange, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "OFFERS_EVERY_S", 0.05)
    for _ in range(1000):
        await node.on_frame("hub", Offer((ID,)))
    await node.on_frame("carrier", Offer((ID,)))
    assert taken == ["hub", "carrier"], "one that floods does not silence another"
    await asyncio.sleep(0.06)
    await node.on_frame("hub", Offer((ID,)))
    assert taken == ["hub", "carrier", "hub"]
