"""Secrets stay secret: what was hidden in a document is not told by one that is made of it."""

from typing import Any

from cocket.contracts.schema_rules import Pointer
from cocket.contracts.shape import Shape
from cocket.forms.facts import Facts
from cocket.forms.references import texts

SECRET_CHARACTERS = 6
"""A hidden text as long as this is looked for within longer texts too."""


def guarded(
    schema: dict[str, Any], body: Facts, secrets: frozenset[str]
) -> tuple[Facts, list[str], list[str]]:
    """`body`, with what was hidden where it comes from hidden again, or left out.

    Gives the body, JSON pointers into it of what is to be hidden, and the names of the members
    that are left out, whole or in part, because they may not be: whoever wants them open has to
    write them.
    """
    guard = _Guard(Shape(schema), secrets)
    kept, withheld = {}, []
    for name, value in body.items():
        told = guard.kept((name,), value)
        if told != value:
            withheld.append(name)
        if told is not None:
            kept[name] = told
    return kept, guard.hidden, withheld


class _Guard:
    """Keeps secrets out of the open members of a new body. `hidden`: what it hides, so far."""

    def __init__(self, shape: Shape, secrets: frozenset[str]) -> None:
        self.shape = shape
        self.secrets = secrets
        self.hidden: list[str] = []

    def kept(self, place: Pointer, value: Any) -> Any:
        """The value with its secrets hidden, without those that cannot be; None if nothing is
        left of it."""
        hidings = self.hidings(place, value)
        if hidings is not None:
            self.hidden += hidings
            return value
        if not isinstance(value, dict):
            return None
        below = {name: self.kept((*place, name), each) for name, each in value.items()}
        return {name: each for name, each in below.items() if each is not None} or None

    def hidings(self, place: Pointer, value: Any) -> list[str] | None:
        """What to hide within a value so that no secret is told: as little as does it; None where
        nothing does."""
        if not any(_tells(each, text) for text in texts(value) for each in self.secrets):
            return []
        members: list[tuple[str | int, Any]] = []
        if isinstance(value, dict):
            members = list(value.items())
        elif isinstance(value, list):
            members = list(enumerate(value))
        below = [self.hidings((*place, name), each) for name, each in members]
        inner = [each for each in below if each is not None]
        if members and len(inner) == len(below):
            return [pointer for each in inner for pointer in each]
        hideable = place[-1] in self.shape.at(place[:-1]).confidential
        return ["".join(f"/{part}" for part in place)] if hideable else None


def _tells(secret: str, text: str) -> bool:
    """Whether a text tells a secret: it is that, or has it within, if that can be no chance."""
    return secret == text or (len(secret) >= SECRET_CHARACTERS and secret in text)
