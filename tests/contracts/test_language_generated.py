"""Programs made at random come to the same value and the same steps in two interpreters.

The other one (`reference.py`) lets Python compute, so this is also: as in Python. And they come to
the same in processes with other hash seeds.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cocket.contracts.language import compile_contract
from cocket.ledger import canonical
from tests.contracts.memory import CLAIMS, NAME, SIGNER, Memory, fresh
from tests.contracts.programs import program
from tests.contracts.reference import Interpreter, measured

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(200)


def run_of(source: str) -> tuple[object, int]:
    """What it writes, or how it is refused; and its steps."""
    memory = Memory()
    outcome = compile_contract(source, NAME).run(*fresh(), memory)
    if outcome.refusal is not None:
        return outcome.refusal.message, outcome.steps
    return json.loads(memory.state["out/v"]), outcome.steps


@cache
def all_runs() -> str:
    """The results of `SEEDS`, as one text."""
    return json.dumps([run_of(program(seed)) for seed in SEEDS])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**63))
def test_a_program_comes_to_the_same_value_and_steps_as_where_python_computes(seed: int) -> None:
    source = program(seed)
    value, steps = run_of(source)
    assume(not isinstance(value, str))  # what is too large is refused here, and not by Python
    other = Interpreter(source)
    other.call("check", CLAIMS, SIGNER)
    (written,) = other.written
    assert value == json.loads(json.dumps(written))
    put_steps = 50 + measured(written) + len(canonical.encode(written)) // 16
    assert steps == other.steps + put_steps, source


def test_most_programs_come_to_a_value() -> None:
    refused = [value for value, _ in json.loads(all_runs()) if isinstance(value, str)]
    assert len(refused) < len(SEEDS) / 10, refused


@pytest.mark.parametrize("hash_seed", ["0", "1234567"])
def test_programs_come_to_the_same_under_another_hash_seed(hash_seed: str) -> None:
    code = "from tests.contracts.test_language_generated import all_runs; print(all_runs())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == all_runs(), done.stderr
