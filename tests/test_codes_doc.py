"""Every code that anybody can meet is explained on a page, and every code explained there exists.

Codes that submitters, readers and verifiers meet are on docs/submitters.md; those of a node and its
peers on docs/operators.md; those of one document type may stand on its page in docs/documents.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.node.api.answers import STATUS_BY_CODE
from cocket.node.intake import BUSY_CODES, ELSEWHERE_CODES

ROOT = Path(__file__).parents[1]
SUBMITTERS = ROOT / "docs" / "submitters.md"
OPERATORS = ROOT / "docs" / "operators.md"
DOCUMENTS = ROOT / "docs" / "documents"
POSITIONS = {
    **dict.fromkeys(("Refused", "Refusal", "_Fault", "refuse", "warn"), 0),
    **dict.fromkeys(("LedgerError", "WalletError", "NotOffered", "Busy", "NodeError"), 0),
    "__init__": 0,  # of an error's subclass that has but one code
    **dict.fromkeys(("Problem", "problem", "require"), 1),
}
"""Which argument of these calls is a code."""
TYPES = re.compile(r"cocket/contracts/standard/(?!common/)")
PEERS = ("cocket/network/", "cocket/consensus/", "cocket/node/exchange", "cocket/node/dissem")
CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
NO_CODES = {"any"}
"""Of `Door.refuse`, which counts callers and refuses no document."""


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """(called name, code) of each call in a file that says a code out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        position = POSITIONS.get(name)
        if position is None or len(node.args) <= position:
            continue
        argument = node.args[position]
        choice = isinstance(argument, ast.IfExp)
        for each in ast.iter_child_nodes(argument) if choice else (argument,):
            code = each.value if isinstance(each, ast.Constant) else None
            if isinstance(code, str) and CODE.fullmatch(code) and code not in NO_CODES:
                yield name, code


def codes() -> dict[Path, dict[str, str]]:
    """The page that has to explain a code -> code -> where it is said."""
    found: dict[Path, dict[str, str]] = {SUBMITTERS: {}, OPERATORS: {}, DOCUMENTS: {}}
    for path in sorted((ROOT / "cocket").rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if where.startswith("cocket/demo/"):
            continue  # it tells its own story, to whoever runs it
        for name, code in calls(path):
            of_a_node = name == "NodeError" or where.startswith(PEERS)
            of_a_node |= name == "__init__" and where.startswith("cocket/node/")
            page = OPERATORS if of_a_node else SUBMITTERS
            found[DOCUMENTS if TYPES.match(where) else page][code] = where
    for code in [*STATUS_BY_CODE, *BUSY_CODES, *ELSEWHERE_CODES]:
        found[SUBMITTERS].setdefault(code, "cocket/node")
    return found


def explained(page: Path) -> list[str]:
    """The codes in the first column of the page's tables that are headed `code`."""
    rows: list[str] = []
    in_table = False
    for line in page.read_text("utf-8").splitlines():
        in_table = line.startswith("|") and (in_table or line.startswith("| code |"))
        if in_table:
            rows += re.findall(r"`([a-z0-9-]+)`", line.split("|")[1])
    return rows


@pytest.mark.parametrize("page", [SUBMITTERS, OPERATORS], ids=lambda page: page.name)
def test_every_code_that_is_said_is_explained_on_its_page(page: Path) -> None:
    missing = {code: where for code, where in codes()[page].items() if code not in explained(page)}
    assert not missing, f"explain these in a table of docs/{page.name}: {missing}"


@pytest.mark.parametrize("page", [SUBMITTERS, OPERATORS], ids=lambda page: page.name)
def test_every_code_that_a_page_explains_is_said_and_stands_there_once(page: Path) -> None:
    rows = explained(page)
    assert sorted(rows) == sorted(set(rows)), f"docs/{page.name} explains a code twice"
    said = {code for found in codes().values() for code in found}
    gone = set(rows) - said
    assert not gone, (
        f"nothing in the code says these any more: strike them from {page.name}: {gone}"
    )


def test_codes_are_found_in_the_code() -> None:
    found = codes()
    some = {"unknown-key", "reference-revoked", "wrong-password", "token-needed", "too-many"}
    assert some <= set(found[SUBMITTERS])
    assert {"not-controller", "already-decided"} <= set(found[DOCUMENTS])
    assert {"damaged-journal", "disk-full", "setup", "bad-batch"} <= set(found[OPERATORS])
