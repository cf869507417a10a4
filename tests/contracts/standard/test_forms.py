"""The schemas of the standard types: fit for a form, bounded everywhere, closed where ours."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from cocket.contracts.standard import NAMES, contract_texts, example
from cocket.ledger import canonical
from cocket.ledger.genesis import CONTRACT_BYTES_MAX, SCHEMA_BYTES_MAX, ContractText

TEXTS = {text.type.split(":")[2]: text for text in contract_texts()}
OPEN = {"arrival-notice", "bill-of-lading", "booking", "sea-waybill", "transport-event"}
types = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def schemas(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a schema, with its path."""
    if isinstance(value, dict):
        yield path, value
        for keyword in ("properties", "$defs"):
            for name, member in value.get(keyword, {}).items():
                yield from schemas(member, f"{path}/{keyword}/{name}")
        if "items" in value:
            yield from schemas(value["items"], f"{path}/items")


def members(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member of every object: what a form has a field for."""
    for path, each in schemas(schema):
        for name, member in each.get("properties", {}).items():
            yield f"{path}/{name}", member


def test_every_type_has_one_text_in_the_order_of_the_names() -> None:
    assert tuple(TEXTS) == NAMES
    assert all(text.type == f"urn:cocket:{name}:1" for name, text in TEXTS.items())


@types
def test_a_schema_is_valid_json_schema_2020_12(text: ContractText) -> None:
    assert text.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(text.schema)


@types
def test_texts_fit_their_limits(text: ContractText) -> None:
    assert len(text.source.encode()) <= CONTRACT_BYTES_MAX
    assert len(canonical.encode(text.schema)) <= SCHEMA_BYTES_MAX


@types
def test_every_member_has_a_title_and_a_description_for_a_form(text: ContractText) -> None:
    for path, member in members(text.schema):
        assert member.get("title"), path
        assert member.get("description"), path


@types
def test_every_text_and_list_is_bounded_and_every_reference_is_local(text: ContractText) -> None:
    for path, each in schemas(text.schema):
        kinds = each.get("type", [])
        if "string" in kinds:
            assert "maxLength" in each or "enum" in each, path
        if kinds == "array":
            assert each["maxItems"] <= 200, path
        if kinds == "integer":
            assert "maximum" in each, path
        if kinds == "object":
            assert each.get("additionalProperties") is False or "maxProperties" in each, path
        assert each.get("$ref", "#/$defs/").startswith("#/$defs/"), path
        assert kinds or "$ref" in each, path


@types
def test_patterns_repeat_nothing_that_repeats_and_use_ascii_classes_only(
    text: ContractText,
) -> None:
    for path, each in schemas(text.schema):
        pattern = each.get("pattern", "^$")
        assert pattern.startswith("^") and pattern.endswith("$"), path
        assert not re.search(r"[*+}]\)[*+{]", pattern), path
        assert not re.search(r"\\[dDwWsSpP]", pattern), path


@types
def test_the_example_is_what_the_schema_asks_for(text: ContractText) -> None:
    name = text.type.split(":")[2]
    jsonschema_rs.validator_for(text.schema).validate(example(name))


@types
def test_the_example_without_any_one_required_member_is_invalid(text: ContractText) -> None:
    validator = jsonschema_rs.validator_for(text.schema)
    body = example(text.type.split(":")[2])
    for name in text.schema["required"]:
        assert not validator.is_valid({k: v for k, v in body.items() if k != name}), name


@types
def test_only_what_dcsa_leaves_open_takes_unknown_members(text: ContractText) -> None:
    validator = jsonschema_rs.validator_for(text.schema)
    name = text.type.split(":")[2]
    body = {**example(name), "ourOwn": "x"}
    assert validator.is_valid(body) == (name in OPEN)


def test_what_a_rule_of_title_reads_can_never_be_hidden() -> None:
    """Control has to be the same for whoever holds the disclosures and whoever does not."""
    schema = TEXTS["bill-of-lading"].schema
    parties = schema["$defs"]["dcsaDocumentParties"]["properties"]
    public = [
        *(schema["properties"][name] for name in ("issueTo", "isToOrder", "isElectronic")),
        *(parties[name] for name in ("shipper", "endorsee")),
        schema["$defs"]["dcsaParty"]["properties"]["identifyingCodes"],
        schema["$defs"]["dcsaIssueTo"]["properties"]["identifyingCodes"],
    ]
    assert not any(member.get("x-confidential") for member in public)


def test_prices_and_the_buyer_may_be_hidden() -> None:
    schema = TEXTS["commercial-invoice"].schema
    line = schema["properties"]["itemsShipped"]["items"]["properties"]
    for member in (
        *(schema["properties"][name] for name in ("buyer", "totalPaymentDue", "freightCost")),
        *(line[name] for name in ("unitPrice", "lineItemTotalPrice")),
    ):
        assert member["x-confidential"] is True
