"""RFC 8785 canonical JSON, and nothing else: one value, one encoding.

Narrower than the RFC where two implementations could differ (DESIGN §3): numbers are integers
with |n| < 2^53 (amounts are decimal strings), member names are ASCII, nesting is at most 16.
With ASCII names the RFC's order by UTF-16 code units is the order of bytes.
"""

import json
import re
from typing import Any, NoReturn

import msgspec

from cocket.ledger.errors import Refused

DEPTH_MAX = 16
INTEGER_LIMIT = 2**53

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_LONG_NUMBER = re.compile(rb"[0-9]{16}")
_BRACKETS = bytes.maketrans(b"[]", b"{}")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _refuse_float(text: str) -> NoReturn:
    raise ValueError(f"float {text[:40]}")


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(float_hook=_refuse_float)


def encode(value: Any) -> bytes:
    """The canonical bytes of nested dict, list, str, int, bool and None."""
    return _encoder.encode(value)


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
        _explain(data)
    bare = None
    if data.count(b"{") + data.count(b"[") > depth_max:
        bare = _STRING.sub(b"", data)
        _check_depth(bare, depth_max)
    if _LONG_NUMBER.search(data):
        _check_integers(_STRING.sub(b"", data) if bare is None else bare)
    if not data.isascii():
        _check_names(value)
    return value


def _check_depth(bare: bytes, depth_max: int) -> None:
    """`bare` is the text without its strings; each turn takes the innermost brackets away."""
    brackets = bare.translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(depth_max):
        if not brackets:
            return
        brackets = brackets.replace(b"{}", b"")
    if brackets:
        raise Refused("too-deep", f"objects and arrays are nested deeper than {depth_max}")


def _check_integers(bare: bytes) -> None:
    for digits in re.findall(rb"[0-9]{16,}", bare):
        if len(digits) > 16 or int(digits) >= INTEGER_LIMIT:
            raise Refused(
                "integer-range", "an integer is 2^53 or more: write it as a decimal string"
            )


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


class _Duplicate(ValueError):
    pass


class _Float(ValueError):
    pass


def _explain(data: bytes) -> NoReturn:
    """Say why `data` is not canonical. Slow, and run only for what is refused anyway."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in members]
        for name in names:
            if names.count(name) > 1:
                raise _Duplicate(name)
        return dict(members)

    def no_float(text: str) -> NoReturn:
        raise _Float(text)

    def no_int_conversion(text: str) -> int:
        return 0  # digits may be many: CPython's own limit must not decide what is said here

    try:
        json.loads(
            data,
            object_pairs_hook=pairs,
            parse_float=no_float,
            parse_constant=no_float,
            parse_int=no_int_conversion,
        )
    except _Duplicate as error:
        name = str(error)[:40]
        raise Refused(
            "duplicate-member", f"the member {name!r} stands twice in an object"
        ) from None
    except _Float as error:
        raise Refused(
            "float", f"{str(error)[:40]} is not an integer: write it as a decimal string"
        ) from None
    except RecursionError:
        raise Refused(
            "too-deep", f"objects and arrays are nested deeper than {DEPTH_MAX}"
        ) from None
    except ValueError:
        raise Refused("not-json", "this is not JSON") from None
    raise Refused(
        "not-canonical",
        "this JSON is not in RFC 8785 canonical form (order of members, spaces, escapes)",
    )
