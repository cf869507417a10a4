"""Organisations: vouched for by public bodies of their country, then masters of their own keys."""

import json
from typing import Any

import pytest

from cocket.ledger.organisations import Organisation
from tests.contracts.standard.build import ABSENT, Ledger, public_key, signing_key


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def key(name: str, use: str = "sign") -> dict[str, str]:
    return {"use": use, "publicKey": public_key(name)}


def kid(name: str) -> str:
    return signing_key(name).thumbprint


def register(ledger: Ledger) -> str:
    """The example, Lotus Textiles of Malaysia, with a key that this test can sign with."""
    return ledger.commit("customs-my", "organisation", addKeys=[key("textiles")])


def own(ledger: Ledger, **members: Any) -> str:
    """A document of Lotus Textiles about itself."""
    body = {"id": "lotus-textiles", **members}
    return ledger.commit("lotus-textiles", "organisation", key="textiles", body=body)


def own_refused(ledger: Ledger, signer: str = "textiles", /, **members: Any) -> str:
    body = {"id": "lotus-textiles", **members}
    return ledger.refused("lotus-textiles", "organisation", key=signer, body=body)


def value(ledger: Ledger, identity: str = "lotus-textiles") -> Organisation:
    return Organisation.from_value(json.loads(ledger.state[f"organisation/{identity}"]))


def test_customs_vouch_for_a_merchant_of_their_country_whose_key_is_valid_from_the_next_block(
    ledger: Ledger,
) -> None:
    register(ledger)
    organisation = value(ledger)
    assert (organisation.legal_name, organisation.country) == ("Lotus Textiles Sdn. Bhd.", "MY")
    assert (organisation.roles, organisation.chamber) == (("merchant",), "private")
    (only,) = organisation.keys
    assert (only.kid, only.valid_from, only.valid_until) == (kid("textiles"), 2, None)
    ledger.commit("lotus-textiles", "commercial-invoice", key="textiles")


def test_a_new_organisation_cannot_sign_in_the_block_that_registers_it(ledger: Ledger) -> None:
    registration = ledger.make("customs-my", "organisation", addKeys=[key("textiles")])
    invoice = ledger.make("lotus-textiles", "commercial-invoice", key="textiles")
    first, second = ledger.block(registration, invoice)
    assert first.refusal is None
    assert second.refusal is not None


def test_a_chamber_of_commerce_vouches_too(ledger: Ledger) -> None:
    ledger.commit("chamber-nl", "organisation", country="NL")
    assert value(ledger).country == "NL"


@pytest.mark.parametrize(
    ("voucher", "members", "code"),
    [
        ("customs-nl", {}, "not-your-country"),
        ("lotus", {}, "not-a-voucher"),
        ("orient-star", {"country": "SG"}, "not-a-voucher"),
        ("customs-my", {"roles": ["merchant", "customs"]}, "needs-governance"),
        ("customs-my", {"roles": ["payment"]}, "needs-governance"),
        ("customs-my", {"roles": ["chamber"]}, "needs-governance"),
        ("customs-my", {"chamber": "public"}, "needs-governance"),
        ("customs-my", {"addKeys": [key("a"), key("b", "vote")]}, "needs-governance"),
        ("customs-my", {"addKeys": [key("a"), key("b", "cosign")]}, "needs-governance"),
        ("customs-my", {"addKeys": [key("a"), key("b", "tls")]}, "needs-governance"),
        ("customs-my", {"addKeys": [key("a", "encrypt")]}, "no-sign-key"),
        ("customs-my", {"addKeys": ABSENT}, "no-sign-key"),
        ("customs-my", {"addKeys": [key("a"), key("a", "encrypt")]}, "key-taken"),
        ("customs-my", {"addKeys": [key("lotus")]}, "key-taken"),
        ("customs-my", {"addKeys": [key("a")], "revokeKeys": [kid("lotus")]}, "not-your-key"),
        ("customs-my", {"country": "XX"}, "unknown-country"),
        ("customs-my", {"legalName": ABSENT}, "member-missing"),
        ("customs-my", {"country": ABSENT}, "member-missing"),
        ("customs-my", {"roles": ABSENT}, "member-missing"),
        ("customs-my", {"chamber": ABSENT}, "member-missing"),
        ("customs-my", {"id": "lotus"}, "not-yours"),
        ("customs-my", {"id": "Lotus"}, "schema"),
        ("customs-my", {"addKeys": [{"use": "sign", "publicKey": "A" * 42 + "B"}]}, "schema"),
    ],
)
def test_a_registration_that_is_nearly_right_is_refused(
    ledger: Ledger, voucher: str, members: dict[str, Any], code: str
) -> None:
    assert ledger.refused(voucher, "organisation", **members) == code


@pytest.mark.parametrize("role", ["merchant", "forwarder", "carrier", "inspection", "observer"])
def test_these_roles_can_be_vouched_for(ledger: Ledger, role: str) -> None:
    ledger.commit("customs-my", "organisation", roles=[role])
    assert value(ledger).roles == (role,)


def test_an_organisation_changes_its_own_name_and_nothing_else_changes(ledger: Ledger) -> None:
    register(ledger)
    before = value(ledger)
    own(ledger, legalName="Lotus Silk Bhd.", country="MY", roles=["merchant"])
    after = value(ledger)
    assert after.legal_name == "Lotus Silk Bhd."
    assert (after.country, after.roles, after.keys) == (before.country, before.roles, before.keys)


@pytest.mark.parametrize(
    "members",
    [{"roles": ["merchant", "carrier"]}, {"roles": []}, {"country": "NL"}, {"chamber": "public"}],
)
def test_an_organisation_never_changes_its_roles_country_or_chamber(
    ledger: Ledger, members: dict[str, Any]
) -> None:
    register(ledger)
    assert own_refused(ledger, **members) in ("needs-governance", "schema")


def test_nobody_changes_an_organisation_for_it_not_even_its_voucher(ledger: Ledger) -> None:
    register(ledger)
    for who in ("customs-my", "lotus", "customs-nl"):
        assert ledger.refused(who, "organisation", addKeys=[key("thief")]) == "not-yours"


def test_rotation_the_new_key_counts_from_the_next_block_and_the_old_one_until_then(
    ledger: Ledger,
) -> None:
    register(ledger)
    rotation = {"addKeys": [key("second")], "revokeKeys": [kid("textiles")]}
    rotating = ledger.make(
        "lotus-textiles", "organisation", key="textiles", body={"id": "lotus-textiles", **rotation}
    )
    still_old = ledger.make("lotus-textiles", "commercial-invoice", key="textiles")
    too_early = ledger.make(
        "lotus-textiles", "commercial-invoice", key="second", invoiceNumber="early"
    )
    rotated, old, new = ledger.block(rotating, still_old, too_early)
    assert rotated.refusal is None and old.refusal is None
    assert new.refusal is not None
    height = ledger.height
    assert [(each.valid_from, each.valid_until) for each in value(ledger).keys] == [
        (2, height + 1),
        (height + 1, None),
    ]
    ledger.commit("lotus-textiles", "commercial-invoice", key="second", invoiceNumber="2")
    ledger.refused("lotus-textiles", "commercial-invoice", key="textiles", invoiceNumber="3")


def test_the_last_key_to_sign_with_cannot_be_revoked(ledger: Ledger) -> None:
    register(ledger)
    assert own_refused(ledger, revokeKeys=[kid("textiles")]) == "no-sign-key"
    encrypting: dict[str, Any] = {
        "addKeys": [key("box", "encrypt")],
        "revokeKeys": [kid("textiles")],
    }
    assert own_refused(ledger, **encrypting) == "no-sign-key"


def test_a_revoked_key_never_comes_back_to_anybody(ledger: Ledger) -> None:
    register(ledger)
    own(ledger, addKeys=[key("second")], revokeKeys=[kid("textiles")])
    assert own_refused(ledger, "second", addKeys=[key("textiles")]) == "key-taken"
    assert own_refused(ledger, "second", revokeKeys=[kid("textiles")]) == "key-revoked"
    taking = {"id": "lotus", "addKeys": [key("textiles")]}
    assert ledger.refused("lotus", "organisation", body=taking) == "key-taken"


def test_a_key_of_another_organisation_cannot_be_revoked(ledger: Ledger) -> None:
    register(ledger)
    assert own_refused(ledger, revokeKeys=[kid("lotus")]) == "not-your-key"
    assert own_refused(ledger, revokeKeys=[kid("nobody")]) == "not-your-key"


def test_keys_of_nodes_change_by_governance(ledger: Ledger) -> None:
    vote = {"id": "orient-star", "revokeKeys": [kid("orient-star vote")]}
    assert ledger.refused("orient-star", "organisation", body=vote) == "needs-governance"


def test_an_organisation_with_a_node_keeps_it_when_it_changes_its_name(ledger: Ledger) -> None:
    before = value(ledger, "orient-star")
    body = {"id": "orient-star", "legalName": "Orient Star Line Pte. Ltd."}
    ledger.commit("orient-star", "organisation", body=body)
    after = value(ledger, "orient-star")
    assert (after.node, after.keys) == (before.node, before.keys)


def test_an_organisation_has_at_most_64_keys_revoked_ones_counted(ledger: Ledger) -> None:
    register(ledger)
    for batch in range(7):
        own(ledger, addKeys=[key(f"{batch} {number}", "encrypt") for number in range(8)])
    own(ledger, addKeys=[key(f"7 {number}", "encrypt") for number in range(7)])
    assert len(value(ledger).keys) == 64
    assert own_refused(ledger, addKeys=[key("one more")]) == "too-many-keys"


def test_an_lei_that_fails_its_check_digits_is_warned_about(ledger: Ledger) -> None:
    assert ledger.warned("customs-my", "organisation", lei="213800KUD8LAJWSQ9D16") == [
        "check-digit"
    ]
    assert Ledger().warned("customs-my", "organisation") == []
