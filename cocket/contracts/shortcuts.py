"""Guards' usual answers, written into contracts: a call of a guard costs more than what it says.

Each gives what the guard gives, in value, steps and failures alike; what is unusual still goes to
the guard. Only expressions that can be evaluated twice are written twice.
"""

import ast
from collections.abc import Mapping
from typing import Any

from cocket.contracts.operators import KEY_CHARACTERS_MAX
from cocket.contracts.weaving import call


def is_member_name(node: ast.expr) -> bool:
    """Text that costs nothing to look for among the members of a dict: it is paid as written."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) <= KEY_CHARACTERS_MAX
    )


def has(member: ast.expr, container: ast.expr) -> ast.expr:
    """`member in container`, for the name of a member; containers are mostly dicts."""
    guarded = call("_has", member, container)
    if not _can_be_repeated(container):
        return guarded
    plain = ast.Compare(member, [ast.In()], [container])
    return ast.IfExp(_is_of_type(container, "_dict"), plain, guarded)


def equal(a: ast.expr, plain: ast.expr, guarded: ast.expr) -> ast.expr:
    """`a == …` or `a != …`: nothing is charged where `a` is a decimal."""
    if not _can_be_repeated(a):
        return guarded
    return ast.IfExp(_is_of_type(a, "_decimal"), plain, guarded)


def decimal_of(called: ast.Call) -> ast.expr:
    """`decimal(…)`, mostly of text such as "12.50"."""
    (text,) = called.args
    if not _can_be_repeated(text):
        return called
    is_numeral = ast.BoolOp(ast.And(), [_is_of_type(text, "_str"), call("_numeral", text)])
    return ast.IfExp(is_numeral, call("_decimal", text), called)


def gone_through(iterable: ast.expr, constants: Mapping[str, Any]) -> ast.expr:
    """What a `for` statement goes through: a list needs no guard."""
    guarded = call("_loop", iterable)
    match iterable:
        case ast.List() | ast.Tuple():
            return iterable
        case ast.Name(id=name) if type(constants.get(name)) in (list, tuple):
            return iterable
        case ast.Name():
            return ast.IfExp(_is_of_type(iterable, "_list"), iterable, guarded)
    return guarded


def _can_be_repeated(node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Subscript(value=ast.Name(), slice=ast.Constant()):
            return True
    return False


def _is_of_type(node: ast.expr, guard: str) -> ast.expr:
    return ast.Compare(call("_type", node), [ast.Is()], [ast.Name(guard, ast.Load())])
