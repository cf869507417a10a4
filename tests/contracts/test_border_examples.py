"""The worked borders in examples/borders: everything is published, then their cases are played."""

from pathlib import Path

import pytest

from cocket.border_folders import border_document, is_border, played
from cocket.contracts.cases import Case
from cocket.contracts.rehearsal import Played
from cocket.terminal import Misused

BORDERS = Path(__file__).resolve().parents[2] / "examples" / "borders"
FOLDERS = sorted(folder for folder in BORDERS.iterdir() if is_border(folder))
RESULTS = [(folder, case, result) for folder in FOLDERS for case, result in played(folder)]


@pytest.mark.parametrize(
    ("folder", "case", "result"),
    RESULTS,
    ids=[f"{folder.name}: {case.title}" for folder, case, _ in RESULTS],
)
def test_a_worked_border_does_as_its_case_says(folder: Path, case: Case, result: Played) -> None:
    assert result.problems == ()


def test_there_are_three_borders_each_with_its_sources_and_cases() -> None:
    assert [folder.name for folder in FOLDERS] == ["my", "nl", "us"]
    for folder in FOLDERS:
        assert "## Sources" in (folder / "README.md").read_text("utf-8")
        assert any(where == folder for where, _, _ in RESULTS)


def test_a_rule_that_does_not_compile_is_named_with_its_authors_line(tmp_path: Path) -> None:
    (tmp_path / "rule.json").write_text('{"name": "rule", "documents": ["clearance"]}')
    text = '"""R."""\n\nSIGNED_BY = []\nWRITES = []\n\n\ndef check(doc, signer):\n'
    (tmp_path / "rule.py").write_text(text + '    hold_goods("a", "b")\n    x = 1.5\n')
    with pytest.raises(Misused, match=r"rule\.py, line 9: "):
        border_document(tmp_path / "rule.json")
