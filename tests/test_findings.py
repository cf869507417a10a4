"""What repeating a finding shows: reproduced, false, or that other members have to be shown."""

from dataclasses import replace
from typing import Any

import pytest

from cocket.contracts.disclosed import Basis, Verdict
from cocket.contracts.standard import contract_texts, example
from cocket.findings import Case, compared, finding_body
from cocket.ledger.document import sign
from cocket.ledger.errors import Refusal, Refused
from cocket.ledger.keys import SigningKey
from cocket.ledger.organisations import Key, Organisation
from cocket.ledger.sdjwt import SdJwt, conceal

KEY = SigningKey(bytes(32))
TYPE = "urn:cocket:commercial-invoice:1"
CONTRACT = next(text for text in contract_texts() if text.type == TYPE)
LOTUS = Organisation(
    "lotus", "Lotus", "MY", ("merchant",), "private", (Key(KEY.public_key, "sign"),)
)
PAPER = SdJwt(
    sign(
        {
            "iss": "lotus",
            "aud": "green-lane",
            "iat": 1_772_600_000,
            "jti": "AAAAAAAAAAAAAAAAAAAAAA",
            "vct": TYPE,
            "ucr": [],
            "refs": {},
            "body": example("commercial-invoice"),
        },
        KEY,
    )
)
BASIS = Basis(
    PAPER.document,
    1,
    1_772_600_000,
    LOTUS,
    {"schema": CONTRACT.schema, "source": CONTRACT.source},
    {},
    ("line-total", "invoice-total"),
)
ALL = {PAPER.id: "all"}
SOME = {PAPER.id: "some"}
BOTH = ("line-total", "invoice-total")


def case(
    code: str | None = None,
    rules: tuple[str, ...] = BOTH,
    unchecked: tuple[str, ...] = (),
    inputs: dict[str, str] = ALL,
) -> Case:
    refusal = None if code is None else Refusal(code, "no")
    ran = rules if code is None else (code,)
    return Case(BASIS, {}, {}, Verdict(refusal, (), ran, unchecked, inputs))


def result(ours: Case, theirs: Case, **changes: Any) -> str:
    return compared(ours, {**finding_body(theirs), **changes}).word


def test_what_comes_out_again_is_reproduced() -> None:
    assert result(case(), case()) == "reproduced"
    assert result(case("line-total"), case("line-total")) == "reproduced"


def test_on_the_same_disclosures_any_other_verdict_is_false() -> None:
    assert result(case(), case("line-total")) == "false"
    assert result(case("line-total"), case()) == "false"
    assert result(case("line-total"), case("invoice-total")) == "false"


def test_rules_that_were_not_run_are_not_claimed() -> None:
    claims_more = case(rules=BOTH)
    ran_less = case(rules=("line-total",), unchecked=("invoice-total",))
    assert result(ran_less, claims_more) == "false"


def test_another_contract_than_the_documents_is_false() -> None:
    other = {"type": TYPE, "digest": "A" * 43}
    assert result(case(), case(), contract=other) == "false"


def test_who_was_shown_less_can_have_been_right_about_it() -> None:
    shown_less = case(rules=("line-total",), unchecked=("invoice-total",), inputs=SOME)
    assert result(case(), shown_less) == "reproduced"
    assert result(case("invoice-total"), shown_less) == "unknown"
    assert result(case("line-total"), shown_less) == "false"


def test_who_was_shown_less_than_the_finder_cannot_tell() -> None:
    shown_less = case(rules=("line-total",), unchecked=("invoice-total",), inputs=SOME)
    assert result(shown_less, case("invoice-total")) == "unknown"
    assert result(shown_less, case()) == "unknown"


def test_what_is_accepted_with_everything_open_nobody_refuses() -> None:
    assert result(case(), case("line-total", inputs=SOME)) == "false"


@pytest.mark.parametrize("code", ["hidden-not-allowed", "schema"])
def test_what_the_schema_says_of_a_member_only_who_was_shown_it_can_tell(code: str) -> None:
    hidden, (disclosure,) = conceal(PAPER.document.body, ["/originCountry"], lambda: bytes(16))
    claims = {**PAPER.document.claims, "body": hidden, "_sd_alg": "sha-256"}
    document = sign(claims, KEY)
    basis = replace(BASIS, document=document)
    for paper, word in (
        (SdJwt(document), "unknown"),
        (SdJwt(document, (disclosure,)), "false"),
    ):
        shown = replace(case(inputs=SOME), basis=basis, papers={document.id: paper})
        assert result(shown, replace(case(code), basis=basis)) == word
        assert result(shown, replace(case("line-total"), basis=basis)) == "false"


def test_where_no_rule_was_run_there_is_nothing_to_find() -> None:
    with pytest.raises(Refused, match="nothing-unchecked"):
        finding_body(case(rules=(), unchecked=BOTH))
    with pytest.raises(Refused, match="nothing-unchecked"):
        finding_body(case(inputs={}))


def test_a_finding_tells_nothing_of_what_was_hidden() -> None:
    body = finding_body(case("line-total"))
    assert set(body) == {"contract", "verdict", "code", "rulesRun", "inputs"}
    assert body["contract"] == {"type": TYPE, "digest": BASIS.digest}
