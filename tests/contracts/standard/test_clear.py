"""Declarations: values under every Incoterm on either basis, and licences that are drawn and given
back."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.contracts.standard import example
from tests.contracts.standard.build import ABSENT, Ledger
from tests.contracts.standard.test_life import World, contract

GOODS = example("import-declaration")["goodsItems"]
CARRIAGE_PAID = {"CPT", "CIP", "CFR", "CIF", "DAP", "DPU", "DDP"}
INSURED = {"CIP", "CIF", "DAP", "DPU", "DDP"}
TERMS = sorted(CARRIAGE_PAID | {"EXW", "FCA", "FAS", "FOB"})
REASON = "Counted again."


def put(ledger: Ledger, key: str, value: Any) -> None:
    ledger.state[key] = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def invoiced(ledger: Ledger, incoterm: str, freight: Decimal, insurance: Decimal) -> str:
    """An invoice of goods worth 19381.25, with what the terms put into the price."""
    total = Decimal("19381.25")
    body: dict[str, Any] = {"freightCost": ABSENT, "insuranceCost": ABSENT}
    if incoterm in CARRIAGE_PAID:
        total += freight
        body["freightCost"] = str(freight)
    if incoterm in INSURED:
        total += insurance
        body["insuranceCost"] = str(insurance)
    terms = {"incoterm": incoterm, "namedPlace": "Rotterdam"}
    return ledger.commit(
        "lotus", "commercial-invoice", termsOfDelivery=terms, totalPaymentDue=str(total), **body
    )


def declared(incoterm: str, basis: str, freight: Decimal, insurance: Decimal) -> dict[str, Any]:
    """Members of a declaration that says of costs what the terms leave to the buyer."""
    costs = {}
    if basis == "CIF" and incoterm not in CARRIAGE_PAID:
        costs["freightCost"] = str(freight)
    if basis == "CIF" and incoterm not in INSURED:
        costs["insuranceCost"] = str(insurance)
    return {
        "termsOfDelivery": {"incoterm": incoterm, "namedPlace": "Rotterdam"},
        "deliveryCosts": costs,
    }


@given(
    incoterm=st.sampled_from(TERMS),
    basis=st.sampled_from(["CIF", "FOB"]),
    freight=st.decimals("0", "9999.99", places=2),
    insurance=st.decimals("0", "999.99", places=2),
    off=st.sampled_from(["0.00", "0.01", "-0.01"]),
)
@settings(max_examples=40, deadline=None)
def test_a_customs_value_is_the_goods_with_carriage_or_without_whoever_pays_it(
    incoterm: str, basis: str, freight: Decimal, insurance: Decimal, off: str
) -> None:
    ledger = Ledger()
    put(ledger, "tables/NL/valuation", ["2020-01-01"])
    put(ledger, "table/NL/valuation/2020-01-01", {"basis": basis})
    refs = {"invoice": invoiced(ledger, incoterm, freight, insurance)}
    right = Decimal("19381.25") + (freight + insurance if basis == "CIF" else 0)
    value = str(right - Decimal("6781.25") + Decimal(off))
    goods = [{**GOODS[0], "customsValue": value}, {**GOODS[1], "customsValue": "6781.25"}]
    members = declared(incoterm, basis, freight, insurance)
    outcome = ledger.outcome("noord", "import-declaration", refs, goodsItems=goods, **members)
    if off == "0.00":
        assert outcome.refusal is None, outcome.refusal
        assert outcome.unchecked == ()
    else:
        assert outcome.refusal is not None and outcome.refusal.code == "value-mismatch"


def licensed(quantity: str) -> dict[str, Any]:
    line = {**GOODS[0], "supplementaryUnits": quantity, "supplementaryUnitCode": "H87"}
    return {"goodsItems": [line]}


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["declare", "amend", "revoke", "refuse", "appeal"]),
            st.integers(0, 900),
            st.integers(0, 5),
        ),
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None)
def test_what_is_left_of_a_licence_and_what_declarations_hold_of_it_is_always_its_quantity(
    steps: list[tuple[str, int, int]],
) -> None:
    ledger = Ledger()
    licence = ledger.commit("customs-nl", "trade-licence")
    holding: dict[str, int] = {}
    refused: dict[str, tuple[str, int]] = {}
    for number, (what, quantity, choice) in enumerate(steps):
        chosen = list(holding)[choice % len(holding)] if holding else None
        if what == "declare" or (what == "amend" and chosen):
            refs = {"licence": licence}
            members: dict[str, Any] = {"localReferenceNumber": str(number)}
            if what == "amend" and chosen is not None:
                refs["supersedes"] = chosen
                members["amendmentReason"] = REASON
            document = ledger.make(
                "noord", "import-declaration", refs, **members, **licensed(str(quantity))
            )
            replaced = holding[chosen] if what == "amend" and chosen is not None else 0
            free = 2000 - sum(holding.values()) + replaced
            outcome = ledger.block(document)[0]
            if quantity > free:
                assert outcome.refusal is not None
                assert outcome.refusal.code == "licence-exhausted"
            else:
                assert outcome.refusal is None, outcome.refusal
                if what == "amend" and chosen is not None:
                    del holding[chosen]
                holding[document.id] = quantity
        elif what == "revoke" and chosen:
            ledger.commit("noord", "revocation", {"document": chosen})
            del holding[chosen]
        elif what == "refuse" and chosen:
            refusal = ledger.commit("customs-nl", "refusal", {"declaration": chosen})
            refused[chosen] = (refusal, holding.pop(chosen))
        elif what == "appeal" and refused:
            again, (refusal, held) = refused.popitem()
            appeal = ledger.commit(
                "noord", "appeal", {"refusal": refusal}, appealNumber=str(number)
            )
            outcome = ledger.outcome("customs-nl", "appeal-decision", {"appeal": appeal})
            free = 2000 - sum(holding.values())
            assert (outcome.refusal is None) == (held <= free), outcome.refusal
            if outcome.refusal is None:
                holding[again] = held
        left = Decimal(json.loads(ledger.state[f"licence/{licence}"])["left"])
        assert left == 2000 - sum(holding.values()) and left >= 0


DATE_OF = contract('require(date_of(body["moment"]) == body["date"], "other", "date_of")')


@given(moment=st.integers(0, 4_102_444_799))
@settings(max_examples=200)
def test_the_day_of_a_moment_is_that_of_the_calendar(moment: int) -> None:
    body = {"moment": moment, "date": datetime.fromtimestamp(moment, UTC).date().isoformat()}
    assert World().says(DATE_OF, body) is None
