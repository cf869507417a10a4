"""Nothing of the language is without a golden case: no sentence of a failure, no word of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cocket.contracts
from cocket.contracts import subset
from cocket.contracts.language import BUILTIN_NAMES
from cocket.contracts.methods import METHODS
from cocket.contracts.missing import NOT_HERE
from tests.contracts import golden
from tests.contracts.memory import module

FOLDER = Path(cocket.contracts.__file__).parent
MODULES = (
    *("access", "builtins", "codes", "language", "methods", "numbers", "operators"),
    *("outline", "source", "state", "subset"),
)
SAY_NO = ("Failure", "Refused", "refuse", "refusal")
CASES = [(title, golden.spelled_out(body), result) for title, body, result in golden.every_case()]
RESULTS = "\n".join(line for _, _, result in CASES for line in result)


def sentences() -> Iterator[tuple[str, str]]:
    """Every sentence with which the language says no, as a pattern, and where it stands."""
    for name in MODULES:
        for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called not in SAY_NO:
                continue
            for argument in node.args:
                text = pattern(argument)
                if text is not None and " " in text:
                    yield f"{name}.py: {text}", text


def pattern(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(value) or ".*" for value in node.values)
    return None


@pytest.mark.parametrize("sentence", dict(sentences()).values(), ids=dict(sentences()).keys())
def test_every_sentence_of_a_failure_has_a_golden_case(sentence: str) -> None:
    assert re.search(sentence, RESULTS)


@pytest.mark.parametrize("what", NOT_HERE)
def test_every_piece_of_python_that_is_not_here_has_a_golden_case(what: str) -> None:
    assert NOT_HERE[what] in RESULTS


def accepted() -> list[ast.AST]:
    """All that stands in cases that are not refused."""
    found: list[ast.AST] = []
    for _, body, result in CASES:
        if not result[0].startswith("=> refused"):
            found += ast.walk(ast.parse(module(body)))
    return found


ACCEPTED = accepted()
CALLED = {
    getattr(node.func, "id", getattr(node.func, "attr", None))
    for node in ACCEPTED
    if isinstance(node, ast.Call)
}
KINDS = {type(node) for node in ACCEPTED}


@pytest.mark.parametrize("name", sorted((BUILTIN_NAMES | METHODS) - {"refuse"}))
def test_every_function_and_method_has_a_golden_case_that_is_not_refused(name: str) -> None:
    assert name in CALLED


def test_every_operator_and_statement_has_a_golden_case_that_is_not_refused() -> None:
    assert set() == subset.ALLOWED - KINDS
    assert {*subset.BINARY, *subset.COMPARISONS} - KINDS == set()
    in_place = {type(node.op) for node in ACCEPTED if isinstance(node, ast.AugAssign)}
    assert set(subset.BINARY) - in_place == set()
