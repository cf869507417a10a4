"""Invoice, declaration, clearance: the way of trade, and what the cases of an invoice leave out."""

from typing import Any

import pytest

from cocket.contracts.standard import example
from tests.contracts.standard.build import ABSENT, Ledger, public_key

LINES = example("commercial-invoice")["itemsShipped"]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def invoice_lines(**members: Any) -> list[dict[str, Any]]:
    """The example's lines, the first with `members`."""
    return [{**LINES[0], **members}, LINES[1]]


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


def test_of_two_invoices_with_one_number_in_one_block_the_first_commits(ledger: Ledger) -> None:
    two = [ledger.make("lotus", "commercial-invoice") for _ in range(2)]
    first, second = ledger.block(*two)
    assert first.refusal is None
    assert second.refusal is not None and two[0].id in second.refusal.message


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"totalPaymentDue": "20318.150001"}, "minor-units"),
        ({"discount": "0.001"}, "minor-units"),
        ({"invoiceNumber": "LT  1"}, "schema"),
        ({"itemsShipped": invoice_lines(quantity="1" + "0" * 12)}, "schema"),
        ({"itemsShipped": invoice_lines(unitPrice="999999999.123456")}, "schema"),
        ({"itemsShipped": invoice_lines(quantity="9" * 12, unitPrice="9" * 12)}, "line-total"),
        ({"itemsShipped": invoice_lines(hsCode="6206.10")}, "schema"),
        ({"itemsShipped": invoice_lines(hsEdition="2021")}, "schema"),
        ({"totalPaymentDue": ABSENT}, "schema"),
    ],
)
def test_an_invoice_at_the_edges_of_its_form_is_refused(
    ledger: Ledger, members: dict[str, Any], code: str
) -> None:
    assert ledger.refused("lotus", "commercial-invoice", **members) == code


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


def hidden(ledger: Ledger, *paths: str, **members: Any) -> tuple[str | None, list[str]]:
    """Refusal code and unchecked rules of the example invoice with these members hidden."""
    outcome = ledger.outcome("lotus", "commercial-invoice", hide=paths, **members)
    return (outcome.refusal.code if outcome.refusal else None), list(outcome.unchecked)


@pytest.mark.parametrize(
    ("paths", "members", "refused"),
    [
        # every charge and the discount are shown: nothing hidden can be the reason
        (["/buyer"], dict.fromkeys(("tax", "otherCharges", "discount"), "0"), True),
        # a hidden discount can be the reason why less is due
        (["/discount"], {"discount": "1.00", "totalPaymentDue": "20317.15"}, False),
    ],
)
def test_a_total_that_does_not_add_up_is_unchecked_only_where_something_hidden_can_explain_it(
    ledger: Ledger, paths: list[str], members: dict[str, str], refused: bool
) -> None:
    found = hidden(ledger, *paths, **{"totalPaymentDue": "999999.00", **members})
    assert found == (("invoice-total", []) if refused else (None, ["invoice-total"]))


def test_what_is_not_hidden_is_still_checked(ledger: Ledger) -> None:
    assert hidden(ledger, "/freightCost", invoiceSubtotal="1.00")[0] == "invoice-subtotal"
