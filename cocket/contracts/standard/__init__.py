"""The standard document types: what genesis carries unless the founders choose otherwise.

One folder for each type, named as the type is without scheme and version:

    contract.py    the rules, in the contract language; never imported, read as text
    schema.json    JSON Schema 2020-12 of `body`; titles and descriptions make the form
    example.json   a `body` that the schema and the contract accept
    cases.txt      what the contract says to documents (`cocket.contracts.cases`); the first case is
                   the example

This is the one module of `cocket.contracts` that reads anything: the package's own text, which is
as much part of the code as a module is. It does so through importlib.resources, from wherever the
package is installed.
"""

import json
from importlib.resources import files
from typing import Any

from cocket.ledger.genesis import ContractText

NAMES = (
    "organisation",
    "commercial-invoice",
    "bill-of-lading",
    "title-action",
    "import-declaration",
    "clearance",
)
VERSION = 1


def type_urn(name: str) -> str:
    """`clearance` -> `urn:cocket:clearance:1`."""
    return f"urn:cocket:{name}:{VERSION}"


def contract_texts() -> tuple[ContractText, ...]:
    """The contracts and schemas of all standard types, in the order of `NAMES`."""
    return tuple(
        ContractText(type_urn(name), _text(name, "contract.py"), _json(name, "schema.json"))
        for name in NAMES
    )


def example(name: str) -> dict[str, Any]:
    """The example body of the type with this name."""
    return _json(name, "example.json")


def cases(name: str) -> str:
    """The cases of the type with this name, as text."""
    return _text(name, "cases.txt")


def _text(name: str, file: str) -> str:
    return files(__package__).joinpath(name, file).read_text("utf-8")


def _json(name: str, file: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(_text(name, file))
    return value
