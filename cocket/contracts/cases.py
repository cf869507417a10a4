r"""Cases: what a contract should say to documents, in a text that stands beside it, `cases.txt`.

    # the example                                    a title begins a case; more `# ` are remarks
    member bank-nl NL payment                        one more member, with its roles
    state invoice/lotus/1 = {"document": "X"}        what the state holds from here on
    time 2026-03-28T10:00:00Z                        the clock moves on; at first, also back
    import-declaration by noord                      a document: TYPE by ORGANISATION
        ref invoice = commercial-invoice
    => committed

    # goods are what the invoice says they are
    first = commercial-invoice                       a document with a name of its own
        /itemsShipped/0/hsCode = "620690"            the example's body, with this member changed
        /discount absent                             … left out
        /buyer hidden                                … hidden by its issuer
    import-declaration
        ref invoice = first
    => refused hs-mismatch /body/goodsItems no line of the invoice

The first case of a file is the example: how the `example.json` beside it is issued, by whom, with
which references, after which other documents. Everything else is said relative to it, in this file
and in those of other types: a type's name alone is its example, issued as its own file says, and
what that needs is committed before, unless the case has such a document already.

A name means the document given it; a type's name means the last committed document of that type.
Within JSON, "{first}" is the id of that document, "{key lotus}" the public key of that member and
"{kid lotus}" the id of that key.

    /pointer = 200 * JSON      a list of so many of it      body = JSON    not the example's body
    ref ROLE absent            ref ROLE = "id, 43 characters"
    ucr = JSON                 exp = 2026-03-28T10:00:00Z
    without NAME               what the example needs, and this document goes without

    => committed               => refused CODE [/pointer] [words of the message]
    => warning CODE [/pointer] => unchecked RULE
    => writes KEY JSON         of an object, the members that are named here
    => removes KEY             => event NAME [JSON]         => at most 500 steps

A document without `=>` has to be committed. Of one with them, the warnings and the unchecked rules
are just those listed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, NoReturn

from cocket.contracts.access import CODE
from cocket.contracts.state import is_collection
from cocket.ledger.errors import Malformed
from cocket.ledger.organisations import ROLES

CASES_CHARACTERS_MAX = 512 * 1024

_NAME = r"[a-z][a-z0-9-]*"
_DOCUMENT = re.compile(rf"(?:({_NAME}) = )?({_NAME})(?: by ({_NAME}))?")
_MEMBER = re.compile(r"member ([a-z0-9-]{2,32}) ([A-Z]{2}) ([a-z,]+)(?: (public|private))?")
_KEY = r"((?:\{[^{}]*\}|[^\s{}])+)"
_STATE = re.compile(rf"state {_KEY} = (.+)")
_CHANGE = re.compile(r"(/\S*) (?:(absent|hidden)|= (?:([1-9][0-9]{0,4}) \* )?(.+))")
_REFERENCE = re.compile(rf'ref (\S+) (?:(absent)|= (?:({_NAME})|"(\S+)"))')
_POINTER = r"(?: (/\S*))?"
_REFUSED = re.compile(rf"refused ({CODE.pattern}){_POINTER}(?: ([^/].*))?")
_WARNING = re.compile(rf"({CODE.pattern}){_POINTER}")
_WRITES = re.compile(rf"{_KEY} (.+)")
_EVENT = re.compile(r"(\S+)(?: (.+))?")
_STEPS = re.compile(r"at most ([1-9][0-9]{0,5}) steps")


@dataclass(frozen=True, slots=True)
class Member:
    """One more member of the network, from here on."""

    line: int
    id: str
    country: str
    roles: tuple[str, ...]
    chamber: str


@dataclass(frozen=True, slots=True)
class Put:
    """The state holds `value` at `key` ("<collection>/<key>") from here on."""

    line: int
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Clock:
    """Blocks are of this time (seconds since 1970) or later from here on."""

    line: int
    time_s: int


@dataclass(frozen=True, slots=True)
class Change:
    """One difference from the example's body.

    pointer  JSON pointer into the body; "" is the whole body
    kind     "set", "absent", "hidden"; "verbatim", not in the text: a whole body in which braces
             stand for themselves, as in the source of a contract
    """

    line: int
    pointer: str
    kind: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What should become of a document.

    refused    code, JSON pointer or None, words of the message; None where it should be committed
    warnings   codes, each with a JSON pointer or None
    writes     key -> value, of an object only the members that count; `removes` are keys
    events     names, each with a value or None
    """

    refused: tuple[str, str | None, str] | None
    warnings: tuple[tuple[str, str | None], ...]
    unchecked: tuple[str, ...]
    writes: tuple[tuple[str, Any], ...]
    removes: tuple[str, ...]
    events: tuple[tuple[str, Any], ...]
    steps_max: int | None


@dataclass(frozen=True, slots=True)
class Issue:
    """A document is issued.

    name        how the case calls it; None: by its type
    issuer      None: who issues the example
    references  role -> name of a document; None: left out. `ids` likewise, but ids themselves.
    ucr         None: as in the example;  expires_s: seconds since 1970
    without     what the example needs and this document does without
    expected    None where nothing is said: it has to be committed
    """

    line: int
    name: str | None
    type: str
    issuer: str | None
    changes: tuple[Change, ...] = ()
    references: Mapping[str, str | None] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    ucr: Any = None
    expires_s: int | None = None
    without: tuple[str, ...] = ()
    expected: Expected | None = None


Step = Member | Put | Clock | Issue


@dataclass(frozen=True, slots=True)
class Case:
    """A title, and what happens in order. `line` is where it begins."""

    line: int
    title: str
    steps: tuple[Step, ...]


PLACE = re.compile(rf"\{{((?:key |kid )?{_NAME})\}}")
"""What stands for a document's id, or for a member's key, within texts."""


def parse(text: str) -> tuple[Case, ...]:
    """The cases in a `cases.txt`; `Malformed` names the line that is none of the above."""
    if len(text) > CASES_CHARACTERS_MAX:
        raise Malformed(f"cases have at most {CASES_CHARACTERS_MAX} characters")
    return tuple(map(_case, _paragraphs(text)))


def _case(lines: list[tuple[int, str]]) -> Case:
    number, title = lines[0]
    case = Case(number, title.removeprefix("#").strip(), tuple(_steps(lines[1:])))
    if not any(isinstance(step, Issue) for step in case.steps):
        _wrong(number, "this case issues no document")
    return case


def _paragraphs(text: str) -> list[list[tuple[int, str]]]:
    """The numbered lines of each case: its title, and what is neither empty nor a remark."""
    found: list[list[tuple[int, str]]] = []
    in_title = False
    for number, line in enumerate(text.split("\n"), 1):
        is_remark = line.startswith("#")
        if is_remark and not in_title:
            found.append([(number, line)])
        elif line.strip() and not is_remark:
            if not found:
                _wrong(number, "a case begins with its title: # …")
            found[-1].append((number, line.rstrip()))
        in_title = is_remark
    return found


def _steps(lines: list[tuple[int, str]]) -> Iterator[Step]:
    """Each line at the margin, with the indented lines and those with `=>` that follow it."""
    at = 0
    while at < len(lines):
        number, line = lines[at]
        parts = list(takewhile(lambda each: each[1].startswith(" "), lines[at + 1 :]))
        at += 1 + len(parts)
        results = list(takewhile(lambda each: each[1].startswith("=>"), lines[at:]))
        at += len(results)
        step = _step(number, line)
        if isinstance(step, Issue):
            yield _whole(step, parts, results)
        elif parts or results:
            _wrong((parts + results)[0][0], "this belongs to a document, and there is none here")
        else:
            yield step


def _step(number: int, line: str) -> Step:
    word = line.partition(" ")[0]
    if word == "member":
        return _member(number, line)
    if word == "state":
        match = _matched(number, _STATE, line, "state COLLECTION/KEY = JSON")
        collection, slash, _ = match[1].partition("/")
        if not is_collection(collection) or not slash:
            _wrong(number, "a key of the state is COLLECTION/KEY")
        return Put(number, match[1], _json(number, match[2]))
    if word == "time":
        return Clock(number, _seconds(number, line.removeprefix("time ")))
    match = _matched(number, _DOCUMENT, line, "[NAME =] TYPE [by ORGANISATION]")
    return Issue(number, match[1], match[2], match[3])


def _member(number: int, line: str) -> Member:
    match = _matched(number, _MEMBER, line, "member ID COUNTRY ROLE[,ROLE] [public|private]")
    roles = tuple(match[3].split(","))
    if not set(roles) <= set(ROLES):
        _wrong(number, f"the roles are {', '.join(ROLES)}")
    usual = "public" if {"customs", "chamber"} & set(roles) else "private"
    return Member(number, match[1], match[2], roles, match[4] or usual)


def _whole(issue: Issue, parts: list[tuple[int, str]], results: list[tuple[int, str]]) -> Issue:
    """A document with the lines that belong to it."""
    changes: list[Change] = []
    references: dict[str, str | None] = {}
    ids: dict[str, str] = {}
    without: list[str] = []
    claims: dict[str, Any] = {}
    for number, line in parts:
        word, _, rest = line.strip().partition(" ")
        value = rest.removeprefix("= ")
        if word.startswith("/"):
            changes.append(_change(number, line.strip()))
        elif word == "ref":
            match = _matched(number, _REFERENCE, line.strip(), 'ref ROLE = NAME, ref ROLE = "id"')
            role, _, name, identity = match.groups()
            references[role] = name
            if identity is not None:
                ids[role] = identity
        elif word == "without":
            without.append(rest)
        elif word == "body" and rest != value:
            changes.append(Change(number, "", "set", _json(number, value)))
        elif word == "ucr" and rest != value:
            claims["ucr"] = _json(number, value)
        elif word == "exp" and rest != value:
            claims["expires_s"] = _seconds(number, value)
        else:
            _wrong(number, "a document has lines /pointer …, ref …, without …, body, ucr, exp")
    return replace(
        issue,
        changes=tuple(changes),
        references=references,
        ids=ids,
        without=tuple(without),
        expected=_expected(results) if results else None,
        **claims,
    )


def _change(number: int, line: str) -> Change:
    form = "/pointer = JSON, /pointer absent, /pointer hidden"
    pointer, kind, copies, text = _matched(number, _CHANGE, line, form).groups()
    if kind is not None:
        return Change(number, pointer, kind)
    value = _json(number, text)
    return Change(number, pointer, "set", value if copies is None else [value] * int(copies))


def _expected(lines: list[tuple[int, str]]) -> Expected:
    """What the lines with `=>` say."""
    refused = steps_max = None
    found: dict[str, list[Any]] = {name: [] for name in _RESULTS}
    for number, line in lines:
        result = line.removeprefix("=>").strip()
        word, _, rest = result.partition(" ")
        if word == "refused":
            match = _matched(number, _REFUSED, result, "refused CODE [/pointer] [words]")
            refused = (match[1], match[2], match[3] or "")
        elif word == "at":
            steps_max = int(_matched(number, _STEPS, result, "at most N steps")[1])
        elif word in _RESULTS:
            found[word].append(_RESULTS[word](number, rest))
        elif result != "committed":
            _wrong(number, f"what becomes of a document is {', '.join(_WORDS)}, at most N steps")
    if refused is not None and any(found.values()):
        _wrong(lines[0][0], "a refused document comes to nothing else")
    return Expected(
        refused,
        tuple(found["warning"]),
        tuple(found["unchecked"]),
        tuple(found["writes"]),
        tuple(found["removes"]),
        tuple(found["event"]),
        steps_max,
    )


def _warning(number: int, text: str) -> tuple[str, str | None]:
    match = _matched(number, _WARNING, text, "warning CODE [/pointer]")
    return match[1], match[2]


def _word(number: int, text: str) -> str:
    if not text:
        _wrong(number, "say which")
    return text


def _write(number: int, text: str) -> tuple[str, Any]:
    match = _matched(number, _WRITES, text, "writes COLLECTION/KEY JSON")
    return match[1], _json(number, match[2])


def _event(number: int, text: str) -> tuple[str, Any]:
    match = _matched(number, _EVENT, text, "event NAME [JSON]")
    return match[1], None if match[2] is None else _json(number, match[2])


_RESULTS: dict[str, Callable[[int, str], Any]] = {
    "warning": _warning,
    "unchecked": _word,
    "writes": _write,
    "removes": _word,
    "event": _event,
}
_WORDS = ("committed", "refused", *_RESULTS)


def _matched(number: int, pattern: re.Pattern[str], line: str, form: str) -> re.Match[str]:
    match = pattern.fullmatch(line)
    if match is None:
        _wrong(number, f"this is not of the form: {form}")
    return match


def _json(number: int, text: str) -> Any:
    def no_float(digits: str) -> NoReturn:
        _wrong(number, f"{digits} is no integer: amounts are text")

    try:
        return json.loads(text, parse_float=no_float, parse_constant=no_float)
    except Malformed:
        raise
    except (ValueError, RecursionError):
        _wrong(number, "this is not JSON")


def _seconds(number: int, text: str) -> int:
    """Of an ISO 8601 date or time, in UTC unless it says otherwise."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        _wrong(number, "a time is written 2026-03-28 or 2026-03-28T10:00:00Z")
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _wrong(line: int, sentence: str) -> NoReturn:
    raise Malformed(f"line {line}: {sentence}")
