"""The pages of document types say what the types do: they are made of them, by `make pages`."""

from pathlib import Path

import pytest

from cocket.contract_folders import Folder, staged
from cocket.contract_pages import key_document, page, with_table
from cocket.contracts import standard

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "documents"
FOLDERS, _ = staged(ROOT / "cocket" / "contracts" / "standard")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.path.name)
def test_a_types_page_is_made_of_the_type(folder: Folder) -> None:
    assert not folder.problems
    name = f"{folder.path.name}.md"
    assert (PAGES / name).read_text("utf-8") == page(folder), f"run `make pages`: {name} is old"


def test_the_table_of_documents_lists_every_type_and_what_was_tried() -> None:
    readme = (PAGES / "README.md").read_text("utf-8")
    assert readme == with_table(readme, FOLDERS), "run `make pages`"
    assert [folder.path.name for folder in FOLDERS] == sorted(standard.NAMES)


def test_all_36_key_trade_documents_of_the_icc_are_there() -> None:
    numbers = {key_document(folder.type) for folder in FOLDERS if folder.type is not None}
    assert set(range(1, 37)) <= numbers


def test_every_document_that_a_type_refers_to_is_a_type() -> None:
    for folder in FOLDERS:
        for name in page(folder).split("](")[1:]:
            target = name.split(")")[0]
            if target.endswith(".md") and "/" not in target and target != "conventions.md":
                assert (PAGES / target).exists(), f"{folder.path.name} refers to {target}"
