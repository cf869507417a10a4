"""The outline of a contract: its docstring, constants and functions, before any is compiled."""

import ast
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cocket.contracts.meter import Failure
from cocket.contracts.numbers import INTEGER_LIMIT
from cocket.contracts.operators import key
from cocket.contracts.source import not_python, refuse
from cocket.contracts.state import is_collection
from cocket.ledger.organisations import ROLES

NAMES_MAX = 200
TREE_DEPTH_MAX = 64


@dataclass(frozen=True, slots=True)
class Outline:
    """What a contract's module holds.

    constants  name -> value (`SIGNED_BY` and `WRITES` among them)
    functions  in the order of the text, which is also the order of calls: callees first; those
               that compiled are taken out
    """

    docstring: str
    constants: dict[str, Any]
    functions: dict[str, ast.FunctionDef]

    @property
    def signed_by(self) -> tuple[str, ...]:
        """The roles that may sign; none means any member."""
        return tuple(self.constants["SIGNED_BY"])

    @property
    def writes(self) -> tuple[str, ...]:
        """The collections this contract may write."""
        return tuple(self.constants["WRITES"])


def parse(source: str) -> ast.Module:
    """The tree of a source that `source.check_source` let pass; its depth is bounded."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise not_python() from None
    level: list[ast.AST] = [tree]
    for _ in range(TREE_DEPTH_MAX):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    lines = [node.lineno for node in level if isinstance(node, ast.expr | ast.stmt)]
    raise refuse(min(lines, default=1), "statements or expressions nest too deep")


def outline(tree: ast.Module, builtin_names: AbstractSet[str]) -> Outline:
    """What `tree` holds; `Refused` for what cannot stand at the top of a contract."""
    docstring = ast.get_docstring(tree)
    if not docstring:
        raise refuse(1, "a contract starts with a docstring that says what it is for")
    constants: dict[str, Any] = {}
    functions: dict[str, ast.FunctionDef] = {}
    for statement in tree.body[1:]:
        match statement:
            case ast.FunctionDef(name=name):
                pass
            case ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case _:
                raise refuse(statement.lineno, "only constants and functions stand at the top")
        if name in builtin_names or name in constants or name in functions:
            raise refuse(statement.lineno, f"the name {name} is taken")
        if isinstance(statement, ast.FunctionDef):
            functions[name] = statement
        else:
            constants[name] = literal(statement.value)
    if len(constants) + len(functions) > NAMES_MAX:
        raise refuse(1, f"a contract has at most {NAMES_MAX} constants and functions")
    _check_declarations(constants)
    if "check" not in functions or len(functions["check"].args.args) != 2:
        raise refuse(1, "a contract has a function check(doc, signer)")
    return Outline(docstring, constants, functions)


def constants(source: str) -> dict[str, Any]:
    """The constants of a contract that compiles, by name, also before what is common is put in."""
    return {
        statement.targets[0].id: literal(statement.value)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }


def literal(node: ast.expr) -> Any:
    """The value of a literal: text, integers, booleans, None; lists, tuples, dicts of such."""
    match node:
        case ast.Constant(value=str() | bool() | None as value):
            return value
        case ast.Constant(value=int(value)) if value < INTEGER_LIMIT:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -int(literal(node.operand))
        case ast.List(elts=items):
            return [literal(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(literal(item) for item in items)
        case ast.Dict(keys=keys, values=values):
            return {
                _key(name, node): literal(value) for name, value in zip(keys, values, strict=True)
            }
    raise refuse(node.lineno, "a constant is a literal: text, an integer, a list, tuple or dict")


def _key(node: ast.expr | None, within: ast.expr) -> Any:
    """The key of a constant dict; `**` has none."""
    if node is not None:
        with suppress(Failure):
            return key(literal(node))
    raise refuse(within.lineno, "a key of a constant is text, or an integer below 2**53")


def _check_declarations(constants: dict[str, Any]) -> None:
    signed_by, writes = constants.get("SIGNED_BY"), constants.get("WRITES")
    if not isinstance(signed_by, list) or not all(role in ROLES for role in signed_by):
        raise refuse(1, f"SIGNED_BY is a list of roles: {', '.join(ROLES)}")
    if not isinstance(writes, list) or not all(is_collection(name) for name in writes):
        raise refuse(1, "WRITES is a list of collections, each of a-z, 0-9, hyphen")
