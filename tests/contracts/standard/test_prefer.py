"""Preference, trusted traders and findings: what is claimed, given or found is what others read."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.contracts.standard import assembled_source, example
from tests.contracts.standard.build import Ledger

GOODS = example("import-declaration")["goodsItems"]
PARTIES = {"MEUFTA": ["MY", "NL"]}
RULE = '''"""Goods of who is not trusted wait."""

SIGNED_BY = []
WRITES = []


def check(doc, signer):
    if trusted_trader("NL", doc["iss"], doc["time"]) is None:
        hold_goods("unknown-trader", "customs look at the goods")
'''
DEMAND = '''"""No goods are cleared on rules that nobody ran."""

SIGNED_BY = []
WRITES = []


def check(doc, signer):
    declaration = document(doc["refs"]["declaration"], [])
    for identity in declaration["refs"].values():
        if get("unchecked", identity) is not None:
            require(get("finding", identity + "/" + doc["iss"]) is not None, "nobody-looked",
                    "look at what is hidden first", identity, "/refs/declaration")
'''


def table(ledger: Ledger, name: str, rows: Any) -> str:
    body = {**example("reference-table"), "name": name, "table": rows}
    return ledger.commit("customs-nl", "reference-table", body=body)


def rule(ledger: Ledger, source: str, documents: list[str]) -> str:
    body = {
        "country": "NL",
        "name": "rule",
        "from": "2026-03-04",
        "legalBasis": "A law.",
        "summary": "A rule.",
        "documents": documents,
        "source": assembled_source(source),
    }
    return ledger.commit("customs-nl", "border-rule", body=body)


class Claimed:
    """A declaration with a certificate of origin, and a preference claim on some of its items."""

    def __init__(self, rate: Decimal, preferential: Decimal, items: list[int]) -> None:
        self.ledger = Ledger()
        table(self.ledger, "agreements", PARTIES)
        self.rates = {True: preferential, False: rate}
        rows = [
            {"hs": "6206", "origin": "*", "rate": str(rate)},
            {"hs": "6206", "origin": "MY", "agreement": "MEUFTA", "rate": str(preferential)},
        ]
        table(self.ledger, "tariff-62", {"rows": rows})
        bill = self.ledger.commit("orient-star", "bill-of-lading")
        carried = {"transportDocument": bill}
        self.declaration = self.ledger.commit("noord", "import-declaration", carried)
        self.certificate = self.ledger.commit("customs-my", "certificate-of-origin")
        self.refs = {"declaration": self.declaration, "certificateOfOrigin": self.certificate}
        self.claim = self.ledger.commit("noord", "preference-claim", self.refs, items=items)

    def assessment(self, preferred: list[int]) -> dict[str, Any]:
        """Members of an assessment that gives preference to these items."""
        lines = []
        for number, item in enumerate(GOODS, 1):
            rate = self.rates[number in preferred]
            due = (Decimal(item["customsValue"]) * rate / 100).quantize(Decimal("0.01"))
            line = {
                "item": number,
                "type": "A00",
                "taxBase": item["customsValue"],
                "rate": str(rate),
                "amount": str(due),
                "table": "tariff-62",
            }
            lines.append({**line, "agreement": "MEUFTA"} if number in preferred else line)
        total = sum(Decimal(str(line["amount"])) for line in lines)
        return {"lines": lines, "totalDue": str(total)}

    def assessed(self, preferred: list[int]) -> str | None:
        """The code with which customs' assessment is refused, or None."""
        refs = {"declaration": self.declaration}
        outcome = self.ledger.outcome(
            "customs-nl", "duty-assessment", refs, **self.assessment(preferred)
        )
        return None if outcome.refusal is None else outcome.refusal.code


rates = st.decimals("0", "40", places=1)
some_items = st.lists(st.sampled_from([1, 2]), min_size=1, unique=True)


@settings(max_examples=20)
@given(rate=rates, preferential=rates, claimed=some_items, applied=some_items)
def test_the_lower_rate_is_for_just_the_items_that_were_claimed(
    rate: Decimal, preferential: Decimal, claimed: list[int], applied: list[int]
) -> None:
    code = Claimed(rate, preferential, claimed).assessed(applied)
    assert code == (None if set(applied) <= set(claimed) else "no-preference")


def test_what_is_due_is_less_by_the_claim() -> None:
    case = Claimed(Decimal("12"), Decimal("3"), [1, 2])
    assert case.assessed([1, 2]) is None
    declared = json.loads(case.ledger.state[f"declaration/{case.declaration}"])
    assert declared["duty_due"] == "609.55"  # 3 % of 13209.20 and of 7108.95; 12 % is 2438.17


def test_a_certificate_that_was_revoked_gives_no_preference_before_the_claim_or_after_it() -> None:
    case = Claimed(Decimal("12"), Decimal("3"), [1])
    case.ledger.commit("customs-my", "revocation", {"document": case.certificate})
    assert case.assessed([1]) == "no-preference"
    assert case.ledger.refused("noord", "preference-claim", case.refs, items=[2]) == (
        "reference-revoked"
    )
    assert case.assessed([]) is None


def test_a_border_rule_reads_whom_its_customs_trust_for_as_long_as_they_do() -> None:
    ledger = Ledger()
    rule(ledger, RULE, ["import-declaration"])
    number = iter(range(1, 9))

    def warned() -> list[str]:
        return ledger.warned("noord", "import-declaration", localReferenceNumber=str(next(number)))

    assert warned() == ["held"]
    status = ledger.commit("customs-nl", "trusted-trader")
    assert warned() == []
    better = ledger.commit(
        "customs-nl",
        "trusted-trader",
        {"supersedes": status},
        amendmentReason="Security was examined as well.",
    )
    assert warned() == []
    ledger.commit("customs-nl", "revocation", {"document": better})
    assert warned() == ["held"]


def test_customs_of_one_country_trust_nobody_for_another() -> None:
    ledger = Ledger()
    rule(ledger, RULE, ["import-declaration"])
    ledger.commit("customs-my", "trusted-trader", country="MY")
    assert ledger.warned("noord", "import-declaration") == ["held"]


def test_a_border_rule_demands_a_finding_of_what_is_hidden_and_takes_it() -> None:
    ledger = Ledger()
    rule(ledger, DEMAND, ["clearance"])
    hidden = ["/itemsShipped/0/unitPrice"]
    invoice = ledger.commit("lotus", "commercial-invoice", hide=hidden)
    assert json.loads(ledger.state[f"unchecked/{invoice}"]) == ["line-total"]
    declaration = ledger.commit("noord", "import-declaration", {"invoice": invoice})
    refs = {"declaration": declaration}
    assert ledger.refused("customs-nl", "clearance", refs) == "nobody-looked"
    inputs = [{"document": invoice, "disclosuresDigest": "A" * 43}]
    ledger.commit("customs-nl", "finding", {"document": invoice}, inputs=inputs)
    ledger.commit("customs-nl", "clearance", refs)


def test_what_hides_nothing_leaves_nothing_unchecked_in_the_state() -> None:
    ledger = Ledger()
    ledger.commit("lotus", "commercial-invoice")
    assert not any(key.startswith("unchecked/") for key in ledger.state)
