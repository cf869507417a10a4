"""Values whose text is the Python that makes them."""

from dataclasses import fields
from typing import Any, ClassVar


class Printed:
    """A dataclass of which only what is not as usual is printed."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[Any]

    def __repr__(self) -> str:
        values = ((each.name, getattr(self, each.name), each.default) for each in fields(self))
        said = ", ".join(f"{name}={value!r}" for name, value, usual in values if value != usual)
        return f"{type(self).__name__}({said})"
