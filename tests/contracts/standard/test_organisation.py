"""Organisations: vouched for by public bodies of their country, then masters of their own keys."""

import json
from typing import Any

import pytest

from cocket.ledger.keys import base64url
from cocket.ledger.organisations import Organisation
from tests.contracts.blocks import signing_key
from tests.contracts.standard.build import ABSENT, Ledger, public_key


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


@pytest.mark.parametrize(
    ("voucher", "members", "code"),
    [
        ("orient-star", {"country": "SG"}, "not-a-voucher"),
        ("customs-my", {"roles": ["chamber"]}, "needs-governance"),
        ("customs-my", {"addKeys": [key("a"), key("b", "cosign")]}, "needs-governance"),
        ("customs-my", {"addKeys": [key("a"), key("b", "tls")]}, "needs-governance"),
        ("customs-my", {"country": ABSENT}, "member-missing"),
        ("customs-my", {"roles": ABSENT}, "member-missing"),
        ("customs-my", {"chamber": ABSENT}, "member-missing"),
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


@pytest.mark.parametrize("voucher", ["customs-nl", "chamber-nl"])
def test_a_voucher_changes_the_name_of_an_organisation_and_nothing_else_changes(
    ledger: Ledger, voucher: str
) -> None:
    before = value(ledger, "noord")
    ledger.commit(voucher, "organisation", body={"id": "noord", "legalName": "Noord Zijde B.V."})
    after = value(ledger, "noord")
    assert after.legal_name == "Noord Zijde B.V."
    assert (after.country, after.roles, after.keys) == (before.country, before.roles, before.keys)


@pytest.mark.parametrize(
    ("who", "members", "code"),
    [
        ("chamber-nl", {"id": "chamber-nl"}, "needs-governance"),
        ("chamber-nl", {"id": "customs-nl"}, "needs-governance"),
        ("customs-my", {}, "not-your-country"),
        ("swift-freight", {}, "not-yours"),
        ("customs-nl", {"addKeys": [key("thief")]}, "not-yours"),
        ("customs-nl", {"revokeKeys": [kid("noord")]}, "not-yours"),
        ("customs-nl", {"legalName": ABSENT}, "not-yours"),
        ("customs-nl", {"roles": ["carrier"]}, "needs-governance"),
        ("customs-nl", {"legalName": "Noord\u202e"}, "name-characters"),
        ("customs-nl", {"legalName": "Noord\u0000"}, "name-characters"),
        ("customs-nl", {"legalName": "Noord\u009b"}, "name-characters"),
        ("customs-nl", {"legalName": "No\u061cord"}, "name-characters"),
        ("customs-nl", {"legalName": "No\u200brd"}, "name-characters"),
    ],
)
def test_a_rename_by_the_wrong_one_or_to_what_hides_or_turns_text_is_refused(
    ledger: Ledger, who: str, members: dict[str, Any], code: str
) -> None:
    body = {"id": "noord", "legalName": "Koninklijke Bank N.V.", **members}
    body = {name: each for name, each in body.items() if each is not ABSENT}
    assert ledger.refused(who, "organisation", body=body) == code


def test_names_of_every_script_are_names(ledger: Ledger) -> None:
    for name in ("Zürich Öl & Co.", "شركة التجارة", "東方海外", "Société – “Nord”"):
        ledger.commit("customs-nl", "organisation", body={"id": "noord", "legalName": name})
        assert value(ledger, "noord").legal_name == name


FIELD = 2**255 - 19


@pytest.mark.parametrize("sign", [0, 2**255])
@pytest.mark.parametrize(
    "number",
    [
        0,
        1,
        *range(FIELD - 1, FIELD + 19),
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    ],
)
def test_a_key_of_small_order_or_not_canonical_is_refused(
    ledger: Ledger, number: int, sign: int
) -> None:
    bad = {"use": "sign", "publicKey": base64url((number + sign).to_bytes(32, "little"))}
    assert ledger.refused("customs-my", "organisation", addKeys=[bad]) == "schema"


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


def test_an_organisation_with_a_node_keeps_it_when_it_changes_its_keys(ledger: Ledger) -> None:
    before = value(ledger, "orient-star")
    ledger.commit("orient-star", "organisation", body={"id": "orient-star", "addKeys": [key("b")]})
    after = value(ledger, "orient-star")
    assert (after.node, after.keys[:-1]) == (before.node, before.keys)


def test_an_organisation_has_at_most_64_keys_revoked_ones_counted(ledger: Ledger) -> None:
    register(ledger)
    for batch in range(7):
        own(ledger, addKeys=[key(f"{batch} {number}", "encrypt") for number in range(8)])
    own(ledger, addKeys=[key(f"7 {number}", "encrypt") for number in range(7)])
    assert len(value(ledger).keys) == 64
    assert own_refused(ledger, addKeys=[key("one more")]) == "too-many-keys"
