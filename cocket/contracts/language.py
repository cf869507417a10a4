"""The contract language: source text in, a contract that can be run out.

    check_source   lexical bounds, before any parser        source.py
    outline        docstring, constants, functions          outline.py
    Subset         whitelist, guards and meter woven in     subset.py, weaving.py, costs.py
    compile        Python's own, of a tree that holds nothing else

What a compiled contract can reach is its namespace: its own functions and constants, the built-ins
of `builtins` and `access`, the guards, and no `__builtins__`.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

import msgspec

from cocket.contracts.access import Access, Caution, Event, Host, HostFailed, NoHost, Words
from cocket.contracts.arity import Arity, arity
from cocket.contracts.builtins import Builtins
from cocket.contracts.meter import STEPS_MAX, Failure, Meter, OutOfSteps
from cocket.contracts.methods import METHODS, Methods
from cocket.contracts.operators import Operators
from cocket.contracts.outline import Outline, outline, parse
from cocket.contracts.source import check_source, not_python
from cocket.contracts.subset import Subset
from cocket.ledger import canonical
from cocket.ledger.errors import Refusal, Refused

_NOT_THE_CONTRACTS = (HostFailed, AssertionError, MemoryError, RecursionError)
"""What depends on the machine, or is our own bug: no result, rather than one that others lack."""

PROGRAMS_CACHED = 256


class Run(msgspec.Struct, frozen=True):
    """What came of running a contract on one document.

    refusal    None where the contract accepted
    unchecked  rules that were not run because the issuer hid what they need
    steps      what it cost, of `STEPS_MAX`
    """

    refusal: Refusal | None
    warnings: tuple[Caution, ...]
    unchecked: tuple[str, ...]
    events: tuple[Event, ...]
    steps: int


@dataclass(frozen=True, slots=True)
class _Program:
    """What compilation makes of a source: the same for every contract made of it."""

    outline: Outline
    codes: frozenset[str]
    code: CodeType


class Contract:
    """A compiled contract. It can be run any number of times, by one thread at a time.

    name       the document type, "urn:cocket:<name>:<version>"
    docstring  what its author says it does
    signed_by  the roles that may sign such a document; none means any member
    writes     the collections of the state it may write
    codes      the codes of its own refusals and warnings
    """

    __slots__ = (
        *("_access", "_check", "_filename", "_meter"),
        *("codes", "docstring", "name", "signed_by", "writes"),
    )

    def __init__(self, name: str, program: _Program) -> None:
        shape = program.outline
        self.name = name
        self.docstring = shape.docstring
        self.signed_by = shape.signed_by
        self.writes = shape.writes
        self.codes = program.codes
        self._meter = Meter()
        operators = Operators(self._meter)
        self._access = Access(self._meter, operators)
        self._access.writes = shape.writes
        self._filename = program.code.co_filename
        namespace: dict[str, Any] = {
            "__builtins__": {},
            **operators.names,
            **Methods(self._meter, operators).names,
            **Builtins(self._meter, operators).names,
            **self._access.names,
            "_words": Words,
            **shape.constants,
        }
        for constant in shape.constants.values():
            operators.freeze(constant)
        exec(program.code, namespace)
        self._check: Callable[[Any, Any], Any] = namespace["check"]

    def run(
        self, claims: dict[str, Any], signer: dict[str, Any], host: Host, steps: int = STEPS_MAX
    ) -> Run:
        """Check a document's `claims`, signed by `signer`, on `host`, in at most so many `steps`.

        Both are given away: the contract may change them as it likes.

        Never raises for anything that the contract or the document does; `HostFailed` where the
        host raises anything but `Refused`.
        """
        meter, access = self._meter, self._access
        meter.left = steps
        access.reset(host)
        refusal = None
        try:
            self._check(claims, signer)
            meter.step(0)  # what was spent since the last look
        except Refused as refused:
            refusal = refused.refusal
        except OutOfSteps:
            refusal = Refusal("out-of-steps", f"{self.name} took more than {steps} steps")
        except _NOT_THE_CONTRACTS:
            raise
        except Exception as failure:
            where = self._where(failure)
            refusal = Refusal(
                "contract-failed", f"{self.name} failed {where}: {_sentence(failure)}"
            )
        run = Run(
            refusal,
            tuple(access.warnings),
            tuple(access.unchecked),
            tuple(access.events),
            steps - max(meter.left, 0),
        )
        access.host = _NO_HOST
        return run

    def _where(self, failure: Exception) -> str:
        """The line of the contract's statement that failed, or of the function it is in.

        Of a name without a value, CPython 3.11 to 3.13 tell another line once they have optimised
        the code that reads it. Comprehensions have a frame of their own in 3.11 only.
        """
        line = function = 0
        traceback = failure.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == self._filename:
                line = traceback.tb_lineno
                if not code.co_name.startswith("<"):
                    function = code.co_firstlineno
            traceback = traceback.tb_next
        if isinstance(failure, NameError):
            return f"in the function at line {function}"
        return f"at line {line}"


def compile_contract(source: str, name: str) -> Contract:
    """The contract in `source`, for documents of type `name`.

    Raises `Refused` with a code that starts with "contract-" and a sentence that names the line.
    """
    return Contract(name, _program(source, name))


@lru_cache(maxsize=PROGRAMS_CACHED)
def _program(source: str, name: str) -> _Program:
    check_source(source)
    shape = outline(parse(source), BUILTIN_NAMES)
    subset = Subset(shape, BUILTINS, _METHODS)
    functions: list[ast.stmt] = [subset.function(node) for node in shape.functions.values()]
    try:
        code = compile(ast.Module(functions, []), f"<contract {name}>", "exec", dont_inherit=True)
    except SyntaxError:  # what only compilation finds
        raise not_python() from None
    shape.functions.clear()  # their trees are not needed any more
    return _Program(shape, frozenset(subset.codes), code)


def _builtins() -> dict[str, Arity]:
    """The functions that contracts call, and with how many arguments."""
    meter = Meter()
    operators = Operators(meter)
    functions = {**Builtins(meter, operators).names, **Access(meter, operators).names}
    return {"require": (3, None), **{name: arity(each) for name, each in functions.items()}}


def _sentence(failure: Exception) -> str:
    """What went wrong, in words that no version of Python changes."""
    if isinstance(failure, Failure):
        return str(failure)
    if isinstance(failure, KeyError):
        key = failure.args[0]
        shown = canonical.encode(key[:64] if type(key) is str else str(key)).decode()
        return f"there is no member {shown}"
    for kind, sentence in (
        (IndexError, "an index is out of range"),
        (NameError, "a name is used before it has a value"),
        (ArithmeticError, "a number is too large or too small"),
        (ValueError, "there are not as many values as names"),
    ):
        if isinstance(failure, kind):
            return sentence
    return "a value is of the wrong kind: perhaps None, or text where a number is meant"


_NO_HOST = NoHost()
_METHODS = {name: arity(getattr(Methods, name), given=2) for name in METHODS}
BUILTINS = _builtins()
BUILTIN_NAMES = frozenset(BUILTINS)
"""Names that contracts call and cannot bind."""
