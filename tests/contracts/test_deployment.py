"""New document types by documents: proposed, approved by a quorum, in force from the next block."""

import json
from typing import Any

import pytest

from cocket.contracts.ownership import RESERVED, check_writes, first_writers, writers_of
from cocket.contracts.registry import _CHECKS, type_digest
from cocket.contracts.standard import contract_texts
from cocket.ledger import canonical
from cocket.ledger.errors import Refused
from tests.contracts.blocks import VALIDATORS
from tests.contracts.standard.build import Ledger

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
SOURCE = '''"""Poem: once each."""
SIGNED_BY = ["merchant"]
WRITES = ["poem"]


def check(doc, signer):
    text = doc["body"]["text"]
    require(get("poem", text) is None, "said-before", "this was said before", "/body/text")
    put("poem", text, doc["id"])
'''


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def proposed(
    ledger: Ledger, source: str = SOURCE, version: int = 1, **members: Any
) -> tuple[str, str]:
    """A committed proposal of the type `poem`: its id, its digest."""
    digest = type_digest(f"urn:cocket:poem:{version}", SCHEMA, source)
    body = {
        "name": "poem", "version": version, "summary": "Poems.", "schema": SCHEMA,
        "source": source, "digest": digest, **members,
    }  # fmt: skip
    return ledger.commit("customs-my", "contract-proposal", body=body), digest


def approve(ledger: Ledger, proposal: tuple[str, str], *validators: str, **members: Any) -> None:
    for each in validators:
        body = {"digest": proposal[1], **members}
        ledger.commit(each, "contract-approval", {"proposal": proposal[0]}, body=body)


def test_a_type_is_used_from_the_block_after_the_approval_that_makes_the_quorum(
    ledger: Ledger,
) -> None:
    proposal = proposed(ledger)
    approve(ledger, proposal, *VALIDATORS[:2])
    assert ledger.refused("lotus", "poem", body={"text": "haiku"}) == "unknown-type"
    last = ledger.make(
        VALIDATORS[2], "contract-approval", {"proposal": proposal[0]}, body={"digest": proposal[1]}
    )
    early = ledger.make("lotus", "poem", body={"text": "early"})
    outcomes = ledger.block(last, early)
    assert outcomes[0].committed
    assert outcomes[1].refusal is not None
    assert outcomes[1].refusal.code == "unknown-type"
    ledger.commit("lotus", "poem", body={"text": "haiku"})
    assert ledger.refused("lotus", "poem", body={"text": "haiku"}) == "said-before"


def test_the_old_version_stays_in_force_beside_the_new(ledger: Ledger) -> None:
    approve(ledger, proposed(ledger), *VALIDATORS[:3])
    strict = SOURCE.replace("once each", "short ones").replace('"said-before", "this', '"s", "this')
    approve(ledger, proposed(ledger, strict, 2), *VALIDATORS[:3])
    assert set(writers_of(ledger, "poem") or ()) == {"poem"}
    assert "contract/urn:cocket:poem:1" in ledger.state
    assert json.loads(ledger.state["contract/urn:cocket:poem:2"])["source"] == strict
    ledger.commit("lotus", "poem", body={"text": "haiku"})


@pytest.mark.parametrize(("count", "quorum"), [(4, 3), (5, 4), (6, 5), (7, 5), (10, 7)])
def test_a_quorum_is_n_minus_f_of_the_validators_of_the_newest_epoch(
    ledger: Ledger, count: int, quorum: int
) -> None:
    """Validators here are whoever signs documents; more names make the quorum larger."""
    names = ["customs-my", "customs-nl", "chamber-nl", "orient-star", "north-line", "lotus",
             "noord", "swift-freight", "bank", "nobody"]  # fmt: skip
    ledger.state["validators/2"] = canonical.encode(names[:count])
    proposal = proposed(ledger)
    approve(ledger, proposal, *names[: quorum - 1])
    assert "contract/urn:cocket:poem:1" not in ledger.state
    approve(ledger, proposal, names[quorum - 1])
    assert "contract/urn:cocket:poem:1" in ledger.state


def test_approvals_of_those_who_left_do_not_count(ledger: Ledger) -> None:
    proposal = proposed(ledger)
    approve(ledger, proposal, "customs-my", "customs-nl")
    ledger.state["validators/2"] = canonical.encode(["customs-my", "chamber-nl", "orient-star",
                                                     "north-line"])  # fmt: skip
    approve(ledger, proposal, "chamber-nl")
    assert "contract/urn:cocket:poem:1" not in ledger.state
    approve(ledger, proposal, "orient-star")
    assert "contract/urn:cocket:poem:1" in ledger.state


def test_two_types_that_claim_one_collection_do_not_both_come_into_force(ledger: Ledger) -> None:
    """Both are proposed while it is nobody's; the first to be approved owns it."""
    first = proposed(ledger)
    digest = type_digest("urn:cocket:song:1", SCHEMA, SOURCE)
    body = {"name": "song", "version": 1, "summary": "Songs.", "schema": SCHEMA, "source": SOURCE,
            "digest": digest}  # fmt: skip
    second = ledger.commit("customs-nl", "contract-proposal", body=body), digest
    approve(ledger, first, *VALIDATORS[:3])
    approve(ledger, second, *VALIDATORS[:2])
    refusal = ledger.refusal(
        VALIDATORS[2], "contract-approval", {"proposal": second[0]}, body={"digest": digest}
    )
    assert refusal.code == "collection-owned"
    assert "poem" in refusal.message


def test_every_collection_that_standard_types_write_has_an_owner() -> None:
    state = first_writers(contract_texts())

    class State:
        def get(self, key: str) -> bytes | None:
            return state.get(key)

    assert set(_CHECKS) < RESERVED
    for collection in ("title", "declaration", "paid"):
        if f"collection/{collection}" in state:
            with pytest.raises(Refused) as refused:
                check_writes(State(), "urn:cocket:poem:1", [collection])
            assert refused.value.refusal.code == "collection-owned"
    for collection in RESERVED:
        with pytest.raises(Refused) as refused:
            check_writes(State(), "urn:cocket:poem:1", [collection], [collection])
        assert refused.value.refusal.code == "collection-reserved"
    assert check_writes(State(), "urn:cocket:poem:1", ["number", "status", "poem"]) == ["poem"]


def test_a_standard_type_too_large_for_one_document_is_proposed_in_parts(ledger: Ledger) -> None:
    text = next(each for each in contract_texts() if each.type == "urn:cocket:bill-of-lading:1")
    definitions = text.schema["$defs"]
    names = sorted(definitions)
    half = len(names) // 2
    refs = {
        role: ledger.commit(
            "customs-my", "schema-definitions",
            body={"definitions": {name: definitions[name] for name in part}},
        )
        for role, part in (("definitions", names[:half]), ("definitions-2", names[half:]))
    }  # fmt: skip
    body = {
        "name": "bill-of-lading",
        "version": 2,
        "summary": "The same again.",
        "schema": {name: each for name, each in text.schema.items() if name != "$defs"},
        "source": text.source,
        "digest": type_digest("urn:cocket:bill-of-lading:2", text.schema, text.source),
    }
    proposal = ledger.commit("customs-my", "contract-proposal", refs, body=body), body["digest"]
    approve(ledger, proposal, *VALIDATORS[:3])
    assert json.loads(ledger.state["contract/urn:cocket:bill-of-lading:2"])["schema"] == text.schema
