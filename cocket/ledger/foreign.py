"""JSON as others write it, made fit for the ledger: the same value, with every number exact.

The ledger knows integers with |n| < 2^53 and decimal strings (DESIGN §3). Foreign JSON, such as
DCSA's, writes weights and amounts as floats. No float is ever made here: a number keeps its digits.

    12000       -> 12000
    12000.0     -> "12000.0"
    1.5e3       -> "1500"
    2^53        -> "9007199254740992"
"""

import json
import re
from typing import Any, NoReturn

from cocket.ledger.canonical import INTEGER_LIMIT
from cocket.ledger.errors import Malformed

CHARACTERS_MAX = 1_000_000
NUMBER_CHARACTERS_MAX = 60
"""Longer numbers, written out, are no weight or amount of anything."""

_FLOAT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,6}))?")


def exact_numbers(text: str) -> Any:
    """The value of JSON `text`: dict, list, str, int, bool and None, never a float.

    `Malformed` for what is not JSON, has a member twice in an object, or a number, text or nesting
    beyond measure. Everything else a document must be, `document.sign` says.
    """
    if len(text) > CHARACTERS_MAX:
        raise Malformed(f"foreign JSON: more than {CHARACTERS_MAX} characters")
    try:
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates have no UTF-8
    except Malformed:
        raise
    except RecursionError:
        raise Malformed("foreign JSON: nested too deep") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"foreign JSON: this is not JSON, see {place}") from None
    except ValueError:
        raise Malformed("foreign JSON: this is not JSON") from None
    return value


def _integer(literal: str) -> int | str:
    if len(literal) > NUMBER_CHARACTERS_MAX:
        raise Malformed("foreign JSON: a number has too many digits")
    number = int(literal)
    return number if abs(number) < INTEGER_LIMIT else literal


def _decimal(literal: str) -> str:
    """The digits of `literal` with the point where its exponent puts it."""
    match = _FLOAT.fullmatch(literal)
    if match is None or len(literal) > NUMBER_CHARACTERS_MAX:
        raise Malformed("foreign JSON: a number has too many digits")
    sign, whole, fraction, exponent = match.groups()
    if exponent is None:
        return literal
    digits, point = whole + (fraction or ""), len(whole) + int(exponent)
    if abs(point) > NUMBER_CHARACTERS_MAX:
        raise Malformed("foreign JSON: a number has too many digits")
    digits = digits.rjust(len(digits) + max(0, 1 - point), "0")
    point = max(point, 1)
    whole, fraction = digits[:point].ljust(point, "0").lstrip("0") or "0", digits[point:]
    return sign + whole + ("." + fraction if fraction else "")


def _no_number(literal: str) -> NoReturn:
    raise Malformed(f"foreign JSON: {literal} is not a number")


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) != len(members):
        raise Malformed("foreign JSON: a member stands twice in an object")
    return value
