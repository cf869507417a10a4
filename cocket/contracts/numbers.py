"""Numbers in contracts: integers of 256 bits and decimals of 28 digits, half-even.

A decimal is zero or between 10**-60 and 10**60 in size, so that turning it into an integer or into
text is never a bomb; what falls outside is a failure, not an infinity. The context is our own:
nothing here reads the context of the thread.
"""

import re
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Subnormal,
)
from typing import Any

from cocket.contracts.meter import Failure

INTEGER_LIMIT = 2**256
DECIMAL_DIGITS = 28
EXPONENT_MAX = 60
PLACES_MAX = 12

CONTEXT = Context(
    prec=DECIMAL_DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-EXPONENT_MAX,
    Emax=EXPONENT_MAX,
    capitals=1,
    clamp=0,
    traps=[InvalidOperation, DivisionByZero, Overflow, Subnormal],
    flags=[],
)

_DECIMAL_TEXT = r"-?(?:[1-9][0-9]*+|0)(?:\.[0-9]++)?+"
_DECIMAL = re.compile(_DECIMAL_TEXT).fullmatch
NUMERAL = re.compile(rf"(?=.{{1,{DECIMAL_DIGITS}}}\Z){_DECIMAL_TEXT}").fullmatch
"""Of text that `decimal` takes as it is."""
_INTEGER = re.compile(r"-?[0-9]{1,78}").fullmatch
_QUANTA = tuple(Decimal((0, (1,), -places)) for places in range(PLACES_MAX + 1))


def bounded(number: int) -> int:
    """`number`, if it has at most 256 bits."""
    if -INTEGER_LIMIT < number < INTEGER_LIMIT:
        return number
    raise Failure("an integer has more than 256 bits")


def decimal(value: Any) -> Decimal:
    """The decimal that a text like "-12.50" or an integer stands for, exactly."""
    kind = type(value)
    if kind is str:
        if NUMERAL(value):
            return Decimal(value)
        if len(value) <= DECIMAL_DIGITS + 3 and _DECIMAL(value):
            number = Decimal(value)
            if CONTEXT.plus(number).same_quantum(number):
                return number
        raise Failure('decimal() takes text such as "12.50", of at most 28 digits')
    if kind is int:
        if abs(value) < 10**DECIMAL_DIGITS:
            return Decimal(value)
        raise Failure("decimal() takes integers of at most 28 digits")
    if kind is Decimal:
        return value  # type: ignore[no-any-return]
    raise Failure("decimal() takes text, an integer or a decimal")


def integer(value: Any) -> int:
    """`int(value)`: of text like "-12", of a decimal towards zero."""
    kind = type(value)
    if kind is int:
        return value  # type: ignore[no-any-return]
    if kind is Decimal:
        return int(value)
    if kind is str and len(value) < 80 and _INTEGER(value):
        return bounded(int(value))
    raise Failure("int() takes an integer, a decimal, or text of digits only")


def rounded(number: Any, places: Any) -> Decimal:
    """`number` as a decimal with exactly `places` (0..12) decimal places, half-even."""
    if type(places) is not int or not 0 <= places <= PLACES_MAX:
        raise Failure(f"round() takes 0 to {PLACES_MAX} places")
    quantum = _QUANTA[places]
    if type(number) is Decimal:
        return number if number.same_quantum(quantum) else CONTEXT.quantize(number, quantum)
    if type(number) is int:
        return CONTEXT.quantize(Decimal(number), quantum)
    raise Failure("round() takes a decimal or an integer")


def plain(number: Decimal) -> str:
    """The text of a decimal: no exponent, its zeros kept, no minus before zero."""
    return format(CONTEXT.plus(number), "f")


def absolute(number: Any) -> Any:
    """`abs(number)`."""
    if type(number) is int:
        return abs(number)
    if type(number) is Decimal:
        return CONTEXT.abs(number)
    raise Failure("abs() takes an integer or a decimal")
