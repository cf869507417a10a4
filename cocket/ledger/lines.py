"""What the line-based text formats of the log share: numbers and base64, each with one spelling.

Lines end in a newline (U+000A) and nothing else does: `str.splitlines` knows too many others.
"""

import re
from base64 import b64decode, b64encode

from cocket.ledger.errors import Malformed

NUMBER_MAX = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def decimal(text: str, what: str) -> int:
    """The integer 0 to 2^63 - 1 that `text` spells in decimal, without leading zeroes;
    `Malformed` otherwise."""
    if _DECIMAL.fullmatch(text) is None or int(text) > NUMBER_MAX:
        raise Malformed(f"{what}: not a decimal number of 0 to {NUMBER_MAX}")
    return int(text)


def number(value: int, what: str) -> int:
    """`value`, if it is an integer that `decimal` could have read; `Malformed` otherwise."""
    if type(value) is not int or not 0 <= value <= NUMBER_MAX:
        raise Malformed(f"{what}: not a number of 0 to {NUMBER_MAX}")
    return value


def base64(data: bytes) -> str:
    """RFC 4648 §4 base64, with padding."""
    return b64encode(data).decode("ascii")


def unbase64(text: str, what: str) -> bytes:
    """The bytes that `text` spells; `Malformed` unless `base64` would spell them so."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed(f"{what}: not base64") from error
    if base64(data) != text:
        raise Malformed(f"{what}: not the one base64 of its bytes")
    return data
