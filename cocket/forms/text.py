"""The text of a form: the part of YAML 1.1 that a person would write, and no more.

Members and lists by indentation, texts plain, quoted or in blocks, remarks. No anchors, aliases,
tags, directives or merges, no member twice; every value is text, and the schema says what it means:
`NO` is a country, `2026-03-04` and `12.50` are as written. Bounds below, before anything is built.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from cocket.ledger.errors import Malformed

FORM_BYTES_MAX = 256 * 1024
DEPTH_MAX = 16
VALUES_MAX = 10_000

_ADVICE = (
    ("found character '\\t'", "there is a tab: indent with spaces"),
    ("mapping values are not allowed", 'there is a second colon: put the value into "quotes"'),
    ("found unexpected end of stream", "a quote is opened and not closed"),
    ("while scanning a quoted scalar", "a quote is opened and not closed"),
    ("found undefined alias", "a value begins with *: put it into quotes"),
    ("could not find expected ':'", "a colon is missing after the name, or a quote around a value"),
    ("cannot start any token", 'a value begins with this sign: put it into "quotes"'),
    ("expected <block end>", "this is indented otherwise than what it belongs to"),
    ("special characters", "there is a character that cannot be seen"),
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value. plain: not in quotes, and not in a block."""

    line: int
    text: str
    plain: bool

    @property
    def blank(self) -> bool:
        """Whether nobody filled this in."""
        return self.plain and not self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list. explicit: written with brackets, so that `[]` is meant to be empty."""

    line: int
    explicit: bool
    items: list["Node"] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        """Whether nobody filled anything in."""
        return not self.explicit and all(item.blank for item in self.items)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Members by name, each with the line of its name. explicit: written with braces."""

    line: int
    explicit: bool
    members: dict[str, tuple[int, "Node"]] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Whether nobody filled anything in."""
        return not self.explicit and all(node.blank for _, node in self.members.values())


Node = Scalar | Sequence | Mapping


def parse(data: bytes) -> tuple[Node, ...]:
    """The parts of a form, which `---` separates. `Malformed` names the line."""
    if len(data) > FORM_BYTES_MAX:
        raise Malformed(f"a form has at most {FORM_BYTES_MAX // 1024} KiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("this is not text in UTF-8: save the file in that encoding") from None
    try:
        return _Builder(yaml.parse(text, yaml.SafeLoader)).parts()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise Malformed(f"line {line}: {_advice(str(error))}") from None
    except yaml.YAMLError as error:
        raise Malformed(_advice(str(error))) from None


def _advice(problem: str) -> str:
    """What a person should do about a sentence of the library."""
    found = (advice for words, advice in _ADVICE if words in problem)
    return next(found, "this cannot be read: look at quotes, colons and how far lines are indented")


class _Builder:
    """Builds the values from the parser's events; nothing recursive, nothing unbounded."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._parts: list[Node] = []
        self._open: list[Sequence | Mapping] = []
        self._names: list[tuple[int, str] | None] = []
        self._values = 0

    def parts(self) -> tuple[Node, ...]:
        for event in self._events:
            line = event.start_mark.line + 1
            self._check(event, line)
            match event:
                case yaml.ScalarEvent():
                    self._scalar(Scalar(line, event.value, event.style is None))
                case yaml.MappingStartEvent():
                    self._begin(Mapping(line, bool(event.flow_style)))
                case yaml.SequenceStartEvent():
                    self._begin(Sequence(line, bool(event.flow_style)))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._open.pop()
                    self._names.pop()
        return tuple(self._parts)

    def _check(self, event: yaml.Event, line: int) -> None:
        """Raise `Malformed` for what forms do without."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise Malformed(f'line {line}: a value begins with & or *: put it into "quotes"')
        if getattr(event, "tag", None) is not None:
            raise Malformed(f'line {line}: a value begins with !: put it into "quotes"')
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise Malformed(f"line {line}: lines that begin with % are not known here")
        self._values += isinstance(event, yaml.NodeEvent)
        if self._values > VALUES_MAX:
            raise Malformed(f"line {line}: a form has at most {VALUES_MAX} values")

    def _scalar(self, scalar: Scalar) -> None:
        if self._open and isinstance(self._open[-1], Mapping) and self._names[-1] is None:
            if not scalar.text or scalar.text == "<<":
                raise Malformed(f"line {scalar.line}: a name is missing before the colon")
            if scalar.text in self._open[-1].members:
                first = self._open[-1].members[scalar.text][0]
                raise Malformed(
                    f"line {scalar.line}: {scalar.text[:64]} stands here and in line {first}: "
                    "leave one of them"
                )
            self._names[-1] = (scalar.line, scalar.text)
        else:
            self._add(scalar)

    def _begin(self, node: Sequence | Mapping) -> None:
        if self._open and isinstance(self._open[-1], Mapping) and self._names[-1] is None:
            raise Malformed(f"line {node.line}: a name is a single text")
        if len(self._open) == DEPTH_MAX:
            raise Malformed(f"line {node.line}: this is indented more than {DEPTH_MAX} times")
        self._add(node)
        self._open.append(node)
        self._names.append(None)

    def _add(self, node: Node) -> None:
        if not self._open:
            self._parts.append(node)
            return
        above = self._open[-1]
        if isinstance(above, Sequence):
            above.items.append(node)
            return
        name = self._names[-1]
        assert name is not None, "a value of a mapping follows its name"
        above.members[name[1]] = (name[0], node)
        self._names[-1] = None
