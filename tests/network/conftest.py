"""Nodes for tests: real sockets on 127.0.0.1, real certificates, a handler that takes notes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

import aiohttp
import pytest
import uvloop
from structlog.testing import capture_logs

from cocket.ledger.keys import SigningKey
from cocket.ledger.organisations import Key, NodeInfo, Organisation
from cocket.network.address import Address
from cocket.network.frames import VERSION, BatchFrame, Frame, Hello, Notice, decode, encode
from cocket.network.peers import Peers
from cocket.network.questions import Answer, Question, Unable
from cocket.network.session import Limits
from cocket.network.tls import Identity, Pins, make_certificate
from cocket.network.websocket import WebSockets

NETWORK = "green-lane"
GENESIS = sha256(b"genesis").digest()
QUICK = Limits(handshake=1.0, heartbeat=0.05, silence=0.5, stall=0.5, close=0.2)


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Nodes run on uvloop; its TLS is not asyncio's, so what needs sockets is tested on both."""
    if item.path.stem in ("test_peers", "test_door", "test_session", "test_freight"):
        return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What is logged is rendered by nobody: that takes longer than what is tested."""
    with capture_logs():
        yield


def tls_key(organisation: str) -> SigningKey:
    return SigningKey(sha256(f"tls {organisation}".encode()).digest())


def identity(organisation: str) -> Identity:
    key = tls_key(organisation)
    return Identity(organisation, key, make_certificate(organisation, key))


def member(organisation: str, address: str = "127.0.0.1:1") -> Organisation:
    return Organisation(
        id=organisation,
        legal_name=organisation.title(),
        country="MY",
        roles=("customs",),
        chamber="public",
        keys=(Key(tls_key(organisation).public_key, "tls"),),
        node=NodeInfo(address, identity(organisation).certificate),
    )


@dataclass
class Notes:
    """A handler that writes down what it hears; `until` waits for it without polling.

    Batches wait while `gate` is closed.
    """

    heard: list[tuple[str, Notice]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    answer: Callable[[str, Question], Awaitable[Answer]] | None = None
    fault: Exception | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def on_frame(self, peer: str, frame: Notice) -> None:
        if isinstance(frame, BatchFrame):
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.heard.append((peer, frame))
        self.news.set()

    async def on_request(self, peer: str, question: Question) -> Answer:
        if self.answer is None:
            return Unable("this test answers nothing")
        return await self.answer(peer, question)

    def on_connected(self, peer: str) -> None:
        self.events.append(f"+{peer}")
        self.news.set()

    def on_disconnected(self, peer: str) -> None:
        self.events.append(f"-{peer}")
        self.news.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.news.clear()
                await self.news.wait()


@dataclass
class Node:
    """A node's peers and the notes its handler takes."""

    peers: Peers
    notes: Notes

    @property
    def me(self) -> str:
        return self.peers.me

    async def connected_to(self, *others: str) -> None:
        await self.notes.until(lambda: set(self.peers.connected) == set(others))


def make_peers(
    organisation: str,
    members: Sequence[Organisation],
    handler: Notes,
    *,
    port: int = 0,
    limits: Limits = QUICK,
    genesis: bytes = GENESIS,
    height: int = 0,
) -> Peers:
    return Peers(
        me=organisation,
        switchboard=WebSockets(identity(organisation), limits),
        network=NETWORK,
        genesis_hash=genesis,
        members=members,
        listen=Address("127.0.0.1", port),
        handler=handler,
        random=Random(organisation),
        limits=limits,
        height=height,
    )


@asynccontextmanager
async def network(*organisations: str, limits: Limits = QUICK) -> AsyncIterator[list[Node]]:
    """Nodes that are all connected with each other."""
    async with AsyncExitStack() as stack:
        nodes = []
        for each in organisations:
            notes = Notes()
            peers = await stack.enter_async_context(make_peers(each, [], notes, limits=limits))
            nodes.append(Node(peers, notes))
        members = [member(node.me, str(node.peers.address)) for node in nodes]
        for node in nodes:
            node.peers.set_members(members)
        for node in nodes:
            await node.connected_to(*(set(organisations) - {node.me}))
        yield nodes


async def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """For what gives no notice when it changes: look again and again."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Puppet:
    """A peer that says what a test wants: a bare WebSocket with a member's certificate."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, frame: Frame) -> None:
        await self.socket.send_bytes(encode(frame))

    async def hear(self) -> Frame:
        return decode(await self.socket.receive_bytes(timeout=5))

    async def greet(
        self, genesis: bytes = GENESIS, height: int = 0, version: int = VERSION
    ) -> None:
        await self.say(Hello(version, NETWORK, genesis, height))
        assert isinstance(await self.hear(), Hello)

    async def sent_away(self) -> str:
        """The reason the node gives when it closes the connection."""
        while True:
            message = await self.socket.receive(timeout=5)
            if message.type is aiohttp.WSMsgType.CLOSE:
                return message.extra or ""
            if message.type is not aiohttp.WSMsgType.BINARY:
                return ""


@asynccontextmanager
async def puppet(me: Identity, address: Address, *trusted: Organisation) -> AsyncIterator[Puppet]:
    """A puppet that has called the node at `address`, and has not said Hello yet."""
    pins = Pins(me)
    for each in trusted:
        pins.pin(each)
    connector = aiohttp.TCPConnector(ssl=pins.client, force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector) as client,
        client.ws_connect(f"wss://{address}/", autoping=True, max_msg_size=2**24) as socket,
    ):
        yield Puppet(socket)
