"""Border rules: whom they bind, what they may say, and what happens when they fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from cocket.contracts import borders
from cocket.contracts.standard import assembled_source
from cocket.ledger import canonical
from cocket.ledger.errors import Refusal
from tests.contracts.standard.build import Ledger

TODAY = "2026-03-04"
HEAD = '"""A rule."""\nSIGNED_BY = []\nWRITES = []\n\n'


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def publish(ledger: Ledger, text: str, name: str = "rule", **members: Any) -> str:
    """A rule of NL customs for import declarations, in force from today: `check`'s lines."""
    source = HEAD + "def check(doc, signer):\n" + "\n".join(f"    {x}" for x in text.split("\n"))
    body = {
        "country": "NL",
        "name": name,
        "from": TODAY,
        "legalBasis": "A law.",
        "summary": "A rule.",
        "documents": ["import-declaration"],
        "source": assembled_source(source + "\n"),
        **members,
    }
    return ledger.commit("customs-nl", "border-rule", body=body)


def declare(ledger: Ledger, **members: Any) -> str:
    return ledger.commit("noord", "import-declaration", **members)


def refused(ledger: Ledger, **members: Any) -> Refusal:
    return ledger.refusal("noord", "import-declaration", **members)


def value(ledger: Ledger, key: str) -> Any:
    return json.loads(ledger.state[key])


def test_a_refusal_of_a_rule_says_whose_it_is_and_leaves_nothing_behind(ledger: Ledger) -> None:
    publish(ledger, 'refuse("no-wool", "no wool today", "/body/goodsItems")')
    refusal = refused(ledger)
    assert refusal == Refusal(
        "no-wool", "customs of NL, rule rule: no wool today", "/body/goodsItems"
    )
    assert not any(key.startswith("declaration/") for key in ledger.state)


def test_a_hold_stands_on_the_declaration_with_its_reasons(ledger: Ledger) -> None:
    rule = publish(
        ledger, 'hold_goods("sample", "a sample is taken")\nhold_goods("papers", "bring them")'
    )
    outcome = ledger.outcome("noord", "import-declaration")
    assert [(each.code, each.message) for each in outcome.warnings] == [
        ("held", "customs of NL hold the goods, rule rule: a sample is taken (sample)"),
        ("held", "customs of NL hold the goods, rule rule: bring them (papers)"),
    ]
    (declaration,) = (key for key in ledger.state if key.startswith("declaration/"))
    assert value(ledger, declaration)["open_holds"] == ["NL/rule"]
    assert value(ledger, declaration.replace("declaration", "decided")) == {
        "country": "NL",
        "date": TODAY,
        "rules": {"rule": rule},
        "holds": {
            "rule": [
                {"code": "sample", "message": "a sample is taken"},
                {"code": "papers", "message": "bring them"},
            ]
        },
    }


def test_what_rules_assess_adds_up_and_is_paid_by_the_declaration(ledger: Ledger) -> None:
    line = 'duty_line(1, "A00", decimal("200.05"), decimal("12"), 2, "tariff-62", "2026-01-01")'
    duty = publish(ledger, f'assess_duty("EUR", [{line}])', "a-duty")
    flat = 'flat_line(1, "B00", 2, decimal("3"), 2, "flat", "2026-01-01")'
    rest = publish(ledger, f'assess_duty("EUR", [{flat}])', "b-flat")
    identity = declare(ledger)
    declaration = value(ledger, f"declaration/{identity}")
    assert declaration["duty_due"] == "30.01"
    assert (declaration["assessment"], declaration["currencyCode"]) == (identity, "EUR")
    decided = value(ledger, f"decided/{identity}")
    assert decided["totalDue"] == "30.01"
    assert decided["rules"] == {"a-duty": duty, "b-flat": rest}
    assert [(each["rule"], each["amount"], each["working"]) for each in decided["lines"]] == [
        ("a-duty", "24.01", "200.05 x 12 % = 24.01"),
        ("b-flat", "6.00", "2 x 3 = 6.00"),
    ]


def test_a_rule_is_told_where_and_when_it_is_asked(ledger: Ledger) -> None:
    publish(
        ledger,
        'border = doc["border"]\nhold_goods("told", border["country"] + border["date"]'
        ' + border["rule"] + border["from"] + doc["id"] + signer["organisation"])',
    )
    identity = declare(ledger)
    (reason,) = value(ledger, f"decided/{identity}")["holds"]["rule"]
    assert reason["message"] == f"NL{TODAY}rule{TODAY}{identity}noord"


def test_a_rule_sees_the_state_with_what_the_contract_wrote_and_its_tables(ledger: Ledger) -> None:
    table = {"country": "NL", "name": "limits", "from": "2020-01-01", "legalBasis": "A law."}
    ledger.commit("customs-nl", "reference-table", body={**table, "table": {"most": "7"}})
    publish(
        ledger,
        'require(get("declaration", doc["id"])["state"] == "lodged", "x", "x")\n'
        'most = table_on("NL", "limits", doc["border"]["date"])["most"]\n'
        'hold_goods("limit", "more than " + most)',
    )
    assert value(ledger, f"decided/{declare(ledger)}")["holds"]["rule"][0]["message"] == (
        "more than 7"
    )


def test_what_customs_do_with_a_declaration_is_addressed_to_them_too(ledger: Ledger) -> None:
    publish(ledger, 'refuse("not-today", "nothing is released")', documents=["clearance"])
    identity = declare(ledger)
    refusal = ledger.refusal("customs-nl", "clearance", {"declaration": identity})
    assert refusal.code == "not-today"


def test_what_only_names_a_country_is_not_addressed_to_its_customs(ledger: Ledger) -> None:
    publish(ledger, 'refuse("no", "no")', documents=["commercial-invoice", "bill-of-lading"])
    ledger.commit("lotus", "commercial-invoice")
    ledger.commit("orient-star", "bill-of-lading")


def test_a_declaration_to_another_border_never_meets_the_rule(ledger: Ledger) -> None:
    publish(ledger, 'refuse("no", "no")')
    declare(ledger, destinationCountry="BE", customsOfficeOfEntry="BE000001")


def test_a_rule_of_one_block_holds_from_the_next(ledger: Ledger) -> None:
    body = {
        "country": "NL",
        "name": "rule",
        "from": TODAY,
        "legalBasis": "A law.",
        "summary": "A.",
        "documents": ["import-declaration"],
        "source": HEAD + 'def check(doc, signer):\n    refuse("no", "no")\n',
    }
    rule = ledger.make("customs-nl", "border-rule", body=body)
    declaration = ledger.make("noord", "import-declaration")
    assert all(each.committed for each in ledger.block(rule, declaration))
    assert refused(ledger, localReferenceNumber="SECOND").code == "no"


def test_a_table_has_a_thousand_days_and_then_goes_on_under_a_new_name(ledger: Ledger) -> None:
    days = [f"{year}-{month:02}-01" for year in range(1930, 2020) for month in range(1, 13)]
    ledger.state["tables/NL/rates"] = canonical.encode(days[:1000])
    table = {"country": "NL", "from": "2026-03-05", "legalBasis": "A law.", "table": {"a": "1"}}
    assert ledger.refused("customs-nl", "reference-table", body={**table, "name": "rates"}) == (
        "too-many-tables"
    )
    ledger.state["tables/NL/rates"] = canonical.encode(days[:999])
    ledger.commit("customs-nl", "reference-table", body={**table, "name": "rates"})


# What fails


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('x = doc["nothing"]', 'there is no member "nothing"'),
        ("for i in range(100000):\n    pass", "more than 100000 steps"),
        ('emit("other", {})', 'emits "hold" and "assess" only'),
        ('emit("hold", [])', "a list of 1 to 16 reasons"),
        ('emit("hold", [{"code": "A b", "message": "x"}])', "the code of a reason"),
        ('emit("hold", [{"code": "a", "message": ""}])', "1 to 400 characters"),
        ('emit("assess", {"lines": []})', "an assessment is"),
        ('assess_duty("XXX", [])', "a currency of ISO 4217"),
        ('assess_duty("EUR", [{}])', "decimal() takes"),
        ('assess_duty("EUR", [{"amount": "-1"}])', "not negative"),
        ('assess_duty("EUR", [{"amount": "1.005"}])', "2 decimals"),
        ('assess_duty("EUR", [{"amount": "1000000000000000"}])', "2 decimals"),
        ('assess_duty("EUR", [{"amount": "1", "rule": "x"}])', 'without a member "rule"'),
        ('assess_duty("EUR", [{"amount": "1"} for i in range(101)])', "at most 100 lines"),
        (
            'assess_duty("EUR", [{"amount": "1"}])\nassess_duty("USD", [{"amount": "1"}])',
            "one curr",
        ),
        ('for i in range(17):\n    warn("w", "w", "")', "16 warnings"),
    ],
)
def test_a_rule_that_fails_refuses_what_is_addressed_to_its_border_alone(
    ledger: Ledger, text: str, why: str
) -> None:
    publish(ledger, text)
    refusal = refused(ledger)
    assert refusal.code == "border-rule-failed"
    assert refusal.message.startswith("the rule rule of customs of NL failed")
    assert why in refusal.message
    declare(ledger, destinationCountry="BE", customsOfficeOfEntry="BE000001")


def test_rules_of_a_border_share_their_steps(ledger: Ledger) -> None:
    for name in ("a", "b", "c"):
        publish(ledger, "for i in range(20000):\n    pass", name)
    refusal = refused(ledger)
    assert refusal.code == "border-rule-failed"
    assert "rule c" in refusal.message


def test_only_where_a_declaration_is_lodged_a_rule_holds_or_assesses(ledger: Ledger) -> None:
    publish(ledger, 'hold_goods("no", "no")', documents=["clearance"])
    identity = declare(ledger)
    refusal = ledger.refusal("customs-nl", "clearance", {"declaration": identity})
    assert refusal.code == "border-rule-failed"
    assert "only where a declaration is lodged" in refusal.message


def test_a_rule_writes_nothing(ledger: Ledger) -> None:
    publish(ledger, 'put("declaration", doc["id"], None)')
    assert "WRITES does not name this collection" in refused(ledger).message


def test_a_rule_that_needs_what_is_hidden_goes_unchecked(ledger: Ledger) -> None:
    publish(
        ledger,
        'if shown(doc["body"], "exporter", "exporter-known"):\n'
        '    refuse("exporter-known", "never")',
    )
    outcome = ledger.outcome(
        "noord", "import-declaration", hide=["/exporter"], exporter={"name": "Lotus"}
    )
    assert outcome.committed
    assert "exporter-known" in outcome.unchecked


def test_steps_of_rules_are_counted_and_no_rules_cost_none(ledger: Ledger) -> None:
    def steps(number: str) -> int:
        return ledger.outcome("noord", "import-declaration", localReferenceNumber=number).steps

    before = steps("A")
    publish(ledger, "pass", documents=["clearance"])
    assert steps("B") == before
    publish(ledger, "x = 1", "other")
    assert before < steps("C") < before + 50


def test_limits_are_those_that_the_guide_names() -> None:
    assert (borders.STEPS_MAX, borders.REMARKS_MAX, borders.LINES_MAX) == (100_000, 16, 100)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('"text"', None),
        ("[1]", None),
        ('{"country": 7}', None),
        ('{"country": ["NL"]}', None),
        ('{"country": "NL"}', None),
        ('{"country": "NL", "open_holds": 7}', "border-rule-failed"),
        ('{"country": "NL", "open_holds": {"a": 1}}', "border-rule-failed"),
        ('{"country": "NL", "duty_due": 7}', "border-rule-failed"),
        ('{"country": "NL", "duty_due": "many"}', "border-rule-failed"),
    ],
)
def test_a_contract_that_writes_no_proper_declaration_stops_no_node(
    ledger: Ledger, written: str, code: str | None
) -> None:
    source = (
        '"""Odd."""\nSIGNED_BY = []\nWRITES = ["declaration"]\n\n'
        f'def check(doc, signer):\n    put("declaration", doc["id"], {written})\n'
    )
    entry = {"schema": {"type": "object"}, "source": source}
    ledger.state["contract/urn:cocket:odd:1"] = canonical.encode(entry)
    text = 'hold_goods("a", "b")\nassess_duty("EUR", [{"amount": "1.00"}])'
    publish(ledger, text, documents=["odd"])
    outcome = ledger.outcome("noord", "odd", body={})
    assert (outcome.refusal and outcome.refusal.code) == code


def test_the_rule_in_the_guide_is_a_rule() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    source = page.partition("```python\n")[2].partition("```")[0]
    value = {"source": assembled_source(source), "document": "x"}
    assert borders.compile_rule("MY/over-weight/2026-01-01", value).contract.writes == ()
