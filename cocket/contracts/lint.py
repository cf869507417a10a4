"""What a contract's author should look at again: nothing of it is wrong for sure.

a collection that WRITES names and nothing writes       a function or constant without a use
a name that is given a value and never read             a place that no document has
a member of the body that the schema does not have      one that may be absent, read unasked
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

PLACES = ("/body", "/refs", "/ucr", "/exp", "/iss")
_SAYING = {"require": 1, "refuse": 0, "warn": 0}


def remarks(source: str, whole: str, schema: Mapping[str, Any]) -> list[str]:
    """Sentences about a contract that compiles, each with its line.

    source  as its author wrote it;  whole  with the common functions that it calls
    """
    tree = ast.parse(source)
    found = [*_unwritten(ast.parse(whole)), *_unused(tree), *_unread(tree), *_nowhere(tree)]
    found += _members(tree, schema)
    return [f"line {line}: {sentence}" for line, sentence in sorted(found)]


Found = Iterator[tuple[int, str]]


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == name:
            yield node


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _unwritten(tree: ast.Module) -> Found:
    """Collections that WRITES names and no put() does, where all are named by literals."""
    written = [_text(call.args[0]) for call in _calls(tree, "put")]
    if None in written:
        return
    for statement in tree.body:
        if (
            isinstance(statement, ast.Assign)
            and getattr(statement.targets[0], "id", "") == "WRITES"
        ):
            for name in ast.literal_eval(statement.value):
                if name not in written:
                    yield statement.lineno, f"WRITES names {name}, and nothing writes it"


def _unused(tree: ast.Module) -> Found:
    """Functions and constants that nothing in the contract uses."""
    named = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name != "check" and statement.name not in named:
                yield statement.lineno, f"nothing calls {statement.name}()"
        elif isinstance(statement, ast.Assign):
            name = getattr(statement.targets[0], "id", "")
            if name not in ("SIGNED_BY", "WRITES") and named.count(name) == 1:
                yield statement.lineno, f"nothing uses {name}"


def _unread(tree: ast.Module) -> Found:
    """Names of a function that get a value and are never read."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        for statement in ast.walk(function):
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if name not in read:
                    yield statement.lineno, f"{name} gets a value that nothing reads"


def _nowhere(tree: ast.Module) -> Found:
    """Places told to a submitter that no document has."""
    for name, first in _SAYING.items():
        for call in _calls(tree, name):
            for detail in call.args[first + 2 :]:
                path = _text(detail)
                if path is not None and path.startswith("/") and not path.startswith(PLACES):
                    yield call.lineno, f"{path} is no place in a document: /body/… is"


def _members(tree: ast.Module, schema: Mapping[str, Any]) -> Found:
    """Members of `body` (or of doc["body"]) that the schema has not, or that may be absent."""
    properties = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False
    certain = {
        name
        for name in schema.get("required", ())
        if not (isinstance(properties.get(name), dict) and properties[name].get("x-confidential"))
    }
    asked = set(_asked(tree))
    for line, name in _taken(tree):
        if closed and name not in properties:
            yield line, f"the schema has no member {name} of the body"
        elif name in properties and name not in certain and name not in asked:
            yield line, f"{name} may be absent: ask with `in`, .get() or shown() before"


def _taken(tree: ast.Module) -> Found:
    """The members that are taken out of the body, each with its line."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        bodies = [_is_body]
        if all(map(_is_body, _called_body(tree, function))):
            bodies.append(_is_named_body)
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Store):
                name = _text(node.slice)
                if name is not None and any(is_body(node.value) for is_body in bodies):
                    yield node.lineno, name


def _called_body(tree: ast.Module, function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What a function calls `body`, but for what others call so: it may be another document's."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _is_named_body(node.targets[0]):
            yield node.value
    for place, parameter in enumerate(function.args.args):
        if parameter.arg == "body":
            for call in _calls(tree, function.name):
                if place < len(call.args) and not _is_named_body(call.args[place]):
                    yield call.args[place]


def _is_named_body(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "body"


def _is_body(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and _text(node.slice) == "body"
        and (isinstance(node.value, ast.Name) and node.value.id == "doc")
    )


def _asked(tree: ast.Module) -> Iterator[str]:
    """The names that the contract asks for somewhere before it takes them."""
    for node in ast.walk(tree):
        candidates: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            candidates = [node.left]
        elif isinstance(node, ast.Call):
            candidates = node.args
        for each in candidates:
            name = _text(each)
            if name is not None:
                yield name
        if isinstance(node, ast.List | ast.Tuple):  # for name in ["a", "b"]: if name in body
            yield from filter(None, map(_text, node.elts))
