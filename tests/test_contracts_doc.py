"""docs/contracts.md says what is so: every function with its cost, the example, who is there."""

import re
from pathlib import Path

import pytest

from cocket.contracts import cases
from cocket.contracts.language import BUILTIN_NAMES, compile_contract
from cocket.contracts.meter import STEPS_MAX
from cocket.contracts.methods import METHODS
from cocket.contracts.rehearsal import CAST, Sample, Stage
from cocket.contracts.source import TOKENS_MAX
from cocket.contracts.subset import FRAMES_MAX
from cocket.ledger.genesis import ContractText
from tests.contracts.memory import run

PAGE = (Path(__file__).parents[1] / "docs" / "contracts.md").read_text("utf-8")
ROW = re.compile(
    r"^\| `(\.?)([a-z_]+)\(.*?\)` \|[^|]*\| (?:`(.*?)`)? ?\| ([0-9]*) ?\|", re.MULTILINE
)
ROWS = ROW.findall(PAGE)
STATEMENT_STEPS = 11
"""Of `check` itself, and of one statement."""


def test_every_function_and_every_method_has_a_row() -> None:
    assert {name for dot, name, _, _ in ROWS if not dot} == BUILTIN_NAMES
    assert {name for dot, name, _, _ in ROWS if dot} == METHODS


@pytest.mark.parametrize(
    ("example", "steps"),
    [row[2:] for row in ROWS if row[2]],
    ids=[row[2] for row in ROWS if row[2]],
)
def test_an_example_costs_what_the_page_says(example: str, steps: str) -> None:
    stands_alone = example.startswith(("put(", "emit(", "warn("))
    outcome = run(example if stands_alone else f"x = {example}")
    assert outcome.refusal is None
    assert outcome.steps - STATEMENT_STEPS == int(steps)


def test_the_contract_on_the_page_does_what_its_cases_say() -> None:
    source = PAGE.split("```python\n")[1].split("```")[0]
    text = PAGE.split("## Cases\n\n```\n")[1].split("```")[0]
    body = {"number": "7", "temperature": "80"}
    tea = Sample(
        ContractText("urn:cocket:cup-of-tea:1", source, {"type": "object"}), body, cases.parse(text)
    )
    stage = Stage([tea])
    assert [stage.play(tea, case).problems for case in tea.cases] == [(), (), ()]
    assert compile_contract(source, "urn:cocket:cup-of-tea:1").codes == {"served", "cold"}


def test_the_page_names_who_is_there_in_every_case() -> None:
    assert [member for member, *_ in CAST if f"`{member}`" not in PAGE] == []


def test_the_page_gives_the_limits() -> None:
    assert f"**{STEPS_MAX:,} steps**" in PAGE
    assert f"{TOKENS_MAX:,} words and marks" in PAGE
    assert f"functions and comprehensions {FRAMES_MAX}" in PAGE
