"""What the parts of a contract cost, read off the text: one step for each thing it does.

Counted on the tree as written, before anything is woven in, and only from nodes that every version
of Python parses alike: so the count is part of the language, not of this implementation.
"""

import ast

from cocket.contracts.meter import CHARACTERS_PER_STEP


def expression_cost(node: ast.AST | None) -> int:
    """Steps of evaluating an expression once; a comprehension's turns are charged when known."""
    total = 0
    rest: list[ast.AST] = [] if node is None else [node]
    while rest:
        node = rest.pop()
        match node:
            case ast.Name() | ast.Constant():
                continue
            case ast.JoinedStr(values=values):
                total += 1 + sum(isinstance(value, ast.FormattedValue) for value in values)
                continue
            case ast.ListComp() | ast.DictComp() | ast.GeneratorExp():
                total += 1
                rest.append(node.generators[0].iter)
                continue
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Dict(values=items):
                total += 1 + len(items)
            case ast.Compare():
                total += 1 + sum(map(_reading_cost, [node.left, *node.comparators]))
            case ast.Subscript():
                total += 1 + _reading_cost(node.slice)
            case ast.expr():
                total += 1
        rest += ast.iter_child_nodes(node)
    return total


def _reading_cost(node: ast.expr) -> int:
    """Steps of comparing with the text in a literal."""
    match node:
        case ast.Constant(value=str(text)):
            return len(text) // CHARACTERS_PER_STEP
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return sum(map(_reading_cost, items))
    return 0


def turn_cost(
    comprehension: ast.comprehension, following: ast.comprehension | None, result: list[ast.expr]
) -> int:
    """Steps of one turn of a comprehension: its conditions, and what it then evaluates."""
    inner = [following.iter] if following is not None else result
    return 1 + sum(expression_cost(part) for part in [*comprehension.ifs, *inner])


def statement_cost(statement: ast.stmt) -> int:
    """Steps of a statement without the blocks within it."""
    return 1 + sum(
        expression_cost(part)
        for part in ast.iter_child_nodes(statement)
        if not isinstance(part, ast.stmt)
    )
