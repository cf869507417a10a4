"""The API's port: whoever comes after a crowd does not wait for as many turns as it has heads."""

import asyncio
import socket

import pytest
import uvloop

from cocket.node.api.server import ACCEPTED_PER_TURN, Doorman

CROWD = 20 * ACCEPTED_PER_TURN


class Guest(asyncio.Protocol):
    """One who came, and is counted."""

    came = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Guest.came += 1
        transport.abort()  # type: ignore[attr-defined]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_crowd_is_let_in_within_a_few_turns_of_the_event_loop(run: object) -> None:
    async def turns() -> int:
        listening = socket.create_server(("127.0.0.1", 0), backlog=CROWD)
        crowd = [socket.socket() for _ in range(CROWD)]
        for each in crowd:
            each.setblocking(False)
            each.connect_ex(listening.getsockname())
        Guest.came = 0
        doorman = Doorman(listening, Guest)
        turn = 0
        while Guest.came < CROWD:
            turn += 1
            await asyncio.sleep(0)
        doorman.close()
        for each in crowd:
            each.close()
        return turn

    assert callable(run)
    assert run(turns()) < 4 * CROWD / ACCEPTED_PER_TURN


def test_a_doorman_who_is_closed_has_given_up_the_port() -> None:
    async def closed() -> tuple[str, int]:
        listening = socket.create_server(("127.0.0.1", 0))
        address: tuple[str, int] = listening.getsockname()
        Doorman(listening, Guest).close()
        await asyncio.sleep(0)
        return address

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(asyncio.run(closed()))
