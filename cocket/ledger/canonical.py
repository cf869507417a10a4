"""RFC 8785 canonical JSON, and nothing else: one value, one encoding.

Narrower than the RFC where two implementations could differ (DESIGN §3): numbers are integers
with |n| < 2^53 (amounts are decimal strings), member names are ASCII, nesting is at most 16.
With ASCII names the RFC's order by UTF-16 code units is the order of bytes.
"""

import json
import re
from itertools import accumulate
from typing import Any, NoReturn

import msgspec

from cocket.ledger.errors import Refused

DEPTH_MAX = 16
INTEGER_LIMIT = 2**53

_TOO_LARGE = ("integer-range", "an integer is 2^53 or more: write it as a decimal string")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A string, or one that never ends; possessive, so that hostile bytes are read only once."""
_DIGITS_ALIKE = bytes(ord("0") if chr(b) in "0123456789" else ord(" ") for b in range(256))
_LONG_NUMBER = b"0" * 16
_BRACKETS = bytes.maketrans(b"[]", b"{}")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def refuse_float(text: str) -> NoReturn:
    """For decoders of msgspec (`float_hook`): no number here has a fraction or an exponent."""
    raise ValueError(f"float {text[:40]}")


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(float_hook=refuse_float)


def encode(value: Any) -> bytes:
    """The canonical bytes of nested dict, list, str, int, bool and None.

    `Refused` (not-json) for a text with half a surrogate pair, which no UTF-8 can hold. What else
    `decode` would refuse is the caller's own mistake, and not looked for.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise Refused("not-json", "a text has half a surrogate pair: it is not Unicode") from None


def decode(data: bytes, depth_max: int = DEPTH_MAX) -> Any:
    """The value in `data`, which must be canonical.

    Raises `Refused` with one of the codes not-json, float, duplicate-member, not-canonical,
    too-deep, integer-range, member-name. The caller bounds the size of `data`.
    """
    try:
        value = _decoder.decode(data)
        canonical = _encoder.encode(value) == data
    except (ValueError, RecursionError):
        canonical = False
        value = None
    if not canonical:
        _explain(data, depth_max)
    check_bounds(data, depth_max)
    if not data.isascii():
        _check_names(value)
    return value


def check_bounds(data: bytes, depth_max: int = DEPTH_MAX) -> None:
    """Raise `Refused` (too-deep, integer-range) where canonical JSON goes beyond these limits."""
    bare = None
    if data.count(b"{") + data.count(b"[") > depth_max:
        bare = _STRING.sub(b"", data)
        _check_depth(bare, depth_max)
    if _LONG_NUMBER in data.translate(_DIGITS_ALIKE):
        _check_integers(_STRING.sub(b"", data) if bare is None else bare)


def _check_depth(bare: bytes, depth_max: int) -> None:
    """`bare` is the text without its strings; each turn takes the innermost brackets away."""
    brackets = bare.translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(depth_max):
        if not brackets:
            return
        brackets = brackets.replace(b"{}", b"")
    if brackets:
        raise _too_deep(depth_max)


def _check_integers(bare: bytes) -> None:
    for digits in re.findall(rb"[0-9]{16,}", bare):
        if len(digits) > 16 or int(digits) >= INTEGER_LIMIT:
            raise Refused(*_TOO_LARGE)


def _check_names(value: Any) -> None:
    """Member names are ASCII. The depth is already known to be bounded."""
    if isinstance(value, dict):
        for name, member in value.items():
            if not name.isascii():
                raise Refused("member-name", f"the member name {name[:40]!r} is not ASCII")
            _check_names(member)
    elif isinstance(value, list):
        for item in value:
            _check_names(item)


class _Fault(Exception):
    """Carries a `Refused` out of the standard decoder, which knows `ValueError` for its own."""


def _explain(data: bytes, depth_max: int) -> NoReturn:
    """Say why `data` is not canonical. Slow, and run only for what is refused anyway.

    The code said must not depend on this process: so depth is counted before a decoder recurses,
    and digits before they are converted (CPython has limits for both that can be set).
    """

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for name, member in members:
            if name in value:
                raise _Fault("duplicate-member", f"the member {name[:40]!r} stands twice")
            value[name] = member
        return value

    def no_float(text: str) -> NoReturn:
        raise _Fault("float", f"{text[:40]} is not an integer: write it as a decimal string")

    def short_integer(text: str) -> int:
        if len(text) > len(str(-INTEGER_LIMIT)):
            raise _Fault(*_TOO_LARGE)
        return int(text)

    _check_nesting(data, depth_max)
    try:
        json.loads(
            data.decode("utf-8"),  # as bytes, it could be UTF-16 too
            object_pairs_hook=pairs,
            parse_float=no_float,
            parse_constant=no_float,
            parse_int=short_integer,
        )
    except _Fault as fault:
        raise Refused(*fault.args) from None
    except ValueError:
        raise Refused("not-json", "this is not JSON") from None
    raise Refused(
        "not-canonical",
        "this JSON is not in RFC 8785 canonical form (order of members, spaces, escapes)",
    )


def _check_nesting(data: bytes, depth_max: int) -> None:
    """As `_check_depth`, for what may not be JSON at all: brackets need not match."""
    brackets = _STRING.sub(b"", data).translate(_BRACKETS, _NOT_BRACKETS)
    depths = accumulate(1 if bracket == ord("{") else -1 for bracket in brackets)
    if max(depths, default=0) > depth_max:
        raise _too_deep(depth_max)


def _too_deep(depth_max: int) -> Refused:
    return Refused("too-deep", f"objects and arrays are nested deeper than {depth_max}")
