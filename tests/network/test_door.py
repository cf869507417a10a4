"""The port: strangers, garbage, silence and crowds do not get in and disturb nobody."""

import asyncio
import ssl
from contextlib import AsyncExitStack
from datetime import datetime

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from cocket.ledger.keys import SigningKey
from cocket.network.door import WAITING_MAX, Seldom
from cocket.network.frames import ConsensusFrame
from cocket.network.tls import Identity, Pins, make_certificate
from tests.network.conftest import (
    Node,
    Notes,
    eventually,
    identity,
    make_peers,
    member,
    network,
    puppet,
    tls_key,
)

VOTE = ConsensusFrame(b"vote")


async def still_talk(a: Node, b: Node) -> None:
    """The two nodes hear each other."""
    for sender, receiver in ((a, b), (b, a)):
        before = len(receiver.notes.heard)
        assert sender.peers.send(receiver.me, VOTE)
        await receiver.notes.until(lambda to=receiver, n=before: len(to.notes.heard) > n)


async def call(node: Node) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = node.peers.address
    return await asyncio.open_connection(address.host, address.port)


async def cut_off(reader: asyncio.StreamReader) -> None:
    """Return once the node has closed the connection, whatever it said before."""
    async with asyncio.timeout(5):
        try:
            while await reader.read(2**16):
                pass
        except ConnectionError:
            pass


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        bytes(100_000),
        b"\x16\x03\x01\x02\x00\x01" + bytes(600),
    ],
    ids=["http", "zeros", "almost-tls"],
)
async def test_garbage_on_the_port_is_cut_off_and_disturbs_nobody(garbage: bytes):
    async with network("aa", "bb") as (a, b):
        before = b.peers.status().refused_connections
        reader, writer = await call(b)
        writer.write(garbage)
        await cut_off(reader)
        writer.close()
        await eventually(lambda: b.peers.status().refused_connections > before)
        await still_talk(a, b)


async def test_a_caller_that_says_nothing_is_cut_off_after_the_handshake_time():
    async with network("aa", "bb") as (a, b):
        reader, writer = await call(b)
        await cut_off(reader)
        writer.close()
        assert b.peers.status().refused_connections == 1
        await still_talk(a, b)


async def test_a_member_that_says_no_hello_is_cut_off():
    async with make_peers("bb", [member("aa")], Notes()) as b:
        async with puppet(identity("aa"), b.address, member("bb", str(b.address))) as a:
            assert "silent" in await a.sent_away()
        assert b.connected == []


async def test_a_member_that_does_tls_and_nothing_more_is_cut_off():
    async with make_peers("bb", [member("aa")], Notes()) as b:
        pins = Pins(identity("aa"))
        pins.pin(member("bb", str(b.address)))
        reader, writer = await asyncio.open_connection(
            b.address.host, b.address.port, ssl=pins.client
        )
        await cut_off(reader)
        writer.close()
        assert b.status().refused_connections == 1


async def test_a_crowd_that_says_nothing_does_not_keep_a_member_out():
    notes = Notes()
    async with make_peers("bb", [member("aa")], notes) as b, AsyncExitStack() as stack:
        for _ in range(WAITING_MAX + 20):
            _reader, writer = await asyncio.open_connection(b.address.host, b.address.port)
            stack.callback(writer.close)
        await eventually(lambda: b.status().refused_connections >= 20)
        async with puppet(identity("aa"), b.address, member("bb", str(b.address))) as a:
            await a.greet()
            await notes.until(lambda: b.connected == ["aa"])


async def refused(me: Identity, node: Node) -> None:
    """A caller with this identity gets no session."""
    before = node.peers.status().refused_connections
    with pytest.raises(aiohttp.ClientError):
        async with puppet(me, node.peers.address, member(node.me)) as stranger:
            await stranger.greet()
    await eventually(lambda: node.peers.status().refused_connections > before)


async def test_a_key_outside_the_registry_is_refused():
    async with network("aa", "bb") as (a, b):
        await refused(identity("xx"), b)
        await still_talk(a, b)


async def test_a_stranger_that_calls_itself_a_member_is_refused():
    key = SigningKey(bytes(range(32)))
    async with network("aa", "bb") as (a, b):
        await refused(Identity("aa", key, make_certificate("aa", key)), b)
        await still_talk(a, b)


async def test_a_certificate_issued_by_a_member_does_not_make_another_member():
    """OpenSSL alone would let this one in: it chains to a certificate that is trusted."""
    issuer = Ed25519PrivateKey.from_private_bytes(tls_key("aa").seed)
    key = SigningKey(bytes(range(32)))
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cc")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aa")]))
        .public_key(Ed25519PrivateKey.from_private_bytes(key.seed).public_key())
        .serial_number(7)
        .not_valid_before(datetime(1970, 1, 1))
        .not_valid_after(datetime(9999, 12, 31, 23, 59, 59))
        .sign(issuer, algorithm=None)
    )
    async with network("aa", "bb") as (a, b):
        await refused(Identity("cc", key, built.public_bytes(Encoding.DER)), b)
        await still_talk(a, b)


async def test_without_a_client_certificate_nobody_gets_in():
    async with network("aa", "bb") as (a, b):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        address = b.peers.address
        with pytest.raises(aiohttp.ClientError):
            async with aiohttp.ClientSession() as client:
                await client.ws_connect(f"wss://{address}/", ssl=context)
        await eventually(lambda: b.peers.status().refused_connections > 0)
        await still_talk(a, b)


async def test_tls_below_1_3_is_refused():
    async with network("aa", "bb") as (a, b):
        pins = Pins(identity("aa"))
        pins.client.minimum_version = ssl.TLSVersion.TLSv1_2
        pins.client.maximum_version = ssl.TLSVersion.TLSv1_2
        pins.client.verify_mode = ssl.CERT_NONE
        address = b.peers.address
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection(address.host, address.port, ssl=pins.client)
        await still_talk(a, b)


async def test_a_member_that_speaks_plain_http_is_told_that_peers_speak_websocket():
    async with make_peers("bb", [member("aa")], Notes()) as b:
        pins = Pins(identity("aa"))
        pins.pin(member("bb", str(b.address)))
        connector = aiohttp.TCPConnector(ssl=pins.client)
        async with (
            aiohttp.ClientSession(connector=connector) as client,
            client.get(f"https://{b.address}/") as response,
        ):
            assert response.status == 426


def test_a_name_is_logged_once_then_ever_less_often():
    seldom = Seldom(10, 25)
    logged = [second for second in range(120) if seldom.worth_a_line("192.0.2.1", second)]
    assert logged == [0, 10, 30, 55, 80, 105]
    assert seldom.worth_a_line("192.0.2.2", 3)


def test_no_more_names_are_remembered_than_the_bound():
    seldom = Seldom(10, 25)
    for n in range(5000):
        seldom.worth_a_line(str(n), n / 1000)
    assert seldom.worth_a_line("0", 5.0)
    assert not seldom.worth_a_line("4999", 5.0)
