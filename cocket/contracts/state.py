"""The state contracts run on: keys, their limits, and layers of writes that can be dropped.

A key is "<collection>/<key>", a value canonical JSON. The network's own collections, and who may
write which, are `registry`'s and `ownership`'s.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from cocket.contracts.meter import Failure

KEY_BYTES_MAX = 200
VALUE_BYTES_MAX = 16 * 1024
CONTRACT_VALUE_BYTES_MAX = 160 * 1024
"""A contract and its schema, 64 KiB each, with their escapes."""
VALUE_NESTING_MAX = 16
COMPILED = frozenset({"border-rule", "contract", "draft"})
"""Collections of contracts: what is put there is compiled at once, so that what is there runs."""

_COLLECTION = re.compile(r"[a-z][a-z0-9-]{0,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class StateReader(Protocol):
    """The state after the last block."""

    def get(self, key: str) -> bytes | None:
        """The canonical JSON at this key, or None."""


class Layer:
    """Writes on top of a state: read through, kept apart, merged down or dropped as a whole."""

    __slots__ = ("below", "writes")

    def __init__(self, below: StateReader) -> None:
        self.below = below
        self.writes: dict[str, bytes | None] = {}

    def get(self, key: str) -> bytes | None:
        """The value as written here, or below."""
        if key in self.writes:
            return self.writes[key]
        return self.below.get(key)

    def put(self, key: str, value: bytes | None) -> None:
        """Write a value, or remove it (None)."""
        self.writes[key] = value

    def merge(self, writes: Mapping[str, bytes | None]) -> None:
        """Take over the writes of a layer that was on top of this one."""
        self.writes.update(writes)


def is_collection(name: Any) -> bool:
    """Whether this can be the name of a collection: 1-32 of a-z 0-9 -, a letter first."""
    return type(name) is str and len(name) <= 32 and _is_collection(name)


@lru_cache(maxsize=1024)
def _is_collection(name: str) -> bool:
    return _COLLECTION.fullmatch(name) is not None


def state_key(collection: Any, key: Any) -> str:
    """The key of the state that a contract means; `Failure` for what cannot be one."""
    if not is_collection(collection):
        raise Failure("a collection's name is 1 to 32 of a-z, 0-9, hyphen")
    if type(key) is not str or not 0 < len(key) <= KEY_BYTES_MAX:
        raise Failure(f"a key is text of 1 to {KEY_BYTES_MAX} bytes")
    if key.isascii() and key.isprintable():  # of ASCII, all but control characters
        return f"{collection}/{key}"
    if len(key.encode()) > KEY_BYTES_MAX:
        raise Failure(f"a key is text of 1 to {KEY_BYTES_MAX} bytes")
    if _CONTROL.search(key):
        raise Failure("a key has no control characters")
    return f"{collection}/{key}"


def value_bytes_max(collection: str) -> int:
    """How long a value of this collection may be."""
    return CONTRACT_VALUE_BYTES_MAX if collection in COMPILED else VALUE_BYTES_MAX
