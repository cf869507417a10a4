"""The methods of built-in values that contracts may call, and nothing else of these values.

`value.name(…)` in a contract becomes a call of the function here that `Methods.names` gives for
`name`. Text is treated as ASCII wherever Unicode's tables would be asked: they change.
"""

from collections.abc import Callable
from typing import Any

from cocket.contracts.meter import Failure, Meter
from cocket.contracts.operators import Operators, key

_ASCII_SPACE = " \t\n\r"

METHODS = frozenset(
    {
        *("get", "items", "keys", "values", "pop"),
        *("append", "extend", "index", "count"),
        *("startswith", "endswith", "find", "replace", "split", "join", "strip"),
        *("lower", "upper", "isdigit", "isalpha", "isalnum"),
    }
)


def _expect(value: Any, kind: type, method: str) -> None:
    if type(value) is not kind:
        raise Failure(f".{method}() is not a method of this value, or its argument is wrong")


class Methods:
    """One function for each method; a method that several kinds have looks at the kind."""

    __slots__ = ("_meter", "_operators")

    def __init__(self, meter: Meter, operators: Operators) -> None:
        self._meter = meter
        self._operators = operators

    @property
    def names(self) -> dict[str, Callable[..., Any]]:
        """What compiled contracts call, under the names that no contract can write."""
        return {f"_m_{name}": getattr(self, name) for name in METHODS}

    # Dicts

    def get(self, value: Any, name: Any, default: Any = None) -> Any:
        """dict.get"""
        if type(value) is dict:
            return value.get(key(name), default)
        raise Failure(".get() is a method of dicts")

    def items(self, value: Any) -> list[Any]:
        """dict.items, as a list."""
        _expect(value, dict, "items")
        self._meter.step(2 * len(value))
        return list(value.items())

    def keys(self, value: Any) -> list[Any]:
        """dict.keys, as a list."""
        _expect(value, dict, "keys")
        self._meter.step(len(value))
        return list(value)

    def values(self, value: Any) -> list[Any]:
        """dict.values, as a list."""
        _expect(value, dict, "values")
        self._meter.step(len(value))
        return list(value.values())

    def pop(self, value: Any, *where: Any) -> Any:
        """list.pop and dict.pop; popping a missing key or index without a default fails."""
        self._operators.check_mutable(value)
        if type(value) is dict and 1 <= len(where) <= 2:
            return value.pop(key(where[0]), *where[1:])
        _expect(value, list, "pop")
        if len(where) > 1 or (where and type(where[0]) is not int):
            raise Failure("an index is an integer")
        index = where[0] if where else -1
        if not -len(value) <= index < len(value):
            raise Failure("an index is out of range")
        self._meter.step(len(value) // 16)
        return value.pop(index)

    # Lists

    def append(self, value: Any, item: Any) -> None:
        """list.append"""
        _expect(value, list, "append")
        self._operators.check_mutable(value)
        self._meter.step(1)
        value.append(item)

    def extend(self, value: Any, items: Any) -> None:
        """list.extend"""
        _expect(value, list, "extend")
        self._operators.check_mutable(value)
        value.extend(self._operators.turns(items, 1))

    def index(self, value: Any, item: Any) -> int:
        """list.index"""
        _expect(value, list, "index")
        self._operators.scanned(value, item)
        if item not in value:
            raise Failure("the item is not in the list")
        return value.index(item)  # type: ignore[no-any-return]

    def count(self, value: Any, item: Any) -> int:
        """list.count and str.count"""
        if type(value) is list:
            self._operators.scanned(value, item)
            return value.count(item)
        self._search(value, item, "count")
        return value.count(item)  # type: ignore[no-any-return]

    # Text

    def _search(self, value: Any, part: Any, method: str) -> None:
        if type(value) is not str or type(part) is not str:
            _expect(value, str, method)
            _expect(part, str, method)
        self._operators.searched(value, part)

    def startswith(self, value: Any, part: Any) -> bool:
        """str.startswith"""
        _expect(value, str, "startswith")
        _expect(part, str, "startswith")
        self._meter.text(len(part))
        return value.startswith(part)  # type: ignore[no-any-return]

    def endswith(self, value: Any, part: Any) -> bool:
        """str.endswith"""
        _expect(value, str, "endswith")
        _expect(part, str, "endswith")
        self._meter.text(len(part))
        return value.endswith(part)  # type: ignore[no-any-return]

    def find(self, value: Any, part: Any) -> int:
        """str.find: -1 if it is not there"""
        self._search(value, part, "find")
        return value.find(part)  # type: ignore[no-any-return]

    def replace(self, value: Any, old: Any, new: Any) -> str:
        """str.replace"""
        self._search(value, old, "replace")
        _expect(new, str, "replace")
        if not old:
            raise Failure("there is nothing to replace")
        longer = value.count(old) * (len(new) - len(old))
        self._operators.made_text(len(value) + longer)
        return value.replace(old, new)  # type: ignore[no-any-return]

    def split(self, value: Any, separator: Any) -> list[str]:
        """str.split with a separator"""
        self._search(value, separator, "split")
        if not separator:
            raise Failure(".split() takes a separator")
        self._operators.made_text(len(value))
        self._meter.step(value.count(separator) + 1)
        return value.split(separator)  # type: ignore[no-any-return]

    def join(self, value: Any, items: Any) -> str:
        """str.join"""
        _expect(value, str, "join")
        if type(items) is not list and type(items) is not tuple:
            raise Failure(".join() takes a list of texts")
        self._meter.step(len(items))
        if not all(type(item) is str for item in items):
            raise Failure(".join() takes a list of texts")
        self._operators.made_text(sum(map(len, items)) + len(value) * len(items))
        return value.join(items)  # type: ignore[no-any-return]

    def strip(self, value: Any) -> str:
        """str.strip of space, tab, newline and carriage return"""
        _expect(value, str, "strip")
        self._operators.made_text(len(value))
        return value.strip(_ASCII_SPACE)  # type: ignore[no-any-return]

    def lower(self, value: Any) -> str:
        """str.lower of A-Z"""
        _expect(value, str, "lower")
        self._operators.made_text(len(value))
        if value.isascii():
            return value.lower()  # type: ignore[no-any-return]
        text: str = value.encode().lower().decode()  # of bytes, Python changes ASCII letters only
        return text

    def upper(self, value: Any) -> str:
        """str.upper of a-z"""
        _expect(value, str, "upper")
        self._operators.made_text(len(value))
        text: str = value.encode().upper().decode()
        return text

    def isdigit(self, value: Any) -> bool:
        """Whether this is one or more of 0-9"""
        _expect(value, str, "isdigit")
        self._meter.text(len(value))
        return value.isascii() and value.isdigit()  # type: ignore[no-any-return]

    def isalpha(self, value: Any) -> bool:
        """Whether this is one or more of A-Z, a-z"""
        _expect(value, str, "isalpha")
        self._meter.text(len(value))
        return value.isascii() and value.isalpha()  # type: ignore[no-any-return]

    def isalnum(self, value: Any) -> bool:
        """Whether this is one or more of A-Z, a-z, 0-9"""
        _expect(value, str, "isalnum")
        self._meter.text(len(value))
        return value.isascii() and value.isalnum()  # type: ignore[no-any-return]
