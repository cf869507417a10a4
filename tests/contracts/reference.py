"""A second interpreter of the contract language, to hold the first against: slow, small, and made
from docs/contracts.md. It walks Python's tree and lets Python compute; it counts steps by itself.

It knows what `test_language_generated.py` writes: integers, text, lists, tuples and dicts, all
statements, functions, comprehensions, and the functions and methods in `FUNCTIONS` and `METHODS`.
"""

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

Names = dict[str, Any]

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARING: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "enumerate": lambda values: list(enumerate(values)),
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "range": range,
    "reversed": lambda values: list(values)[::-1],
    "sorted": sorted,
    "str": str,
    "sum": sum,
    "zip": lambda *values: list(zip(*values, strict=False)),
}
SCALARS = (int, str, type(None))
METHODS = ("append", "count", "find", "get", "items", "join", "keys", "pop", "split", "values")
FRESH = ("items", "keys", "values")


class Stopped(Exception):
    """The function returns, or the loop breaks or continues."""


class Returned(Stopped):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Broken(Stopped):
    pass


class Continued(Stopped):
    pass


# What an expression costs as it is written


def cost(node: ast.AST | None) -> int:
    match node:
        case None | ast.Name() | ast.Constant():
            return 0
        case ast.JoinedStr(values=values):
            return 1 + sum(isinstance(value, ast.FormattedValue) for value in values)
        case ast.ListComp() | ast.DictComp() | ast.GeneratorExp():
            return 1 + cost(node.generators[0].iter)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return 1 + len(items) + sum(map(cost, items))
        case ast.Dict(keys=keys, values=values):
            return 1 + len(values) + sum(map(cost, keys)) + sum(map(cost, values))
        case ast.Compare(left=left, comparators=others):
            return 1 + sum(cost(each) + literal_cost(each) for each in [left, *others])
        case ast.Subscript(value=value, slice=index):
            return 1 + cost(value) + cost(index) + literal_cost(index)
        case ast.expr():
            return 1 + sum(map(cost, ast.iter_child_nodes(node)))
    return 0


def literal_cost(node: ast.AST) -> int:
    match node:
        case ast.Constant(value=str(text)):
            return len(text) // 16
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return sum(map(literal_cost, items))
    return 0


def statement_cost(node: ast.stmt) -> int:
    return 1 + sum(cost(child) for child in ast.iter_child_nodes(node))


class Interpreter:
    """Runs a module's functions; `steps` counts, `written` is what put() was told."""

    def __init__(self, source: str) -> None:
        tree = ast.parse(source)
        self.functions = {
            node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)
        }
        self.steps = 0
        self.written: list[Any] = []

    def call(self, name: str, *arguments: Any) -> Any:
        """What the function gives."""
        node = self.functions[name]
        self.steps += 10
        parameters = [each.arg for each in node.args.args]
        defaults = [ast.literal_eval(each) for each in node.args.defaults]
        left_out = len(parameters) - len(arguments)
        given = [*arguments, *defaults[len(defaults) - left_out :]]
        names = dict(zip(parameters, given, strict=True))
        try:
            self.block(node.body, names)
        except Returned as returned:
            return returned.value
        return None

    # Statements

    def block(self, statements: list[ast.stmt], names: Names) -> None:
        """All up to and with the next if, for or while is paid at once."""
        run: list[ast.stmt] = []
        for number, statement in enumerate(statements):
            run.append(statement)
            compound = isinstance(statement, ast.If | ast.For | ast.While)
            if compound or number == len(statements) - 1:
                self.steps += sum(map(statement_cost, run))
                for each in run:
                    self.statement(each, names)
                run = []

    def statement(self, node: ast.stmt, names: Names) -> None:  # noqa: PLR0912
        match node:
            case ast.Assign(targets=[target], value=value):
                self.assign(target, self.value(value, names), names)
            case ast.AugAssign(target=target, op=op, value=value):
                self.in_place(target, op, self.value(value, names), names)
            case ast.Expr(value=value):
                self.value(value, names)
            case ast.If(test=test, body=body, orelse=orelse):
                self.block(body if self.value(test, names) else orelse, names)
            case ast.For(target=target, iter=iterable, body=body):
                self.loop(target, self.value(iterable, names), body, names)
            case ast.While(test=test, body=body):
                while self.value(test, names):
                    self.steps += 1 + cost(test)
                    if self.turn(body, names):
                        break
            case ast.Return(value=value):
                raise Returned(None if value is None else self.value(value, names))
            case ast.Break():
                raise Broken
            case ast.Continue():
                raise Continued
            case ast.Pass():
                pass
            case _:
                raise NotImplementedError(ast.dump(node))

    def loop(self, target: ast.expr, values: Any, body: list[ast.stmt], names: Names) -> None:
        if isinstance(values, dict):
            self.steps += len(values)
            values = list(values)
        for value in values:
            self.assign(target, value, names)
            self.steps += 1
            if self.turn(body, names):
                break

    def turn(self, body: list[ast.stmt], names: Names) -> bool:
        """Run a loop's body; whether the loop ends."""
        try:
            self.block(body, names)
        except Broken:
            return True
        except Continued:
            return False
        return False

    def assign(self, target: ast.expr, value: Any, names: Names) -> None:
        match target:
            case ast.Name(id=name):
                names[name] = value
            case ast.Tuple(elts=targets):
                for each, item in zip(targets, value, strict=True):
                    self.assign(each, item, names)
            case ast.Subscript(value=container, slice=index):
                self.value(container, names)[self.value(index, names)] = value
            case _:
                raise NotImplementedError(ast.dump(target))

    def in_place(self, target: ast.expr, op: ast.operator, value: Any, names: Names) -> None:
        if isinstance(target, ast.Subscript):
            container = self.value(target.value, names)
            index = self.value(target.slice, names)
            container[index] = self.compute(op, container[index], value)
        else:
            assert isinstance(target, ast.Name)
            names[target.id] = self.compute(op, names[target.id], value)

    # Expressions

    def value(self, node: ast.expr, names: Names) -> Any:  # noqa: PLR0912
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return names[name]
            case ast.List(elts=items):
                return [self.value(item, names) for item in items]
            case ast.Tuple(elts=items):
                return tuple(self.value(item, names) for item in items)
            case ast.Dict(keys=keys, values=values):
                return self.display(keys, values, names)
            case ast.BoolOp(op=op, values=values):
                return self.logic(isinstance(op, ast.And), values, names)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.value(body if self.value(test, names) else orelse, names)
            case ast.UnaryOp(op=op, operand=operand):
                value = self.value(operand, names)
                return not value if isinstance(op, ast.Not) else -value
            case ast.BinOp(left=left, op=op, right=right):
                return self.compute(op, self.value(left, names), self.value(right, names))
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self.compared(left, ops, others, names)
            case ast.Subscript(value=container, slice=index):
                return self.item(self.value(container, names), index, names)
            case ast.JoinedStr(values=parts):
                return self.joined(parts, names)
            case ast.ListComp(elt=element, generators=generators):
                result = [element]
                return [self.value(element, each) for each in self.turns(generators, result, names)]
            case ast.DictComp(key=key, value=element, generators=generators):
                return {
                    self.value(key, each): self.value(element, each)
                    for each in self.turns(generators, [key, element], names)
                }
            case ast.Call(func=function, args=arguments):
                return self.called(function, arguments, names)
        raise NotImplementedError(ast.dump(node))

    def display(self, keys: list[ast.expr | None], values: list[ast.expr], names: Names) -> Any:
        made: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            if key is None:
                spread = self.value(value, names)
                self.steps += len(spread)
                made.update(spread)
            else:
                made[self.value(key, names)] = self.value(value, names)
        return made

    def logic(self, both: bool, values: list[ast.expr], names: Names) -> Any:
        for each in values:
            value = self.value(each, names)
            if bool(value) != both:
                break
        return value

    def compute(self, op: ast.operator, a: Any, b: Any) -> Any:
        if isinstance(op, ast.Add) and isinstance(a, str):
            self.steps += (len(a) + len(b)) // 16
        elif isinstance(op, ast.Add) and not isinstance(a, int):
            self.steps += len(a) + len(b)
        return ARITHMETIC[type(op)](a, b)

    def compared(
        self, left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr], names: Names
    ) -> bool:
        for a, op, b in zip([left, *others], ops, others, strict=False):
            first, second = self.value(a, names), self.value(b, names)
            paid = is_literal(a) or is_literal(b)
            if isinstance(op, ast.In | ast.NotIn):
                listed = isinstance(b, ast.List | ast.Tuple) and all(map(is_literal, b.elts))
                paid = listed or (is_literal(a) and isinstance(second, dict))
            self.steps += 0 if paid else comparing(op, first, second)
            if not COMPARING[type(op)](first, second):
                return False
        return True

    def item(self, container: Any, index: ast.expr, names: Names) -> Any:
        if not isinstance(index, ast.Slice):
            return container[self.value(index, names)]
        bounds = (index.lower, index.upper, index.step)
        start, stop, stride = (each and self.value(each, names) for each in bounds)
        part = container[start:stop:stride]
        self.steps += len(part) // 16 if isinstance(part, str) else len(part)
        return part

    def joined(self, parts: list[ast.expr], names: Names) -> str:
        text = ""
        for part in parts:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            text += str(self.value(inner, names))
        self.steps += len(text) // 16
        return text

    def turns(
        self, generators: list[ast.comprehension], result: list[ast.expr], names: Names
    ) -> Iterator[Names]:
        """The names of each turn of a comprehension that is paid for and not left out."""
        first, *rest = generators
        source = self.value(first.iter, names)
        values = list(source)
        self.steps += len(values) if isinstance(source, dict) else 0
        inner = [rest[0].iter] if rest else result
        self.steps += len(values) * (1 + sum(map(cost, [*first.ifs, *inner])))
        for value in values:
            within = dict(names)
            self.assign(first.target, value, within)
            if all(self.value(test, within) for test in first.ifs):
                if rest:
                    yield from self.turns(rest, result, within)
                else:
                    yield within

    # Calls

    def called(self, function: ast.expr, arguments: list[ast.expr], names: Names) -> Any:
        if isinstance(function, ast.Attribute):
            value = self.value(function.value, names)
            given = [self.value(each, names) for each in arguments]
            self.steps += method_cost(value, function.attr, given)
            found = getattr(value, function.attr)(*given)
            return list(found) if function.attr in FRESH else found
        assert isinstance(function, ast.Name)
        name = function.id
        given = [self.argument(each, names) for each in arguments]
        if name == "put":
            self.written.append(given[2])
            return None
        if name in self.functions:
            return self.call(name, *given)
        found = FUNCTIONS[name](*given)
        self.steps += function_cost(name, given, found)
        return found

    def argument(self, node: ast.expr, names: Names) -> Any:
        """A generator as the one argument is a list."""
        if isinstance(node, ast.GeneratorExp):
            made = ast.ListComp(node.elt, node.generators)
            return self.value(made, names)
        return self.value(node, names)


def is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Constant)


def comparing(op: ast.cmpop, a: Any, b: Any) -> int:
    """What comparing costs besides; with a literal nothing, for it was paid as it is written."""
    if isinstance(op, ast.In | ast.NotIn):
        if isinstance(b, dict):
            return len(a) // 16 if isinstance(a, str) else 0
        if isinstance(b, str):
            return (len(a) + len(b)) // 4
        return len(b) * (1 + len(a) // 64) if isinstance(a, str) else len(b)
    if isinstance(a, str) and isinstance(b, str):
        return min(len(a), len(b)) // 16
    if isinstance(a, SCALARS) or isinstance(b, SCALARS) or isinstance(op, ast.Is | ast.IsNot):
        return 0
    return measured(a) + measured(b)


def measured(value: Any) -> int:
    """One for each value within it, and for each place in a list or dict."""
    if isinstance(value, str):
        return 1 + len(value) // 16
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(measured, value.values()))
    if isinstance(value, list | tuple):
        return 1 + len(value) + sum(map(measured, value))
    return 1


def gone_through(values: Any, each: int) -> int:
    """What going through values costs, at so much for each; a dict's keys are copied first."""
    return len(values) * each + (len(values) if isinstance(values, dict) else 0)


def weight(value: Any) -> int:
    if isinstance(value, tuple):
        return 1 + sum(map(weight, value))
    return 1 + (len(value) // 16 if isinstance(value, str) else 0)


def function_cost(name: str, given: list[Any], found: Any) -> int:
    """What a built-in function costs besides its call."""
    match name:
        case "any" | "all" | "list" | "reversed" | "sum":
            return gone_through(given[0], 1)
        case "enumerate" | "zip":
            return sum(gone_through(values, 2) for values in given)
        case "sorted":
            size = sum(map(weight, given[0]))
            return gone_through(given[0], 1) + size * len(list(given[0])).bit_length()
        case "min" | "max":
            values = given[0] if len(given) == 1 else given
            return gone_through(values, 1) + sum(map(weight, values))
        case "str":
            return len(found) // 16
    return 0


def method_cost(value: Any, name: str, given: list[Any]) -> int:
    """What a method costs besides its call."""
    match name:
        case "items":
            return 2 * len(value)
        case "keys" | "values":
            return len(value)
        case "append":
            return 1
        case "pop":
            return len(value) // 16 if isinstance(value, list) else 0
        case "count" if isinstance(value, list):
            return len(value) * (1 + len(given[0]) // 64 if isinstance(given[0], str) else 1)
        case "count" | "find":
            return (len(value) + len(given[0])) // 4
        case "split":
            parts: int = value.count(given[0]) + 1
            return (len(value) + len(given[0])) // 4 + len(value) // 16 + parts
        case "join":
            characters = sum(map(len, given[0])) + len(value) * len(given[0])
            return len(given[0]) + characters // 16
    return 0
