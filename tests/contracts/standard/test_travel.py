"""Travel: nobody reads a person on the ledger; whoever holds the disclosures runs its rules."""

from typing import Any

import pytest

from cocket.contracts.cases import parse
from cocket.contracts.disclosed import Verdict, judged
from cocket.contracts.engine import Outcome
from cocket.contracts.standard import example
from cocket.ledger import canonical
from tests.contracts.test_disclosed import Holder, played

PERSONS = {"visa-invitation": "invitee", "traveller-clearance": "traveller"}
"""Of these types, the member that is a person."""


def holder_of(name: str, *changes: str, hides: bool = True) -> Holder:
    """The example of a type with changes, as lines of cases say them."""
    lines = "\n".join(f"    {change}" for change in changes)
    (case,) = parse(f"# x\n{name}\n{lines}\n")
    return played(case, hides)


def verdict_on(name: str, *changes: str) -> Verdict:
    """What a consulate, or an officer, finds that holds every disclosure."""
    holder = holder_of(name, *changes)
    return holder.verdicts[len(holder.outcomes) - 1]


def outcome_open(name: str, *changes: str) -> Outcome:
    """What the ledger says when nothing is hidden."""
    return holder_of(name, *changes, hides=False).outcomes[-1][1]


@pytest.mark.parametrize(("name", "member"), PERSONS.items())
def test_an_open_person_is_refused(name: str, member: str) -> None:
    refusal = outcome_open(name).refusal
    assert refusal is not None
    assert (refusal.code, refusal.path) == ("personal-data", f"/body/{member}")


@pytest.mark.parametrize(("name", "member"), PERSONS.items())
def test_nothing_of_the_person_is_in_what_goes_on_the_ledger(name: str, member: str) -> None:
    holder = holder_of(name)
    (paper,) = (paper for paper in holder.papers.values() if paper.document.type_name == name)
    public = canonical.encode(paper.document.claims).decode()
    person: dict[str, Any] = example(name)[member]
    for told in ("name", "passportNumber", "birthDate", "passportExpiryDate", "jobTitle"):
        assert person[told] not in public


@pytest.mark.parametrize(
    ("expiry", "code", "warnings"),
    [
        ("2026-04-28", "passport-expires", []),
        ("2026-04-29", "passport-expires", []),
        ("2026-04-30", None, ["passport-short"]),
        ("2026-07-29", None, ["passport-short"]),
        ("2026-07-30", None, []),
    ],
)
def test_a_passport_outlives_the_visit(expiry: str, code: str | None, warnings: list[str]) -> None:
    verdict = verdict_on("visa-invitation", f'/invitee/passportExpiryDate = "{expiry}"')
    assert (verdict.code, [each.code for each in verdict.warnings]) == (code, warnings)
    assert "passport-expires" in verdict.rules


def test_a_passport_whose_end_nobody_said_is_warned_about() -> None:
    verdict = verdict_on("visa-invitation", "/invitee/passportExpiryDate absent")
    assert [each.code for each in verdict.warnings] == ["passport-unknown"]


@pytest.mark.parametrize(
    ("last", "code"), [("2026-10-16", None), ("2026-10-17", "period-too-long")]
)
def test_a_visit_is_checked_by_whoever_reads_its_days(last: str, code: str | None) -> None:
    days = (f'/visitUntil = "{last}"', "/visitFrom hidden", "/visitUntil hidden")
    assert verdict_on("visa-invitation", *days).code == code


def test_who_reads_the_person_and_not_the_visit_leaves_what_needs_both() -> None:
    holder = holder_of("visa-invitation", "/visitUntil hidden")
    place = len(holder.outcomes) - 1
    basis = holder.bases[place]
    person = holder.papers[basis.document.id].present(["/invitee"])
    asked = ("code-list/country", "organisation/lotus", "organisation/noord")
    more = {key: canonical.decode(holder.stage.get(key) or b"null") for key in asked}
    verdict = judged(basis, {**holder.papers, person.id: person}, more)
    assert (verdict.word, verdict.rules) == ("accepted", ("name-characters",))
    assert verdict.unchecked == ("period-too-long", "passport-expires")
    assert verdict.warnings == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (r'/invitee/name = "Tan\u202eniL ieM"', "name-characters"),
        ('/invitee/nationality = "XX"', "unknown-country"),
    ],
)
def test_whoever_reads_the_person_finds_what_is_wrong_with_it(change: str, code: str) -> None:
    assert verdict_on("visa-invitation", change).code == code


@pytest.mark.parametrize(
    ("expiry", "code"), [("2029-03-15", "passport-expires"), ("2029-03-16", None)]
)
def test_a_card_holds_no_longer_than_the_passport(expiry: str, code: str | None) -> None:
    change = f'/traveller/passportExpiryDate = "{expiry}"'
    assert verdict_on("traveller-clearance", change).code == code


def test_a_card_is_a_persons() -> None:
    refusal = outcome_open("traveller-clearance", "/traveller absent").refusal
    assert refusal is not None and refusal.code == "traveller-missing"
