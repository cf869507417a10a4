"""What a schema says of a place in a body: for those who make forms of it, and sentences.

    Shape(schema).at(("itemsShipped", 0, "hsCode")).title       "HS code"

A place is a path of names and numbers. What applies for certain (the schema, what it refers to,
`allOf`) is told apart from what applies only to some bodies (`anyOf`, `if` and the like).
"""

from dataclasses import dataclass
from typing import Any

from cocket.contracts.assembly import title
from cocket.contracts.schema_rules import Pointer, applying, applying_below, confidential

PERSON = "#/$defs/person"


@dataclass(frozen=True, slots=True)
class View:
    """What a schema says of one place.

    name      the member's name, "" for an item of a list and for the body itself
    certain   the schemas that apply to every body; the member's own comes first
    possible  those and the ones that apply to some
    """

    name: str
    certain: tuple[dict[str, Any], ...]
    possible: tuple[dict[str, Any], ...]

    @property
    def title(self) -> str:
        """What a form calls it; "" for an item that has no title."""
        return str(self.said("title") or (title(self.name) if self.name else ""))

    @property
    def description(self) -> str:
        """What it is, without the full stop; "" where nobody said."""
        return str(self.said("description") or "").strip().rstrip(".")

    @property
    def types(self) -> frozenset[str]:
        """JSON's types that a value may have; none: any."""
        found: set[str] = set()
        for schema in self.possible:
            types = schema.get("type", ())
            found.update([types] if isinstance(types, str) else types)
            found.update(_type_of(each) for each in schema.get("enum", ()))
            found.update(_type_of(schema[key]) for key in ("const",) if key in schema)
        return frozenset(found)

    @property
    def codes(self) -> tuple[Any, ...]:
        """The values that it may have, if these are listed."""
        return tuple(self.said("enum") or ())

    @property
    def members(self) -> tuple[str, ...]:
        """The members that a form offers: those needed first, each part in the schema's order."""
        names = dict.fromkeys(name for each in self.certain for name in each.get("properties", ()))
        return tuple(sorted(names, key=lambda name: name not in self.required))

    @property
    def required(self) -> frozenset[str]:
        """The members that every body has."""
        return frozenset(name for each in self.certain for name in each.get("required", ()))

    @property
    def confidential(self) -> frozenset[str]:
        """The members that may be hidden."""
        return frozenset(name for each in self.possible for name in confidential(each))

    @property
    def is_person(self) -> bool:
        """Whether a natural person stands here (`person` of the common definitions)."""
        return bool(self.said("$ref") == PERSON)

    def said(self, keyword: str) -> Any:
        """What the first schema that has this keyword says, or None."""
        return next((each[keyword] for each in self.certain if keyword in each), None)


class Shape:
    """A document type's schema, asked by place."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._definitions: dict[str, Any] = schema.get("$defs", {})

    def at(self, place: Pointer) -> View:
        """What the schema says of `place`; nothing where it knows no such place."""
        certain: list[Any] = [self._schema]
        possible = applying([self._schema], self._definitions)
        for part in place:
            certain = applying_below(self._certain(certain), part)
            possible = applying(applying_below(possible, part), self._definitions)
        name = place[-1] if place and isinstance(place[-1], str) else ""
        return View(name, tuple(self._certain(certain)), tuple(possible))

    def _certain(self, schemas: list[Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for each in schemas:
            if isinstance(each, dict):
                found.append(each)
                if "$ref" in each:
                    name = each["$ref"].removeprefix("#/$defs/")
                    found += self._certain([self._definitions[name]])
                found += self._certain(each.get("allOf", []))
        return found


def _type_of(value: Any) -> str:
    kinds = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}
    return kinds.get(type(value), "null")
