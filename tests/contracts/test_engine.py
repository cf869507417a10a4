"""Blocks: all or nothing, in order, the same everywhere."""

import json
from typing import Any

import pytest

from cocket.contracts.admission import AGE_MAX_S, CLOCK_AHEAD_S
from cocket.contracts.genesis import genesis_state
from cocket.contracts.lthash import LtHash
from cocket.contracts.registry import RegisteredKey
from cocket.ledger.document import Document
from cocket.ledger.errors import Refused
from cocket.ledger.organisations import Key
from tests.contracts.blocks import signing_key
from tests.contracts.ledger import (
    FOLLOW,
    GOODS,
    GOODS_SCHEMA,
    NETWORK,
    TIME_S,
    Ledger,
    genesis,
)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def goods(ledger: Ledger, number: str = "1", price: str = "5", **claims: Any) -> Document:
    return ledger.make("lotus", "goods", {"number": number, "price": price}, **claims)


def value(ledger: Ledger, key: str) -> Any:
    return json.loads(ledger.state[key])


def test_an_accepted_document_writes_warns_and_tells_followers(ledger: Ledger) -> None:
    document = goods(ledger, "short")
    (outcome,) = ledger.block(document)
    assert outcome.committed
    assert value(ledger, "goods/short") == {"document": document.id, "by": "lotus"}
    assert [(w.code, w.message, w.path) for w in outcome.warnings] == [
        ("short", "a short number", "/body/number")
    ]
    assert [(e.name, e.value) for e in outcome.events] == [("arrived", b'{"number":"short"}')]
    assert outcome.steps > 100


def test_a_refused_document_leaves_no_write_behind(ledger: Ledger) -> None:
    refusal = ledger.refusal(goods(ledger, "1", "13"))
    assert (refusal.code, refusal.path) == ("bad-luck", "/body/price")


def test_a_contract_that_fails_is_a_refusal_that_names_type_and_line(ledger: Ledger) -> None:
    refusal = ledger.refusal(goods(ledger, "crash"))
    line = GOODS.split("\n").index('        put("goods", "x", doc["nothing"])') + 1
    assert refusal.code == "contract-failed"
    assert f"urn:cocket:goods:1 failed at line {line}" in refusal.message


def test_of_two_documents_in_conflict_the_second_is_refused_and_names_the_first(
    ledger: Ledger,
) -> None:
    first, second, third = goods(ledger, "1"), goods(ledger, "1", "6"), goods(ledger, "2")
    outcomes = ledger.block(first, second, third)
    assert [outcome.committed for outcome in outcomes] == [True, False, True]
    refusal = outcomes[1].refusal
    assert refusal is not None
    assert (refusal.code, refusal.path) == ("number-taken", "/body/number")
    assert first.id in refusal.message
    assert value(ledger, "count/all") == 2


def test_a_document_may_refer_to_one_before_it_in_its_block_but_not_after(ledger: Ledger) -> None:
    first = goods(ledger)
    follow = ledger.make("customs-my", "follow", {}, refs={"goods": first.id})
    early, late = ledger.block(follow, first)
    assert early.refusal is not None
    assert (early.refusal.code, early.refusal.path) == ("unknown-reference", "/refs/goods")
    assert late.committed
    second = goods(ledger, "2")
    follow = ledger.make("customs-my", "follow", {}, refs={"goods": second.id})
    assert all(outcome.committed for outcome in ledger.block(second, follow))
    assert value(ledger, f"followed/{second.id}") == {"number": "2", "at": 2, "time": TIME_S + 2}


def test_a_refused_document_cannot_be_referred_to(ledger: Ledger) -> None:
    bad = goods(ledger, "1", "13")
    follow = ledger.make("customs-my", "follow", {}, refs={"goods": bad.id})
    codes = [outcome.refusal and outcome.refusal.code for outcome in ledger.block(bad, follow)]
    assert codes == ["bad-luck", "unknown-reference"]


def test_a_reference_of_another_type_is_refused_by_the_contract(ledger: Ledger) -> None:
    first = ledger.commit(goods(ledger))
    follow = ledger.commit(ledger.make("customs-my", "follow", {}, refs={"goods": first}))
    again = ledger.make("customs-my", "follow", {}, refs={"goods": follow})
    assert ledger.refusal(again).code == "wrong-reference-type"


def test_the_digest_is_that_of_the_whole_state_however_it_came_about(ledger: Ledger) -> None:
    for number in ("1", "2", "last", "3"):
        ledger.commit(goods(ledger, number))
    items = [(key.encode(), data) for key, data in ledger.state.items()]
    assert ledger.digest == LtHash().update(reversed(items))
    assert "count/all" in ledger.state


def test_two_engines_come_to_the_same_state_by_other_blocks(ledger: Ledger) -> None:
    other = Ledger()
    documents = [goods(ledger, str(number % 7)) for number in range(12)]
    ledger.block(*documents)
    for document in documents:
        other.block(document)
    assert ledger.state == other.state
    assert ledger.digest == other.digest


def test_writes_are_net_sorted_and_only_what_changed(ledger: Ledger) -> None:
    run = ledger.engine.begin(1, TIME_S * 1000, ledger.digest)
    for number in ("b", "a", "last"):
        assert run.execute(goods(ledger, number), None).committed
    result = run.finish()
    assert list(result.writes) == ["goods/a", "goods/b", "goods/last"]


def test_an_empty_block_changes_nothing(ledger: Ledger) -> None:
    result = ledger.engine.begin(1, TIME_S * 1000, ledger.digest).finish()
    assert (result.writes, result.digest) == ({}, ledger.digest)


def test_a_block_that_is_dropped_leaves_no_trace(ledger: Ledger) -> None:
    document = goods(ledger)
    run = ledger.engine.begin(1, TIME_S * 1000, ledger.digest)
    assert run.execute(document, None).committed
    ledger.commit(document)
    assert value(ledger, "count/all") == 1


# Admission, in its order


def test_a_signature_that_was_verified_before_is_not_verified_again(ledger: Ledger) -> None:
    document = goods(ledger)
    other = ledger.make("lotus", "goods", {"number": "2", "price": "5"}, key="orient-star")
    assert ledger.block(document, valid=True)[0].committed
    assert ledger.refusal(goods(ledger, "3"), valid=False).code == "bad-signature"
    assert ledger.refusal(other).code == "issuer-mismatch"


def test_an_unknown_key_is_refused(ledger: Ledger) -> None:
    body = {"number": "1", "price": "5"}
    assert ledger.refusal(ledger.make("lotus", "goods", body, key="x")).code == "unknown-key"


def test_a_key_for_votes_signs_no_document(ledger: Ledger) -> None:
    document = ledger.make("customs-my", "goods", {}, key="customs-my vote")
    assert ledger.refusal(document).code == "wrong-key-use"


def test_a_flipped_bit_is_a_bad_signature(ledger: Ledger) -> None:
    head, payload, signature = goods(ledger).jws.split(b".")
    broken = signature[:10] + (b"A" if signature[10:11] != b"A" else b"B") + signature[11:]
    document = Document.parse(b".".join([head, payload, broken]))
    assert ledger.refusal(document).code == "bad-signature"


def test_a_document_of_another_network_is_refused(ledger: Ledger) -> None:
    refusal = ledger.refusal(goods(ledger, aud="other-lane"))
    assert (refusal.code, refusal.path) == ("wrong-network", "/aud")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iat": TIME_S + 2 + CLOCK_AHEAD_S}, None),  # a leader's clock may be behind
        ({"iat": TIME_S + 1 - AGE_MAX_S}, None),
        ({"iat": TIME_S - AGE_MAX_S}, "too-old"),
        ({"exp": TIME_S + 1}, "expired"),
        ({"exp": TIME_S + 2}, None),
    ],
)
def test_times_are_measured_against_the_block(
    ledger: Ledger, claims: dict[str, int], code: str | None
) -> None:
    (outcome,) = ledger.block(goods(ledger, **claims))  # a block of time TIME_S + 1
    assert (outcome.refusal and outcome.refusal.code) == code


@pytest.mark.parametrize(("late_s", "code"), [(0, None), (1, "clock-ahead")])
def test_an_entry_node_takes_nothing_from_the_future(
    ledger: Ledger, late_s: int, code: str | None
) -> None:
    document = goods(ledger, iat=TIME_S + CLOCK_AHEAD_S + late_s)
    try:
        ledger.engine.admit(document, 1, TIME_S * 1000, True)
    except Refused as refused:
        assert refused.refusal.code == code
    else:
        assert code is None


def test_a_type_without_a_contract_is_refused(ledger: Ledger) -> None:
    refusal = ledger.refusal(ledger.make("lotus", "poem", {}))
    assert (refusal.code, refusal.path) == ("unknown-type", "/vct")


def test_a_body_that_is_not_of_its_schema_is_refused_before_its_role_is_looked_at(
    ledger: Ledger,
) -> None:
    refusal = ledger.refusal(ledger.make("customs-my", "goods", {"number": "123456789"}))
    assert (refusal.code, refusal.path) == ("schema", "/body")
    refusal = ledger.refusal(ledger.make("lotus", "goods", {"number": "123456789", "price": "1"}))
    assert (refusal.code, refusal.path) == ("schema", "/body/number")


def test_only_the_roles_of_the_contract_may_sign(ledger: Ledger) -> None:
    body = {"number": "1", "price": "5"}
    assert ledger.refusal(ledger.make("customs-my", "goods", body)).code == "wrong-role"
    assert ledger.block(ledger.make("orient-star", "goods", body))[0].committed


def test_an_entry_node_admits_what_a_block_would_ask_the_contract_about(ledger: Ledger) -> None:
    admit = ledger.engine.admit
    admit(goods(ledger, "1", "13"), 1, TIME_S * 1000)
    with pytest.raises(Refused) as refused:
        admit(goods(ledger, refs={"goods": "A" * 43}), 1, TIME_S * 1000)
    assert refused.value.refusal.code == "unknown-reference"
    with pytest.raises(Refused) as refused:
        admit(goods(ledger), 1, TIME_S * 1000, False)
    assert refused.value.refusal.code == "bad-signature"


# The registry


def test_a_key_is_admitted_as_soon_as_its_block_is_stored_even_if_no_other_begins(
    ledger: Ledger,
) -> None:
    document = ledger.make("lotus", "goods", {"number": "1", "price": "5"}, key="second")
    with pytest.raises(Refused):
        ledger.engine.admit(document, 1, TIME_S * 1000)
    entry = RegisteredKey("lotus", Key(signing_key("second").public_key, "sign", 2))
    assert ledger.change("key", entry.key.kid, entry.to_value()) is None
    ledger.engine.admit(document, 2, TIME_S * 1000)


def test_a_key_counts_from_its_height_until_before_its_end(ledger: Ledger) -> None:
    public = signing_key("second").public_key
    entry = RegisteredKey("lotus", Key(public, "sign", 3, 5))
    assert ledger.change("key", entry.key.kid, entry.to_value()) is None  # block 1
    body = {"number": "1", "price": "5"}
    codes = []
    for number in range(2, 6):
        document = ledger.make("lotus", "goods", {**body, "number": str(number)}, key="second")
        (outcome,) = ledger.block(document)
        codes.append(outcome.refusal and outcome.refusal.code)
    assert codes == ["revoked-key", None, None, "revoked-key"]


def test_a_contract_that_changes_in_a_block_takes_effect_from_the_next(ledger: Ledger) -> None:
    source = GOODS.replace('"13"', '"14"')
    change = ledger.make(
        "lotus",
        "change",
        {
            "collection": "contract",
            "key": "urn:cocket:goods:1",
            "value": {"schema": GOODS_SCHEMA, "source": source},
        },
    )
    codes = [
        outcome.refusal and outcome.refusal.code
        for outcome in ledger.block(goods(ledger, "1", "13"), change, goods(ledger, "2", "14"))
    ]
    assert codes == ["bad-luck", None, None]
    codes = [
        outcome.refusal and outcome.refusal.code
        for outcome in ledger.block(goods(ledger, "3", "13"), goods(ledger, "4", "14"))
    ]
    assert codes == [None, "bad-luck"]


def test_a_new_type_can_be_used_from_the_next_block(ledger: Ledger) -> None:
    assert ledger.refusal(ledger.make("lotus", "poem", {})).code == "unknown-type"
    poem = FOLLOW.split("def")[0].replace("followed", "poems") + ALWAYS
    entry = {"schema": {"type": "object"}, "source": poem}
    assert ledger.change("contract", "urn:cocket:poem:1", entry) is None
    assert ledger.block(ledger.make("lotus", "poem", {}))[0].committed


ALWAYS = "def check(doc, signer):\n    pass\n"


@pytest.mark.parametrize(
    ("collection", "key", "entry", "code"),
    [
        ("contract", "urn:cocket:xx:1", {"schema": {}, "source": "import os"}, "contract-syntax"),
        ("contract", "urn:cocket:xx:1", {"schema": {"typ": 1}, "source": GOODS}, "schema-invalid"),
        ("contract", "urn:cocket:xx:1", {"source": GOODS}, "contract-entry"),
        ("contract", "x", {"schema": {}, "source": GOODS}, "contract-type"),
        ("contract", "urn:cocket:goods:1", None, "registry-entry"),
        ("organisation", "lotus", {"id": "lotus"}, "registry-entry"),
        ("organisation", "lotus", None, "registry-entry"),
        ("key", "A" * 43, RegisteredKey("x", Key(bytes(32), "sign")).to_value(), "registry-entry"),
        ("parameter", "deltaMs", "500", "registry-entry"),
        ("validators", "2", ["a", "a"], "registry-entry"),
        ("code-list", "currency", ["EUR"], "registry-entry"),
        ("code-list", "colours", {}, "registry-entry"),
    ],
)
def test_a_contract_cannot_write_what_the_network_could_not_read(
    ledger: Ledger, collection: str, key: str, entry: Any, code: str
) -> None:
    before = dict(ledger.state)
    refusal = ledger.change(collection, key, entry)
    assert refusal is not None
    assert refusal.code == code
    assert ledger.state == before


# What is hidden

DIGEST = "A" * 43


def test_a_rule_that_needs_what_is_hidden_goes_unchecked(ledger: Ledger) -> None:
    body = {"number": "1", "_sd": [DIGEST], "goods": [{"_sd": ["B" * 43]}, {"name": "tea"}]}
    (outcome,) = ledger.block(ledger.make("lotus", "goods", body))
    assert outcome.refusal is None
    assert outcome.unchecked == ("price-rule",)


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"price": "1", "_sd": [DIGEST]}, "schema", "/body"),
        ({"number": "1", "_sd": []}, "schema", "/body/_sd"),
        ({"number": "1", "_sd": [DIGEST, "B" * 43]}, "schema", "/body/_sd"),
        ({"number": "1", "_sd": ["short"]}, "schema", "/body/_sd/0"),
        ({"number": "1", "price": "1", "notes": {"_sd": [DIGEST]}}, "hidden-not-allowed", "notes"),
        ({"number": "1", "price": "1", "notes": {"a": [{"_sd": 1}]}}, "hidden-not-allowed", "a/0"),
        ({"number": "1", "price": "1", "goods": [{"...": DIGEST}]}, "hidden-not-allowed", "..."),
        ({"number": "1", "price": "1", "goods": [{}]}, "schema", "/body/goods/0"),
    ],
)
def test_only_what_the_schema_marks_confidential_may_be_hidden(
    ledger: Ledger, body: dict[str, Any], code: str, path: str
) -> None:
    refusal = ledger.refusal(ledger.make("lotus", "goods", body))
    assert refusal.code == code
    assert refusal.path.endswith(path)


# Genesis


def test_genesis_is_the_state_of_its_digest_and_the_same_for_all() -> None:
    entries, digest = genesis_state(genesis())
    assert list(entries) == sorted(entries)
    assert digest == LtHash().update((key.encode(), data) for key, data in entries.items())
    assert genesis_state(genesis()) == (entries, digest)
    assert json.loads(entries["validators/1"])[0] == "customs-my"
    assert json.loads(entries["parameter/deltaMs"]) == 500
    assert json.loads(entries["code-list/currency"])["JPY"] == 0
    assert json.loads(entries[f"key/{signing_key('lotus').thumbprint}"])["organisation"] == "lotus"
    assert NETWORK not in entries
