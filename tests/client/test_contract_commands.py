"""`cocket contract check` and `cocket contract test`: what an author of a contract is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cocket.cli import app
from cocket.contract_folders import located

CONTRACT = '''"""Tea: no tea of thirteen leaves.

Signed by: a merchant.
"""

SIGNED_BY = ["merchant"]
WRITES = ["tea"]


def check(doc, signer):
    leaves = doc["body"]["leaves"]
    require(leaves != "13", "bad-luck", "no tea of 13 leaves", "/body/leaves")
    put("tea", doc["id"], {"leaves": int(leaves)})
'''
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["leaves"],
    "properties": {
        "leaves": {"type": "string", "maxLength": 9},
        "pot": {"type": "string", "maxLength": 9},
    },
}
CASES = """# the example
tea by lotus

# thirteen leaves
tea
    /leaves = "13"
=> refused bad-luck /body/leaves
"""


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    folder = tmp_path / "types" / "tea"
    folder.mkdir(parents=True)
    (folder / "contract.py").write_text(CONTRACT)
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    (folder / "example.json").write_text('{"leaves": "7"}')
    (folder / "cases.txt").write_text(CASES)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["contract", *(str(each) for each in arguments)])


def value(*arguments: object, code: int = 0) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    (only,) = json.loads(result.stdout)
    assert isinstance(only, dict)
    return only


def changed(folder: Path, old: str, new: str, file: str = "contract.py") -> Path:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    return folder


@pytest.mark.parametrize("what", ["", "contract.py", ".."])
def test_check_says_who_signs_what_is_written_and_what_the_example_costs(
    tea: Path, what: str
) -> None:
    found = value("check", tea / what)
    steps = found.pop("example")
    assert found == {
        "type": "urn:cocket:tea:1",
        "purpose": "Tea: no tea of thirteen leaves.",
        "signedBy": ["merchant"],
        "writes": ["tea"],
        "codes": ["bad-luck"],
        "remarks": [],
        "problems": [],
    }
    assert 60 < steps["steps"] < 200 and steps["stepsMax"] == 100_000
    shown = run("check", tea / what).stdout
    assert "merchant" in shown and "tea/" in shown and f"{steps['steps']} of 100000" in shown


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("put(", "save(", "contract.py, line 13: no function save is defined above"),
        ("int(leaves)", "1.5", "contract.py, line 13: numbers are whole"),
        ("int(leaves)", "int leaves", "contract.py, line 13: this is not Python: "),
        ("    leaves =", "    import os\n    leaves =", "line 11: nothing can be imported"),
        ('"/body/leaves")', '"/body/leaves"', "contract.py, line 12: this bracket is not closed"),
        ("int(leaves)", "leaves + 1", "urn:cocket:tea:1 failed at line 13: + takes two numbers"),
    ],
)
def test_what_is_wrong_in_a_contract_is_told_by_its_line(
    tea: Path, old: str, new: str, problem: str
) -> None:
    found = value("check", changed(tea, old, new), code=1)
    assert problem in found["problems"][0]


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("schema.json", '{"type": 5}', "schema.json: "),
        ("schema.json", '{"type": "object", "pattern": "a**"}', "/pattern"),
        ("schema.json", "{", "schema.json is not JSON"),
        ("schema.json", "[]", "schema.json is a JSON object"),
        ("example.json", '{"leaves": 7}', "refused schema /body/leaves"),
        ("cases.txt", "tea by lotus", "cases.txt, line 1: a case begins with its title"),
        ("cases.txt", "# a\nclearance by lotus", "its last document is of the type tea"),
        ("cases.txt", "# a\ntea", "nobody issues this"),
    ],
)
def test_what_is_wrong_in_the_other_files_is_told(
    tea: Path, file: str, text: str, problem: str
) -> None:
    (tea / file).write_text(text)
    assert problem in value("check", tea, code=1)["problems"][0]


@pytest.mark.parametrize("file", ["schema.json", "example.json", "cases.txt"])
def test_a_file_that_is_missing_is_told(tea: Path, file: str) -> None:
    (tea / file).unlink()
    assert f"{file} is missing" in value("check", tea, code=1)["problems"][0]


def test_a_folder_without_a_contract_is_a_wrong_use(tmp_path: Path) -> None:
    assert run("check", tmp_path).exit_code == 2
    assert run("test", tmp_path / "nothing").exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ('["tea"]', '["tea", "pot"]', "line 7: WRITES names pot, and nothing writes it"),
        ("\n\ndef check", "LIMIT = 5\n\n\ndef check", "line 8: nothing uses LIMIT"),
        (
            "\n\ndef check",
            "\n\ndef half(n):\n    return n // 2\n\n\ndef check",
            "line 10: nothing calls half()",
        ),
        ("    put(", "    pot = 5\n    put(", "line 13: pot gets a value that nothing reads"),
        ('"/body/leaves"', '"/leaves"', "line 12: /leaves is no place in a document"),
        ('["leaves"]\n', '["leafs"]\n', "line 11: the schema has no member leafs of the body"),
        ('["leaves"]\n', '["pot"]\n', "line 11: pot may be absent"),
    ],
)
def test_what_an_author_should_look_at_is_remarked(
    tea: Path, old: str, new: str, remark: str
) -> None:
    result = run("check", changed(tea, old, new), "--json")
    (found,) = json.loads(result.stdout)
    assert any(each.startswith(remark) for each in found["remarks"]), found["remarks"]


def test_test_plays_every_case(tea: Path) -> None:
    found = value("test", tea)
    assert (found["cases"], found["failed"], found["codesNotSeen"]) == (2, [], [])
    assert "2, all as they say" in run("test", tea).stdout


def test_test_says_which_case_does_not_come_as_it_says_and_where(tea: Path) -> None:
    found = value("test", changed(tea, "bad-luck /body/leaves", "good-luck", "cases.txt"), code=1)
    (failed,) = found["failed"]
    assert (failed["line"], failed["title"]) == (4, "thirteen leaves")
    assert failed["problems"][0].startswith("line 5: refused bad-luck /body/leaves")
    assert "1 otherwise" in run("test", tea).stdout


def test_a_line_of_the_cases_is_theirs_whatever_stands_before_the_contract(tea: Path) -> None:
    changed(tea, 'put("tea"', 'days("2026-03-04")\n    put("tea"')
    remarks = "# and so on\n" * 30
    changed(tea, "# thirteen leaves\n", f"# thirteen leaves\n{remarks}", "cases.txt")
    found = value("test", changed(tea, "bad-luck /body/leaves", "good-luck", "cases.txt"), code=1)
    assert found["failed"][0]["problems"][0].startswith("line 35: refused bad-luck")


def test_test_says_which_codes_no_case_comes_to(tea: Path) -> None:
    found = value("test", changed(tea, "13", "12", "cases.txt"), code=1)
    assert found["codesNotSeen"] == ["bad-luck"]


def test_types_may_refer_to_those_beside_them_and_to_the_standard_ones(tea: Path) -> None:
    text = (
        CASES + "\n# after an invoice\ncommercial-invoice\ntea\n    ref for = commercial-invoice\n"
    )
    (tea / "cases.txt").write_text(text)
    assert value("test", tea)["failed"] == []


def test_lines_of_a_contract_made_whole_are_told_as_its_author_wrote_them() -> None:
    source = "a\nb\nc\nd\n"
    whole = "a\nb\ndef shared(x):\n    one\n    two\n\n\nc\nd\n"
    told = {
        number: located(f"failed at line {number}: x", source, whole) for number in (2, 5, 8, 9)
    }
    assert told == {
        2: "failed at line 2: x",
        5: "failed at a line of the common function shared(): x",
        8: "failed at line 3: x",
        9: "failed at line 4: x",
    }
