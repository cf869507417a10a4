"""The subset of Python that contracts are written in, and the weaving of the meter.

A whitelist on RestrictedPython's transformer: a node that is not named here is refused, whatever
version of Python made it up. What is let through becomes calls of guards (`operators`, `methods`)
wherever Python's own operation is not bounded, metered and typed by itself; the guards' names start
with an underscore, and no contract can write such a name.

Functions are not values: a name in a call is resolved here, to a function above or to a built-in,
and so no call reaches anything else, and none recurses. So it is known here, too, with how many
arguments each is called, and how many frames of Python's stack are in use at most.
"""

import ast
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from RestrictedPython.transformer import RestrictingNodeTransformer

from cocket.contracts import shortcuts
from cocket.contracts.access import CODE
from cocket.contracts.arity import Arity, wrong_count
from cocket.contracts.costs import expression_cost, statement_cost, turn_cost
from cocket.contracts.missing import NOT_HERE
from cocket.contracts.numbers import INTEGER_LIMIT
from cocket.contracts.outline import Outline, literal
from cocket.contracts.source import not_python, refuse
from cocket.contracts.weaving import call, place, spend

FUNCTION_STEPS = 10
"""For entering a function: where Python's stack grows by a page each time, that is 10 µs."""
FRAMES_MAX = 48
"""Functions and comprehensions that are within each other at a time. Python's own limit depends on
who called, and whether a comprehension counts depends on its version: nobody may come near it."""

_ANYTHING = (ast.Name, ast.Call, ast.Subscript, ast.IfExp, ast.BoolOp)
"""Nodes of which Python cannot guess, and warn of, what they will be."""

_COMPOUND = (ast.If, ast.For, ast.While)
ALLOWED = frozenset(
    {
        *(ast.Assign, ast.AugAssign, ast.If, ast.For, ast.While, ast.Break, ast.Continue),
        *(ast.Return, ast.Pass, ast.Expr, ast.FunctionDef, ast.arguments, ast.arg),
        *(ast.Constant, ast.Name, ast.Load, ast.Store, ast.List, ast.Tuple, ast.Dict),
        *(ast.Subscript, ast.Call, ast.JoinedStr, ast.IfExp, ast.BoolOp, ast.And, ast.Or),
        *(ast.ListComp, ast.DictComp, ast.comprehension, ast.BinOp, ast.UnaryOp, ast.Not),
        *(ast.USub, ast.Compare),
    }
)
BINARY: dict[type[ast.operator], str] = {
    ast.Add: "_add",
    ast.Sub: "_sub",
    ast.Mult: "_mul",
    ast.Div: "_div",
    ast.FloorDiv: "_floordiv",
    ast.Mod: "_mod",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "_eq",
    ast.NotEq: "_ne",
    ast.Lt: "_lt",
    ast.LtE: "_le",
    ast.Gt: "_gt",
    ast.GtE: "_ge",
    ast.In: "_in",
    ast.NotIn: "_notin",
}
_CODE_ARGUMENT = {"require": 1, "refuse": 0, "warn": 0}


def _is_scalar(node: ast.expr) -> bool:
    """Whether comparing with `node` costs nothing that has to be charged."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return True
    return False


def _with_words(arguments: list[ast.expr]) -> list[ast.expr]:
    """The arguments of `refuse`: a text among its details that stands there is said, not quoted."""
    code, message, *details = arguments
    said = [call("_words", each) if _is_words(each) else each for each in details]
    return [code, message, *said]


def _is_words(node: ast.expr) -> bool:
    if not isinstance(node, ast.Constant) or type(node.value) is not str:
        return False
    text = node.value
    return text.isascii() and text.isprintable() and not text.startswith("/")


def _is_list_of_scalars(node: ast.expr) -> bool:
    return isinstance(node, ast.List | ast.Tuple) and all(map(_is_scalar, node.elts))


def _is_plain_index(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and _is_plain_index(node.operand)
    return isinstance(node, ast.Constant) and type(node.value) in (str, int)


class Subset(RestrictingNodeTransformer):
    """Turns the functions of a contract into what Python may compile, or raises `Refused`.

    builtins, methods  what can be called, and with how many arguments

    codes  the codes of the contract's own refusals and warnings, as met
    """

    def __init__(
        self, contract: Outline, builtins: Mapping[str, Arity], methods: Mapping[str, Arity]
    ) -> None:
        super().__init__()
        self.codes: set[str] = set()
        self._constants = contract.constants
        self._taken = {*builtins, *contract.constants, *contract.functions}
        self._callable = dict(builtins)
        self._methods = methods
        self._frames = dict.fromkeys(builtins, 0)  # in use while a function runs, itself included
        self._locals: frozenset[str] = frozenset()
        self._line = 1
        self._comprehensions = 0  # that are around what is visited
        self._loops = 0
        self._frames_here = 1  # what has been met of the function that is visited

    def error(self, node: ast.AST, info: str) -> None:
        """RestrictedPython's own objections: our sentence, since its texts change."""
        raise not_python()

    def refusal(self, node: ast.AST, sentence: str) -> Exception:
        """The refusal to raise for `node`."""
        return refuse(getattr(node, "lineno", self._line), sentence)

    def visit(self, node: ast.AST) -> Any:
        """Visit what is on the whitelist, refuse the rest."""
        if type(node) not in ALLOWED:
            if type(node).__name__ not in NOT_HERE:
                raise not_python()
            raise self.refusal(node, NOT_HERE[type(node).__name__])
        self._line = getattr(node, "lineno", self._line)
        return super().visit(node)

    # Functions and blocks

    def function(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """The function, woven; from now on it can be called."""
        self._check_signature(node)
        parameters = node.args.args
        names = {each.arg for each in parameters}
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                names.add(each.id)
            name = getattr(each, "id", getattr(each, "arg", ""))
            if name in names & self._taken:
                raise self.refusal(each, f"the name {name} is taken: choose another")
        self._locals = frozenset(names)
        self._frames_here = 1
        body = self._block(node.body, FUNCTION_STEPS)
        least = len(parameters) - len(node.args.defaults)
        self._callable[node.name] = (least, len(parameters))
        self._frames[node.name] = self._frames_here
        woven = ast.FunctionDef(
            name=node.name, args=node.args, body=body, decorator_list=[], lineno=node.lineno
        )
        if sys.version_info >= (3, 12):
            woven.type_params = []
        place(woven, node.lineno)
        return woven

    def _check_signature(self, node: ast.FunctionDef) -> None:
        arguments = node.args
        extras = (
            *(arguments.vararg, arguments.kwarg, *arguments.kwonlyargs, *arguments.posonlyargs),
            *(*node.decorator_list, node.returns),
            *(argument.annotation for argument in arguments.args),
        )
        names = [argument.arg for argument in arguments.args]
        if any(extra is not None for extra in extras) or len(set(names)) < len(names):
            raise self.refusal(node, "a function has plain parameters, and nothing around it")
        for default in arguments.defaults:
            if type(literal(default)) in (list, tuple, dict):
                raise self.refusal(node, "a default is text, an integer, True, False or None")

    def _block(self, statements: Sequence[ast.stmt], extra: int = 0) -> list[ast.stmt]:
        """The statements, each run of them headed by one charge for all of it.

        extra  what it costs besides to begin a function, or a turn of a loop
        """
        woven: list[ast.stmt] = []
        straight: list[ast.stmt] = []
        cost, line, check = extra, statements[0].lineno, extra > 0
        for statement in statements:
            cost += statement_cost(statement)
            straight.append(self.visit(statement))
            if isinstance(statement, _COMPOUND):
                woven += [*spend(cost, line, check), *straight]
                cost, line, check, straight = 0, statement.lineno, False, []
        if straight:
            woven += [*spend(cost, line, check), *straight]
        return woven

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """Functions stand at the top, where `function` takes them."""
        raise self.refusal(node, "functions are defined at the top only")

    # Statements

    def visit_If(self, node: ast.If) -> ast.stmt:
        """if / elif / else"""
        test = self.visit(node.test)
        body = self._block(node.body)
        orelse = self._block(node.orelse) if node.orelse else []
        return ast.If(test, body, orelse, lineno=node.lineno)

    def visit_For(self, node: ast.For) -> ast.stmt:
        """for, of names, without else"""
        self._check_target(node.target)
        if node.orelse:
            raise self.refusal(node, "a loop has no else here")
        iterable = shortcuts.gone_through(self.visit(node.iter), self._constants)
        body = self._loop_body(node.body, extra=1)
        return ast.For(node.target, iterable, body, [], lineno=node.lineno)

    def visit_While(self, node: ast.While) -> ast.stmt:
        """while, without else; each turn pays for the condition too"""
        if node.orelse:
            raise self.refusal(node, "a loop has no else here")
        cost = 1 + expression_cost(node.test)
        test = self.visit(node.test)
        body = self._loop_body(node.body, extra=cost)
        return ast.While(test, body, [], lineno=node.lineno)

    def _loop_body(self, statements: Sequence[ast.stmt], extra: int) -> list[ast.stmt]:
        self._loops += 1
        body = self._block(statements, extra)
        self._loops -= 1
        return body

    def visit_Break(self, node: ast.Break) -> ast.stmt:
        """break, in a loop"""
        if not self._loops:
            raise self.refusal(node, "break stands in a loop")
        return node

    def visit_Continue(self, node: ast.Continue) -> ast.stmt:
        """continue, in a loop"""
        if not self._loops:
            raise self.refusal(node, "continue stands in a loop")
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """A call; `require` becomes a condition that works out its details only when it fails."""
        value = node.value
        if isinstance(value, ast.Constant) and type(value.value) is str:
            return ast.Pass(lineno=node.lineno)  # a docstring
        if not isinstance(value, ast.Call):
            raise self.refusal(node, "an expression that stands alone is a call")
        if isinstance(value.func, ast.Name) and value.func.id == "require":
            self._check_call(value)
            condition, *rest = [self.visit(argument) for argument in value.args]
            refusal = ast.Expr(call("refuse", *_with_words(rest)), lineno=node.lineno)
            return ast.If(ast.UnaryOp(ast.Not(), condition), [refusal], [], lineno=node.lineno)
        return ast.Expr(self.visit(value), lineno=node.lineno)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """name = …, a, b = …, container[index] = …"""
        if len(node.targets) != 1:
            raise self.refusal(node, "assign to one target at a time")
        target, value = node.targets[0], self.visit(node.value)
        if isinstance(target, ast.Subscript):
            container, index = self._container_and_index(target)
            return ast.Expr(call("_store", container, index, value), lineno=node.lineno)
        self._check_target(target)
        return ast.Assign([target], value, lineno=node.lineno)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """name += …, container[index] += …"""
        guard = "_inplace" if isinstance(node.op, ast.Add) else self._binary(node, node.op)
        target, value = node.target, self.visit(node.value)
        if isinstance(target, ast.Subscript):
            container, index = self._container_and_index(target)
            operator = ast.Name(guard, ast.Load())
            return ast.Expr(call("_augment", container, index, operator, value), lineno=node.lineno)
        self._check_target(target)
        assert isinstance(target, ast.Name)
        current = ast.Name(target.id, ast.Load())
        return ast.Assign([target], call(guard, current, value), lineno=node.lineno)

    def _container_and_index(self, target: ast.Subscript) -> tuple[ast.expr, ast.expr]:
        if isinstance(target.slice, ast.Slice):
            raise self.refusal(target, "items are set one at a time")
        return self.visit(target.value), self.visit(target.slice)

    def _check_target(self, target: ast.expr) -> None:
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        if not names or not all(isinstance(name, ast.Name) for name in names):
            raise self.refusal(target, "values are given to names, or to one item")

    # Expressions

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """text, an integer, True, False, None"""
        if type(node.value) not in (str, int, bool, type(None)):
            raise self.refusal(node, 'write amounts as decimal("12.50"); there are no floats')
        if type(node.value) is int and node.value >= INTEGER_LIMIT:
            raise self.refusal(node, "an integer has more than 256 bits")
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A local or a constant; functions are called only"""
        if node.id not in self._locals and node.id not in self._constants:
            raise self.refusal(node, f"{node.id} is not a name of a value here")
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """f"…" of plain names"""
        parts: list[ast.expr] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                if value.conversion != -1 or value.format_spec is not None:
                    raise self.refusal(node, "fields of an f-string are plain names")
                parts.append(self.visit(value.value))
            else:
                parts.append(self.visit(value))
        return call("_text", *parts)

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        """{key: value, **other}"""
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        for name, value in zip(node.keys, node.values, strict=True):
            if name is None:
                keys.append(None)
                values.append(call("_spread", self.visit(value)))
            else:
                keys.append(self._dict_key(name))
                values.append(self.visit(value))
        return ast.Dict(keys, values)

    def _dict_key(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Constant) and type(node.value) is str:
            return node
        return call("_key", self.visit(node))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """container[index], container[start:stop:stride]"""
        container, index = self.visit(node.value), node.slice
        if isinstance(index, ast.Slice):
            none = ast.Constant(None)
            bounds = (index.lower, index.upper, index.step)
            visited = [none if bound is None else self.visit(bound) for bound in bounds]
            return call("_slice", container, *visited)
        if _is_plain_index(index) and isinstance(container, _ANYTHING):
            return ast.Subscript(container, self.visit(index), ast.Load())
        return call("_item", container, self.visit(index))

    def _binary(self, node: ast.AST, operator: ast.operator) -> str:
        if type(operator) not in BINARY:
            raise self.refusal(node, NOT_HERE[type(operator).__name__])
        return BINARY[type(operator)]

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """+ - * / // %"""
        guard = self._binary(node, node.op)
        return call(guard, self.visit(node.left), self.visit(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """not x, -x"""
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.USub):
            if isinstance(operand, ast.Constant) and type(operand.value) is int:
                return ast.UnaryOp(node.op, operand)
            return call("_neg", operand)
        self.visit(node.op)
        return ast.UnaryOp(node.op, operand)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """a < b, a < b < c where b is a name or a literal, x in y, x is None"""
        operands = [node.left, *node.comparators]
        for middle in operands[1:-1]:
            if not isinstance(middle, ast.Name) and not _is_scalar(middle):
                raise self.refusal(node, "give the middle of a chain of comparisons a name")
        pairs = zip(operands, node.ops, operands[1:], strict=False)
        tests = [self._comparison(*pair) for pair in pairs]
        return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)

    def _comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
        a, b = self.visit(left), self.visit(right)
        kind = type(operator)
        if kind in (ast.Is, ast.IsNot):
            is_none = isinstance(right, ast.Constant) and right.value is None
            if not is_none or not isinstance(a, _ANYTHING):
                raise self.refusal(left, "`is` is for what may be None; others are equal or not")
            return ast.Compare(a, [operator], [b])
        if kind in (ast.In, ast.NotIn):
            native = _is_list_of_scalars(right)
            if not native and shortcuts.is_member_name(left):
                has = shortcuts.has(a, b)
                return has if kind is ast.In else ast.UnaryOp(ast.Not(), has)
        else:
            native = _is_scalar(left) or _is_scalar(right)
        plain, guarded = ast.Compare(a, [operator], [b]), call(COMPARISONS[kind], a, b)
        if native:
            return plain
        return shortcuts.equal(a, plain, guarded) if kind in (ast.Eq, ast.NotEq) else guarded

    # Calls

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """function(…) of a function above or a built-in, value.method(…)"""
        self._check_call(node)
        match node.func:
            case ast.Name(id="require"):
                raise self.refusal(node, "require stands alone, as a statement")
            case ast.Name(id=name):
                if name not in self._callable:
                    raise self.refusal(node, f"no function {name} is defined above, or built in")
                self._check_count(node, f"{name}()", self._callable[name])
                self._enter(node, self._frames[name])
                arguments = self._arguments(node)
                called = call(name, *(_with_words(arguments) if name == "refuse" else arguments))
                return shortcuts.decimal_of(called) if name == "decimal" else called
            case ast.Attribute(value=value, attr=name) if name in self._methods:
                self._check_count(node, f".{name}()", self._methods[name])
                return call(f"_m_{name}", self.visit(value), *self._arguments(node))
            case ast.Attribute(attr=name):
                raise self.refusal(node, f".{name}() is not a method contracts can call")
        raise self.refusal(node, "only functions and methods can be called, by their names")

    def _check_count(self, node: ast.Call, name: str, arity: Arity) -> None:
        """The number of arguments, of which there are always as many as the text says."""
        sentence = wrong_count(name, arity, len(node.args))
        if sentence is not None:
            raise self.refusal(node, sentence)

    def _enter(self, node: ast.AST, frames: int) -> None:
        """Where `node` stands, so many frames come on top."""
        self._frames_here = max(self._frames_here, 1 + self._comprehensions + frames)
        if self._frames_here > FRAMES_MAX:
            raise self.refusal(
                node, f"functions and comprehensions are more than {FRAMES_MAX} within each other"
            )

    def _check_call(self, node: ast.Call) -> None:
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            raise self.refusal(node, "arguments are positional")
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _CODE_ARGUMENT:
            return
        self._check_count(node, f"{name}()", self._callable[name])
        place = _CODE_ARGUMENT[name]
        code = node.args[place] if place + 1 < len(node.args) else None
        if not isinstance(code, ast.Constant) or type(code.value) is not str:
            raise self.refusal(node, f"{name} takes a code, as a literal, and a message")
        if len(code.value) > 64 or not CODE.fullmatch(code.value):
            raise self.refusal(node, "a code is lower-case words joined by hyphens")
        self.codes.add(code.value)

    def _arguments(self, node: ast.Call) -> list[ast.expr]:
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            generator = node.args[0]
            self._line = generator.lineno
            made = ast.ListComp(generator.elt, generator.generators, lineno=generator.lineno)
            return [self.visit(made)]
        return [self.visit(argument) for argument in node.args]

    # Comprehensions

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """[x for y in z if c]"""
        self._enter(node, 1)
        self._comprehensions += 1
        generators = self._generators(node.generators, [node.elt])
        woven = ast.ListComp(self.visit(node.elt), generators)
        self._comprehensions -= 1
        return woven

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        """{k: x for y in z if c}"""
        self._enter(node, 1)
        self._comprehensions += 1
        generators = self._generators(node.generators, [node.key, node.value])
        woven = ast.DictComp(self._dict_key(node.key), self.visit(node.value), generators)
        self._comprehensions -= 1
        return woven

    def _generators(
        self, nodes: list[ast.comprehension], result: list[ast.expr]
    ) -> list[ast.comprehension]:
        woven = []
        for node, following in zip(nodes, [*nodes[1:], None], strict=True):
            self._check_target(node.target)
            cost = ast.Constant(turn_cost(node, following, result))
            iterable = call("_turns", self.visit(node.iter), cost)
            conditions = [self.visit(condition) for condition in node.ifs]
            woven.append(ast.comprehension(node.target, iterable, conditions, 0))
        return woven
