"""What authors leave out is completed, nothing they wrote is changed, and the result is whole."""

import ast

import jsonschema_rs
import pytest

from cocket.contracts.assembly import DRAFT, title, with_definitions, with_functions
from cocket.contracts.language import compile_contract
from cocket.contracts.standard import NAMES, contract_texts

LIBRARY = '''"""What contracts share."""

SIGNED_BY = []
LIMIT = 3


# Numbers


# Not more than LIMIT.
def bounded(number):
    return min(number, LIMIT)


def doubled(number):
    return bounded(number) * 2


def unused(number):
    return number
'''
CONTRACT = '''"""A type."""

SIGNED_BY = ["merchant"]
WRITES = []


# This is what it does.
def check(doc, signer):
    require(doubled(doc["body"]["n"]) < 5, "too-many", "fewer")
'''
DEFINITIONS = {
    "name": {"type": "string", "description": "A name.", "maxLength": 9},
    "party": {
        "type": "object",
        "description": "Somebody.",
        "properties": {"name": {"$ref": "#/$defs/name"}, "hsCode": {"type": "string"}},
    },
    "unused": {"type": "string"},
}


def test_a_contract_gets_the_functions_it_calls_and_what_these_need_and_no_others() -> None:
    whole = with_functions(CONTRACT, LIBRARY)
    tree = ast.parse(whole)
    functions = [each.name for each in tree.body if isinstance(each, ast.FunctionDef)]
    assert functions == ["bounded", "doubled", "check"]
    assert "LIMIT = 3" in whole and "# Numbers" not in whole
    assert "# Not more than LIMIT.\ndef bounded" in whole
    assert "# This is what it does.\ndef check" in whole
    assert whole.startswith(CONTRACT[: CONTRACT.index("\n\n\n# This")])
    compile_contract(whole, "urn:cocket:a-type:1")


def test_a_function_of_the_contracts_own_goes_before_one_of_the_library() -> None:
    own = CONTRACT.replace("# This", "def bounded(n):\n    return n\n\n\n# This")
    assert with_functions(own, LIBRARY).count("def bounded") == 1


@pytest.mark.parametrize("source", ["", "def", '"""Nothing."""\n', CONTRACT.replace("doubled", "")])
def test_a_contract_that_needs_nothing_or_is_none_stays_as_it_is(source: str) -> None:
    assert with_functions(source, LIBRARY) == source


def test_what_is_whole_already_stays_as_it_is() -> None:
    whole = with_functions(CONTRACT, LIBRARY)
    assert with_functions(whole, LIBRARY) == whole
    schema = with_definitions({"type": "object", "properties": {}}, DEFINITIONS)
    assert with_definitions(schema, DEFINITIONS) == schema


def test_a_schema_gets_the_definitions_it_refers_to_with_what_goes_without_saying() -> None:
    written = {"type": "object", "properties": {"seller": {"$ref": "#/$defs/party"}}}
    name = {"title": "Name", "$ref": "#/$defs/name", "description": "A name."}
    code = {"title": "HS code", "type": "string"}
    assert with_definitions(written, DEFINITIONS) == {
        "$schema": DRAFT,
        "type": "object",
        "properties": {
            "seller": {"title": "Seller", "$ref": "#/$defs/party", "description": "Somebody."}
        },
        "additionalProperties": False,
        "$defs": {
            "name": DEFINITIONS["name"],
            "party": {
                "type": "object",
                "description": "Somebody.",
                "properties": {"name": name, "hsCode": code},
                "additionalProperties": False,
            },
        },
    }
    assert written == {"type": "object", "properties": {"seller": {"$ref": "#/$defs/party"}}}


def test_a_definition_of_the_types_own_goes_before_one_of_the_library() -> None:
    own = {"$ref": "#/$defs/party", "$defs": {"name": {"type": "string", "maxLength": 2}}}
    assert with_definitions(own, DEFINITIONS)["$defs"] == {
        "name": {"type": "string", "maxLength": 2}
    }


def test_a_schema_that_refers_at_its_top_takes_over_the_members_and_adds_its_own() -> None:
    schema = with_definitions(
        {"title": "Buyer", "$ref": "#/$defs/party", "properties": {"n": {"type": "integer"}}},
        DEFINITIONS,
    )
    assert list(schema["properties"]) == ["name", "hsCode", "n"]
    assert (schema["title"], schema["type"]) == ("Buyer", "object")
    assert "$ref" not in schema and list(schema["$defs"]) == ["name"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hsCode", "HS code"),
        ("invoiceNumber", "Invoice number"),
        ("unLocode", "UN/LOCODE"),
        ("HSCodes", "HS codes"),
        ("ISOEquipmentCode", "ISO equipment code"),
        ("POBox", "PO box"),
        ("isToOrder", "Is to order"),
        ("lei", "LEI"),
    ],
)
def test_a_title_is_the_name_in_words(name: str, words: str) -> None:
    assert title(name) == words


def test_standard_types_are_whole_on_the_ledger() -> None:
    texts = contract_texts()
    assert [text.type.split(":")[2] for text in texts] == sorted(NAMES)
    for text in texts:
        assert with_functions(text.source, "") == text.source
        jsonschema_rs.meta.validate(text.schema)


def test_a_name_that_a_function_binds_is_its_own_and_calls_nothing_in() -> None:
    library = '"""L."""\n\ndef due(x):\n    return x\n\ndef pay(x):\n    due = x\n    return due\n'
    source = '"""A."""\n\n\ndef check(doc, signer):\n    due = pay(doc)\n'
    assert "def due" not in with_functions(source, library)
    assert "def pay" in with_functions(source, library)
    source = '"""A."""\n\n\ndef check(doc, signer):\n    x = due(doc)\n'
    assert "def due" in with_functions(source, library)
