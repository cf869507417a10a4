"""Canonical MessagePack: the one encoding of everything that is not a document.

Arrays of nil, integers, byte strings, ASCII-or-UTF-8 strings and arrays; shortest forms only.
A decoder first bounds the size, then decodes, then re-encodes: bytes that are not exactly what
`pack` would have produced are `Malformed`. So one value has one encoding, and an id is a hash.

The functions that take `what` name it in the message of the `Malformed` that they raise.
"""

from typing import Any, NoReturn

import msgpack

from cocket.ledger.errors import Malformed

HASH_BYTES = 32
ARRAYS_FREE = 64
BYTES_PER_ARRAY = 16
"""Beyond the first few, an array of any message has at least so many bytes. In memory it takes 64:
a mebibyte of empty ones took 70, and a third of a second."""


class _Arrays:
    """Called for every array that is read: counts them, and stops where there are too many."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = ARRAYS_FREE + size // BYTES_PER_ARRAY

    def __call__(self, array: list[Any]) -> list[Any]:
        self.left -= 1
        if self.left < 0:
            raise ValueError("too many arrays")
        return array


def _no_map(_: dict[Any, Any]) -> NoReturn:
    raise ValueError("a map")


def pack(value: Any) -> bytes:
    """The canonical bytes of nested lists or tuples of int, bytes, str and None."""
    return bytes(msgpack.packb(value, use_bin_type=True))


def unpack(data: bytes, size_max: int, what: str) -> list[Any]:
    """The array in `data`; `Malformed` if larger than `size_max` bytes or not canonical."""
    if len(data) > size_max:
        raise Malformed(f"{what}: {len(data)} bytes, more than {size_max}")
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            max_map_len=0,
            max_ext_len=0,
            list_hook=_Arrays(len(data)),
            object_hook=_no_map,
        )
    except Exception as error:  # msgpack raises many kinds, all about hostile bytes
        raise Malformed(f"{what}: not MessagePack") from error
    if not isinstance(value, list):
        raise Malformed(f"{what}: not an array")
    try:
        canonical = pack(value) == data
    except Exception as error:  # e.g. lone surrogates
        raise Malformed(f"{what}: not canonical MessagePack") from error
    if not canonical:
        raise Malformed(f"{what}: not canonical MessagePack")
    return value


def fields(value: Any, count: int, what: str) -> list[Any]:
    """`value` if it is an array of exactly `count` fields; `Malformed` otherwise."""
    if not isinstance(value, list) or len(value) != count:
        raise Malformed(f"{what}: not an array of {count} fields")
    return value


def integer(value: Any, what: str, maximum: int = 2**63 - 1) -> int:
    """`value` if it is an integer in 0..maximum, no bool; `Malformed` otherwise."""
    if type(value) is not int or not 0 <= value <= maximum:
        raise Malformed(f"{what}: not an integer in 0..{maximum}")
    return value


def octets(value: Any, what: str, size: int = HASH_BYTES) -> bytes:
    """`value` if it is a byte string of exactly `size` bytes; `Malformed` otherwise."""
    if not isinstance(value, bytes) or len(value) != size:
        raise Malformed(f"{what}: not {size} bytes")
    return value


def text(value: Any, what: str, size_max: int) -> str:
    """`value` if it is a string of 1 to `size_max` characters; `Malformed` otherwise."""
    if not isinstance(value, str) or not 0 < len(value) <= size_max:
        raise Malformed(f"{what}: not a text of 1 to {size_max} characters")
    return value


def array(value: Any, what: str, maximum: int, minimum: int = 0) -> list[Any]:
    """`value` if it is an array of `minimum` to `maximum` items; `Malformed` otherwise."""
    if not isinstance(value, list) or not minimum <= len(value) <= maximum:
        raise Malformed(f"{what}: not an array of {minimum} to {maximum} items")
    return value
