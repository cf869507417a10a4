"""One connection to the API: heads, requests ahead and unread answers have bounds."""

import asyncio
import json
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from cocket.node.api.connection import (
    AHEAD_MAX,
    HEAD_BYTES_MAX,
    READ_BYTES_MIN,
    ApiConnection,
)
from cocket.node.api.guests import Guests

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Line(asyncio.Transport):
    """A connection's end; `unread` is what its other end has not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.said = b""
        self.unread = 0
        self.closed = False
        self.aborted = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 1) if name in ("peername", "sockname") else default

    def get_write_buffer_size(self) -> int:
        return self.unread

    def write(self, data: Any) -> None:
        self.said += bytes(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    @property
    def problem(self) -> Any:
        """The problem that was said."""
        head, _, body = self.said.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        assert b"connection: close" in head
        return json.loads(body)


async def slow(_scope: Any, _receive: Any, _send: Any) -> None:
    """An application that never answers."""
    await asyncio.Event().wait()


def connect(guests: Guests | None = None) -> tuple[ApiConnection, Line]:
    """A new connection."""
    config = uvicorn.Config(slow, lifespan="off", log_config=None)
    config.load()
    connection = ApiConnection(
        guests or Guests(9, 9), config=config, server_state=ServerState(), app_state={}
    )
    line = Line()
    connection.connection_made(line)
    return connection, line


async def test_what_is_no_http_is_told_so_with_a_problem() -> None:
    connection, line = connect()
    connection.data_received(b"\x16\x03\x01 hello\r\n\r\n")
    assert line.problem["code"] == "malformed-request"
    assert line.closed


@pytest.mark.parametrize("piece", [1000, HEAD_BYTES_MAX * 2])
async def test_a_head_without_end_is_cut_off_at_its_bound(piece: int) -> None:
    connection, line = connect()
    connection.data_received(b"GET / HTTP/1.1\r\n")
    sent = 0
    while not line.closed:
        connection.data_received(b"X: " + b"x" * piece + b"\r\n")
        sent += piece
        assert sent <= 3 * HEAD_BYTES_MAX
    assert line.problem["status"] == 431


async def test_one_header_that_never_ends_is_cut_off_too() -> None:
    connection, line = connect()
    connection.data_received(b"GET / HTTP/1.1\r\nX: ")
    for _ in range(HEAD_BYTES_MAX // 1024 + 1):
        connection.data_received(b"x" * 1024)
    assert line.problem["status"] == 431


async def test_more_requests_ahead_than_are_allowed_end_the_connection() -> None:
    connection, line = connect()
    connection.data_received(GET * (AHEAD_MAX + 1))
    assert not line.closed
    connection.data_received(GET)
    assert line.aborted


async def test_who_is_turned_away_is_told_so() -> None:
    guests = Guests(1, 1)
    first, _ = connect(guests)
    first.data_received(GET)
    _, line = connect(guests)
    assert line.problem["code"] == "busy"
    assert b"retry-after" in line.said
    first.connection_lost(None)
    _, again = connect(guests)
    assert not again.said


async def test_an_answer_that_is_not_read_ends_and_one_that_is_read_slowly_does_not() -> None:
    connection, line = connect()
    connection.data_received(GET)
    line.unread = 10 * READ_BYTES_MIN
    connection.pause_writing()
    line.unread -= READ_BYTES_MIN
    connection._look_again(10 * READ_BYTES_MIN)
    assert not line.closed
    connection._look_again(line.unread + 1)
    assert line.aborted
    connection.connection_lost(None)
