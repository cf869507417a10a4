"""The same results and the same step counts, whatever environment Python runs in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts import golden

CASES = golden.cases()
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("body", "result"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_contract_comes_to_its_golden_result(body: str, result: list[str]) -> None:
    assert golden.result_of(body) == result


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_results_do_not_depend_on_hash_seed_digit_limit_or_optimisation(seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONINTMAXSTRDIGITS": "640"}
    command = [sys.executable, "-OO", "-m", "tests.contracts.golden"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{len(CASES)} cases, 0 differ\n", done.stderr


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_results_are_the_same_on_every_python_that_has_what_they_need(version: str) -> None:
    python = shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"no python{version} here")
    probe = "import RestrictedPython, jsonschema_rs, msgspec, blake3, nacl, stdnum, pycountry"
    if subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode:
        pytest.skip(f"python{version} has not the packages that contracts need")
    command = [python, "-m", "tests.contracts.golden"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == f"{len(CASES)} cases, 0 differ\n", done.stderr
