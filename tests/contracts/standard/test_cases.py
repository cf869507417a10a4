"""The cases that stand beside the standard contracts, each of them a test of its own."""

import pytest

from cocket.contracts.cases import Case, parse
from cocket.contracts.rehearsal import Sample, Stage
from cocket.contracts.standard import cases, contract_texts, example

SAMPLES = [
    Sample(text, example(name), parse(cases(name)))
    for text in contract_texts()
    for name in [text.type.split(":")[2]]
]
STAGE = Stage(SAMPLES)
CASES = [(sample, case) for sample in SAMPLES for case in sample.cases]


@pytest.mark.parametrize(
    ("sample", "case"), CASES, ids=[f"{sample.name}: {case.title}" for sample, case in CASES]
)
def test_a_standard_contract_does_as_its_case_says(sample: Sample, case: Case) -> None:
    assert STAGE.play(sample, case).problems == ()
