"""What the operators of the contract language do: what Python's do, bounded, metered and typed.

Compiled contracts call these by the names in `Operators.names`. Each works on exact types; where it
reads or makes something of a size, it charges for that size first.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cocket.contracts.meter import CHARACTERS_PER_STEP, Failure, Meter
from cocket.contracts.numbers import CONTEXT, NUMERAL, bounded, plain

TEXT_CHARACTERS_MAX = 65_536
INTEGER_KEY_LIMIT = 2**53
KEY_CHARACTERS_MAX = 1024
"""Finding a key in a dict costs one step, whatever its length."""
NESTING_MAX = 32
SEARCH_CHARACTERS_PER_STEP = 4
"""Searching within text can cost more than copying it."""

Operator = Callable[[Any, Any], Any]

_NUMBERS = (int, Decimal)
_SCALARS = frozenset({str, int, bool, Decimal, type(None)})
_ORDERED = (int, Decimal, bool)


def multiply(a: Any, b: Any) -> Any:
    """a * b of numbers; text and lists cannot be multiplied."""
    ta, tb = type(a), type(b)
    if ta is Decimal and tb is Decimal:
        return CONTEXT.multiply(a, b)
    if ta is int and tb is int:
        return bounded(a * b)
    if ta in _NUMBERS and tb in _NUMBERS:
        return CONTEXT.multiply(a, b)
    raise Failure("* takes two numbers")


def subtract(a: Any, b: Any) -> Any:
    """a - b of numbers."""
    ta, tb = type(a), type(b)
    if ta is Decimal and tb is Decimal:
        return CONTEXT.subtract(a, b)
    if ta is int and tb is int:
        return bounded(a - b)
    if ta in _NUMBERS and tb in _NUMBERS:
        return CONTEXT.subtract(a, b)
    raise Failure("- takes two numbers")


def divide(a: Any, b: Any) -> Decimal:
    """a / b where one of them is a decimal."""
    ta, tb = type(a), type(b)
    if (ta is Decimal and tb in _NUMBERS) or (tb is Decimal and ta is int):
        if not b:
            raise Failure("division by zero")
        return CONTEXT.divide(a, b)
    raise Failure("/ takes a decimal and a number; for integers there is //")


def floor_divide(a: Any, b: Any) -> int:
    """a // b of integers, towards minus infinity."""
    _two_integers(a, b, "//")
    return bounded(a // b)


def modulo(a: Any, b: Any) -> int:
    """a % b of integers, with the sign of b."""
    _two_integers(a, b, "%")
    return a % b  # type: ignore[no-any-return]


def negate(a: Any) -> Any:
    """-a of a number."""
    if type(a) is int:
        return -a
    if type(a) is Decimal:
        return CONTEXT.minus(a)
    raise Failure("- takes a number")


def key(value: Any) -> Any:
    """`value`, if it may be the key of a dict."""
    if type(value) is str:
        if len(value) <= KEY_CHARACTERS_MAX:
            return value
        raise Failure(f"a key has at most {KEY_CHARACTERS_MAX} characters")
    if type(value) is int and -INTEGER_KEY_LIMIT < value < INTEGER_KEY_LIMIT:
        return value
    raise Failure("a key is text or an integer below 2**53")


def _two_integers(a: Any, b: Any, operator: str) -> None:
    if type(a) is not int or type(b) is not int:
        raise Failure(f"{operator} takes two integers")
    if b == 0:
        raise Failure("division by zero")


class Operators:
    """The operators that have to charge for what they read or make, or know what is constant."""

    __slots__ = ("_constants", "_meter")

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._constants: set[int] = set()

    @property
    def names(self) -> dict[str, Any]:
        """What compiled contracts use, under the names that no contract can write."""
        return {
            "_meter": self._meter,
            "_stop": self._meter.stop,
            "_type": type,
            "_dict": dict,
            "_list": list,
            "_str": str,
            "_decimal": Decimal,
            "_numeral": NUMERAL,
            "_add": self.add,
            "_sub": subtract,
            "_mul": multiply,
            "_div": divide,
            "_floordiv": floor_divide,
            "_mod": modulo,
            "_neg": negate,
            "_inplace": self.in_place,
            "_eq": self.equal,
            "_ne": self.not_equal,
            "_lt": self.less,
            "_le": self.less_or_equal,
            "_gt": self.greater,
            "_ge": self.greater_or_equal,
            "_has": self.has,
            "_in": self.contains,
            "_notin": self.contains_not,
            "_key": key,
            "_item": self.item,
            "_slice": self.cut,
            "_store": self.store,
            "_augment": self.augment,
            "_spread": self.spread,
            "_text": self.text,
            "_loop": self.loop,
            "_turns": self.turns,
        }

    def freeze(self, value: Any) -> None:
        """Let nothing change `value`, a constant of the contract, or what is in it."""
        if type(value) is list or type(value) is dict:
            self._constants.add(id(value))
        if type(value) is dict:
            value = list(value.values())
        if type(value) is list or type(value) is tuple:
            for item in value:
                self.freeze(item)

    def check_mutable(self, value: Any) -> None:
        """Raise `Failure` if `value` is a constant of the contract."""
        if id(value) in self._constants:
            raise Failure("a constant of the contract cannot be changed")

    # Arithmetic, text and lists

    def add(self, a: Any, b: Any) -> Any:
        """a + b of numbers, or of two texts, lists or tuples."""
        ta, tb = type(a), type(b)
        if ta is tb:
            if ta is int:
                return bounded(a + b)
            if ta is Decimal:
                return CONTEXT.add(a, b)
            if ta is str:
                size = len(a) + len(b)
                if size >= CHARACTERS_PER_STEP:
                    self.made_text(size)
                return a + b
            if ta is list or ta is tuple:
                self._meter.step(len(a) + len(b))
                return a + b
        elif ta in _NUMBERS and tb in _NUMBERS:
            return CONTEXT.add(a, b)
        raise Failure("+ takes two numbers, two texts or two lists")

    def in_place(self, a: Any, b: Any) -> Any:
        """a += b; not of lists, where Python would change what others may hold."""
        if type(a) is Decimal and type(b) is Decimal:
            return CONTEXT.add(a, b)
        if type(a) is list:
            raise Failure("+= does not take lists: use append, extend, or a = a + b")
        return self.add(a, b)

    def made_text(self, characters: int) -> None:
        """Charge for text about to be made; refuse what is too long."""
        if characters < CHARACTERS_PER_STEP:
            return
        if characters > TEXT_CHARACTERS_MAX:
            raise Failure(f"text has at most {TEXT_CHARACTERS_MAX} characters")
        self._meter.text(characters)

    def shown(self, value: Any) -> str:
        """The text of text, an integer or a decimal."""
        kind = type(value)
        if kind is str:
            return value  # type: ignore[no-any-return]
        if kind is int:
            return str(value)
        if kind is Decimal:
            return plain(value)
        raise Failure("only text, integers and decimals can be made text")

    def text(self, *parts: Any) -> str:
        """An f-string's text."""
        try:
            text = "".join(parts)  # a contract's text is bounded, and so are its fields
        except TypeError:
            text = "".join([self.shown(part) for part in parts])
        self.made_text(len(text))
        return text

    # Comparison

    def equal(self, a: Any, b: Any) -> bool:
        """a == b; of lists and dicts, item by item."""
        ta, tb = type(a), type(b)
        if ta is str and tb is str:
            if len(a) >= CHARACTERS_PER_STEP <= len(b):
                self._meter.text(min(len(a), len(b)))
        elif ta not in _SCALARS and tb not in _SCALARS:
            self.measure(a)
            self.measure(b)
        return a == b  # type: ignore[no-any-return]

    def not_equal(self, a: Any, b: Any) -> bool:
        """a != b."""
        return not self.equal(a, b)

    def _ordered(self, a: Any, b: Any) -> None:
        ta, tb = type(a), type(b)
        if ta is str and tb is str:
            self._meter.text(min(len(a), len(b)))
        elif ta not in _ORDERED or tb not in _ORDERED:
            raise Failure("only two numbers or two texts have an order")

    def less(self, a: Any, b: Any) -> bool:
        """a < b of numbers or texts (by code point)."""
        self._ordered(a, b)
        return a < b  # type: ignore[no-any-return]

    def less_or_equal(self, a: Any, b: Any) -> bool:
        """a <= b."""
        self._ordered(a, b)
        return a <= b  # type: ignore[no-any-return]

    def greater(self, a: Any, b: Any) -> bool:
        """a > b."""
        self._ordered(a, b)
        return a > b  # type: ignore[no-any-return]

    def greater_or_equal(self, a: Any, b: Any) -> bool:
        """a >= b."""
        self._ordered(a, b)
        return a >= b  # type: ignore[no-any-return]

    def has(self, item: str, container: Any) -> bool:
        """item in container, for a text that the contract names: mostly a member."""
        return item in container if type(container) is dict else self.contains(item, container)

    def contains(self, item: Any, container: Any) -> bool:
        """item in container."""
        kind = type(container)
        if kind is dict:
            if type(item) is str:
                if len(item) >= CHARACTERS_PER_STEP:
                    self._meter.text(len(item))
                return item in container
            return key(item) in container
        if kind is str:
            if type(item) is not str:
                raise Failure("only text can be in text")
            self.searched(container, item)
        elif kind is list or kind is tuple:
            self.scanned(container, item)
        elif kind is range:
            if type(item) is not int:
                raise Failure("only an integer can be in a range")
        else:
            raise Failure("`in` takes a list, a tuple, a dict or text")
        return item in container

    def contains_not(self, item: Any, container: Any) -> bool:
        """item not in container."""
        return not self.contains(item, container)

    def searched(self, text: str, part: str) -> None:
        """Charge for looking for `part` in `text`."""
        self._meter.step((len(text) + len(part)) // SEARCH_CHARACTERS_PER_STEP)

    def scanned(self, items: Any, item: Any) -> None:
        """Charge for comparing `item` with each of `items`."""
        if type(item) is str:
            self._meter.step(len(items) * (1 + len(item) // 64))
        elif type(item) in _SCALARS:
            self._meter.step(len(items))
        else:
            self._meter.step(len(items) * (1 + self.measure(item)))
            self.measure(items)

    def measure(self, value: Any) -> int:
        """Charge one step for each value within `value`, and for text; how many there are."""
        meter, count = self._meter, 0
        level: list[Any] = [value]
        for _ in range(NESTING_MAX):
            meter.step(len(level))
            count += len(level)
            below: list[Any] = []
            for each in level:
                kind = type(each)
                if kind is str:
                    meter.text(len(each))
                elif kind is dict:
                    meter.step(len(each))
                    below += each.values()
                elif kind is list or kind is tuple:
                    meter.step(len(each))
                    below += each
            if not below:
                return count
            level = below
        raise Failure(f"lists and dicts nest at most {NESTING_MAX} deep")

    # Items

    def item(self, container: Any, index: Any) -> Any:
        """container[index]."""
        kind = type(index)
        if type(container) is dict:
            if kind is str and len(index) <= KEY_CHARACTERS_MAX:
                return container[index]
            return container[key(index)]
        if kind is not int:
            raise Failure("an index is an integer")
        return container[index]

    def cut(self, container: Any, start: Any, stop: Any, stride: Any) -> Any:
        """container[start:stop:stride] of text, a list or a tuple."""
        for bound in (start, stop, stride):
            if bound is not None and type(bound) is not int:
                raise Failure("the bounds of a slice are integers")
        if stride == 0:
            raise Failure("the stride of a slice is not 0")
        part = slice(start, stop, stride)
        kind = type(container)
        if kind is str:
            self.made_text(len(range(*part.indices(len(container)))))
        elif kind is list or kind is tuple:
            self._meter.step(len(range(*part.indices(len(container)))))
        else:
            raise Failure("only text, lists and tuples have slices")
        return container[part]

    def store(self, container: Any, index: Any, value: Any) -> None:
        """container[index] = value of a dict or a list."""
        self.check_mutable(container)
        if type(container) is dict:
            container[key(index)] = value
        elif type(container) is list:
            if type(index) is not int:
                raise Failure("an index is an integer")
            container[index] = value
        else:
            raise Failure("only items of dicts and lists can be set")

    def augment(self, container: Any, index: Any, operator: Operator, value: Any) -> None:
        """container[index] operator= value."""
        self.store(container, index, operator(self.item(container, index), value))

    def spread(self, value: Any) -> dict[Any, Any]:
        """What `**value` puts into a dict."""
        if type(value) is not dict:
            raise Failure("** takes a dict")
        self._meter.step(len(value))
        return value

    # Loops

    def loop(self, value: Any) -> Any:
        """What a `for` statement goes through; the turns charge for themselves."""
        kind = type(value)
        if kind is dict:  # which order a dict has that changes in a loop is nobody's promise
            self._meter.step(len(value))
            return list(value)
        if kind is list or kind is tuple or kind is range or kind is str:
            return value
        raise Failure("a loop goes through a list, a tuple, a dict, a range or text")

    def turns(self, value: Any, cost: int) -> Any:
        """What a comprehension goes through, at `cost` steps for each turn, paid at once."""
        items = self.loop(value)
        self._meter.step(len(items) * cost)
        return items if type(items) is range else list(items)
