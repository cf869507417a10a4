"""Genesis and organisations: one file, one hash, and an error that names what is wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger import canonical
from cocket.ledger.errors import Malformed
from cocket.ledger.genesis import ContractText, Genesis
from cocket.ledger.organisations import Key, Organisation
from tests import sample

GENESIS = sample.genesis()
VALUE = json.loads(GENESIS.data)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(GENESIS.data)
    change(value)
    return canonical.encode(value)


def test_parsing_is_the_inverse_of_printing_and_the_hash_is_of_the_bytes() -> None:
    parsed = Genesis.parse(GENESIS.data)
    assert parsed == GENESIS
    assert parsed.data == GENESIS.data
    assert parsed.hash == sha256(GENESIS.data).digest()


def test_the_first_committee_has_the_validators_in_voting_order_with_their_keys() -> None:
    committee = GENESIS.committee()
    assert tuple(each.organisation for each in committee.validators) == sample.VALIDATORS
    assert committee == sample.committee()


def test_an_organisation_is_found_by_its_id() -> None:
    assert GENESIS.organisation("merchant-be").country == "BE"
    with pytest.raises(KeyError):
        GENESIS.organisation("nobody")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: v.update(version=2), "version"),
        (lambda v: v.update(more=1), "members that are not known"),
        (lambda v: v.pop("network"), "missing"),
        (lambda v: v.update(network="Green Lane"), "network id"),
        (lambda v: v.update(network=7), "wrong kind"),
        (lambda v: v.update(timeMs="now"), "timeMs"),
        (lambda v: v.update(timeMs=-1), "timeMs"),
        (lambda v: v.update(timeMs=True), "timeMs"),
        (lambda v: v.update(validators=v["validators"][:3]), "4 or more"),
        (lambda v: v["validators"].append("bank-sg"), "each once"),
        (lambda v: v["validators"].append("nobody"), "not among"),
        (lambda v: v["validators"].append("merchant-be"), "no node"),
        (lambda v: v.update(validators="abcd"), "not among"),
        (lambda v: v.update(validators=[{}, {}, {}, {}]), "wrong kind"),
        (lambda v: v["organisations"].append(v["organisations"][0]), "id stands twice"),
        (lambda v: v["organisations"][0]["keys"].pop(), "no tls key"),
        (lambda v: v["organisations"][0]["keys"].pop(1), "no vote key"),
        (
            lambda v: v["organisations"][0]["keys"][0].update(
                publicKey=v["organisations"][1]["keys"][0]["publicKey"]
            ),
            "public key stands twice",
        ),
        (lambda v: v["contracts"].append(v["contracts"][0]), "type stands twice"),
        (lambda v: v["contracts"][0].update(type="invoice"), "urn:cocket"),
        (lambda v: v["contracts"][0].update(schema=[]), "not an object"),
        (lambda v: v["contracts"][0].update(source=7), "wrong kind"),
        (lambda v: v["contracts"][0].update(source="#" * 65_537), "over 64 KiB"),
        (lambda v: v["contracts"][0].update(schema={"a": "x" * 65_530}), "over 64 KiB"),
        (lambda v: v["contracts"][0].update(note=""), "not known"),
        (lambda v: v["parameters"].pop("deltaMs"), "parameters are exactly"),
        (lambda v: v["parameters"].update(other=1), "parameters are exactly"),
        (lambda v: v["parameters"].update(deltaMs=0), "positive"),
        (lambda v: v["parameters"].update(deltaMs="500"), "positive"),
        (lambda v: v.update(parameters=["deltaMs", "blockIntervalMs"]), "wrong kind"),
    ],
)
def test_what_founders_may_get_wrong_is_named(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(Malformed, match=said):
        Genesis.parse(changed(change))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'"genesis"',
        b"{}",
        GENESIS.data + b"\n",
        GENESIS.data.replace(b":", b": ", 1),
        b"[" * 100,
        canonical.encode(list(VALUE.values())),
    ],
)
def test_what_is_not_a_genesis_file_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed, match="genesis"):
        Genesis.parse(data)


SOMETHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "customs-nl", "é", "NL"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_taken_as_it_is_or_malformed(data: st.DataObject) -> None:
    value = json.loads(GENESIS.data)
    place: Any = value
    while True:
        names = list(place) if isinstance(place, dict) else list(range(len(place)))
        name = data.draw(st.sampled_from(names))
        inner = place[name]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 3)) == 0:
            break
        place = inner
    place[name] = data.draw(SOMETHING)
    changed = canonical.encode(value)
    try:
        parsed = Genesis.parse(changed)
    except Malformed:
        return
    assert parsed.data == changed


def test_a_genesis_cannot_be_made_wrong_in_the_first_place() -> None:
    with pytest.raises(Malformed):
        replace(GENESIS, validators=("bank-sg",))
    with pytest.raises(Malformed):
        replace(GENESIS, contracts=(ContractText("x", "", {}),))


# Organisations


@pytest.mark.parametrize("identity", sorted(sample.ROLES))
def test_an_organisation_survives_its_json_value(identity: str) -> None:
    organisation = sample.organisation(identity, until=900)
    assert Organisation.from_value(organisation.to_value()) == organisation


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "x"},
        {"id": "Bank"},
        {"id": "bank\n"},
        {"id": None},
        {"legalName": ""},
        {"legalName": "x" * 201},
        {"country": "sg"},
        {"country": "SGP"},
        {"country": "S\n"},
        {"roles": []},
        {"roles": ["pirate"]},
        {"roles": "bank"},
        {"roles": [{}]},
        {"chamber": "secret"},
        {"chamber": []},
        {"keys": []},
        {"keys": [{}]},
        {"keys": [7] * 65},
        {"node": None},
        {"node": {"address": "", "certificate": "AA"}},
        {"node": {"address": "a:1", "certificate": "AB"}},
        {"node": {"address": "a:1", "certificate": "é"}},
        {"other": 1},
    ],
)
def test_an_organisation_of_another_shape_is_malformed(changes: dict[str, Any]) -> None:
    value = {**sample.organisation("bank-sg").to_value(), **changes}
    with pytest.raises(Malformed):
        Organisation.from_value(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"publicKey": "A" * 42},
        {"publicKey": "A" * 42 + "B"},
        {"publicKey": "A" * 43 + "="},
        {"publicKey": None},
        {"use": "spy"},
        {"use": []},
        {"from": -1},
        {"from": "0"},
        {"from": True},
        {"until": None},
        {"until": -1},
        {"more": 0},
    ],
)
def test_a_key_of_another_shape_is_malformed(changes: dict[str, Any]) -> None:
    value = {**Key(bytes(32), "sign", 0, 5).to_value(), **changes}
    with pytest.raises(Malformed):
        Key.from_value(value)


def test_a_key_is_valid_from_its_first_block_up_to_but_not_including_its_last() -> None:
    key = Key(bytes(32), "sign", 5, 9)
    assert [height for height in range(12) if key.valid_at(height)] == [5, 6, 7, 8]
    assert Key(bytes(32), "sign", 5).valid_at(2**60)


def test_of_several_valid_keys_the_newest_is_the_one_to_use() -> None:
    old, new = Key(bytes(32), "sign", 0, 50), Key(b"\x01" * 32, "sign", 40)
    organisation = replace(sample.organisation("bank-sg"), keys=(new, old))
    assert organisation.key("sign", 39) == old
    assert organisation.key("sign", 45) == new
    with pytest.raises(KeyError, match="no vote key at block 45"):
        organisation.key("vote", 45)
