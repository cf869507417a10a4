"""Server-sent events, however they are cut into pieces."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.client.sse import EVENT_BYTES_MAX, EventParser, ServerEvent
from cocket.ledger.errors import Malformed

STREAM = (
    b": hello\n\nid: 1\nevent: committed\ndata: {\ndata:  }\n\n"
    b"data:x\r\nid\r\nretry: 10\r\n\r\nevent: nothing\n\n"
    b"id: 2\ndata: caf\xc3\xa9\n\n: bye\n\ndata: cut"
)
EVENTS = [
    ServerEvent("committed", "{\n }", "1"),
    ServerEvent("message", "x", ""),
    ServerEvent("message", "café", "2"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=10))
def test_the_same_events_come_out_however_the_stream_is_cut(cuts: list[int]) -> None:
    parser = EventParser()
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(edges)]
    assert [event for piece in pieces for event in parser.feed(piece)] == EVENTS


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_malformed(stream: bytes) -> None:
    with suppress(Malformed):
        list(EventParser().feed(stream))


@pytest.mark.parametrize("piece", [b"x" * 1000, b"data: x\n" * 100, b"data: " + b"x" * 1000])
def test_an_event_that_never_ends_does_not_fill_the_memory(piece: bytes) -> None:
    parser = EventParser()
    with pytest.raises(Malformed, match="more than"):
        for _ in range(2 * EVENT_BYTES_MAX // len(piece)):
            list(parser.feed(piece))


def test_comments_may_go_on_for_ever() -> None:
    parser = EventParser()
    for _ in range(2 * EVENT_BYTES_MAX // 1000):
        assert list(parser.feed(b":" + b"x" * 1000 + b"\n")) == []


def test_text_that_is_not_utf_8_is_malformed() -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        list(EventParser().feed(b"data: \xff\n"))
