"""Escapes and bombs: refused with a reason, soon and small. The collection is a table that can be
read: `vectors/hostile.txt`."""

import subprocess
import sys
from pathlib import Path

import pytest

from cocket.contracts.access import HostFailed
from cocket.contracts.language import compile_contract
from cocket.contracts.meter import STEPS_MAX
from cocket.contracts.subset import FRAMES_MAX
from cocket.ledger.errors import Refused
from tests.contracts import golden
from tests.contracts.memory import HEADER, NAME, Memory, fresh, module, run

ROOT = Path(__file__).resolve().parents[2]
CASES = golden.cases("hostile.txt")
CODES = ("contract-syntax", "contract-too-large", "contract-failed", "out-of-steps", "a")


@pytest.mark.parametrize("result", [case[2] for case in CASES], ids=[case[0] for case in CASES])
def test_every_hostile_contract_is_refused_with_a_reason(result: list[str]) -> None:
    word, code, *_ = result[0].removeprefix("=> ").split(" ")
    assert (word, code in CODES) == ("refused", True)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_every_hostile_contract_ends_within_100_ms_and_64_mib() -> None:
    command = [sys.executable, "-m", "tests.contracts.limits"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == f"{len(CASES)} cases, 0 took too much\n", done.stderr


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "body", ["x = (1, 2)['a']", "x = 'ab'['a']", "x = [1]['a']", "x = {1: 2}[0]"]
)
def test_what_python_would_warn_of_is_a_failure_without_a_warning(body: str) -> None:
    refusal = run(body).refusal
    assert refusal is not None
    assert refusal.code == "contract-failed"


@pytest.mark.parametrize("text", ["x = 1\0", "x = '\ud800'", "x = 1\r", "if 1:\n\tpass"])
def test_characters_that_no_file_of_cases_can_hold_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_contract(module(text), NAME)
    assert refused.value.refusal.code == "contract-syntax"


def nested(functions: int, comprehensions: int) -> str:
    """Functions that call each other within comprehensions: of frames, Python 3.11 needs most."""
    text = HEADER + "def f0(a):\n    return a\n\n"
    for number in range(1, functions):
        call = f"f{number - 1}(a)"
        for depth in range(comprehensions):
            call = f"[{call} for x{depth} in (1,)]"
        text += f"def f{number}(a):\n    return {call}\n\n"
    return text + f"def check(doc, signer):\n    f{functions - 1}(1)\n"


def test_no_contract_comes_near_the_depth_that_python_allows() -> None:
    with pytest.raises(Refused) as refused:
        compile_contract(nested(8, 13), NAME)
    assert f"more than {FRAMES_MAX} within each other" in refused.value.refusal.message
    deepest = compile_contract(nested(4, 13), NAME)
    limit = sys.getrecursionlimit()
    depth = len(_frames())
    try:
        sys.setrecursionlimit(depth + FRAMES_MAX + 40)
        assert deepest.run(*fresh(), Memory()).refusal is None
    finally:
        sys.setrecursionlimit(limit)


def _frames() -> list[object]:
    frame, found = sys._getframe(), []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def test_a_bomb_leaves_nothing_behind_for_the_next_run() -> None:
    contract = compile_contract(module("x = [1]\nwhile True:\n    x.append(x)"), NAME)
    first = contract.run(*fresh(), Memory())
    assert first.steps == STEPS_MAX
    assert contract.run(*fresh(), Memory()) == first


def test_a_key_that_never_was_is_told_without_its_whole_length() -> None:
    body = "x = 'x'\nfor i in range(10):\n    x += x\ny = doc[x]"
    outcome = run(body)
    assert outcome.refusal is not None
    assert len(outcome.refusal.message) < 200


def test_what_the_host_raises_is_not_taken_for_the_contracts_failure() -> None:
    class Broken(Memory):
        def get(self, key: str) -> bytes | None:
            raise KeyError("the disk is gone")

    contract = compile_contract(module("x = get('in', 'known')"), NAME)
    with pytest.raises(HostFailed):
        contract.run(*fresh(), Broken())
    assert contract.run(*fresh(), Memory()).refusal is None
