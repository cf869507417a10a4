"""docs/documents/state.md tells who writes and who reads what, as the contracts do."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from cocket.contracts import standard
from cocket.contracts.language import compile_contract
from cocket.contracts.ownership import RESERVED, SHARED, type_name

PAGE = (Path(__file__).parents[2] / "docs" / "documents" / "state.md").read_text("utf-8")
STATE = PAGE.partition("\n## State that crosses")[2].partition("\n## ")[0]
MEMBERS = PAGE.partition("\n## Members that others")[2].partition("\n## ")[0]
RULES = PAGE.partition("\n## Rules across")[2].partition("\n## ")[0]
SOURCES = {type_name(each.type): each.source for each in standard.contract_texts()}
SCHEMAS = {type_name(each.type): each.schema for each in standard.contract_texts()}
NAMES = re.compile(r"[a-z]+(?:-[a-z]+)*")


def cells(text: str) -> list[list[str]]:
    """The rows of the tables in a text, without their heads; `\\|` is no border."""
    rows = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in text.splitlines() if line[:2] == "| "]
    return [row for row in rows if row[0] not in ("key", "type", "rule")]


def types(cell: str) -> set[str]:
    """The types of a cell; what stands after a semicolon is no contract."""
    return set(NAMES.findall(cell.partition(";")[0]))


ROWS = [
    (collection, types(writers), types(readers))
    for key, _, writers, readers in cells(STATE)
    for collection in re.findall(r"`([a-z-]+)/", key)
]


def readers_of() -> dict[str, set[str]]:
    """Collection -> the types whose contract, with the common functions it calls, gets it."""
    found = defaultdict(set)
    for name, source in SOURCES.items():
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Call(func=ast.Name(id="get"), args=[ast.Constant(value=str(each)), _]):
                    found[each].add(name)
    return found


def writers_of() -> dict[str, set[str]]:
    found = defaultdict(set)
    for name, source in SOURCES.items():
        for each in compile_contract(source, name).writes:
            found[each].add(name)
    return found


WRITERS, READERS = writers_of(), readers_of()


@pytest.mark.parametrize(("collection", "writers", "readers"), ROWS)
def test_a_row_names_those_who_write_and_read_the_collection(
    collection: str, writers: set[str], readers: set[str]
) -> None:
    if collection in SHARED:
        assert writers == readers == {"all"}
    else:
        assert writers == WRITERS[collection]
        assert readers == READERS[collection]


def test_every_collection_that_contracts_write_or_read_has_one_row() -> None:
    told = [collection for collection, _, _ in ROWS]
    assert len(told) == len(set(told))
    assert set(WRITERS) | set(READERS) <= set(told)
    assert set(told) - set(WRITERS) - set(READERS) <= RESERVED


def test_members_that_others_read_are_in_the_schemas() -> None:
    rows = [(name, text) for names, text in cells(MEMBERS) for name in NAMES.findall(names)]
    assert len(rows) > 20
    for name, text in rows:
        for member in re.findall(r"`([a-z][A-Za-z]+)(?:\[|\.|`)", text):
            if name != "any":
                assert member in SCHEMAS[name]["properties"], f"{name} has no {member}"


def test_the_contracts_have_the_codes_of_the_rules_across_documents() -> None:
    rows = cells(RULES)
    assert len(rows) > 20
    for rule, text in rows:
        for names, code in re.findall(r"((?:[a-z-]+, )*[a-z-]+) ((?:`[a-z-]+`(?:, )?)+)", text):
            for name in names.split(", "):
                for each in re.findall(r"`([a-z-]+)`", code):
                    assert f'"{each}"' in SOURCES[name], f"{rule}: {name} has no {each}"
