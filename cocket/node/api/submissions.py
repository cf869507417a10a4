"""Reading what clients send: bounded first, then cut into documents."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgpack
from fastapi import Request
from starlette.requests import ClientDisconnect

from cocket.ledger.errors import Refusal
from cocket.node.api.answers import Problem

BODY_BYTES_MAX = 16 * 1024 * 1024
BODY_S_MAX = 60
RECEIVING_BYTES_MAX = 256 * 1024 * 1024
DOCUMENTS_MAX = 4096
ONE = ("application/dc+sd-jwt", "text/plain")
NDJSON = "application/x-ndjson"
MESSAGEPACK = "application/msgpack"


class Budget:
    """How many bytes of all requests together may be held at a time."""

    def __init__(self) -> None:
        self._room = RECEIVING_BYTES_MAX

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The request's body, for as long as it is needed; a `Problem` as soon as it, or what is
        held in all, is larger than allowed, or takes too long."""
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_S_MAX):
                async for chunk in request.stream():
                    body += chunk
                    self._room -= len(chunk)
                    self._check(len(body))
        except TimeoutError:
            self._room += len(body)
            raise Problem(
                408,
                "too-slow",
                f"the request did not come within {BODY_S_MAX} seconds: send it again",
            ) from None
        except ClientDisconnect:
            self._room += len(body)
            raise Problem(
                400, "cut-off", "the request ended in the middle: send it again"
            ) from None
        except Problem:
            self._room += len(body)
            raise
        try:
            yield bytes(body)
        finally:
            self._room += len(body)

    def _check(self, size: int) -> None:
        if size > BODY_BYTES_MAX:
            raise Problem(
                413,
                "too-large",
                f"a request has at most {BODY_BYTES_MAX} bytes: send fewer at once",
            )
        if self._room < 0:
            raise Problem(503, "busy", "this node is receiving as much as it can hold")


def cut(media_type: str, body: bytes) -> list[bytes]:
    """The compact JWSs in a body of this media type."""
    cutter: Callable[[bytes], list[bytes]] | None = {
        **dict.fromkeys(ONE, lambda data: [data.strip()]),
        NDJSON: _lines,
        MESSAGEPACK: _messagepack,
    }.get(media_type)
    if cutter is None:
        raise Problem(
            415,
            "unknown-media-type",
            f"send one document as {ONE[0]}, or many as {NDJSON} or {MESSAGEPACK}",
        )
    texts = cutter(body)
    if not 0 < len(texts) <= DOCUMENTS_MAX:
        raise Problem(
            413 if texts else 400,
            "too-many" if texts else "empty",
            f"a request holds 1 to {DOCUMENTS_MAX} documents, this one {len(texts)}",
        )
    return [text.strip().removesuffix(b"~") for text in texts]


def disclosures_sent(text: bytes) -> Refusal | None:
    """Confidential fields must never reach a node that need not read them."""
    if b"~" not in text:
        return None
    return Refusal(
        "disclosures-sent",
        "send the signed part alone: the disclosures are for those who may read them, not nodes",
    )


def _lines(body: bytes) -> list[bytes]:
    if body.count(b"\n") > 2 * DOCUMENTS_MAX:  # before they are cut: each would be an object
        raise _too_many()
    return [line for line in body.split(b"\n") if line.strip()]


def _messagepack(body: bytes) -> list[bytes]:
    """One text after the other, so that nothing that is not a text is ever built."""
    unpacker = msgpack.Unpacker(
        max_buffer_size=BODY_BYTES_MAX, max_array_len=0, max_map_len=0, max_ext_len=0, raw=True
    )
    try:
        unpacker.feed(body)
        count = unpacker.read_array_header()
        if count > DOCUMENTS_MAX:
            raise _too_many()
        texts = [unpacker.unpack() for _ in range(count)]
    except Problem:
        raise
    except Exception as error:  # msgpack raises many kinds, all about hostile bytes
        raise Problem(400, "not-messagepack", "the body is not an array of texts") from error
    if unpacker.tell() != len(body) or not all(isinstance(each, bytes) for each in texts):
        raise Problem(400, "not-messagepack", "the body is not an array of texts and nothing more")
    return texts


def _too_many() -> Problem:
    return Problem(413, "too-many", f"a request holds 1 to {DOCUMENTS_MAX} documents")
