"""Bills of lading and what is done with them: one original, one controller, at any height."""

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.contracts.standard import example
from cocket.ledger.foreign import exact_numbers
from tests.contracts.standard.build import ABSENT, Ledger, party_of
from tests.shared import shared_path

KEY = "title/bill-of-lading/orient-star/oslu26030117"
PARTIES = example("bill-of-lading")["documentParties"]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def bill(ledger: Ledger, holder: str = "lotus", **members: Any) -> str:
    """A bill, blank to order unless `members` say otherwise, issued to `holder`."""
    return ledger.commit("orient-star", "bill-of-lading", issueTo=party_of(holder), **members)


def act(ledger: Ledger, who: str, code: str, document: str, **members: Any) -> str:
    members = {"comments": ABSENT, "recipient": ABSENT, **members}
    return ledger.commit(who, "title-action", {"document": document}, actionCode=code, **members)


def no(ledger: Ledger, who: str, code: str, document: str, **members: Any) -> str:
    members = {"comments": ABSENT, "recipient": ABSENT, **members}
    return ledger.refused(who, "title-action", {"document": document}, actionCode=code, **members)


def title(ledger: Ledger) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(ledger.state[KEY])
    return value


# Issue


def test_a_bill_makes_a_title_that_its_holder_controls(ledger: Ledger) -> None:
    document = bill(ledger)
    assert title(ledger) == {
        "type": "bill-of-lading",
        "document": document,
        "issuer": "orient-star",
        "reference": "OSLU26030117",
        "state": "ISSUED",
        "controller": "lotus",
        "endorsement": "BLANK",
        "endorsee": None,
        "moved": document,
        "last": document,
    }


def test_the_carrier_holds_a_bill_whose_holder_is_no_member_and_is_warned(ledger: Ledger) -> None:
    foreign = {
        "partyName": "Lotus",
        "sendToPlatform": "WAVE",
        "identifyingCodes": [{"codeListProvider": "WAVE", "partyCode": "4bd1"}],
    }
    assert "held-by-issuer" in ledger.warned("orient-star", "bill-of-lading", issueTo=foreign)
    assert title(ledger)["controller"] == "orient-star"


@pytest.mark.parametrize("codes", [["lotus", "noord"], ["lotus", "lotus"]])
def test_a_party_of_a_bill_has_one_code_of_this_ledger_at_most(
    ledger: Ledger, codes: list[str]
) -> None:
    two = {
        "partyName": "Lotus",
        "identifyingCodes": [code for each in codes for code in party_of(each)["identifyingCodes"]],
    }
    for members in (
        {"issueTo": two},
        {"documentParties": {**PARTIES, "endorsee": two}},
        {"documentParties": {**PARTIES, "consignee": two}, "isToOrder": False},
    ):
        assert ledger.refused("orient-star", "bill-of-lading", **members) == "two-codes"


def test_references_that_look_alike_are_one_original(ledger: Ledger) -> None:
    first = bill(ledger, transportDocumentReference="AB 1")
    for reference, code in (("ab 1", "duplicate-original"), ("AB  1", "schema")):
        members = {"issueTo": party_of("lotus"), "transportDocumentReference": reference}
        assert ledger.refused("orient-star", "bill-of-lading", **members) == code
    act(ledger, "lotus", "TRANSFER", first, recipient="noord")


def test_of_two_originals_in_one_block_the_first_commits(ledger: Ledger) -> None:
    two = [
        ledger.make("orient-star", "bill-of-lading", issueTo=party_of(holder))
        for holder in ("lotus", "noord")
    ]
    first, second = ledger.block(*two)
    assert first.refusal is None
    assert second.refusal is not None and two[0].id in second.refusal.message


def test_a_sea_waybill_makes_no_title(ledger: Ledger) -> None:
    waybill = ledger.commit("orient-star", "sea-waybill")
    assert not [key for key in ledger.state if key.startswith("title/")]
    assert no(ledger, "orient-star", "SIGN", waybill) == "wrong-reference-type"


# DCSA's own samples


def dcsa(name: str) -> dict[str, Any]:
    value: dict[str, Any] = exact_numbers(shared_path(f"samples/dcsa/{name}").read_text("utf-8"))
    return value


def test_dcsas_transport_document_passes_as_it_is_with_warnings(ledger: Ledger) -> None:
    body = dcsa("pint-3.0.0-transport-document.json")
    warned = ledger.warned("north-line", "bill-of-lading", body=body)
    assert warned == ["reference-length", "held-by-issuer"]


def test_dcsas_issuance_passes_with_its_document_and_its_holder(ledger: Ledger) -> None:
    request = dcsa("eblissuance-v3.0.0-request.json")
    warned = ledger.warned("north-line", "bill-of-lading", body=request["document"])
    assert warned == ["reference-length", "held-by-issuer"]
    whole = {
        **request["document"],
        "transportDocumentReference": "SECOND",
        "issueTo": request["issueTo"],
    }
    assert "held-by-issuer" in ledger.warned("north-line", "bill-of-lading", body=whole)


def test_identifiers_with_good_check_digits_are_not_warned_about(ledger: Ledger) -> None:
    assert ledger.warned("orient-star", "bill-of-lading", issueTo=party_of("lotus")) == []


def test_a_wrong_lei_is_warned_about(ledger: Ledger) -> None:
    code = {"codeListProvider": "GLEIF", "codeListName": "LEI", "partyCode": "213800KUD8LAJWSQ9D16"}
    parties = {**PARTIES, "shipper": {"partyName": "Lotus", "identifyingCodes": [code] * 20}}
    warned = ledger.warned(
        "orient-star", "bill-of-lading", documentParties=parties, issueTo=party_of("lotus")
    )
    assert warned == ["check-digit"]


# Possession


def test_of_two_transfers_in_one_block_the_first_commits_and_is_named(ledger: Ledger) -> None:
    refs = {"document": bill(ledger)}
    two = [
        ledger.make("lotus", "title-action", refs, actionCode="TRANSFER", recipient=recipient)
        for recipient in ("bank", "noord")
    ]
    first, second = ledger.block(*two)
    assert first.refusal is None
    assert second.refusal is not None and second.refusal.code == "not-controller"
    assert two[0].id in second.refusal.message
    assert title(ledger)["controller"] == "bank"


def test_only_who_gives_something_away_names_a_recipient(ledger: Ledger) -> None:
    assert no(ledger, "lotus", "SIGN", bill(ledger), recipient="bank") == "recipient-unexpected"


# Surrender


def test_a_surrender_hands_the_bill_to_the_carrier_who_accepts_once_and_for_all(
    ledger: Ledger,
) -> None:
    document = bill(ledger)
    surrendered = act(ledger, "lotus", "SURRENDER_FOR_DELIVERY", document)
    assert title(ledger)["state"] == "PENDING_SURRENDER_FOR_DELIVERY"
    assert title(ledger)["controller"] == "orient-star"
    refusal = ledger.refusal(
        "lotus", "title-action", {"document": document}, actionCode="SURRENDER_FOR_DELIVERY"
    )
    assert refusal.code == "not-controller" and surrendered in refusal.message
    assert no(ledger, "orient-star", "TRANSFER", document, recipient="bank") == "pending-surrender"
    accepted = act(ledger, "orient-star", "SACC", document)
    assert title(ledger)["state"] == "SURRENDERED_FOR_DELIVERY"
    for who in ("lotus", "orient-star"):
        refusal = ledger.refusal(
            who, "title-action", {"document": document}, actionCode="SURRENDER_FOR_DELIVERY"
        )
        assert refusal.code == "surrendered" and accepted in refusal.message


def test_an_amended_bill_replaces_one_that_was_surrendered_for_amendment(ledger: Ledger) -> None:
    document = bill(ledger)
    reason = {"amendmentReason": "Change of destination."}
    again = {"issueTo": party_of("lotus"), "transportDocumentSubReference": "2", **reason}
    refs = {"supersedes": document}
    act(ledger, "lotus", "SURRENDER_FOR_AMENDMENT", document, reasonCode="COD")
    assert ledger.refused("orient-star", "bill-of-lading", refs, **again) == "duplicate-original"
    act(ledger, "orient-star", "SACC", document)
    code = ledger.refused("orient-star", "bill-of-lading", **{**again, "amendmentReason": ABSENT})
    assert code == "duplicate-original"
    other = {**again, "issueTo": party_of("noord")}
    assert ledger.refused("orient-star", "bill-of-lading", refs, **other) == "not-the-holder"
    amended = ledger.commit("orient-star", "bill-of-lading", refs, **again)
    assert (title(ledger)["document"], title(ledger)["state"]) == (amended, "ISSUED")
    refusal = ledger.refusal("lotus", "title-action", refs={"document": document})
    assert refusal.code == "reference-superseded" and amended in refusal.message
    act(ledger, "lotus", "TRANSFER", amended, recipient="noord")
    code = ledger.refused("orient-star", "bill-of-lading", refs, **again)
    assert code == "reference-superseded"


def test_a_switch_to_paper_ends_the_electronic_record(ledger: Ledger) -> None:
    document = bill(ledger)
    act(ledger, "lotus", "SURRENDER_FOR_AMENDMENT", document, reasonCode="SWTP")
    act(ledger, "orient-star", "SACC", document)
    assert title(ledger)["state"] == "VOIDED"
    again = {"issueTo": party_of("lotus")}
    code = ledger.refused("orient-star", "bill-of-lading", {"supersedes": document}, **again)
    assert code == "reference-ended"


# Endorsement


def test_endorsement_and_possession_are_two_axes(ledger: Ledger) -> None:
    document = bill(ledger)
    act(ledger, "lotus", "ENDORSE_TO_ORDER", document, recipient="noord")
    assert (title(ledger)["endorsee"], title(ledger)["controller"]) == ("noord", "lotus")
    assert no(ledger, "noord", "ENDORSE", document, recipient="bank") == "not-controller"
    assert no(ledger, "lotus", "BLANK_ENDORSE", document) == "not-endorsee"
    act(ledger, "lotus", "TRANSFER", document, recipient="noord")
    act(ledger, "noord", "BLANK_ENDORSE", document)
    assert (title(ledger)["endorsement"], title(ledger)["endorsee"]) == ("BLANK", None)


def test_who_is_endorsed_by_name_cannot_endorse_on(ledger: Ledger) -> None:
    document = bill(ledger)
    act(ledger, "lotus", "ENDORSE", document, recipient="noord")
    act(ledger, "lotus", "TRANSFER", document, recipient="noord")
    assert no(ledger, "noord", "ENDORSE", document, recipient="bank") == "not-endorsee"
    act(ledger, "noord", "SURRENDER_FOR_DELIVERY", document)


def test_a_bill_issued_to_the_order_of_a_bank_is_endorsed_by_that_bank(ledger: Ledger) -> None:
    document = bill(ledger, documentParties={**PARTIES, "endorsee": party_of("bank")})
    assert no(ledger, "lotus", "ENDORSE", document, recipient="noord") == "not-endorsee"
    act(ledger, "lotus", "TRANSFER", document, recipient="bank")
    act(ledger, "bank", "ENDORSE", document, recipient="noord")


def test_a_bill_to_the_order_of_a_stranger_can_be_endorsed_by_nobody_here(ledger: Ledger) -> None:
    document = bill(ledger, documentParties={**PARTIES, "endorsee": {"partyName": "Far Bank"}})
    assert no(ledger, "lotus", "BLANK_ENDORSE", document) == "not-endorsee"


# At any height


ACTORS = ("orient-star", "lotus", "noord", "bank", "north-line")
ACTIONS = (
    *("TRANSFER", "ENDORSE", "ENDORSE_TO_ORDER", "BLANK_ENDORSE", "SIGN"),
    *("SURRENDER_FOR_DELIVERY", "SURRENDER_FOR_AMENDMENT", "SACC", "SREJ"),
)
STEP = st.tuples(st.sampled_from(ACTORS), st.sampled_from(ACTIONS), st.sampled_from(ACTORS))


@settings(max_examples=40, deadline=None)
@given(st.booleans(), st.lists(STEP, max_size=30))
def test_at_any_height_one_organisation_controls_and_nobody_else_does_anything(
    to_order: bool, steps: list[tuple[str, str, str]]
) -> None:
    ledger = Ledger()
    refs = {"document": bill(ledger, isToOrder=to_order)}
    ended = False
    for who, action, recipient in steps:
        before = title(ledger)
        named = action in ("TRANSFER", "ENDORSE", "ENDORSE_TO_ORDER")
        document = ledger.make(
            who,
            "title-action",
            refs,
            actionCode=action,
            comments=ABSENT,
            recipient=recipient if named else ABSENT,
        )
        (outcome,) = ledger.block(document)
        after = title(ledger)
        if outcome.refusal is not None:
            assert after == before
            continue
        assert who == before["controller"] and not ended
        assert after["controller"] in ACTORS and after["last"] == document.id
        moved = action in ("TRANSFER", "SREJ") or action.startswith("SURRENDER")
        assert (after["moved"] == document.id) == moved
        assert moved or after["controller"] == who
        assert (after["state"] == "ISSUED") == (action not in ("SACC",) and "SURR" not in action)
        ended = action == "SACC"


def test_control_goes_to_whom_the_controller_names_and_to_nobody_else(ledger: Ledger) -> None:
    for holder, recipient in permutations(ACTORS, 2):
        document = bill(ledger, holder, transportDocumentReference=f"{holder} {recipient}")
        act(ledger, holder, "TRANSFER", document, recipient=recipient)
        for who in ACTORS:
            if who == recipient:
                act(ledger, who, "SIGN", document)
            else:
                assert no(ledger, who, "SIGN", document) == "not-controller"
