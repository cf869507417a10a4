"""Pieces of Python's syntax trees that are woven into contracts."""

import ast
from typing import Any


def call(name: str, *arguments: ast.expr) -> ast.Call:
    """A call of a function by its name."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def spend(cost: int, line: int, check: bool) -> list[ast.stmt]:
    """`Meter.step`, written out: a call of it would cost more than most of what it counts. Whether
    anything is left is seen where a function or a turn of a loop begins, and at the run's end: what
    lies between is no longer than its text."""
    left = ast.Attribute(ast.Name("_meter", ast.Load()), "left", ast.Store())
    charge = ast.AugAssign(left, ast.Sub(), ast.Constant(cost), lineno=line)
    if not check:
        return [charge]
    spent = ast.Compare(
        ast.Attribute(ast.Name("_meter", ast.Load()), "left", ast.Load()),
        [ast.Lt()],
        [ast.Constant(0)],
    )
    return [charge, ast.If(spent, [ast.Expr(call("_stop"), lineno=line)], [], lineno=line)]


def place(node: ast.AST, line: int) -> None:
    """Give all parts of a statement the statement's line: Python's versions differ in theirs."""
    rest: list[tuple[Any, int]] = [(node, line)]
    while rest:
        each, line = rest.pop()
        if isinstance(each, ast.stmt):
            line = each.lineno
        if "lineno" in each._attributes:
            each.lineno = each.end_lineno = line
            each.col_offset = each.end_col_offset = 0
        for name in each._fields:
            value = getattr(each, name, None)
            if isinstance(value, list):
                rest += [(item, line) for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                rest.append((value, line))
