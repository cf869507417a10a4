"""A ledger that asks a fake node; and an empty directory for commands."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cocket.client import Ledger
from tests.client.asking import WALLET, Naps
from tests.client.command import Served
from tests.client.fake_node import FakeNode


@pytest.fixture
async def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
async def naps() -> Naps:
    return Naps()


@pytest.fixture
async def ledger(node: FakeNode, naps: Naps) -> AsyncIterator[Ledger]:
    async with node.serve() as url, Ledger(url, WALLET, naps.patience) as ledger:
        yield ledger


@pytest.fixture
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where commands run that find no wallet, node or address but what they are told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCKET_PASSWORD", "correct horse")
    for name in ("COCKET_NODE", "COCKET_WALLET"):
        monkeypatch.delenv(name, raising=False)
    yield


@pytest.fixture
def served() -> Iterator[Served]:
    """A fake node on a thread of its own: the command has an event loop for itself."""
    node = FakeNode()
    urls: list[str] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with node.serve() as url:
            urls.append(url)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert up.wait(10)
        yield Served(urls[0], node)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
