"""The standard document types: what genesis carries unless the founders choose otherwise.

One folder for each type, named as the type is without scheme and version:

    contract.py    the rules, in the contract language; never imported, read as text
    schema.json    JSON Schema 2020-12 of `body`; titles and descriptions make the form
    example.json   a `body` that the schema and the contract accept
    cases.txt      what the contract says to documents (`cocket.contracts.cases`); the first case is
                   the example

The folder `common` holds what they share: functions in its contract.py and, of declarations to
customs, of payments, of titles, in a folder's of its own; definitions in its *.json.
`cocket.contracts.assembly` makes of both what goes on the ledger: each type whole in itself.

This is the one module of `cocket.contracts` that reads anything: the package's own text, which is
as much part of the code as a module is. It does so through importlib.resources, from wherever the
package is installed.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from cocket.contracts.assembly import with_definitions, with_functions
from cocket.ledger.genesis import ContractText

COMMON = "common"
VERSION = 1

_FILES = ("contract.py", "schema.json", "example.json", "cases.txt")


def type_urn(name: str) -> str:
    """`clearance` -> `urn:cocket:clearance:1`."""
    return f"urn:cocket:{name}:{VERSION}"


@cache
def contract_texts() -> tuple[ContractText, ...]:
    """The contracts and schemas of all standard types, in the order of `NAMES`."""
    return tuple(
        ContractText(
            type_urn(name),
            assembled_source(_text(name, "contract.py")),
            assembled_schema(_json(name, "schema.json")),
        )
        for name in NAMES
    )


def assembled_source(source: str) -> str:
    """A contract as written, with those of the common functions that it calls."""
    return with_functions(source, _functions())


def assembled_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as written, with those of the common definitions that it refers to."""
    return with_definitions(schema, _definitions())


def example(name: str) -> dict[str, Any]:
    """The example body of the type with this name."""
    return _json(name, "example.json")


def cases(name: str) -> str:
    """The cases of the type with this name, as text."""
    return _text(name, "cases.txt")


@cache
def _functions() -> str:
    """The common functions: of all types, then of each family, which call the former alone."""
    families = sorted(each.name for each in files(__package__).joinpath(COMMON).iterdir())
    texts = [_text(COMMON, "contract.py")]
    for family in families:
        if files(__package__).joinpath(COMMON, family, "contract.py").is_file():
            texts.append(_text(COMMON, f"{family}/contract.py"))
    return "\n\n".join(texts)


@cache
def _definitions() -> dict[str, Any]:
    """The common definitions: UN/CEFACT's in schema.json, DCSA's in dcsa.json."""
    shared = [_json(COMMON, file)["$defs"] for file in ("schema.json", "dcsa.json")]
    return {name: definition for each in shared for name, definition in each.items()}


def _text(name: str, file: str) -> str:
    return files(__package__).joinpath(name, file).read_text("utf-8")


def _json(name: str, file: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(_text(name, file))
    return value


def _names() -> tuple[str, ...]:
    """The folders with all that makes a type."""
    return tuple(
        sorted(
            folder.name
            for folder in files(__package__).iterdir()
            if folder.name != COMMON and all(folder.joinpath(file).is_file() for file in _FILES)
        )
    )


NAMES = _names()
"""The standard types, by name."""
