"""From a form to a document: its head, its body by the type's schema, and where each member stands.

head(data)                  the type, what it refers to, which consignments
filled(head, schema)        the body: what was left empty is not there
problems(form, schema)      all that is wrong with it, in the order of the lines
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cocket.contracts.schema import Schema
from cocket.contracts.schema_rules import Pointer
from cocket.contracts.shape import Shape, View
from cocket.forms import text
from cocket.forms.writing import HIDDEN
from cocket.ledger.document import CONSIGNMENTS_MAX, REFERENCES_MAX, TYPE_PATTERN, UCR_PATTERN
from cocket.ledger.errors import Malformed, Refusal, Refused

HEAD = ("type", "consignments", "references", "expires")

_TYPE = re.compile(r"[a-z][a-z0-9-]{1,63}")
_ROLE = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,63}")
_INDEX = re.compile(r"[0-9]+")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the `---`, and the body as it was read.

    type          "urn:cocket:commercial-invoice:1"
    references    role -> how the document is called, for people
    expires       a date and time, or ""
    lines         JSON pointer into the document -> line, from 1
    """

    type: str
    consignments: tuple[str, ...]
    references: Mapping[str, str]
    expires: str
    body: text.Mapping
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Form:
    """A form with its body.

    hidden   JSON pointers into the body, for `Wallet.issue`
    lines    JSON pointer into the document -> line; also of members that were left empty
    """

    head: Head
    body: dict[str, Any]
    hidden: tuple[str, ...]
    lines: Mapping[str, int]

    def line(self, pointer: str) -> int:
        """The line of a place in the document, or of what it is part of."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something to mend before the document is sent; `title` is what the form calls the place."""

    line: int
    title: str
    message: str
    code: str = field(compare=False)
    path: str = field(compare=False)


def head(data: bytes) -> Head:
    """The head of a form; `Malformed` names the line of what is wrong with it."""
    parts = text.parse(data)
    if parts[1:] and isinstance(parts[1], text.Scalar) and parts[1].blank:  # remarks alone
        parts = (parts[0], text.Mapping(parts[1].line, False), *parts[2:])
    if len(parts) != 2 or not all(isinstance(part, text.Mapping) for part in parts):
        raise Malformed(
            "a form has two parts with --- between them: what the document is, and what it says"
        )
    above, body = parts
    assert isinstance(above, text.Mapping) and isinstance(body, text.Mapping)
    for name, (line, _) in above.members.items():
        if name not in HEAD:
            raise Malformed(f"line {line}: above the --- there are {', '.join(HEAD)} only")
    lines: dict[str, int] = {}
    return Head(
        _type(above, lines),
        _consignments(above, lines),
        _references(above, lines),
        _plain(above, "expires", lines, "/exp"),
        body,
        lines,
    )


def filled(head: Head, schema: dict[str, Any]) -> Form:
    """The form with its body, by the schema of its type. Anything may be wrong with the body."""
    reader = _Reader(Shape(schema))
    body = reader.mapping(head.body, ())
    return Form(head, body, tuple(reader.hidden), {**head.lines, **reader.lines})


def problems(form: Form, schema: dict[str, Any]) -> list[Problem]:
    """What the schema says of a form, in the order of its lines."""
    shape, compiled = Shape(schema), Schema(schema)
    found = [
        problem(form, shape, refusal, f"{refusal.path}/{missing}" if missing else refusal.path)
        for refusal, missing in compiled.problems(form.body)
    ]
    for pointer in form.hidden:
        try:
            compiled.check_hidden(form.body, [pointer])
        except Refused as refused:
            sentence = "this may not be hidden: take the word `hidden` away"
            refusal = replace(refused.refusal, message=sentence)
            found.append(problem(form, shape, refusal))
    return sorted(found)


def problem(form: Form, shape: Shape, refusal: Refusal, place: str | None = None) -> Problem:
    """A refusal as one of a line of the form. place: JSON pointer, if not the refusal's."""
    pointer = refusal.path if place is None else place
    called, message = "", refusal.message
    if pointer.startswith("/body/"):
        parts = _place(pointer.removeprefix("/body"))
        called = _titles(shape, parts)
        own = shape.at(parts).title
        message = message.removeprefix(f"{own} ({parts[-1]})").removeprefix(own).lstrip()
    return Problem(form.line(pointer), called, message, refusal.code, refusal.path)


def _titles(shape: Shape, place: Pointer) -> str:
    """What the form calls a place, from the outside in: "Items shipped 2 › HS code"."""
    titles: list[str] = []
    for at, part in enumerate(place):
        if isinstance(part, int) and titles:
            titles[-1] += f" {part + 1}"
        else:
            titles.append(shape.at(place[: at + 1]).title or str(part))
    return " › ".join(titles)


def _place(pointer: str) -> Pointer:
    parts = pointer.split("/")[1:]
    return tuple(
        int(part) if _INDEX.fullmatch(part) else part.replace("~1", "/").replace("~0", "~")
        for part in parts
    )


# --- the head -------------------------------------------------------------------------------------


def _type(above: text.Mapping, lines: dict[str, int]) -> str:
    name = _plain(above, "type", lines, "/vct")
    urn = f"urn:cocket:{name}:1" if _TYPE.fullmatch(name) else name
    if not re.match(TYPE_PATTERN, urn):
        line = lines.get("/vct", above.line)
        raise Malformed(f"line {line}: type: which document this is, such as commercial-invoice")
    return urn


def _plain(above: text.Mapping, name: str, lines: dict[str, int], pointer: str) -> str:
    line, node = above.members.get(name, (above.line, text.Scalar(above.line, "", True)))
    if not isinstance(node, text.Scalar):
        raise Malformed(f"line {line}: {name}: this is a single text")
    lines[pointer] = line
    return node.text


def _consignments(above: text.Mapping, lines: dict[str, int]) -> tuple[str, ...]:
    line, node = above.members.get("consignments", (above.line, text.Sequence(above.line, True)))
    lines["/ucr"] = line
    if isinstance(node, text.Scalar):
        node = text.Sequence(line, False, [node])
    found: list[str] = []
    for item in node.items if isinstance(node, text.Sequence) else [node]:
        if item.blank:
            continue
        if not isinstance(item, text.Scalar) or not re.match(UCR_PATTERN, item.text):
            raise Malformed(
                f"line {item.line}: consignments: a reference (UCR) has 1 to 35 unaccented "
                "letters, digits and signs; one a line, with - before it"
            )
        lines[f"/ucr/{len(found)}"] = item.line
        found.append(item.text)
    if len(found) > CONSIGNMENTS_MAX:
        raise Malformed(f"line {line}: a document is about {CONSIGNMENTS_MAX} consignments at most")
    return tuple(found)


def _references(above: text.Mapping, lines: dict[str, int]) -> dict[str, str]:
    line, node = above.members.get("references", (above.line, text.Mapping(above.line, True)))
    lines["/refs"] = line
    if node.blank:
        return {}
    if not isinstance(node, text.Mapping):
        raise Malformed(f"line {line}: references: one a line, as  invoice: 2026-0117 of lotus")
    found = {}
    for role, (at, name) in node.members.items():
        if not _ROLE.fullmatch(role) or not isinstance(name, text.Scalar):
            raise Malformed(f"line {at}: a reference is written as  invoice: 2026-0117 of lotus")
        lines[f"/refs/{role}"] = at
        if name.text:
            found[role] = name.text
    if len(found) > REFERENCES_MAX:
        raise Malformed(f"line {line}: a document refers to {REFERENCES_MAX} others at most")
    return found


# --- the body -------------------------------------------------------------------------------------


class _Reader:
    """Makes values of nodes, and remembers where they stood and which are to be hidden."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.hidden: list[str] = []
        self.lines: dict[str, int] = {}

    def mapping(self, node: text.Mapping, place: Pointer) -> dict[str, Any]:
        """An object: what was left empty is left out, unless the object has to be there."""
        view = self.shape.at(place)
        value: dict[str, Any] = {}
        for written, (line, child) in node.members.items():
            name = written.removeprefix(HIDDEN).strip()
            below = (*place, name)
            self.lines.setdefault(_pointer(below, "/body"), line)
            if child.blank and not (name in view.required and _has_members(child)):
                continue
            if name in value:
                raise Malformed(f"line {line}: {name[:64]} is there already, hidden or not")
            value[name] = self.value(child, below)
            if written.startswith(HIDDEN):
                self.hidden.append(_pointer(below))
        return value

    def value(self, node: text.Node, place: Pointer) -> Any:
        match node:
            case text.Mapping():
                return self.mapping(node, place)
            case text.Sequence():
                return self.sequence(node, place)
        return _typed(node, self.shape.at(place))

    def sequence(self, node: text.Sequence, place: Pointer) -> list[Any]:
        """A list. Empty entries are left out; of nothing but these the first stays, if it has
        members, so that it can be said which of them are missing."""
        items = [item for item in node.items if not item.blank]
        if not items:
            items = [item for item in node.items[:1] if isinstance(item, text.Mapping)]
        value = []
        for number, item in enumerate(items):
            below = (*place, number)
            self.lines[_pointer(below, "/body")] = item.line
            value.append(self.value(item, below))
        return value


def _has_members(node: text.Node) -> bool:
    """Whether what was left empty has lines of its own, so that each can be named."""
    if isinstance(node, text.Sequence):
        return any(isinstance(item, text.Mapping) for item in node.items)
    return isinstance(node, text.Mapping)


def _typed(node: text.Scalar, view: View) -> Any:
    """A value as the type's schema means it; what cannot be meant so stays text."""
    types = view.types
    is_text = "string" in types and (not node.plain or types == {"string"})
    guess = not types and node.plain
    if is_text or (not types and not node.plain):
        return node.text
    if (guess or "integer" in types) and _INTEGER.fullmatch(node.text):
        return int(node.text)
    if (guess or "boolean" in types) and node.text.lower() in _BOOLEANS:
        return _BOOLEANS[node.text.lower()]
    return node.text


def _pointer(place: Iterable[str | int], start: str = "") -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in place)
    return start + "".join(f"/{part}" for part in parts)
