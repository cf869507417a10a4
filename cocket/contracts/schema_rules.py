"""Which JSON Schemas may describe a document type.

size         64 KiB of canonical JSON
keywords     those of `KEYWORDS`, and names that start with "x-"; `format` decides nothing
references   "#/$defs/<name>"; in a circle only by way of a member or an item
work         at most 1,000 schemas may apply to any one value of a body
patterns     ASCII, 256 characters, linear in the text: no look-around, no back-references; no
             classes that Unicode's tables decide ([0-9], not \\d); a repeat counted in braces
             is up to 1,000 for a character or class, up to 10 for a group
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from cocket.ledger import canonical
from cocket.ledger.errors import Refused

EVALUATIONS_MAX = 1_000
PATTERN_CHARACTERS_MAX = 256
CHARACTER_REPEATS_MAX = 1_000
GROUP_REPEATS_MAX = 10

Pointer = tuple[str | int, ...]

_ONE = frozenset({"additionalProperties", "contains", "else", "if", "items", "not", "then"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "dependentSchemas", "properties"})
_PLAIN = frozenset(
    {
        *("$comment", "$ref", "$schema", "const", "default", "dependentRequired", "deprecated"),
        *("description", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format"),
        *("maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength"),
        *("minProperties", "minimum", "pattern", "readOnly", "required", "title", "type"),
        *("uniqueItems", "maxContains", "minContains"),
    }
)
_SAME_VALUE = frozenset(
    {"allOf", "anyOf", "dependentSchemas", "else", "if", "not", "oneOf", "then"}
)
KEYWORDS = _ONE | _LISTS | _NAMED | _PLAIN

_REFERENCE = re.compile(r"#/\$defs/([A-Za-z0-9_-]+)")
_ATOM = r"(?:[^\\()\[\]{}*+?|]|\\[\\.^$*+?()\[\]{}|/tnr-]|\[(?:[^\\\[\]]|\\[\\\[\]^tnr-])+\])"
_REPEAT = r"(?:[*+?]\??|\{(?P<n%s>[0-9]{1,4})(?:,(?P<m%s>[0-9]{0,4}))?\})?"
_PIECES = re.compile(
    rf"(?P<atom>{_ATOM}){_REPEAT % ('a', 'a')}"
    rf"|(?P<open>\((?:\?:)?)|(?P<close>\)){_REPEAT % ('g', 'g')}|\|"
)


def subschemas(schema: dict[str, Any]) -> Iterator[tuple[str, str | None, Any]]:
    """The schemas directly within one: (keyword, name or None, schema)."""
    for keyword, value in schema.items():
        if keyword in _ONE:
            yield keyword, None, value
        elif keyword in _LISTS and isinstance(value, list):
            for number, each in enumerate(value):
                yield keyword, str(number), each
        elif keyword in _NAMED and isinstance(value, dict):
            for name, each in value.items():
                yield keyword, name, each


def with_subschemas(schema: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """A copy of a schema in which every schema directly within is changed."""
    changed = dict(schema)
    for keyword, value in schema.items():
        if keyword in _ONE:
            changed[keyword] = change(value)
        elif keyword in _LISTS:
            changed[keyword] = [change(each) for each in value]
        elif keyword in _NAMED:
            changed[keyword] = {name: change(each) for name, each in value.items()}
    return changed


def confidential(schema: dict[str, Any]) -> frozenset[str]:
    """The members that an object of this schema may hide."""
    properties = schema.get("properties", {})
    return frozenset(
        name
        for name, member in properties.items()
        if isinstance(member, dict) and member.get("x-confidential") is True
    )


def check_schema(schema: Any) -> None:
    """Raise `Refused`, with schema-invalid, for what is not as above, its size apart."""
    if not isinstance(schema, dict):
        raise Refused("schema-invalid", "a schema is an object")
    _check(schema, schema.get("$defs", {}), "")
    _evaluations(schema, schema.get("$defs", {}), canonical.DEPTH_MAX, (), {})


def applying(schemas: list[Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    """All schemas that apply to a value where `schemas` do: what they refer to and combine."""
    found: dict[int, dict[str, Any]] = {}
    rest = list(schemas)
    while rest:
        each = rest.pop()
        if isinstance(each, dict) and id(each) not in found:
            found[id(each)] = each
            rest += [below for keyword, _, below in subschemas(each) if keyword in _SAME_VALUE]
            if "$ref" in each:
                rest.append(definitions[_reference(each["$ref"])])
    return list(found.values())


def applying_below(schemas: list[dict[str, Any]], part: str | int) -> list[Any]:
    """The schemas that apply to a member (by name) or an item of a value of all `schemas`."""
    below: list[Any] = []
    for schema in schemas:
        if isinstance(part, int):
            below += [schema.get("items"), schema.get("contains"), *schema.get("prefixItems", [])]
        elif part in schema.get("properties", {}):
            below.append(schema["properties"][part])
        else:
            below.append(schema.get("additionalProperties"))
    return below


def _invalid(path: str, sentence: str) -> Refused:
    return Refused("schema-invalid", sentence, path)


def _reference(value: Any) -> str:
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return match.group(1) if match is not None else ""


def _check(schema: Any, definitions: Any, path: str) -> None:
    """The keywords of `schema` and of those within it. The nesting of the JSON bounds the depth."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise _invalid(path, "a schema is an object, true or false")
    for keyword, value in schema.items():
        if keyword not in KEYWORDS and not keyword.startswith("x-"):
            raise _invalid(f"{path}/{keyword}", f"the keyword {keyword[:40]!r} is not known here")
        if keyword in _LISTS and not isinstance(value, list):
            raise _invalid(f"{path}/{keyword}", "this is a list of schemas")
        if keyword in _NAMED and not isinstance(value, dict):
            raise _invalid(f"{path}/{keyword}", "this is an object of schemas")
        if keyword == "$defs" and path:
            raise _invalid(f"{path}/{keyword}", "$defs stands at the top only")
        if keyword == "$ref" and _reference(value) not in definitions:
            raise _invalid(f"{path}/$ref", 'a reference is "#/$defs/<name>", and the name is there')
        if keyword == "pattern":
            _check_pattern(value, f"{path}/pattern")
    if "_sd" in schema.get("properties", {}):
        raise _invalid(f"{path}/properties/_sd", "_sd is for digests of what is hidden")
    for keyword, name, each in subschemas(schema):
        _check(each, definitions, f"{path}/{keyword}" + ("" if name is None else f"/{name}"))


def _evaluations(
    schema: Any,
    definitions: dict[str, Any],
    depth: int,
    above: tuple[str, ...],
    known: dict[tuple[int, int], int],
) -> int:
    """How many schemas are tried on any one value, at most, in a body `depth` deep."""
    if not isinstance(schema, dict):
        return 1
    place = (id(schema), depth)
    if place in known:
        return known[place]
    total, deepest = 1, 0
    for keyword, _, each in subschemas(schema):
        if keyword in _SAME_VALUE:
            total += _evaluations(each, definitions, depth, above, known)
        elif keyword != "$defs" and depth > 0:
            deeper = _evaluations(each, definitions, depth - 1, (), known)
            deepest = max(deepest, deeper)
            total += deeper if keyword == "contains" else 0
    if "$ref" in schema:
        name = _reference(schema["$ref"])
        if name in above:
            raise _invalid(f"/$defs/{name}", "a schema refers to itself for the same value")
        total += _evaluations(definitions[name], definitions, depth, (*above, name), known)
    total += deepest
    if total > EVALUATIONS_MAX:
        raise _invalid("", f"more than {EVALUATIONS_MAX} schemas may apply to one value")
    known[place] = total
    return total


def _check_pattern(pattern: Any, path: str) -> None:
    if not isinstance(pattern, str) or not pattern.isascii():
        raise _invalid(path, "a pattern is ASCII text")
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise _invalid(path, f"a pattern has at most {PATTERN_CHARACTERS_MAX} characters")
    at = depth = 0
    while at < len(pattern):
        piece = _PIECES.match(pattern, at)
        if piece is None:
            raise _invalid(path, f"the pattern is not allowed from character {at + 1} on")
        depth += (piece["open"] is not None) - (piece["close"] is not None)
        counts = [int(piece[group]) for group in ("na", "ma", "ng", "mg") if piece[group]]
        most = CHARACTER_REPEATS_MAX if piece["atom"] is not None else GROUP_REPEATS_MAX
        if max(counts, default=0) > most:
            raise _invalid(path, f"here at most {most} repeats may be counted")
        if not 0 <= depth <= 3:
            raise _invalid(path, "groups in a pattern nest at most 3 deep, and are closed")
        at = piece.end()
