"""The same results and the same step counts, whatever Python runs them, in whatever environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts import golden
from tests.contracts.interpreters import Interpreter, interpreters

CASES = golden.every_case()
ROOT = Path(__file__).resolve().parents[2]
OTHERS = [each for each in interpreters() if each.path != Path(sys.executable)]
ENVIRONMENTS = [
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "1", "PYTHONINTMAXSTRDIGITS": "640"},
    {"PYTHONHASHSEED": "4711", "PYTHONOPTIMIZE": "2", "LC_ALL": "tr_TR.UTF-8"},
]


def compared(python: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """All cases, compared by another process."""
    return subprocess.run(
        [python, "-m", "tests.contracts.golden"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("body", "result"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_contract_comes_to_its_golden_result(body: str, result: list[str]) -> None:
    assert golden.result_of(body) == result


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda each: each["PYTHONHASHSEED"])
def test_results_do_not_depend_on_hash_seed_digit_limit_optimisation_or_locale(
    environment: dict[str, str],
) -> None:
    done = compared(Path(sys.executable), environment)
    assert done.stdout == f"{len(CASES)} cases, 0 differ\n", done.stderr


@pytest.mark.parametrize("interpreter", OTHERS, ids=str)
def test_results_are_the_same_on_every_other_python_of_this_machine(
    interpreter: Interpreter,
) -> None:
    if not interpreter.ready:
        pytest.skip(f"Python {interpreter}: {interpreter.path}")
    done = compared(interpreter.path, {"PYTHONHASHSEED": "7"})
    assert done.stdout == f"{len(CASES)} cases, 0 differ\n", done.stderr
