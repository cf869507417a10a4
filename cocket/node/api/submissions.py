"""Reading what clients send: bounded first, then cut into documents."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgpack
from fastapi import Request

from cocket.ledger.errors import Refusal
from cocket.node.api.answers import Problem

BODY_BYTES_MAX = 16 * 1024 * 1024
BODY_S_MAX = 60
DOCUMENTS_MAX = 4096
ONE = ("application/dc+sd-jwt", "text/plain")
NDJSON = "application/x-ndjson"
MESSAGEPACK = "application/msgpack"


async def read_body(request: Request) -> bytes:
    """The request's body; a `Problem` as soon as it is larger than allowed."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S_MAX):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise Problem(
                        413,
                        "too-large",
                        f"a request has at most {BODY_BYTES_MAX} bytes: send fewer at once",
                    )
    except TimeoutError:
        raise Problem(
            408, "too-slow", f"the request did not come within {BODY_S_MAX} seconds: send it again"
        ) from None
    return bytes(body)


def cut(media_type: str, body: bytes) -> list[bytes]:
    """The compact JWSs in a body of this media type."""
    cutter: Callable[[bytes], list[bytes]] | None = {
        **dict.fromkeys(ONE, lambda data: [data.strip()]),
        NDJSON: lambda data: [line for line in data.split(b"\n") if line.strip()],
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


def _messagepack(body: bytes) -> list[bytes]:
    try:
        value: Any = msgpack.unpackb(body, raw=False, max_map_len=0, max_ext_len=0)
    except Exception as error:  # msgpack raises many kinds, all about hostile bytes
        raise Problem(400, "not-messagepack", "the body is not MessagePack") from error
    if not isinstance(value, list):
        raise Problem(400, "not-messagepack", "the body is not an array of documents")
    texts = [each.encode() if isinstance(each, str) else each for each in value]
    if not all(isinstance(each, bytes) for each in texts):
        raise Problem(400, "not-messagepack", "each document is a byte string")
    return texts
