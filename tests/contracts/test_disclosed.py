"""What a document hides is judged by whoever holds its disclosures as the ledger would judge it
open: every case of every standard type that hides something is played twice."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.contracts.cases import Case, Issue, parse
from cocket.contracts.disclosed import (
    Basis,
    Missing,
    Verdict,
    basis_of,
    basis_value,
    disclosures_digest,
    judged,
    opened,
)
from cocket.contracts.engine import Outcome
from cocket.contracts.rehearsal import Play, Sample, Stage
from cocket.contracts.standard import cases, contract_texts, example
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.errors import Refused
from cocket.ledger.genesis import DEPTH_MAX
from cocket.ledger.organisations import Organisation
from cocket.ledger.sdjwt import Disclosure, SdJwt, conceal

SAMPLES = [
    Sample(text, example(name), parse(cases(name)))
    for text in contract_texts()
    for name in [text.type.split(":")[2]]
]
STAGE = Stage(SAMPLES)
BEGINNING = STAGE.moment()
HIDING = [
    (sample, case)
    for sample in SAMPLES
    for case in sample.cases
    if any(
        change.kind == "hidden"
        for step in case.steps
        if isinstance(step, Issue)
        for change in step.changes
    )
]
ONLY_HIDDEN = ("personal-data", "nothing-unchecked")
"""A person whom everybody could read, a finding where nothing is hidden: the ledger takes neither,
so there is no open document to compare."""


class _State(Mapping[str, Any]):
    """The state of a stage, as a node shows it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> Any:
        data = self.stage.get(key)
        return None if data is None else canonical.decode(data, DEPTH_MAX)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Holder(Play):
    """Plays a case and keeps every disclosure; or hides nothing.

    bases  what each document that hides something was run on, by its place in the case
    """

    def __init__(self, stage: Stage, case: Case, hides: bool = True) -> None:
        super().__init__(stage, case)
        self.hides = hides
        self.papers: dict[str, SdJwt] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.bases: dict[int, Basis] = {}
        self.depth = 0
        self._fresh: tuple[Disclosure, ...] = ()

    def concealed(self, body: dict[str, Any], pointers: list[str]) -> dict[str, Any]:
        if not self.hides:
            return body
        hidden, self._fresh = conceal(body, pointers, self.counted)
        return hidden

    def document(self, issue: Issue, example: Issue, sample: Sample) -> Document:
        self._fresh = ()
        document = super().document(issue, example, sample)
        self.papers[document.id] = SdJwt(document, self._fresh)
        return document

    def issue(self, issue: Issue) -> tuple[Outcome, Mapping[str, bytes | None]]:
        self.depth += 1
        outcome, writes = super().issue(issue)
        self.depth -= 1
        if self.depth == 0 and outcome.read is not None:
            place = len(self.outcomes)
            self.bases[place] = self.basis(self.of_type[issue.type], outcome)
            self.verdicts[place] = judged(self.bases[place], self.papers, _State(self.stage))
        return outcome, writes

    def basis(self, document: Document, outcome: Outcome) -> Basis:
        state = _State(self.stage)
        return Basis(
            document,
            self.stage.moment().height,
            self.stage.time_s,
            Organisation.from_value(state[f"organisation/{document.issuer}"]),
            state[f"contract/{document.type}"],
            {
                key: None if value is None else canonical.decode(value, DEPTH_MAX)
                for key, value in outcome.read or ()
            },
            outcome.unchecked,
        )


def played(case: Case, hides: bool = True) -> Holder:
    STAGE.back_to(BEGINNING)
    holder = Holder(STAGE, case, hides)
    holder.run()
    return holder


@pytest.mark.parametrize(
    ("sample", "case"), HIDING, ids=[f"{sample.name}: {case.title}" for sample, case in HIDING]
)
def test_hidden_and_open_come_to_the_same_verdict(sample: Sample, case: Case) -> None:
    compare(played(case), played(case, hides=False))


def compare(hidden: Holder, shown: Holder) -> None:
    """What was hidden came to what the ledger said of it open."""
    for place, verdict in hidden.verdicts.items():
        if place >= len(shown.outcomes):
            break  # open, the ledger refused what this builds on
        outcome = shown.outcomes[place][1]
        if outcome.refusal is not None and outcome.refusal.code in ONLY_HIDDEN:
            continue
        assert (verdict.refusal and (verdict.refusal.code, verdict.refusal.path)) == (
            outcome.refusal and (outcome.refusal.code, outcome.refusal.path)
        )
        if outcome.refusal is None:
            assert [each.code for each in verdict.warnings] == [
                each.code for each in outcome.warnings
            ]
            assert not verdict.unchecked


# --- whatever is hidden ---------------------------------------------------------------------------


def hideable(schema: Any, node: Any, value: Any, path: str = "") -> Iterator[str]:
    """Pointers to the members of a body that its schema marks confidential."""
    while "$ref" in node:
        node = {**schema["$defs"][node["$ref"].rpartition("/")[2]], **without_ref(node)}
    if isinstance(value, dict):
        for name, member in node.get("properties", {}).items():
            if name in value:
                if member.get("x-confidential"):
                    yield f"{path}/{name}"
                yield from hideable(schema, member, value[name], f"{path}/{name}")
    elif isinstance(value, list) and "items" in node:
        for number, item in enumerate(value):
            yield from hideable(schema, node["items"], item, f"{path}/{number}")


def without_ref(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in node.items() if name != "$ref"}


def at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        value = value[int(part) if isinstance(value, list) else part]
    return value


MEMBERS = {
    sample.name: sorted(set(hideable(sample.text.schema, sample.text.schema, sample.example)))
    for sample in SAMPLES
}
AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")


@pytest.mark.parametrize("name", sorted(name for name, members in MEMBERS.items() if members))
@settings(max_examples=6, derandomize=True)
@given(data=st.data())
def test_whatever_of_an_example_is_hidden_and_wrong_comes_out_as_it_would_open(
    name: str, data: st.DataObject
) -> None:
    members = MEMBERS[name]
    (body,) = (sample.example for sample in SAMPLES if sample.name == name)
    amounts = [each for each in members if AMOUNT.fullmatch(str(at(body, each)))]
    lines = ["# x", name]
    if amounts:
        for pointer in data.draw(st.lists(st.sampled_from(amounts), max_size=2, unique=True)):
            lines.append(
                f'    {pointer} = "{data.draw(st.sampled_from(["0", "1.00", "999999.5"]))}"'
            )
    hidden = data.draw(st.lists(st.sampled_from(members), min_size=1, unique=True))
    lines += [f"    {pointer} hidden" for pointer in hidden]
    (case,) = parse("\n".join(lines))
    compare(played(case), played(case, hides=False))


# --- one invoice, line by line --------------------------------------------------------------------

HIDDEN_PRICE = """# x
commercial-invoice by lotus
    /itemsShipped/0/unitPrice = "31.50"
    /itemsShipped/0/unitPrice hidden
    /itemsShipped/1/unitPrice hidden
"""
WRONG_PRICE = HIDDEN_PRICE.replace("31.50", "31.51")


def invoice(text: str) -> Holder:
    (case,) = parse(text)
    return played(case)


def test_a_price_that_was_hidden_and_wrong_is_refused_by_whoever_reads_it() -> None:
    verdict = invoice(WRONG_PRICE).verdicts[0]
    assert (verdict.word, verdict.code, verdict.rules) == ("refused", "line-total", ("line-total",))


def test_what_was_run_of_what_the_ledger_left_unchecked_is_told() -> None:
    holder = invoice(HIDDEN_PRICE)
    verdict, (paper,) = holder.verdicts[0], holder.papers.values()
    assert holder.outcomes[0][1].unchecked == ("line-total",)
    assert (verdict.word, verdict.rules, verdict.unchecked) == ("accepted", ("line-total",), ())
    assert verdict.inputs == {paper.id: disclosures_digest(paper.disclosures)}


def test_what_nobody_disclosed_stays_unchecked() -> None:
    holder = invoice(HIDDEN_PRICE)
    (paper,) = holder.papers.values()
    some = {paper.id: SdJwt(paper.document, paper.disclosures[:1])}
    verdict = judged(holder.bases[0], some, _State(STAGE))
    assert (verdict.word, verdict.rules, verdict.unchecked) == ("accepted", (), ("line-total",))


def test_the_order_of_disclosures_changes_neither_verdict_nor_digest() -> None:
    holder = invoice(WRONG_PRICE)
    (paper,) = holder.papers.values()
    turned = {paper.id: SdJwt(paper.document, paper.disclosures[::-1])}
    assert judged(holder.bases[0], turned, _State(STAGE)) == holder.verdicts[0]


def test_disclosures_of_another_document_are_not_taken() -> None:
    holder = invoice(HIDDEN_PRICE)
    (paper,) = holder.papers.values()
    (other,) = invoice(WRONG_PRICE).papers.values()
    mixed = {paper.id: SdJwt(paper.document, other.disclosures)}
    with pytest.raises(Refused, match="disclosure-unused"):
        judged(holder.bases[0], mixed, _State(STAGE))


def test_a_basis_on_which_the_ledger_would_have_said_otherwise_is_found_out() -> None:
    holder = invoice(HIDDEN_PRICE)
    basis = holder.bases[0]
    taken = {key: "A" * 43 for key in basis.read if key.startswith("number/")}
    assert taken
    with pytest.raises(Refused, match="basis-differs"):
        judged(replace(basis, read={**basis.read, **taken}), holder.papers, _State(STAGE))
    with pytest.raises(Refused, match="basis-differs"):
        judged(replace(basis, unchecked=()), holder.papers, _State(STAGE))


def test_what_the_contract_asks_for_and_was_not_given_is_named() -> None:
    holder = invoice(HIDDEN_PRICE)
    with pytest.raises(Missing) as missing:
        judged(holder.bases[0], holder.papers, {})
    assert (missing.value.kind, missing.value.name) == ("state", "code-list/country")


def test_a_run_leaves_the_state_as_it_was() -> None:
    holder = invoice(HIDDEN_PRICE)
    before = STAGE.moment()
    judged(holder.bases[0], holder.papers, _State(STAGE))
    assert STAGE.moment() == before


INSTEAD = """# an invoice that shows its buyer and hides where it comes from in the buyer's place
commercial-invoice by lotus
    /originCountry hidden
"""


def test_what_may_not_be_hidden_is_refused_by_whoever_reads_it() -> None:
    holder = invoice(INSTEAD)
    (paper,) = holder.papers.values()
    assert holder.outcomes[0][1].refusal is None  # a digest has no name: the ledger cannot know
    verdict = holder.verdicts[0]
    assert verdict.refusal is not None
    assert (verdict.code, verdict.refusal.path) == ("hidden-not-allowed", "/body/originCountry")
    assert "originCountry is hidden" in verdict.refusal.message
    assert verdict.rules == ("hidden-not-allowed",)
    assert verdict.inputs == {paper.id: disclosures_digest(paper.disclosures)}


def test_of_what_may_not_be_hidden_nothing_is_said_to_whom_it_was_not_disclosed() -> None:
    holder = invoice(INSTEAD)
    (paper,) = holder.papers.values()
    verdict = judged(holder.bases[0], {paper.id: SdJwt(paper.document)}, _State(STAGE))
    assert verdict.word == "accepted"


def test_elements_of_lists_are_opened_in_their_place() -> None:
    hidden, disclosures = conceal(
        {"a": [1, {"b": 2, "c": 3}]}, ["/a/0", "/a/1/b"], lambda: b"s" * 16
    )
    known = {each.digest: each for each in disclosures}
    assert opened(hidden, known) == {"a": [1, {"b": 2, "c": 3}]}
    assert opened(hidden, {}) == hidden


@pytest.mark.parametrize("value", [1.5, {"a": [0.5]}, "\ud800"])
def test_a_state_that_no_ledger_has_is_told_from_a_verdict(value: Any) -> None:
    holder = invoice(HIDDEN_PRICE)
    basis = holder.bases[0]
    read = dict.fromkeys(basis.read, value)
    with pytest.raises(Refused, match="malformed-basis"):
        judged(replace(basis, read=read), holder.papers, _State(STAGE))


@pytest.mark.parametrize(
    "changes",
    [
        {"height": "1"},
        {"time": -1},
        {"signer": {}},
        {"contract": []},
        {"read": 7},
        {"unchecked": 0},
    ],
)
def test_a_basis_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    basis = invoice(HIDDEN_PRICE).bases[0]
    value = basis_value(basis)
    assert basis_of(value, basis.document) == basis
    with pytest.raises(Refused, match="malformed-basis"):
        basis_of({**value, **changes}, basis.document)


def test_a_contract_that_is_none_has_no_verdict() -> None:
    holder = invoice(HIDDEN_PRICE)
    basis = replace(holder.bases[0], contract={"schema": {}, "source": "import os"})
    with pytest.raises(Refused, match="no-contract"):
        judged(basis, holder.papers, _State(STAGE))
