"""What stands for money is drawn and given back, at random: credits, bonds, excise guarantees.

A model keeps the books beside the real engine with the real contracts; what is left is never below
zero, and never other than the model says.
"""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.contracts.codes import check_digit
from cocket.contracts.standard import example
from tests.contracts.standard.build import ABSENT, Ledger

CENTS = st.integers(1, 60_000)
STEPS = st.lists(st.tuples(st.sampled_from(["draw", "end", "other"]), CENTS), max_size=14)
LIMIT = 100_000
REFUSAL: dict[str, Any] = {
    "answer": "REFUSED",
    "discrepancies": ["Late."],
    "disposal": "HOLDING",
}


def euros(cents: int) -> dict[str, str]:
    return {"value": f"{cents // 100}.{cents % 100:02}", "currencyCode": "EUR"}


def cents(value: str) -> int:
    return int(Decimal(value) * 100)


def kept(ledger: Ledger, key: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(ledger.state[key])
    return value


def movement_number(number: int) -> str:
    """A movement reference number with its check digit."""
    start = f"26NL000396T1{number:05}"
    return next(f"{start}{digit}" for digit in range(10) if check_digit("mrn", f"{start}{digit}"))


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_a_credit_is_drawn_by_what_was_honoured_and_by_no_more_than_its_sum(
    steps: list[tuple[str, int]],
) -> None:
    ledger = Ledger()
    required = [{"type": "commercial-invoice", "count": 1}]
    credit = ledger.commit(
        "bank-nl",
        "letter-of-credit",
        amount=euros(LIMIT),
        documentsRequired=required,
        confirmingBank=ABSENT,
    )
    drawn = 0
    waiting: list[tuple[str, int]] = []
    for number, (step, sum_drawn) in enumerate(steps):
        if step == "draw":
            invoice = ledger.commit("lotus", "commercial-invoice", invoiceNumber=f"I {number}")
            refs = {"letterOfCredit": credit, "invoice": invoice}
            document = ledger.make(
                "lotus",
                "credit-presentation",
                refs,
                presentationNumber=f"P {number}",
                amount=euros(sum_drawn),
            )
            (outcome,) = ledger.block(document)
            over = drawn == LIMIT or drawn + sum_drawn > LIMIT
            assert (outcome.refusal is not None) == over
            if not over:
                waiting.append((document.id, sum_drawn))
        elif waiting:
            presentation, asked = waiting.pop(sum_drawn % len(waiting))
            refused = step == "other"
            asks = {"presentation": presentation}
            answer = ledger.make("bank-nl", "credit-answer", asks, **(REFUSAL if refused else {}))
            (outcome,) = ledger.block(answer)
            assert (outcome.refusal is None) == (refused or drawn + asked <= LIMIT)
            if outcome.refusal is None and not refused:
                drawn += asked
            again = ledger.refusal("bank-nl", "credit-answer", asks)
            expected = {"already-answered", "reference-ended", "credit-exhausted"}
            assert again.code in expected
        assert cents(kept(ledger, f"credit/{credit}")["drawn"]) == drawn <= LIMIT


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_a_bond_stands_for_the_goods_that_are_on_their_way_and_for_no_more(
    steps: list[tuple[str, int]],
) -> None:
    ledger = Ledger()
    bond = ledger.commit("bank-nl", "customs-bond", amount=euros(LIMIT))
    moving: list[tuple[str, int]] = []
    for number, (step, asked) in enumerate(steps):
        if step == "draw":
            document = ledger.make(
                "swift-freight",
                "transit-declaration",
                {"customsBond": bond},
                localReferenceNumber=f"T {number}",
                movementReferenceNumber=movement_number(number),
                guaranteeAmount=euros(asked),
            )
            (outcome,) = ledger.block(document)
            over = sum(each for _, each in moving) + asked > LIMIT
            assert (outcome.refusal and outcome.refusal.code) == (
                "bond-exhausted" if over else None
            )
            if not over:
                moving.append((document.id, asked))
        elif moving:
            at = asked % len(moving)
            missing = step == "other"
            members = {"controlResult": "B1", "remarks": "Boxes are missing."} if missing else {}
            ledger.commit("customs-nl", "transit-discharge", {"transit": moving[at][0]}, **members)
            if not missing:
                moving.pop(at)
        left = LIMIT - sum(each for _, each in moving)
        assert cents(kept(ledger, f"bond/{bond}")["left"]) == left >= 0


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_an_excise_guarantee_answers_for_what_moves_until_it_is_received(
    steps: list[tuple[str, int]],
) -> None:
    ledger = Ledger()
    guarantee = ledger.commit("bank-nl", "excise-guarantee", amount=euros(LIMIT))
    moving: list[tuple[str, int]] = []
    code = example("excise-movement-document")["administrativeReferenceCode"][:16]
    refused: dict[str, int] = {}
    for number, (step, asked) in enumerate(steps):
        if step == "draw":
            document = ledger.make(
                "swift-freight",
                "excise-movement-document",
                {"exciseGuarantee": guarantee},
                administrativeReferenceCode=f"{code}{number:05}",
                guaranteedAmount=euros(asked),
            )
            (outcome,) = ledger.block(document)
            over = sum(each for _, each in moving) + sum(refused.values()) + asked > LIMIT
            assert (outcome.refusal is None) != over
            if not over:
                moving.append((document.id, asked))
        elif moving:
            identity, amount = moving.pop(asked % len(moving))
            sent_back = {"result": "REFUSED", "remarks": "Not ordered."} if step == "other" else {}
            ledger.commit("noord", "excise-receipt", {"movement": identity}, **sent_back)
            if sent_back:
                refused[identity] = amount
        left = LIMIT - sum(each for _, each in moving) - sum(refused.values())
        assert cents(kept(ledger, f"excise-guarantee/{guarantee}")["left"]) == left >= 0
