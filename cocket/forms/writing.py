"""From a schema, and what is known already, to a form with remarks.

What has to be filled in comes first, as `name:`; what may be, after it, as `#name:`: whoever wants
it takes the # away. Above or behind a member stands what it is, which codes it takes, what it looks
like in the type's example, and whether it may be hidden.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from cocket.contracts.assembly import title
from cocket.contracts.schema_rules import Pointer
from cocket.contracts.shape import Shape, View

WIDTH = 96
CODES_MAX = 24
SAMPLE_CHARACTERS_MAX = 40
SKELETON_DEPTH = 6
"""How deep a member that nobody asked for yet shows what it is made of."""
MAY_HIDE = "[may be hidden]"
HIDDEN = "hidden "
"""Before a member's name: only who is given the disclosure learns its value."""

_PLAIN = re.compile(r"[^\W_](?:[\w .,/()'+%;@&-]*[\w.)/'+%-])?")
_LOOKS_OTHERWISE = re.compile(r"-?[0-9]+|true|false|yes|no", re.IGNORECASE)
_PROSE = """\
{title}: {description}.
{signers}Fill in what stands without a #, and take the # away from whatever else you want to say.
Leave empty what you do not know: then it is not in the document. What follows a # is a remark.
Amounts and quantities are written with a point: 1250.00. Texts with a colon need "quotes".
To hide a member that is marked {mark}, write the word hidden before its name, as in
hidden {sample}: then only those to whom you give its disclosure can read it.{persons}
Look at it with  cocket check FILE, and hand it in with  cocket submit FILE."""

_PERSONS = " Whoever is a person is hidden from the start: the ledger forgets nothing."


@dataclass(frozen=True, slots=True)
class Role:
    """A reference that a type takes: role, types of documents, whether there has to be one."""

    name: str
    types: tuple[str, ...]
    needed: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form is made of.

    type        "commercial-invoice", or a whole urn where it is not version 1
    schema      of the body
    signed_by   roles, none: any member
    body        what is known already
    sample      the type's example, {} where there is none
    roles       the references it takes; references: role -> how the document is called
    hidden      JSON pointers into the body, of what is hidden unless the writer thinks otherwise
    """

    type: str
    schema: dict[str, Any]
    signed_by: Sequence[str] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)
    roles: Sequence[Role] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    consignments: Sequence[str] = ()
    hidden: Sequence[str] = ()


def form(draft: Draft) -> str:
    """The text of the form."""
    writer = _Writer(Shape(draft.schema), draft.sample, frozenset(draft.hidden))
    lines = [*_prose(draft, writer.shape), *_head(draft), "---"]
    lines += writer.members((), draft.body, "")
    return "\n".join(lines) + "\n"


def _prose(draft: Draft, shape: Shape) -> Iterator[str]:
    view = shape.at(())
    hidden = next(iter(sorted(view.confidential)), "")
    name = str(view.said("title") or draft.type)
    signers = f"Signed by: {' or '.join(draft.signed_by)}.\n" if draft.signed_by else ""
    prose = _PROSE.format(
        title=name, description=view.description or draft.type, signers=signers, mark=MAY_HIDE,
        sample=hidden or "buyer",
        persons=_PERSONS if any(shape.at((each,)).is_person for each in view.members) else "",
    )  # fmt: skip
    for paragraph in prose.split("\n"):
        yield from (f"# {line}" for line in wrap(paragraph, WIDTH - 2))
    yield ""


def _head(draft: Draft) -> Iterator[str]:
    yield f"type: {draft.type}"
    yield "# The consignments it is about, by unique consignment reference (UCR), one a line."
    yield "consignments:"
    yield from (f"  - {scalar(each)}" for each in draft.consignments)
    if not draft.consignments:
        yield "  -"
    taken = {name.split("-")[0] for name in draft.references}
    if draft.references or draft.roles:
        yield "# The documents it builds on: NUMBER of ORGANISATION, or the file you have of it."
        yield "references:"
    for name, called in draft.references.items():
        yield f"  {name}: {scalar(called)}"
    for role in draft.roles:
        if role.name not in taken:
            line = f"  {'' if role.needed else '#'}{role.name}:"
            yield from _beside(line, " or ".join(role.types) or "any document", "  ")
    yield "# When it stops being valid, such as 2026-04-01T12:00:00Z; leave out what has no end."
    yield "#expires:"


def _beside(line: str, told: str, indent: str) -> Iterator[str]:
    """A line with a remark behind it, or above it where there is no room."""
    if len(f"{line}  # {told}") <= WIDTH:
        yield f"{line}  # {told}"
    else:
        yield from (f"{indent}# {each}" for each in wrap(told, max(WIDTH - len(indent), 40)))
        yield line


class _Writer:
    def __init__(self, shape: Shape, sample: Mapping[str, Any], hidden: frozenset[str]) -> None:
        self.shape = shape
        self.sample = sample
        self.hidden = hidden

    def members(self, place: Pointer, value: Mapping[str, Any], indent: str) -> Iterator[str]:
        """The members of an object: those there are, those needed, and the others as remarks."""
        view = self.shape.at(place)
        for name in [*view.members, *(each for each in value if each not in view.members)]:
            below = (*place, name)
            if name in value:
                yield from self.member(below, view, value[name], indent)
            elif name in view.required:
                yield from self.member(below, view, self.empty(below), indent)
            else:
                yield from self.offered(below, view, indent)

    def member(self, place: Pointer, above: View, value: Any, indent: str) -> Iterator[str]:
        if not indent:
            yield ""
        yield from self.remark(place, above, indent)
        yield from self.written(place, value, f"{indent}{self.key(place)}:", indent)

    def written(self, place: Pointer, value: Any, start: str, indent: str) -> Iterator[str]:
        """A value, the first line of which begins with `start`."""
        if isinstance(value, dict) and (value or self.shape.at(place).members):
            yield start
            yield from self.members(place, value, indent + "  ")
        elif isinstance(value, list) and value:
            yield start
            for number, item in enumerate(value):
                yield from self.item((*place, number), item, indent + "  ")
        else:
            yield f"{start} {scalar(value, self.shape.at(place))}".rstrip()

    def item(self, place: Pointer, value: Any, indent: str) -> Iterator[str]:
        """An entry of a list; its first member stands behind the hyphen."""
        if not isinstance(value, dict | list) or not value:
            if isinstance(value, dict) and self.shape.at(place).members:
                value = {}
            else:
                yield f"{indent}- {scalar(value, self.shape.at(place))}".rstrip()
                return
        lines = list(self.written(place, value, "", indent))[1:]
        told = (at for at, line in enumerate(lines) if not line.lstrip().startswith("#"))
        first = next(told, -1)
        if first < 0:  # nothing in it has to be there
            yield f"{indent}-"
        for at, line in enumerate(lines):
            yield line if at != first else f"{indent}- {line.removeprefix(indent + '  ')}"

    def offered(self, place: Pointer, above: View, indent: str) -> Iterator[str]:
        """A member that may be there, as remarks."""
        lines = list(self.skeleton(place, ""))
        if len(lines) == 1:
            line = f"{indent}#{lines[0]}  # {self.about(place, above, short=True)}"
            if len(line) <= WIDTH:
                yield line
                return
        if not indent:
            yield ""
        yield from self.remark(place, above, indent)
        yield from (f"{indent}#{line}" for line in lines)

    def skeleton(self, place: Pointer, indent: str) -> Iterator[str]:
        """A member with the members it would need, all empty; of an object that needs none, all."""
        view = self.shape.at(place)
        yield f"{indent}{self.key(place)}:"
        if "array" in view.types:
            item = (*place, 0)
            inner = list(self.skeletons(item, "    " + indent))
            first = [f"{indent}  - {inner[0].strip()}"] if inner else [f"{indent}  -"]
            yield from [*first, *inner[1:]]
        else:
            yield from self.skeletons(place, indent + "  ")

    def skeletons(self, place: Pointer, indent: str) -> Iterator[str]:
        view = self.shape.at(place)
        needed = [name for name in view.members if name in view.required]
        for name in needed or view.members:
            below = (*place, name)
            lines = list(self.skeleton(below, indent)) if len(below) <= SKELETON_DEPTH else []
            if name not in view.required or not lines:
                lines = [f"{indent}#{self.key(below)}:"]
            told = self.about(below, view, short=True)
            yield from _beside(lines[0], told, indent)
            yield from lines[1:]
        others = [name for name in view.members if needed and name not in view.required]
        if others:
            yield from (f"{indent}# {line}" for line in wrap(f"also: {', '.join(others)}", 70))

    def empty(self, place: Pointer) -> Any:
        """What stands for a value that has to be filled in."""
        view = self.shape.at(place)
        if "array" in view.types:
            return [self.empty((*place, 0))]
        return {} if view.members else None

    def key(self, place: Pointer) -> str:
        """A member's name as it is written, with the word before it if it is to be hidden: also of
        a person, unless the writer takes that away."""
        name, above = str(place[-1]), self.shape.at(place[:-1])
        is_person = name in above.confidential and self.shape.at(place).is_person
        is_hidden = is_person or "".join(f"/{part}" for part in place) in self.hidden
        return f"{HIDDEN if is_hidden else ''}{key(name)}"

    # What is said of a member

    def remark(self, place: Pointer, above: View, indent: str) -> Iterator[str]:
        width = max(WIDTH - len(indent) - 2, 40)
        yield from (f"{indent}# {line}" for line in wrap(self.about(place, above), width))

    def about(self, place: Pointer, above: View, short: bool = False) -> str:
        """Title, description, codes, a sample, and whether it may be hidden.

        short  without a title that only says the name again
        """
        view = self.shape.at(place)
        says_more = not short or view.title != title(view.name)
        told = ": ".join(
            each for each in (view.title if says_more else "", view.description) if each
        )
        several = self.shape.at((*place, 0)) if "array" in view.types else view
        codes = [str(code) for code in several.codes]
        if 1 < len(codes) <= CODES_MAX and not all(code in told for code in codes):
            told += f"; {'any' if several is not view else 'one'} of {', '.join(codes)}"
        sample = self.sampled(place)
        if isinstance(sample, str | int) and len(str(sample)) <= SAMPLE_CHARACTERS_MAX:
            told += f", such as {scalar(sample, view)}"
        if "array" in view.types and several.members:
            told += "; for another one, copy the lines from - on"
        if "array" in view.types and place[-1] in above.required and not view.said("minItems"):
            told += "; if there are none, write []"
        return f"{told} {MAY_HIDE}" if place[-1] in above.confidential else told

    def sampled(self, place: Pointer) -> Any:
        """What the example has here, in the first entry of a list."""
        value: Any = self.sample
        for part in place:
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and value:
                value = value[0]
            else:
                return None
        return str(value).lower() if isinstance(value, bool) else value


def scalar(value: Any, view: View | None = None) -> str:
    """A value as it is written behind a name: plain where nothing in it could be misread."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    is_text = view is None or view.types == {"string"}
    if _PLAIN.fullmatch(value) and (is_text or not _LOOKS_OTHERWISE.fullmatch(value)):
        return str(value)
    return quoted(value)


def quoted(value: str) -> str:
    """In double quotes: JSON's, but for what YAML would not take as it is."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def key(name: str) -> str:
    """A member's name as it is written."""
    return name if _PLAIN.fullmatch(name) or re.fullmatch(r"[\w-]+", name) else quoted(name)
