"""JSON values of documents: copied for a contract to change, searched as a whole.

MessagePack is only the fastest way there and back within this process; nothing of it is kept.
"""

from typing import Any

import msgspec

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def copied(value: Any) -> Any:
    """A value equal to this one, in the same order, that shares nothing with it."""
    return _decode(_encode(value))


def may_hold(value: Any, *names: bytes) -> bool:
    """False where no object within `value` has a member, nor any text in it, of these names."""
    data = _encode(value)
    return any(name in data for name in names)
