"""Peers over real sockets: who gets in, what arrives, and what happens when a peer goes away."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

import aiohttp
import pytest
from aiohttp import web

from cocket.consensus.timing import Timing
from cocket.ledger.errors import Refused
from cocket.ledger.keys import SigningKey
from cocket.ledger.organisations import Key, NodeInfo
from cocket.network.address import Address
from cocket.network.door import CannotListen
from cocket.network.frames import VERSION, BatchFrame, ConsensusFrame, Height
from cocket.network.peers import REDIAL_S_MAX, Peers
from cocket.network.session import Limits
from cocket.network.tls import Identity, Pins, make_certificate
from tests.network.conftest import (
    QUICK,
    Notes,
    eventually,
    identity,
    make_peers,
    member,
    network,
    puppet,
)

VOTE = ConsensusFrame(b"vote")
LARGE = BatchFrame(bytes(250_000), bytes(64))


async def test_a_broadcast_reaches_every_peer_from_the_organisation_that_proved_its_key():
    async with network("aa", "bb", "cc", "dd") as nodes:
        for node in nodes:
            node.peers.broadcast(ConsensusFrame(node.me.encode()))
        for node in nodes:
            await node.notes.until(lambda node=node: len(node.notes.heard) == 3)
            expected = {(o.me, ConsensusFrame(o.me.encode())) for o in nodes if o is not node}
            assert set(node.notes.heard) == expected


async def test_nothing_is_left_running_after_the_end():
    async with network("aa", "bb", "cc"):
        pass
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_frames_of_one_kind_arrive_in_the_order_in_which_they_were_sent():
    async with network("aa", "bb") as (a, b):
        sent = [ConsensusFrame(str(n).encode()) for n in range(500)]
        for frame in sent:
            a.peers.send("bb", frame)
        await b.notes.until(lambda: len(b.notes.heard) == 500)
        assert [frame for _, frame in b.notes.heard] == sent


async def test_to_a_peer_that_is_not_connected_nothing_is_sent():
    async with make_peers("aa", [], Notes()) as peers:
        assert peers.send("bb", VOTE) is False
        assert peers.connected == []


async def test_a_node_that_returns_on_the_same_address_is_connected_again():
    async with AsyncExitStack() as stack:
        a_notes, b_notes = Notes(), Notes()
        b = make_peers("bb", [member("aa")], b_notes)
        await b.__aenter__()
        members = [member("aa"), member("bb", str(b.address))]
        a = await stack.enter_async_context(make_peers("aa", members, a_notes))
        await a_notes.until(lambda: a.connected == ["bb"])
        await b.__aexit__(None, None, None)
        await a_notes.until(lambda: a.connected == [])
        await stack.enter_async_context(make_peers("bb", members, b_notes, port=b.address.port))
        await a_notes.until(lambda: a.connected == ["bb"])
        assert a_notes.events == ["+bb", "-bb", "+bb"]


class Line:
    """A line between two nodes that can go dead without telling either end."""

    def __init__(self, to: Address) -> None:
        self._to = to
        self.alive = asyncio.Event()
        self.alive.set()

    async def __aenter__(self) -> Address:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self._ends: list[asyncio.StreamWriter] = []
        return Address("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self.alive.set()
        self._server.close()
        for end in self._ends:
            end.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._to.host, self._to.port)
        self._ends += [writer, back]
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(2**16):
                await self.alive.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


async def test_a_line_that_went_dead_in_silence_is_noticed_at_both_ends_and_replaced():
    a_notes, b_notes = Notes(), Notes()
    async with make_peers("bb", [member("aa")], b_notes) as b:
        line = Line(b.address)
        async with line as address, make_peers("aa", [], a_notes) as a:
            a.set_members([member("bb", str(address))])
            await a_notes.until(lambda: a.connected == ["bb"])
            await b_notes.until(lambda: b.connected == ["aa"])
            line.alive.clear()
            await a_notes.until(lambda: a_notes.events[:2] == ["+bb", "-bb"])
            await b_notes.until(lambda: b_notes.events[:2] == ["+aa", "-aa"])
            line.alive.set()
            await a_notes.until(lambda: a.connected == ["bb"])
            await b_notes.until(lambda: b.connected == ["aa"])
            a.send("bb", VOTE)
            await b_notes.until(lambda: b_notes.heard == [("aa", VOTE)])


async def test_a_port_in_use_is_an_error_that_names_the_address_and_the_remedy():
    async with make_peers("aa", [], Notes()) as peers:
        with pytest.raises(CannotListen, match=f"{peers.address} .*choose another") as error:
            async with make_peers("bb", [], Notes(), port=peers.address.port):
                pass
        assert "[peer] listen" in str(error.value)


async def test_a_member_can_be_added_while_the_node_runs_and_taken_out_again():
    async with network("aa", "bb") as (a, b), AsyncExitStack() as stack:
        notes = Notes()
        known = [member(node.me, str(node.peers.address)) for node in (a, b)]
        c = await stack.enter_async_context(make_peers("cc", known, notes))
        everyone = [*known, member("cc", str(c.address))]
        for node in (a, b):
            node.peers.set_members(everyone)
        await notes.until(lambda: c.connected == ["aa", "bb"])
        for node in (a, b):
            node.peers.set_members(known)
        await notes.until(lambda: c.connected == [])
        await a.connected_to("bb")
        assert [each.organisation for each in a.peers.status().peers] == ["bb"]


async def test_a_member_with_a_new_key_is_let_in_and_its_old_key_no_more():
    key = SigningKey(bytes(range(32)))
    renewed = Identity("aa", key, make_certificate("aa", key))
    entry = replace(
        member("aa"),
        keys=(*member("aa").keys, Key(key.public_key, "tls", 7)),
        node=NodeInfo("127.0.0.1:1", renewed.certificate),
    )
    notes = Notes()
    async with make_peers("bb", [member("aa")], notes) as b:
        here = member("bb", str(b.address))
        async with puppet(identity("aa"), b.address, here) as old:
            await old.greet()
            await notes.until(lambda: b.connected == ["aa"])
            b.set_members([entry])
            assert "registry's entry" in await old.sent_away()
        with pytest.raises(aiohttp.ClientError):
            async with puppet(identity("aa"), b.address, here) as old:
                await old.greet()
        async with puppet(renewed, b.address, here) as new:
            await new.greet()
            await notes.until(lambda: notes.events == ["+aa", "-aa", "+aa"])


async def test_peers_hear_how_far_a_node_is_when_they_connect_and_when_it_changes():
    async with network("aa", "bb") as (a, b):
        assert a.peers.heights() == {"bb": 0}
        b.peers.set_height(7)
        await a.notes.until(lambda: a.peers.heights() == {"bb": 7})
        assert a.notes.heard == [("bb", Height(7))]
        assert a.peers.status().peers[0].height == 7


async def test_heights_are_told_at_most_a_few_times_a_second():
    async with network("aa", "bb") as (a, b):
        for height in range(1, 200):
            b.peers.set_height(height)
            await asyncio.sleep(0)
        await a.notes.until(lambda: a.peers.heights() == {"bb": 199})
        assert len(a.notes.heard) <= 3


async def test_of_two_sessions_with_one_peer_the_newer_stays():
    notes = Notes()
    async with make_peers("bb", [member("aa")], notes) as b:
        here = member("bb", str(b.address))
        async with puppet(identity("aa"), b.address, here) as first:
            await first.greet()
            await notes.until(lambda: b.connected == ["aa"])
            async with puppet(identity("aa"), b.address, here) as second:
                await second.greet()
                assert "connected again" in await first.sent_away()
                await notes.until(lambda: notes.events == ["+aa", "-aa", "+aa"])
                b.send("aa", VOTE)
                assert await second.hear() == VOTE
        await notes.until(lambda: b.connected == [])


async def test_the_organisation_with_the_larger_id_does_not_dial():
    async with (
        make_peers("aa", [member("bb")], Notes()) as a,
        puppet(identity("bb"), a.address, member("aa", str(a.address))) as b,
    ):
        assert "smaller id dials" in await b.sent_away()


async def test_a_node_of_another_network_is_told_so():
    async with make_peers("bb", [member("aa")], Notes()) as b:
        here = member("bb", str(b.address))
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet(genesis=bytes(32))
            assert "genesis" in await a.sent_away()
            assert "wrong genesis.json" in b.status().peers[0].last_error
        assert b.connected == []


async def test_a_node_of_another_version_is_told_so():
    async with (
        make_peers("bb", [member("aa")], Notes()) as b,
        puppet(identity("aa"), b.address, member("bb", str(b.address))) as a,
    ):
        await a.greet(version=VERSION + 1)
        assert f"version {VERSION + 1}" in await a.sent_away()


async def test_at_an_address_where_another_member_answers_nobody_is_mistaken_for_the_first():
    notes = Notes()
    async with make_peers("cc", [member("aa")], notes) as c:
        members = [member("bb", str(c.address)), member("cc", "127.0.0.1:1")]
        async with make_peers("aa", members, Notes()) as a:
            await eventually(lambda: "cc answered" in a.status().peers[0].last_error)
            assert a.connected == []


async def test_a_member_whose_certificate_is_unusable_does_not_keep_the_others_away():
    broken = replace(member("cc"), node=NodeInfo("127.0.0.1:1", b"not a certificate"))
    async with network("aa", "bb") as (a, b):
        a.peers.set_members([member("bb", str(b.peers.address)), broken])
        await a.connected_to("bb")
        assert "not an X.509 certificate" in a.peers.status().peers[1].last_error


async def test_a_slow_peer_that_leaves_too_much_waiting_is_dropped_and_can_come_back():
    limits = replace(QUICK, outbox_bytes=4_000_000, stall=30.0)
    notes = Notes()
    async with make_peers("bb", [member("aa")], notes, limits=limits) as b:
        here = member("bb", str(b.address))
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet()
            await notes.until(lambda: b.connected == ["aa"])
            for _ in range(100):
                b.send("aa", LARGE)
            await notes.until(lambda: b.connected == [])
            assert "too slow" in b.status().peers[0].last_error
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet()
            await notes.until(lambda: b.connected == ["aa"])
            b.send("aa", VOTE)
            assert await a.hear() == VOTE


async def test_a_peer_that_takes_nothing_is_dropped():
    notes = Notes()
    async with (
        make_peers("bb", [member("aa")], notes, limits=replace(QUICK, silence=30.0)) as b,
        puppet(identity("aa"), b.address, member("bb", str(b.address))) as a,
    ):
        await a.greet()
        await notes.until(lambda: b.connected == ["aa"])
        for _ in range(100):
            b.send("aa", LARGE)
        await notes.until(lambda: b.connected == [])
        assert "took nothing" in b.status().peers[0].last_error


async def test_a_vote_overtakes_batches_that_wait():
    async with network("aa", "bb", limits=replace(QUICK, stall=30.0)) as nodes:
        for sender, receiver in (nodes, nodes[::-1]):
            receiver.notes.heard.clear()
            receiver.notes.gate.clear()
            for _ in range(100):
                sender.peers.send(receiver.me, LARGE)
            sender.peers.send(receiver.me, VOTE)
            receiver.notes.gate.set()
            await receiver.notes.until(lambda to=receiver: len(to.notes.heard) == 101)
            # Of 25 MB only what had left the outbox already stays ahead: buffers, not the queue.
            assert receiver.notes.heard.index((sender.me, VOTE)) < 40


async def test_a_batch_that_is_being_verified_does_not_hold_up_votes():
    async with network("aa", "bb") as (a, b):
        b.notes.gate.clear()
        a.peers.send("bb", LARGE)
        a.peers.send("bb", VOTE)
        await b.notes.until(lambda: b.notes.heard == [("aa", VOTE)])
        b.notes.gate.set()
        await b.notes.until(lambda: b.notes.heard == [("aa", VOTE), ("aa", LARGE)])


async def test_a_peer_that_breaks_a_rule_is_left_alone_for_a_while():
    notes = Notes()
    async with make_peers("bb", [member("aa")], notes) as b:
        here = member("bb", str(b.address))
        notes.fault = Refused("bad-signature", "a vote that it did not sign")
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet()
            await a.say(VOTE)
            assert "did not sign" in await a.sent_away()
        async with puppet(identity("aa"), b.address, here) as a:
            assert "come back in" in await a.sent_away()


async def test_a_peer_that_keeps_coming_back_too_early_is_told_what_it_did_and_no_more():
    notes = Notes()
    async with make_peers("bb", [member("aa")], notes) as b:
        here = member("bb", str(b.address))
        notes.fault = Refused("bad-signature", "a vote that it did not sign")
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet()
            await a.say(VOTE)
            await a.sent_away()
        for _ in range(5):
            async with puppet(identity("aa"), b.address, here) as a:
                reason = await a.sent_away()
                assert reason.endswith("for before: bad-signature: a vote that it did not sign")


@pytest.mark.parametrize(
    "address",
    ["nonsense", "a b:1", "a\0b:1", "x" * 250 + ":1", "ü.example:1", "127.0.0.1:99999", "[::]:0"],
)
async def test_a_member_with_an_impossible_address_is_not_connected_and_that_is_all(address: str):
    async with network("aa", "bb") as (a, b):
        a.peers.set_members([member("bb", str(b.peers.address)), member("cc", address)])
        await eventually(lambda: a.peers.status().peers[1].last_error != "")
        assert a.peers.connected == ["bb"]
        a.peers.send("bb", VOTE)
        await b.notes.until(lambda: b.notes.heard == [("aa", VOTE)])


@asynccontextmanager
async def http_server(
    answer: Callable[[], web.Response], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Address]:
    """An HTTP server that gives one answer to everything."""

    async def handle(_: web.BaseRequest) -> web.Response:
        return answer()

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        yield Address("127.0.0.1", runner.addresses[0][1])
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_member_cannot_send_the_node_to_another_address(status: int):
    called: list[int] = []

    def inside() -> web.Response:
        called.append(1)
        return web.Response()

    hostile = Pins(identity("bb"))
    hostile.pin(member("aa"))
    async with AsyncExitStack() as stack:
        inner = await stack.enter_async_context(http_server(inside))
        away = partial(web.Response, status=status, headers={"Location": f"http://{inner}/admin"})
        outer = await stack.enter_async_context(http_server(away, hostile.server))
        members = [member("bb", str(outer))]
        a = await stack.enter_async_context(make_peers("aa", members, Notes()))
        await eventually(lambda: "redirect" in a.status().peers[0].last_error)
        assert called == []


async def test_a_fault_in_a_session_that_was_dialled_ends_neither_the_node_nor_the_dialling():
    class Faulty(Notes):
        faults = 2

        def on_connected(self, peer: str) -> None:
            self.faults -= 1
            if self.faults >= 0:
                raise ValueError("a bug")
            super().on_connected(peer)

    notes = Faulty()
    async with (
        make_peers("bb", [member("aa")], Notes()) as b,
        make_peers("aa", [member("bb", str(b.address))], notes) as a,
    ):
        await eventually(lambda: "fault of this node" in a.status().peers[0].last_error)
        await notes.until(lambda: a.connected == ["bb"] and notes.events[-1:] == ["+bb"])


async def test_dialling_ends_when_it_is_told_to_though_a_session_swallowed_the_word(
    monkeypatch: pytest.MonkeyPatch,
):
    async def deaf(peers: Peers, member: object) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    monkeypatch.setattr(Peers, "_dial", deaf)
    async with make_peers("aa", [member("bb")], Notes()) as a:
        dialer = a._members["bb"].dialer
        await asyncio.sleep(0)
        dialer.cancel()
        await asyncio.wait({dialer}, timeout=0.2)
        assert dialer.done()


async def test_a_fault_of_the_node_itself_ends_the_session_and_blames_nobody():
    notes = Notes()
    async with make_peers("bb", [member("aa")], notes) as b:
        here = member("bb", str(b.address))
        notes.fault = ValueError("a bug")
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet()
            await a.say(VOTE)
            assert "fault of this node" in await a.sent_away()
        notes.fault = None
        async with puppet(identity("aa"), b.address, here) as a:
            await a.greet()
            await a.say(VOTE)
            await notes.until(lambda: notes.heard == [("aa", VOTE)])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9101", Address("127.0.0.1", 9101)),
        ("[::1]:1", Address("::1", 1)),
        ("node.customs.example:65535", Address("node.customs.example", 65535)),
    ],
)
def test_an_address_is_host_and_port(text: str, address: Address):
    assert Address.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "host", "host:", ":1", "host:0", "host:65536", "::1:80", "host:x"]
)
def test_what_is_not_an_address_is_refused_with_the_form_it_should_have(text: str):
    with pytest.raises(ValueError, match="is not host:port"):
        Address.parse(text)


def next_attempt(outage_s: float) -> float:
    """Seconds after an outage until the ends hear each other, at worst.

    TCP sends again what was not acknowledged after 0.2 s, and then after ever doubled pauses (RFC
    6298). Until `silence` the session lives, and the outage ends with the next attempt of these;
    after it the peer is called: by SYN, and again 1 s and 3 s later, in each call.
    """
    limits = Limits()
    attempts = [0.2 * (2**n - 1) for n in range(1, 12)]
    attempts = [at for at in attempts if at < limits.silence]
    call = limits.silence
    while call < 2 * outage_s + limits.silence:
        attempts += [call + at for at in (0.0, 1.0, 3.0) if at < limits.handshake]
        call += limits.handshake + REDIAL_S_MAX
    return min(at for at in attempts if at > outage_s) - outage_s


def test_after_an_outage_of_any_length_peers_meet_again_within_three_time_outs_of_a_view():
    time_out_s = 3 * Timing().delta_ms / 1000
    worst = max(next_attempt(tenth / 10) for tenth in range(1, 600))
    assert worst < 3 * time_out_s
    assert 3 * Limits().heartbeat <= Limits().silence
