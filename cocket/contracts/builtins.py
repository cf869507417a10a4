"""The built-in functions of the contract language that compute: Python's, bounded and metered."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cocket.contracts.codes import check_digit
from cocket.contracts.meter import STEPS_MAX, Failure, Meter
from cocket.contracts.numbers import absolute, decimal, integer, rounded
from cocket.contracts.operators import INTEGER_KEY_LIMIT, Operators, key
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import thumbprint
from cocket.ledger.organisations import public_key as raw_public_key

CHECK_DIGIT_STEPS = 20
THUMBPRINT_STEPS = 20
ILLEGIBLE = re.compile(
    "[\\x00-\\x1f\\x7f-\\xa0\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u1fff-\\u200f"
    "\\u2028-\\u202f\\u205f-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\uffff\\U000e0000-\\U000e0fff]"
)
"""Control characters, spaces that are not the plain one, and what hides or turns the text around
it: a fixed list, because Unicode's own properties change with its version."""


def length(value: Any) -> int:
    """len"""
    if type(value) in (str, list, tuple, dict, range):
        return len(value)
    raise Failure("len() takes text, a list, a tuple, a dict or a range")


def numbers_between(*bounds: Any) -> range:
    """range, of no more numbers than there are steps"""
    if not 1 <= len(bounds) <= 3:
        raise Failure("range() takes one to three integers")
    for bound in bounds:
        if type(bound) is not int or not -INTEGER_KEY_LIMIT < bound < INTEGER_KEY_LIMIT:
            raise Failure("range() takes integers below 2**53")
    if bounds[2:] == (0,):
        raise Failure("the stride of a range is not 0")
    numbers = range(*bounds)
    if numbers[STEPS_MAX : STEPS_MAX + 1]:
        raise Failure(f"a range has at most {STEPS_MAX} numbers")
    return numbers


class Builtins:
    """The functions that have to charge for what they read or make."""

    __slots__ = ("_meter", "_operators")

    def __init__(self, meter: Meter, operators: Operators) -> None:
        self._meter = meter
        self._operators = operators

    @property
    def names(self) -> dict[str, Callable[..., Any]]:
        """The functions by the names contracts call them."""
        return {
            "abs": absolute,
            "all": self.every,
            "any": self.some,
            "check_digit": self.check_digit,
            "decimal": decimal,
            "dict": self.as_dict,
            "enumerate": self.numbered,
            "int": integer,
            "legible": self.legible,
            "len": length,
            "list": self.as_list,
            "max": self.greatest,
            "min": self.least,
            "range": numbers_between,
            "reversed": self.backwards,
            "round": rounded,
            "sorted": self.in_order,
            "str": self.as_text,
            "sum": self.total,
            "thumbprint": self.thumbprint,
            "zip": self.paired,
        }

    def as_list(self, value: Any = ()) -> list[Any]:
        """list"""
        return list(self._operators.turns(value, 1))

    def as_dict(self, value: Any = ()) -> dict[Any, Any]:
        """dict, of a dict or of pairs"""
        if type(value) is dict:
            self._meter.step(len(value))
            return dict(value)
        pairs = self._operators.turns(value, 2)
        if not all(type(pair) in (list, tuple) and len(pair) == 2 for pair in pairs):
            raise Failure("dict() takes a dict or a list of pairs")
        return {key(name): item for name, item in pairs}

    def as_text(self, value: Any) -> str:
        """str of text, an integer or a decimal"""
        text = self._operators.shown(value)
        self._operators.made_text(len(text))
        return text

    def every(self, value: Any) -> bool:
        """all"""
        return all(self._operators.turns(value, 1))

    def some(self, value: Any) -> bool:
        """any"""
        return any(self._operators.turns(value, 1))

    def total(self, value: Any) -> Any:
        """sum of numbers"""
        result: Any = 0
        add = self._operators.add
        for item in self._operators.turns(value, 1):
            if type(item) is not int and type(item) is not Decimal:
                raise Failure("sum() takes numbers")
            result = add(result, item)
        return result

    def numbered(self, value: Any) -> list[tuple[int, Any]]:
        """enumerate, from 0, as a list"""
        return list(enumerate(self._operators.turns(value, 2)))

    def paired(self, *values: Any) -> list[tuple[Any, ...]]:
        """zip, as a list; as long as the shortest"""
        return list(zip(*[self._operators.turns(value, 2) for value in values], strict=False))

    def backwards(self, value: Any) -> list[Any]:
        """reversed, as a list"""
        return list(self._operators.turns(value, 1))[::-1]

    def check_digit(self, kind: Any, text: Any) -> bool:
        """Whether `text` has the form and the check digits of its kind."""
        self._meter.step(CHECK_DIGIT_STEPS)
        return check_digit(kind, text)

    def legible(self, text: Any) -> bool:
        """Whether `text` is what it looks like: nothing in it is unseen, or hides or turns it."""
        if type(text) is not str:
            raise Failure("legible() takes text")
        self._meter.text(len(text))
        return (text.isascii() and text.isprintable()) or not ILLEGIBLE.search(text)

    def thumbprint(self, public_key: Any) -> str:
        """The RFC 7638 thumbprint of a raw public key in base64url."""
        self._meter.step(THUMBPRINT_STEPS)
        try:
            return thumbprint(raw_public_key(public_key))
        except Malformed:
            raise Failure("thumbprint() takes the 32 bytes of a key in base64url") from None

    def in_order(self, value: Any) -> list[Any]:
        """sorted: texts by code point, numbers, or tuples of these"""
        items = self._operators.turns(value, 1)
        self._comparable(items)
        size = sum(_weight(item) for item in items)
        self._meter.step(size * len(items).bit_length())
        return sorted(items)

    def greatest(self, *values: Any) -> Any:
        """max of two or more values, or of a list that is not empty"""
        return max(self._candidates(values))

    def least(self, *values: Any) -> Any:
        """min of two or more values, or of a list that is not empty"""
        return min(self._candidates(values))

    def _candidates(self, values: tuple[Any, ...]) -> Any:
        items = self._operators.turns(values[0] if len(values) == 1 else values, 1)
        if not items:
            raise Failure("there is no least or greatest of nothing")
        self._comparable(items)
        self._meter.step(sum(_weight(item) for item in items))
        return items

    def _comparable(self, items: Any) -> None:
        """One order for all: which pairs a sort compares is not for a contract to know."""
        kinds = {_kind(item) for item in items}
        if len(kinds) > 1 or None in kinds:
            raise Failure("only texts, numbers, or tuples alike of these have an order")


def _kind(item: Any) -> str | tuple[str | None, ...] | None:
    """What `item` can be compared with: "text", "number", a tuple of these, or None: nothing."""
    kind = type(item)
    if kind is str:
        return "text"
    if kind is int or kind is Decimal:
        return "number"
    if kind is tuple and len(item) <= 8:
        kinds = tuple(_kind(each) if type(each) is not tuple else None for each in item)
        return None if None in kinds else kinds  # type: ignore[return-value]
    return None


def _weight(item: Any) -> int:
    if type(item) is str:
        return 1 + len(item) // 16
    if type(item) is tuple:
        return 1 + sum(_weight(each) for each in item)
    return 1
