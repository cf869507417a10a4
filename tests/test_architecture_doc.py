"""docs/architecture.md tells the limits that the code has, and names files that are there."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
UNITS = {"": 1, "KiB": 1024, "MiB": 1024 * 1024}
LIMIT = re.compile(r"\| ([^|]+) \| ([0-9.,]+) ?(KiB|MiB)? \| `([A-Z0-9_]+)` \| `([a-z_/]+)\.py` \|")
LIMITS = LIMIT.findall(PAGE)


@pytest.mark.parametrize(("what", "number", "unit", "constant", "file"), LIMITS)
def test_a_limit_on_the_page_is_that_of_the_code(
    what: str, number: str, unit: str, constant: str, file: str
) -> None:
    told = float(number.replace(",", "")) * UNITS[unit]
    module = import_module("cocket." + file.replace("/", "."))
    assert getattr(module, constant) == told, f"{what}: see {file}.py"


def test_every_row_of_the_table_of_limits_is_read() -> None:
    table = PAGE.partition("## What is bounded")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(LIMITS) == len(rows) - 1 > 30  # but for the head


def test_every_file_that_a_page_names_is_there() -> None:
    for page in sorted((ROOT / "docs").glob("*.md")):
        named = set(re.findall(r"`([a-z_]+(?:/[a-z_-]+)+\.py)", page.read_text("utf-8")))
        missing = {
            each
            for each in named
            if not (ROOT / each).is_file() and not (ROOT / "cocket" / each).is_file()
        }
        assert not missing, f"{page.name} names {missing}"
