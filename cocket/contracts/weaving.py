"""Pieces of Python's syntax trees that are woven into contracts."""

import ast
from typing import Any


def call(name: str, *arguments: ast.expr) -> ast.Call:
    """A call of a function by its name."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def spend(cost: int, line: int) -> list[ast.stmt]:
    """`Meter.step`, written out: a call of it would cost more than most of what it counts."""
    left = ast.Attribute(ast.Name("_meter", ast.Load()), "left", ast.Store())
    spent = ast.Compare(
        ast.Attribute(ast.Name("_meter", ast.Load()), "left", ast.Load()),
        [ast.Lt()],
        [ast.Constant(0)],
    )
    return [
        ast.AugAssign(left, ast.Sub(), ast.Constant(cost), lineno=line),
        ast.If(spent, [ast.Expr(call("_stop"), lineno=line)], [], lineno=line),
    ]


def place(node: ast.AST, line: int) -> None:
    """Give all parts of a statement the statement's line: Python's versions differ in theirs."""
    if isinstance(node, ast.stmt):
        line = node.lineno
    if "lineno" in node._attributes:
        attributes: Any = node
        attributes.lineno = attributes.end_lineno = line
        attributes.col_offset = attributes.end_col_offset = 0
    for child in ast.iter_child_nodes(node):
        place(child, line)
