"""Contracts and schemas as their authors write them, made whole: what goes on the ledger.

The language has no import and a schema refers to nothing outside itself, so that whoever reads a
type on the ledger reads all of it. Authors would repeat themselves; so what they write may leave
out what is in common, and is completed here before it is signed:

    with_functions     a contract calls functions of a library; those that it calls, and what they
                       need, come to stand between its constants and its own first function
    with_definitions   a schema refers to "#/$defs/<name>" of a library; those that it refers to
                       come to stand in its own $defs; and what goes without saying is said:
                       "$schema", titles made of names, descriptions that a definition has,
                       objects that list their members take no others

Neither changes what an author wrote, and both leave alone what is whole already.
"""

import ast
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cocket.contracts.schema_rules import with_subschemas

LIBRARIES_CACHED = 8
DRAFT = "https://json-schema.org/draft/2020-12/schema"

_REFERENCE = "#/$defs/"
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ABBREVIATIONS = (
    *("ata", "bic", "gln", "gtin", "hs", "iban", "imo", "iso", "lei", "lrn", "mrn", "po", "tir"),
    *("ucr", "uetr", "un", "url"),
)
_SPELLINGS = {**{word: word.upper() for word in _ABBREVIATIONS}, "unlocode": "UN/LOCODE"}


def with_functions(source: str, library: str) -> str:
    """The contract `source` with the functions and constants of `library` that it uses.

    A text that Python cannot parse is left as it is: compiling it says where and why.
    """
    try:
        tree, shelf = ast.parse(source), _shelf(library)
    except (SyntaxError, ValueError):
        return source
    defined = {name for statement in tree.body for name in _bound(statement)}
    offered = {name: each for name, each in shelf.items() if name not in defined}
    needed = _closure(_names(tree), {name: each.names for name, each in offered.items()})
    first = next((each for each in tree.body if isinstance(each, ast.FunctionDef)), None)
    if not needed or first is None:
        return source
    lines, at = source.splitlines(), first.lineno - 1
    while lines[at - 1].startswith("#"):  # what is said of the function stays with it
        at -= 1
    taken = [each.text for name, each in offered.items() if name in needed]
    return "\n".join([*lines[:at], *"\n\n\n".join(taken).split("\n"), "", "", *lines[at:]]) + "\n"


def with_definitions(schema: Mapping[str, Any], library: Mapping[str, Any]) -> dict[str, Any]:
    """The `schema` with the definitions of `library` (name -> schema) that it refers to.

    A schema that refers to a definition at its very top takes over its members and adds its own.
    """
    whole = dict(schema)
    if "$ref" in whole:
        base = library[whole.pop("$ref").removeprefix(_REFERENCE)]
        properties = {**base["properties"], **whole.get("properties", {})}
        whole = {**base, **whole, "properties": properties}
    own = whole.pop("$defs", {})
    definitions = {**library, **own}
    needed = _closure(
        _references(whole), {name: _references(each) for name, each in definitions.items()}
    )
    used = {name: each for name, each in definitions.items() if name in needed or name in own}
    spelled: dict[str, Any] = {"$schema": DRAFT, **_spelled(whole, definitions)}
    if used:
        spelled["$defs"] = {name: _spelled(each, definitions) for name, each in used.items()}
    return spelled


def title(name: str) -> str:
    """What a form calls a member: `hsCode` -> "HS code", `invoiceNumber` -> "Invoice number"."""
    words = [word.lower() for word in _WORDS.findall(name.replace("unLocode", "unlocode"))]
    text = " ".join(_SPELLINGS.get(word, word) for word in words)
    return text[:1].upper() + text[1:]


def _spelled(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """`schema` with what goes without saying."""
    if not isinstance(schema, dict):
        return schema
    spelled = with_subschemas(schema, lambda each: _spelled(each, definitions))
    if "description" not in spelled and "$ref" in spelled:
        definition = definitions.get(spelled["$ref"].removeprefix(_REFERENCE), {})
        if "description" in definition:
            spelled["description"] = definition["description"]
    if "properties" in spelled:
        spelled["properties"] = {
            name: {"title": title(name), **member} if isinstance(member, dict) else member
            for name, member in spelled["properties"].items()
        }
        if spelled.get("type") == "object" and "maxProperties" not in spelled:
            spelled.setdefault("additionalProperties", False)
    return spelled


@dataclass(frozen=True, slots=True)
class _Shared:
    """A function or constant of a library: as written, and the names it takes from elsewhere."""

    text: str
    names: Set[str]


@lru_cache(maxsize=LIBRARIES_CACHED)
def _shelf(library: str) -> Mapping[str, _Shared]:
    """What a library offers, in its order."""
    return {
        name: _Shared(_text(library, each), _names(each))
        for each in ast.parse(library).body
        for name in _bound(each)
    }


def _bound(statement: ast.stmt) -> Iterable[str]:
    """The names that a statement at the top of a contract binds."""
    match statement:
        case ast.FunctionDef(name=name):
            return (name,)
        case ast.Assign(targets=[ast.Name(id=name)]):
            return (name,)
    return ()


def _names(tree: ast.AST) -> set[str]:
    """The names that a contract, or a statement at its top, takes from elsewhere.

    A name that a function binds is its own, even if the library has one that is called so.
    """
    if isinstance(tree, ast.Module):
        return {name for statement in tree.body for name in _names(statement)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return {node.id for node in names} - own


def _text(source: str, statement: ast.stmt) -> str:
    """A statement as written, with the comments right above it."""
    lines, start = source.splitlines(), statement.lineno - 1
    while start > 0 and lines[start - 1].startswith("#"):
        start -= 1
    return "\n".join(lines[start : statement.end_lineno])


def _references(value: Any) -> set[str]:
    """The names of all definitions that something within `value` refers to."""
    found: set[str] = set()
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            reference = each.get("$ref")
            if isinstance(reference, str) and reference.startswith(_REFERENCE):
                found.add(reference.removeprefix(_REFERENCE))
            rest += each.values()
        elif isinstance(each, list):
            rest += each
    return found


def _closure(wanted: set[str], needs: Mapping[str, Set[str]]) -> set[str]:
    """Those of `wanted` that are there, and all that they need."""
    found: set[str] = set()
    rest = list(wanted)
    while rest:
        name = rest.pop()
        if name in needs and name not in found:
            found.add(name)
            rest += needs[name]
    return found
