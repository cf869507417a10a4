"""How inputs are made: a valid one, changed where its format has its joints.

Blind flips of bytes are mostly refused by the first check. So each format has a mutator that takes
an input apart as its decoder would, changes a value deep within (also within what is embedded, as
a block in a proposal), and puts it together again as the format demands. One input in five is
changed as bytes besides, and one in a thousand is swollen to the size that its decoder must refuse.
"""

import json
import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import msgpack
import msgspec

Mutator = Callable[[Random, bytes, Sequence[bytes]], bytes]
"""(random, an input, others to take pieces from) -> a new input."""
Change = Callable[[Random, Any], Any]

INTEGERS = tuple(
    sign * (2**bits + near)
    for bits in (0, 1, 2, 5, 7, 8, 15, 16, 31, 32, 53, 62, 63)
    for near in (-1, 0, 1)
    for sign in (1, -1)
    if -(2**63) <= sign * (2**bits + near) < 2**64
)
STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**63, 2**64 - 1, "", "a", "é", "\x00", "a" * 300, [], [[]], {}),
    *([None], 1.5, "1e999", "_sd", "...", "\u2028", "-", "~", "Infinity", "\n"),
)
STRANGE_BYTES = (b"", b"\x00", bytes(31), bytes(32), bytes(33), bytes(64), b"\xff" * 64)
WORDS = (
    *(b"\x00", b"\n", b"\n\n", b"\r\n", b" ", b"~", b".", b"=", b'"', b"\\", b"{", b"[", b"]"),
    *(b"\xff", b"\xc0", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\x94 ", b"-", b"+", b"%00"),
    *(b"0", b"00", b"1e5", b"9" * 20, b"NaN", b"null", b"true", b"\\ud800", b"\xe2\x80\xa8"),
)
SWELL_ONE_IN = 1000


def mutator(structured: Mutator, bytes_max: int) -> Mutator:
    """`structured` with what is blind and what is too large mixed in.

    bytes_max  of the decoder, or of whoever calls it; one byte more is tried, too
    """

    def mutate(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
        draw = random.random()
        if draw < 1 / SWELL_ONE_IN:
            return swollen(random, data, bytes_max)
        if draw > 0.1:
            data = structured(random, data, others)
        if draw < 0.2:
            data = octets(random, data, others)
        return data[: bytes_max + 1]

    return mutate


def swollen(random: Random, data: bytes, bytes_max: int) -> bytes:
    """A piece of it repeated, up to just below or beyond `bytes_max`."""
    start = random.randrange(len(data) + 1)
    piece = data[start : start + random.choice((1, 1, 2, 8, 64))] or b"["
    size = random.choice((bytes_max // 8, bytes_max, bytes_max + 1))
    room = max(0, size - len(data))
    return data[:start] + piece * (room // len(piece)) + data[start:]


def octets(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """One to three changes of bytes, whatever they mean."""
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(data) + 1)
        match random.randrange(7):
            case 0 if at < len(data):
                data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + random.choice((1, 1, 2, 16)) :]
            case 2:
                data = data[:at] + random.randbytes(random.choice((1, 1, 2, 8))) + data[at:]
            case 3:
                word = random.choice(WORDS)
                data = data[:at] + word + data[at + random.choice((0, len(word))) :]
            case 4:
                other = random.choice(others) if others else data
                data = data[:at] + other[random.randrange(len(other) + 1) :]
            case 5:
                data = data[:at]
            case _:
                data = data[:at] + data[at : at + random.randrange(1, 64)] + data[at:]
    return data


# --- trees: MessagePack and JSON ------------------------------------------------------------------


def changed(random: Random, value: Any, scalar: Change) -> Any:
    """`value` with something in it changed; what is not changed is shared."""
    if isinstance(value, list | dict) and value and random.random() < 0.8:
        copy: Any = value.copy()
        at = random.randrange(len(copy)) if isinstance(copy, list) else random.choice([*copy])
        copy[at] = changed(random, copy[at], scalar)
        return copy
    if isinstance(value, list):
        return _list(random, value)
    if isinstance(value, dict):
        return _object(random, value)
    return random.choice(STRANGE) if random.random() < 0.1 else scalar(random, value)


def _list(random: Random, value: list[Any]) -> Any:
    copy = value.copy()
    at = random.randrange(len(copy) + 1)
    match random.randrange(7):
        case 0:
            del copy[at : at + 1]
        case 1:
            copy[at:at] = copy[at : at + 1]
        case 2:
            copy.insert(at, random.choice(STRANGE))
        case 3:
            copy.reverse()
        case 4 if copy:
            other = random.randrange(len(copy))
            copy[other], copy[at - 1] = copy[at - 1], copy[other]
        case 5:
            copy = copy * random.choice((2, 3, 70, 300))
        case _:
            return random.choice(STRANGE)
    return copy


def _object(random: Random, value: dict[str, Any]) -> Any:
    copy = value.copy()
    name = random.choice([*copy]) if copy else ""
    match random.randrange(5):
        case 0:
            copy.pop(name, None)
        case 1:
            copy[random.choice(("x", "_sd", "...", "é", "", f"{name}x"))] = copy.get(name)
        case 2 if copy:
            copy[random.choice([*copy])] = copy[name]
        case 3:
            copy[name] = random.choice(STRANGE)
        case _:
            return random.choice(STRANGE)
    return copy


def _integer(random: Random, value: int) -> int:
    if random.random() < 0.5:
        return random.choice(INTEGERS)
    return value + random.choice((-1, 1, 2, -value, 60, 256))


def _text(random: Random, value: str) -> str:
    draw = random.random()
    if draw < 0.2:
        return value + random.choice(("", "A", "-", "\n", "=", "é", " "))
    if draw < 0.4:
        return value[:-1]
    if draw < 0.5:
        return value * random.choice((2, 10))
    return octets(random, value.encode(), ()).decode("utf-8", "replace")


def _of_json(random: Random, value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return random.choice((True, False, None, 0))
    if isinstance(value, int):
        return _integer(random, value)
    return _text(random, value) if isinstance(value, str) else random.choice(STRANGE)


def _of_msgpack(random: Random, value: Any) -> Any:
    if isinstance(value, bytes):
        embedded = _unpacked(value)
        if isinstance(embedded, list):
            return _packed(changed(random, embedded, _of_msgpack)) or value
        if random.random() < 0.3:
            return random.choice(STRANGE_BYTES)
        return octets(random, value, ())
    return _of_json(random, value)


@lru_cache(maxsize=64)
def _unpacked(data: bytes) -> Any:
    try:
        return msgpack.unpackb(data, raw=False, strict_map_key=False)
    except Exception:  # msgpack raises many kinds
        return None


@lru_cache(maxsize=64)
def _parsed(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None


def messagepack(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A MessagePack value changed, and packed in its shortest form."""
    value = _unpacked(data)
    if value is None:
        return octets(random, data, others)
    for _ in range(random.choice((1, 1, 1, 2))):
        value = changed(random, value, _of_msgpack)
    return _packed(value) or octets(random, data, others)


def _packed(value: Any) -> bytes | None:
    try:
        return bytes(msgpack.packb(value))
    except (ValueError, OverflowError, TypeError):  # such as an integer beyond 64 bits
        return None


def json_text(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A JSON value changed, and written in canonical form nearly always."""
    value = _parsed(data)
    if value is None:
        return octets(random, data, others)
    for _ in range(random.choice((1, 1, 1, 2))):
        value = changed(random, value, _of_json)
    if random.random() < 0.05:
        return json.dumps(value).encode()
    return msgspec.json.encode(value, order="sorted")


# --- text -----------------------------------------------------------------------------------------


def sd_jwt(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """One of the parts of an SD-JWT, or of a JWT, changed; or its disclosures shuffled."""
    parts = re.split(rb"([.~])", data)
    if random.random() < 0.15 and len(parts) > 3:
        at, other = random.randrange(len(parts)), random.randrange(len(parts))
        parts[at], parts[other] = parts[other], parts[at]
        return b"".join(parts)
    at = random.randrange(0, len(parts), 2)
    try:
        content = urlsafe_b64decode(parts[at] + b"=" * (-len(parts[at]) % 4))
    except (NotBase64, ValueError):
        return octets(random, data, others)
    content = json_text(random, content, others)
    parts[at] = urlsafe_b64encode(content).rstrip(b"=")
    return b"".join(parts)


_LINE_PART = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}|[0-9]+|[^\s]+|\s")


def lines(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A line dropped, doubled, moved or another's; or a number or base64 within one changed."""
    rows = data.split(b"\n")
    at, other = random.randrange(len(rows)), random.randrange(len(rows))
    match random.randrange(8):
        case 0:
            del rows[at]
        case 1:
            rows.insert(at, rows[other])
        case 2:
            rows[at], rows[other] = rows[other], rows[at]
        case 3 if others:
            rows[at] = random.choice(random.choice(others).split(b"\n"))
        case 4:
            rows[at:at] = [rows[other]] * random.choice((1, 5, 70, 250))
        case _:
            parts = _LINE_PART.findall(rows[at]) or [b""]
            part = random.randrange(len(parts))
            parts[part] = _word(random, parts[part])
            rows[at] = b"".join(parts)
    return b"\n".join(rows)


def _word(random: Random, word: bytes) -> bytes:
    if word.isdigit() and len(word) < 20:
        return str(_integer(random, int(word))).encode()
    try:
        return b64encode(octets(random, b64decode(word, validate=True), ()))
    except (NotBase64, ValueError):
        return random.choice(WORDS)


_TOKEN = re.compile(rb'\w+|"[^"\n]*"|\n +|.', re.DOTALL)


def tokens(strange: Sequence[bytes]) -> Mutator:
    """Words and marks of a text replaced, doubled, moved; `strange` are others to put in."""

    def mutate(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
        parts = _tokens(data).copy()
        if not parts:
            return random.choice(strange)
        for _ in range(random.choice((1, 1, 2, 4))):
            at, other = random.randrange(len(parts)), random.randrange(len(parts))
            match random.randrange(5):
                case 0:
                    parts[at] = random.choice(strange)
                case 1:
                    parts.insert(at, random.choice(strange))
                case 2:
                    parts[at], parts[other] = parts[other], parts[at]
                case 3:
                    parts[at] = random.choice(_tokens(random.choice(others)) or parts)
                case _:
                    parts[at:at] = parts[other : other + random.randrange(12)]
        return b"".join(parts)

    return mutate


@lru_cache(maxsize=64)
def _tokens(data: bytes) -> list[bytes]:
    return _TOKEN.findall(data)
