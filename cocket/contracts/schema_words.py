"""What is wrong with a body by its schema, in words of the schema's own titles and descriptions.

    Currency of settlement is not as it has to be: Currency of every amount; 3 capital letters

A person reads this who never saw a JSON pointer or a regular expression. Nothing of the value
itself is said: it may be as long as the body.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from cocket.contracts.assembly import title
from cocket.contracts.shape import Shape, View

CODES_MAX = 16
NAMES_COMPARED = 100
WORDS_MAX = 8
WORD_CHARACTERS_MAX = 64

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "object": "a group of members",
    "string": "a text",
}
_BOUNDS = {
    "exclusiveMaximum": "{subject} is not below {limit}",
    "exclusiveMinimum": "{subject} is not above {limit}",
    "maxItems": "{subject} has more than {limit} entries",
    "maxLength": "{subject} has more than {limit} characters",
    "maxProperties": "{subject} has more than {limit} members",
    "maximum": "{subject} is more than {limit}",
    "minItems": "{subject} has fewer than {limit} entries",
    "minLength": "{subject} has fewer than {limit} characters",
    "minProperties": "{subject} has fewer than {limit} members",
    "minimum": "{subject} is less than {limit}",
    "uniqueItems": "{subject} has an entry twice",
}


def sentence(schema: dict[str, Any], error: Any, suggest: bool = False) -> str:
    """What a `jsonschema_rs.ValidationError` of a body by `schema` says, for people.

    suggest  whether to look for the name that was meant: long names take a tenth of a second, which
             is nothing to whoever writes a form, and too much for a node
    """
    view = Shape(schema).at(tuple(error.instance_path))
    subject = "the list of hidden members" if view.name == "_sd" else view.title or "this"
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    failed = _at(schema, error.schema_path[:-1])
    match keyword:
        case "required":
            return _missing(view, error.kind.property)
        case "dependentRequired":
            return _missing_beside(view, error.kind.property, failed, error.instance)
        case "additionalProperties":
            names = getattr(error.kind, "unexpected", [])  # none, where no member at all is known
            return _unknown(names, view.members[:NAMES_COMPARED] if suggest else ())
        case "pattern":
            return _not_as(subject, view, pattern(error.kind.pattern))
        case "type":
            wanted = " or ".join(_TYPES.get(each, each) for each in sorted(error.kind.types))
            return f"{subject} has to be {wanted}{_about(view)}"
        case "enum" | "const":
            codes = failed.get("enum", [failed.get("const")])
            return f"{subject} is not {_one_of(codes)}{_about(view)}"
        case "anyOf" | "oneOf":
            return f"{subject} {_alternatives(view, failed.get(keyword, []), keyword)}"
    if keyword in _BOUNDS:
        limit = getattr(error.kind, "limit", "")
        return _BOUNDS[keyword].format(subject=subject, limit=limit) + _about(view)
    return f"{subject} is not allowed here{_about(view)}"


def _at(schema: Any, path: Sequence[Any]) -> dict[str, Any]:
    """The schema that failed; nothing where it is of the variant for bodies that hide something."""
    for part in path:
        if isinstance(schema, list):
            schema = schema[int(part)]
        else:
            schema = schema.get(part, {}) if isinstance(schema, dict) else {}
    return schema if isinstance(schema, dict) else {}


def _not_as(subject: str, view: View, wanted: str) -> str:
    told = "; ".join(filter(None, (view.description, wanted)))
    return f"{subject} is not as it has to be{': ' if told else ''}{told}"


def _about(view: View) -> str:
    return f": {view.description}" if view.description else ""


def _called(view: View, name: str) -> str:
    """A member as a person finds it: by its title, and by its name where that is another."""
    words = next((each["title"] for each in _members(view, name) if "title" in each), title(name))
    return f"{words} ({name})" if words.replace(" ", "").lower() != name.lower() else words


def _members(view: View, name: str) -> list[dict[str, Any]]:
    """The schemas that say what a member of this name is."""
    schemas = (each.get("properties", {}).get(name) for each in view.possible)
    return [each for each in schemas if isinstance(each, dict)]


def _missing(view: View, name: str) -> str:
    about = next(
        (each["description"] for each in _members(view, name) if "description" in each), ""
    )
    told = f"{_called(view, name)} is missing"
    return f"{told}: {about.rstrip('.')}" if about else told


def _missing_beside(view: View, name: str, failed: dict[str, Any], value: Any) -> str:
    needs = failed.get("dependentRequired", {})
    beside = next((each for each in sorted(needs) if each in value and name in needs[each]), "")
    told = f"{_called(view, name)} is missing"
    return f"{told}: it goes with {_called(view, beside)}" if beside else told


def _unknown(unexpected: Sequence[str], known: Sequence[str]) -> str:
    names = sorted(name[:WORD_CHARACTERS_MAX] for name in unexpected)[:WORDS_MAX]
    told = f"there is a member that is not known here{': ' if names else ''}{', '.join(names)}"
    near = get_close_matches(names[0], known, 1) if names else []
    return f"{told}; did you mean {near[0]}?" if near else told


def _one_of(codes: Sequence[Any]) -> str:
    shown = [str(code)[:WORD_CHARACTERS_MAX] for code in codes[:CODES_MAX]]
    more = ", …" if len(codes) > CODES_MAX else ""
    return shown[0] if len(codes) == 1 else f"one of {', '.join(shown)}{more}"


def _alternatives(view: View, branches: Sequence[Any], keyword: str) -> str:
    needs = [each.get("required", []) for each in branches if isinstance(each, dict)]
    if not all(len(each) == 1 for each in needs):
        return f"has none of the forms that are allowed here{_about(view)}"
    count = "just one" if keyword == "oneOf" else "at least one"
    return f"needs {count} of: {', '.join(_called(view, each[0]) for each in needs)}"


# --- patterns -------------------------------------------------------------------------------------

_DECIMAL = re.compile(
    r"\^(-\?)?\(?(?:\(?0\|)?\[(?:1-9|0-9)\](?:\[0-9\])?\{[01],([0-9]+)\}\)?"
    r"\((?:\\\.|\[\.\])\[0-9\]\{[01],([0-9]+)\}\)\?\$"
)
_WHOLE = {
    r"^[^ \t\n\r](.*[^ \t\n\r])?$": "one line, with no space before or after it",
    r"^[^ \t\n\r]([^\r]*[^ \t\n\r])?$": "text, with no space before or after it",
    r"^[!-~]( ?[!-~])*$": "unaccented letters, digits and signs, with no two spaces together",
    r"^[!-~]([ -~]*[!-~])?$": "unaccented letters, digits and signs, no space at either end",
    r"^[^ ]+@[^ ]+$": "as name@example.com",
    r"^([0-9]{8}|[0-9]{12,14})$": "8, 12, 13 or 14 digits",
    r"^(0[1-9]|[1-9][0-9])[0-9]{4,8}$": "6 to 10 digits, without points",
}
_CLASSES = {
    "[A-Z]": "capital letter",
    "[a-z]": "small letter",
    "[0-9]": "digit",
    "[1-9]": "digit other than 0",
    "[A-Z0-9]": "capital letter or digit",
    "[0-9A-Z]": "capital letter or digit",
    "[A-Z2-9]": "capital letter or digit from 2 to 9",
    "[A-Z0-9-]": "capital letter, digit or hyphen",
    "[a-z0-9-]": "small letter, digit or hyphen",
    "[A-Za-z0-9_-]": "letter, digit, _ or -",
    "[A-Z_]": "capital letter or _",
    "[!-~]": "unaccented letter, digit or sign",
    "[^ ]": "character other than a space",
}
_FEW = re.compile(r"\[([A-Za-z0-9]{2,10})\]")
"""A class that lists its characters one by one."""
_PIECE = re.compile(
    r"(?P<class>\[[^\]]+\])(?:\{(?P<least>[0-9]+)(?:,(?P<most>[0-9]*))?\}|(?P<sign>[+*?]))?"
    r"|\((?P<group>[^()]*)\)\?|(?P<literal>[A-Za-z0-9/-]+)"
)


def pattern(expression: str) -> str:
    """A pattern in words, "" where there are none: `^[A-Z]{3}$` is "3 capital letters"."""
    if expression in _WHOLE:
        return _WHOLE[expression]
    if expression.startswith("^((19|20)[0-9]{2}-"):
        if "T(" not in expression:
            return "a day that the calendar has, as 2026-03-04"
        return "day, time and distance from UTC, as 2026-03-04T10:15:00+08:00"
    decimal = _DECIMAL.fullmatch(expression)
    if decimal is not None:
        sign = "" if decimal[1] else "no sign, "
        return f"a number as 1250.00: {sign}no comma, no space, at most {decimal[3]} decimals"
    if not (expression.startswith("^") and expression.endswith("$")):
        return ""
    return _sequence(expression[1:-1])


def _sequence(expression: str) -> str:
    """Classes one after the other, in words."""
    told, at = [], 0
    while at < len(expression):
        piece = _PIECE.match(expression, at)
        words = _piece(piece) if piece is not None else ""
        if piece is None or not words:
            return ""
        told.append(words)
        at = piece.end()
    return ", then ".join(told)


def _piece(piece: re.Match[str]) -> str:
    if piece["literal"] is not None:
        return f'"{piece["literal"]}"'
    if piece["group"] is not None:
        inner = _sequence(piece["group"])
        return f"perhaps {inner}" if inner else ""
    kind = _CLASSES.get(piece["class"], "")
    few = _FEW.fullmatch(piece["class"])
    if few is not None and not (piece["least"] or piece["sign"]):
        return f"one of {', '.join(few[1])}"
    if not kind:
        return ""
    many = re.sub(r"(letter|digit|character|sign|hyphen)\b", r"\1s", kind)
    if piece["sign"] is not None:
        return {"+": f"one or more {many}", "*": f"any {many}", "?": f"perhaps a {kind}"}[
            piece["sign"]
        ]
    least, most = piece["least"] or "1", piece["most"]
    if most is None:
        return f"1 {kind}" if least == "1" else f"{least} {many}"
    if not most:
        return f"{least} or more {many}"
    if least == "0":
        return f"up to {most} {many}"
    return f"{least} {'or' if int(most) == int(least) + 1 else 'to'} {most} {many}"
