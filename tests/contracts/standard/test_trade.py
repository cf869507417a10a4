"""Invoice, declaration, clearance: sums, numbers used once, and whose border it is."""

import json
from typing import Any

import pytest

from cocket.contracts.standard import example
from tests.contracts.standard.build import ABSENT, Ledger, public_key

LINES = example("commercial-invoice")["itemsShipped"]
GOODS = example("import-declaration")["goodsItems"]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def invoice_lines(**members: Any) -> list[dict[str, Any]]:
    """The example's lines, the first with `members`."""
    return [{**LINES[0], **members}, LINES[1]]


def goods(**members: Any) -> list[dict[str, Any]]:
    """The example's goods, the first with `members`."""
    return [{**GOODS[0], **members}, GOODS[1]]


# All types


def test_every_example_is_accepted_without_a_warning_in_the_order_of_trade(ledger: Ledger) -> None:
    lotus = [{"use": "sign", "publicKey": public_key("textiles")}]
    ledger.commit("customs-my", "organisation", addKeys=lotus)
    invoice = ledger.commit("lotus-textiles", "commercial-invoice", key="textiles")
    bill = ledger.commit("orient-star", "bill-of-lading")
    refs = {"invoice": invoice, "transportDocument": bill}
    declaration = ledger.commit("noord", "import-declaration", refs)
    ledger.commit("customs-nl", "clearance", {"declaration": declaration})
    ledger.commit("lotus", "title-action", {"document": bill})
    ledger.commit("lotus-textiles", "revocation", {"document": invoice}, key="textiles")


# Commercial invoice


def test_a_number_is_used_once_and_the_refusal_names_the_first_document(ledger: Ledger) -> None:
    first = ledger.commit("lotus", "commercial-invoice")
    refusal = ledger.refusal("lotus", "commercial-invoice", invoiceDate="2026-03-03")
    assert (refusal.code, refusal.path) == ("duplicate-number", "/body/invoiceNumber")
    assert first in refusal.message
    ledger.commit("noord", "commercial-invoice")
    ledger.commit("lotus", "commercial-invoice", invoiceNumber="LT-2026-0118")


def test_of_two_invoices_with_one_number_in_one_block_the_first_commits(ledger: Ledger) -> None:
    two = [ledger.make("lotus", "commercial-invoice") for _ in range(2)]
    first, second = ledger.block(*two)
    assert first.refusal is None
    assert second.refusal is not None and two[0].id in second.refusal.message


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"totalPaymentDue": "20318.16"}, "invoice-total"),
        ({"totalPaymentDue": "20318.14"}, "invoice-total"),
        ({"freightCost": ABSENT}, "invoice-total"),
        ({"discount": "0.01"}, "invoice-total"),
        ({"invoiceSubtotal": "19381.26"}, "invoice-subtotal"),
        ({"itemsShipped": invoice_lines(lineItemTotalPrice="12600.01")}, "line-total"),
        ({"itemsShipped": invoice_lines(quantity="401")}, "line-total"),
        ({"itemsShipped": invoice_lines(lineItemTotalPrice="12600.001")}, "minor-units"),
        ({"totalPaymentDue": "20318.150001"}, "minor-units"),
        ({"freightCost": "840.001"}, "minor-units"),
        ({"discount": "0.001"}, "minor-units"),
        ({"invoiceNumber": "LT  1"}, "schema"),
        ({"itemsShipped": invoice_lines(quantity="1" + "0" * 12)}, "schema"),
        ({"itemsShipped": invoice_lines(unitPrice="999999999.123456")}, "schema"),
        ({"itemsShipped": invoice_lines(quantity="9" * 12, unitPrice="9" * 12)}, "line-total"),
        ({"seller": {"name": "Lotus\u202eselitxeT"}}, "name-characters"),
        ({"buyer": {"name": "Noord\u0000"}}, "name-characters"),
        ({"currencyOfSettlement": "JPY"}, "minor-units"),
        ({"currencyOfSettlement": "ZZZ"}, "unknown-currency"),
        ({"currencyOfSettlement": "XAU"}, "unknown-currency"),
        ({"destinationCountry": "XX"}, "unknown-country"),
        ({"totalPaymentDue": "-1.00"}, "schema"),
        ({"totalPaymentDue": "1e3"}, "schema"),
        ({"totalPaymentDue": 20318}, "schema"),
        ({"itemsShipped": []}, "schema"),
        ({"itemsShipped": invoice_lines(hsCode="62061")}, "schema"),
        ({"itemsShipped": invoice_lines(hsCode="6206.10")}, "schema"),
        ({"itemsShipped": invoice_lines(hsEdition="2021")}, "schema"),
        ({"termsOfDelivery": {"incoterm": "DAT", "namedPlace": "Rotterdam"}}, "schema"),
        ({"seller": {"name": "Lotus", "organisation": "noord"}}, "wrong-signer"),
        ({"totalPaymentDue": ABSENT}, "schema"),
        ({"buyer": ABSENT}, "schema"),
    ],
)
def test_an_invoice_that_is_nearly_right_is_refused(
    ledger: Ledger, members: dict[str, Any], code: str
) -> None:
    assert ledger.refused("lotus", "commercial-invoice", **members) == code


@pytest.mark.parametrize(
    "members",
    [
        {"totalPaymentDue": "20318.150"},
        {"invoiceSubtotal": ABSENT},
        {"discount": "18.15", "totalPaymentDue": "20300.00"},
        {"tax": "1.00", "otherCharges": "2.00", "totalPaymentDue": "20321.15"},
        {"seller": {"name": "Lotus", "organisation": "lotus"}},
        {
            "currencyOfSettlement": "BHD",
            "itemsShipped": invoice_lines(unitPrice="31.501", lineItemTotalPrice="12600.400"),
            "invoiceSubtotal": "19381.650",
            "totalPaymentDue": "20318.550",
        },
    ],
)
def test_an_invoice_whose_sums_are_right_is_accepted(
    ledger: Ledger, members: dict[str, Any]
) -> None:
    assert ledger.warned("lotus", "commercial-invoice", **members) == []


@pytest.mark.parametrize(("total", "right"), [("0.12", True), ("0.13", True), ("0.14", False)])
def test_half_a_minor_unit_may_be_rounded_either_way(
    ledger: Ledger, total: str, right: bool
) -> None:
    line = {**LINES[0], "quantity": "1", "unitPrice": "0.125", "lineItemTotalPrice": total}
    members = {
        "itemsShipped": [line],
        "totalPaymentDue": total,
        **dict.fromkeys(("invoiceSubtotal", "freightCost", "insuranceCost"), ABSENT),
    }
    outcome = ledger.outcome("lotus", "commercial-invoice", **members)
    assert (outcome.refusal is None) == right


def test_an_invoice_of_200_lines_stays_within_its_steps(ledger: Ledger) -> None:
    line = {**LINES[0], "description": "x", "lineItemTotalPrice": "12600.00"}
    members = {
        "itemsShipped": [line] * 200,
        "invoiceSubtotal": "2520000.00",
        "totalPaymentDue": "2520936.90",
    }
    outcome = ledger.outcome("lotus", "commercial-invoice", **members)
    assert outcome.refusal is None
    assert outcome.steps < 16_000


@pytest.mark.parametrize("who", ["orient-star", "customs-nl", "bank", "swift-freight"])
def test_only_a_merchant_issues_an_invoice(ledger: Ledger, who: str) -> None:
    refusal = ledger.refusal(who, "commercial-invoice")
    assert "merchant" in refusal.message


def hidden(ledger: Ledger, *paths: str, **members: Any) -> tuple[str | None, list[str]]:
    """Refusal code and unchecked rules of the example invoice with these members hidden."""
    outcome = ledger.outcome("lotus", "commercial-invoice", hide=paths, **members)
    return (outcome.refusal.code if outcome.refusal else None), list(outcome.unchecked)


def test_a_rule_that_needs_a_hidden_member_is_listed_as_unchecked(ledger: Ledger) -> None:
    assert hidden(ledger, "/itemsShipped/0/unitPrice") == (None, ["line-total"])
    prices = [f"/itemsShipped/{line}/lineItemTotalPrice" for line in (0, 1)]
    assert hidden(ledger, *prices, invoiceNumber="2") == (None, ["invoice-total"])
    assert hidden(ledger, "/freightCost", invoiceNumber="3") == (None, ["invoice-total"])
    assert hidden(ledger, "/totalPaymentDue", invoiceNumber="4") == (None, ["invoice-total"])


@pytest.mark.parametrize(
    ("paths", "members", "refused"),
    [
        # every charge and the discount are shown: nothing hidden can be the reason
        (["/buyer"], dict.fromkeys(("tax", "otherCharges", "discount"), "0"), True),
        # a hidden discount never explains more to pay, nor a hidden charge less
        (["/discount"], {"tax": "0", "otherCharges": "0", "discount": "1.00"}, True),
        (["/tax"], {"tax": "1.00", "discount": "0", "totalPaymentDue": "1.00"}, True),
        (["/tax"], {"tax": "1.00", "discount": "0"}, False),
        (["/discount"], {"discount": "1.00", "totalPaymentDue": "20317.15"}, False),
    ],
)
def test_a_total_that_does_not_add_up_is_unchecked_only_where_something_hidden_can_explain_it(
    ledger: Ledger, paths: list[str], members: dict[str, str], refused: bool
) -> None:
    found = hidden(ledger, *paths, **{"totalPaymentDue": "999999.00", **members})
    assert found == (("invoice-total", []) if refused else (None, ["invoice-total"]))


def test_an_invoice_number_is_the_same_in_small_letters(ledger: Ledger) -> None:
    ledger.commit("lotus", "commercial-invoice", invoiceNumber="LT 1")
    assert ledger.refused("lotus", "commercial-invoice", invoiceNumber="lt 1") == (
        "duplicate-number"
    )


def test_what_is_not_hidden_is_still_checked(ledger: Ledger) -> None:
    lines = [LINES[0], {**LINES[1], "lineItemTotalPrice": "6781.26"}]
    path = "/itemsShipped/0/lineItemTotalPrice"
    assert hidden(ledger, path, itemsShipped=lines)[0] == "line-total"
    assert hidden(ledger, "/freightCost", invoiceSubtotal="1.00")[0] == "invoice-subtotal"


def test_hiding_only_the_buyer_leaves_every_sum_checked(ledger: Ledger) -> None:
    assert hidden(ledger, "/buyer") == (None, [])


def test_what_may_not_be_hidden_is_refused(ledger: Ledger) -> None:
    assert hidden(ledger, "/itemsShipped/0/hsCode")[0] == "schema"
    assert hidden(ledger, "/seller/name")[0] == "hidden-not-allowed"


@pytest.mark.parametrize("identifier", [{"lei": "213800KUD8LAJWSQ9D16"}, {"gln": "4012345000010"}])
def test_a_seller_with_wrong_check_digits_is_warned_about(
    ledger: Ledger, identifier: dict[str, str]
) -> None:
    seller = {"name": "Lotus", **identifier}
    assert ledger.warned("lotus", "commercial-invoice", seller=seller) == ["check-digit"]


# Import declaration


@pytest.mark.parametrize("role", ["importer", "exporter"])
def test_the_name_of_a_party_has_no_characters_that_hide_or_turn_it(
    ledger: Ledger, role: str
) -> None:
    refusal = ledger.refusal("noord", "import-declaration", **{role: {"name": "Noord\u202e"}})
    assert (refusal.code, refusal.path) == ("name-characters", f"/body/{role}/name")


def test_a_declaration_is_lodged_with_no_holds_and_no_duty(ledger: Ledger) -> None:
    declaration = ledger.commit("swift-freight", "import-declaration")
    assert json.loads(ledger.state[f"declaration/{declaration}"]) == {
        "kind": "import-declaration",
        "state": "lodged",
        "declarant": "swift-freight",
        "country": "NL",
        "open_holds": [],
        "duty_due": "0",
        "currencyCode": "EUR",
        "assessment": None,
        "lodgedOn": "2026-03-04",
    }


@pytest.mark.parametrize("who", ["customs-nl", "chamber-nl", "bank"])
def test_only_merchants_forwarders_and_carriers_declare(ledger: Ledger, who: str) -> None:
    ledger.refused(who, "import-declaration")
    for declarant in ("noord", "swift-freight", "orient-star"):
        ledger.commit(declarant, "import-declaration")


def test_a_declarant_uses_each_of_its_numbers_once(ledger: Ledger) -> None:
    mrn = "26NL000510A1B2C3D6"
    first = ledger.commit("noord", "import-declaration", movementReferenceNumber=mrn)
    refusal = ledger.refusal("noord", "import-declaration")
    assert (refusal.code, refusal.path) == ("duplicate-number", "/body/localReferenceNumber")
    assert first in refusal.message
    again = {"localReferenceNumber": "2", "movementReferenceNumber": mrn}
    refusal = ledger.refusal("noord", "import-declaration", **again)
    assert (refusal.code, refusal.path) == (
        "duplicate-number",
        "/body/movementReferenceNumber",
    )
    ledger.commit("swift-freight", "import-declaration", movementReferenceNumber=mrn)
    ledger.commit("noord", "import-declaration", localReferenceNumber="2")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"goodsItems": goods(netWeight={"value": "118.1", "unitCode": "KGM"})}, "net-over-gross"),
        ({"goodsItems": goods(originCountry="XX")}, "unknown-country"),
        ({"destinationCountry": "XX"}, "unknown-country"),
        ({"exportationCountry": "XX"}, "unknown-country"),
        ({"currencyOfSettlement": "ZZZ"}, "unknown-currency"),
        ({"goodsItems": []}, "schema"),
        ({"goodsItems": goods(customsValue="-1")}, "schema"),
        ({"importer": ABSENT}, "schema"),
        ({"localReferenceNumber": "x" * 23}, "schema"),
        ({"movementReferenceNumber": "26NL"}, "schema"),
    ],
)
def test_a_declaration_that_is_nearly_right_is_refused(
    ledger: Ledger, members: dict[str, Any], code: str
) -> None:
    assert ledger.refused("noord", "import-declaration", **members) == code


def test_declared_goods_are_goods_of_the_invoice_to_six_digits(ledger: Ledger) -> None:
    refs = {"invoice": ledger.commit("lotus", "commercial-invoice")}
    wrong = goods(hsCode="6206900000")
    assert ledger.refused("noord", "import-declaration", refs, goodsItems=wrong) == "hs-mismatch"
    longer = goods(hsCode="6206101234")
    assert ledger.warned("noord", "import-declaration", refs, goodsItems=longer) == []


def test_codes_of_another_hs_edition_are_not_compared_but_warned_about(ledger: Ledger) -> None:
    refs = {"invoice": ledger.commit("lotus", "commercial-invoice")}
    other = goods(hsEdition="2028", hsCode="6206900000")
    assert ledger.warned("noord", "import-declaration", refs, goodsItems=other) == ["hs-edition"]


def test_hs_codes_of_an_invoice_with_hidden_lines_go_unchecked(ledger: Ledger) -> None:
    hide = ["/itemsShipped"]
    refs = {"invoice": ledger.commit("lotus", "commercial-invoice", hide=hide)}
    wrong = goods(hsCode="6206900000")
    outcome = ledger.outcome("noord", "import-declaration", refs, goodsItems=wrong)
    assert outcome.refusal is None
    assert list(outcome.unchecked) == ["hs-mismatch"]


def test_an_invoice_to_another_destination_is_warned_about(ledger: Ledger) -> None:
    refs = {"invoice": ledger.commit("lotus", "commercial-invoice", destinationCountry="BE")}
    assert ledger.warned("noord", "import-declaration", refs) == ["other-destination"]


@pytest.mark.parametrize("role", ["invoice", "transportDocument"])
def test_a_reference_of_the_wrong_type_is_refused(ledger: Ledger, role: str) -> None:
    other = ledger.commit("noord", "import-declaration")
    code = ledger.refused("noord", "import-declaration", {role: other}, localReferenceNumber="2")
    assert code == "wrong-reference-type"


def test_a_wrong_container_number_and_a_foreign_office_are_warned_about(ledger: Ledger) -> None:
    odd = {"containers": ["CSQU3054384"], "customsOfficeOfEntry": "BE000001"}
    assert sorted(ledger.warned("noord", "import-declaration", **odd)) == [
        "check-digit",
        "other-office",
    ]


# Clearance


def test_customs_of_the_destination_release_the_goods_once(ledger: Ledger) -> None:
    declaration = ledger.commit("noord", "import-declaration")
    refs = {"declaration": declaration}
    clearance = ledger.commit("customs-nl", "clearance", refs)
    status = json.loads(ledger.state[f"declaration/{declaration}"])
    assert (status["state"], status["clearance"]) == ("cleared", clearance)
    refusal = ledger.refusal("customs-nl", "clearance", refs)
    assert refusal.code == "already-decided" and clearance in refusal.message


def test_customs_of_another_country_clear_nothing_here(ledger: Ledger) -> None:
    refs = {"declaration": ledger.commit("noord", "import-declaration")}
    assert ledger.refused("customs-my", "clearance", refs) == "not-your-border"


@pytest.mark.parametrize("who", ["chamber-nl", "noord", "orient-star"])
def test_only_customs_clear(ledger: Ledger, who: str) -> None:
    refs = {"declaration": ledger.commit("noord", "import-declaration")}
    assert "customs" in ledger.refusal(who, "clearance", refs).message


def test_a_clearance_names_a_declaration(ledger: Ledger) -> None:
    assert ledger.refused("customs-nl", "clearance") == "reference-missing"
    invoice = ledger.commit("lotus", "commercial-invoice")
    code = ledger.refused("customs-nl", "clearance", {"declaration": invoice})
    assert code == "wrong-reference-type"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ({"open_holds": ["phytosanitary"]}, "on-hold"),
        ({"duty_due": "12.50", "assessment": "X"}, "duty-unpaid"),
    ],
)
def test_goods_on_hold_or_with_duty_due_are_not_released(
    ledger: Ledger, status: dict[str, Any], code: str
) -> None:
    declaration = ledger.commit("noord", "import-declaration")
    key = f"declaration/{declaration}"
    before = json.loads(ledger.state[key])
    ledger.state[key] = json.dumps({**before, **status}).encode()
    refusal = ledger.refusal("customs-nl", "clearance", {"declaration": declaration})
    assert refusal.code == code
