"""The worked borders in examples/borders: what customs publish is published, then cases are played.

A case begins with the `time` at which that happens; its other documents are the standard types'.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from cocket.contracts.cases import Case, Change, Clock, Issue, parse
from cocket.contracts.rehearsal import Sample, Stage
from cocket.contracts.standard import cases, contract_texts, example
from cocket.deployment import border_document

BORDERS = Path(__file__).resolve().parents[2] / "examples" / "borders"
SAMPLES = {
    text.type.split(":")[2]: Sample(text, example(name), parse(cases(name)))
    for text in contract_texts()
    for name in [text.type.split(":")[2]]
}
STAGE = Stage(SAMPLES.values())


def published(folder: Path) -> list[Issue]:
    """Documents of everything that the border's customs publish, the newest tables first."""
    found = []
    for path in folder.glob("*.json"):
        kind, body = border_document(path)
        found.append((kind, body["from"], body))
    found.sort(key=lambda each: each[:2], reverse=True)
    return [
        Issue(
            line=0,
            name=f"published-{number}",
            type=kind,
            issuer=f"customs-{folder.name}",
            changes=(Change(0, "", "verbatim", body),),
            ucr=[],
        )
        for number, (kind, _, body) in enumerate(found)
    ]


def played(folder: Path) -> list[tuple[Path, Case]]:
    return [(folder, case) for case in parse((folder / "cases.txt").read_text("utf-8"))]


CASES = [each for folder in sorted(BORDERS.iterdir()) if folder.is_dir() for each in played(folder)]


@pytest.mark.parametrize(
    ("folder", "case"), CASES, ids=[f"{folder.name}: {case.title}" for folder, case in CASES]
)
def test_a_worked_border_does_as_its_case_says(folder: Path, case: Case) -> None:
    at = next(place for place, step in enumerate(case.steps) if isinstance(step, Clock)) + 1
    whole = replace(case, steps=(*case.steps[:at], *published(folder), *case.steps[at:]))
    assert STAGE.play(SAMPLES["border-rule"], whole).problems == ()


def test_there_are_three_borders_each_with_its_sources() -> None:
    names = sorted(folder.name for folder in BORDERS.iterdir() if folder.is_dir())
    assert names == ["my", "nl", "us"]
    for name in names:
        assert "## Sources" in (BORDERS / name / "README.md").read_text("utf-8")
