"""A form says what its document says: written from a schema, and read back by it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.contracts import standard
from cocket.contracts.schema import Schema
from cocket.forms import reading, text, writing
from tests.forms.making import form_of, problems, read, standard_kind

PERSONS = {
    name: members
    for name in standard.NAMES
    if (
        members := [
            member for member, schema in standard_kind(name).schema["properties"].items()
            if schema.get("$ref") == "#/$defs/person" and schema.get("x-confidential")
        ]
    )
}  # fmt: skip


@pytest.mark.parametrize("name", standard.NAMES)
def test_the_form_with_the_examples_values_reads_back_as_the_example(name: str) -> None:
    form = read(form_of(name, standard.example(name)))
    assert form.body == standard.example(name)
    assert problems(form_of(name, standard.example(name))) == []


@pytest.mark.parametrize("name", standard.NAMES)
def test_an_unedited_form_is_refused_with_a_sentence_for_every_empty_line(name: str) -> None:
    written = form_of(name)
    lines = written.splitlines()
    found = problems(written)
    needed = Schema(standard_kind(name).schema).problems({})
    assert len(found) >= len(needed)
    for each in found:
        line = lines[each.line - 1]
        assert line.rstrip().endswith((":", "-")) or "---" in line, (each, line)
        assert each.title
        assert "^" not in each.message and "/body" not in each.message


@pytest.mark.parametrize("name", standard.NAMES)
def test_a_form_has_a_remark_for_every_member_and_offers_those_that_nobody_needs(
    name: str,
) -> None:
    written = form_of(name)
    for member in standard_kind(name).schema["properties"]:
        word = "hidden " if member in PERSONS.get(name, ()) else ""
        assert f"\n{word}{member}:" in written or f"\n#{word}{member}:" in written
    assert max(map(len, written.splitlines())) <= 110


@pytest.mark.parametrize("name", standard.NAMES)
def test_without_its_hash_every_member_that_is_offered_is_taken(name: str) -> None:
    """Whoever takes the # away from a member has a form that can still be read."""
    written = form_of(name).partition("\n---\n")
    offered = [line[1:] if _is_offer(line) else line for line in written[2].splitlines()]
    form = read(written[0] + "\n---\n" + "\n".join(offered))
    assert set(form.body) <= set(standard_kind(name).schema["properties"])


def _is_offer(line: str) -> bool:
    return line.startswith("#") and not line.startswith("# ")


@pytest.mark.parametrize("name", standard.NAMES)
def test_what_may_be_hidden_is_marked_and_hidden_by_a_word(name: str) -> None:
    kind = standard_kind(name)
    example = standard.example(name)
    hideable = [member for member, schema in kind.schema["properties"].items()
                if schema.get("x-confidential")]  # fmt: skip
    filled = form_of(name, example, hidden=[f"/{member}" for member in hideable])
    form = read(filled)
    assert form.body == example
    assert set(form.hidden) == {f"/{member}" for member in hideable if member in example}
    assert problems(filled) == []
    assert filled.count(writing.MAY_HIDE) >= len(hideable) > -1


@pytest.mark.parametrize("name", PERSONS)
def test_a_person_is_hidden_unless_somebody_takes_the_word_away(name: str) -> None:
    example = standard.example(name)
    there = [f"/{member}" for member in PERSONS[name] if member in example]
    written = form_of(name, example)
    assert list(read(written).hidden) == there and problems(written) == []
    assert not read(re.sub(r"^hidden ", "", written, flags=re.MULTILINE)).hidden
    assert "a person is hidden" in " ".join(written.replace("#", "").split())


def test_persons_are_in_more_than_a_dozen_types() -> None:
    assert len(PERSONS) > 12 and "commercial-invoice" not in PERSONS
    assert "a person is hidden" not in form_of("commercial-invoice")


def test_a_person_within_a_list_is_hidden_too() -> None:
    person = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    guard = {"$ref": "#/$defs/person", "x-confidential": True}
    guest = {"type": "object", "properties": {"room": {"type": "string"}, "who": guard}}
    schema = {
        "type": "object",
        "properties": {"guests": {"type": "array", "items": guest}, "host": guard},
        "$defs": {"person": person},
    }
    empty = writing.form(writing.Draft("stay", schema))
    assert "\n#hidden host:" in empty and "#hidden who:" in empty
    body = {"guests": [{"room": "1"}, {"who": {"name": "A"}}], "host": {"name": "B"}}
    form = reading.filled(reading.head(writing.form(
        writing.Draft("stay", schema, body=body)
    ).encode()), schema)  # fmt: skip
    assert form.body == body and set(form.hidden) == {"/guests/1/who", "/host"}


def test_what_may_not_be_hidden_is_refused_at_its_line() -> None:
    written = form_of("commercial-invoice", standard.example("commercial-invoice"))
    written = written.replace("\nseller:", "\nhidden seller:")
    (found,) = problems(written)
    assert written.splitlines()[found.line - 1] == "hidden seller:"
    assert (found.code, found.title) == ("hidden-not-allowed", "Seller")


@pytest.mark.parametrize("name", ["²", "7", "~1", "a/b"])
def test_a_name_that_looks_like_a_place_is_only_a_name(name: str) -> None:
    written = form_of("commercial-invoice", standard.example("commercial-invoice"))
    found = problems(f'{written}"hidden {name}": x\n')
    assert "hidden-not-allowed" in [each.code for each in found]


def test_decimals_dates_and_the_country_of_norway_stay_what_they_are() -> None:
    example = standard.example("commercial-invoice")
    example |= {"destinationCountry": "NO", "totalPaymentDue": "20318.150"}
    form = read(form_of("commercial-invoice", example))
    assert form.body == example


def test_words_are_said_of_the_line_where_they_stand() -> None:
    example = standard.example("commercial-invoice")
    written = form_of("commercial-invoice", example)
    wrong = written.replace("currencyOfSettlement: EUR", "currencyOfSettlement: Euro").replace(
        "unitPrice: 31.50", "unitPrice: 31,50"
    )
    first, second = problems(wrong)
    lines = wrong.splitlines()
    assert (lines[first.line - 1], first.title, first.message) == (
        "currencyOfSettlement: Euro",
        "Currency of settlement",
        "is not as it has to be: Currency of every amount; 3 capital letters",
    )
    assert lines[second.line - 1].strip() == "unitPrice: 31,50"
    assert second.title == "Items shipped 1 › Unit price"
    assert "a number as 1250.00" in second.message


def test_entries_that_nobody_filled_in_are_not_there() -> None:
    written = form_of("commercial-invoice", standard.example("commercial-invoice"))
    written += "purchaseOrderNumbers:\n  -\n  - PO-7\n  -\nconsignee:\n  name:\n"
    form = read(written)
    assert form.body["purchaseOrderNumbers"] == ["PO-7"]
    assert "consignee" not in form.body


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
VALUES = st.recursive(
    TEXTS.filter(bool) | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{0,12}", fullmatch=True), inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex(r"[a-z][a-zA-Z0-9]{0,12}", fullmatch=True), VALUES))
def test_any_body_of_an_open_schema_reads_back_as_it_was(body: dict[str, Any]) -> None:
    schema: dict[str, Any] = {"title": "Anything", "type": "object"}
    written = writing.form(writing.Draft("anything", schema, body=body))
    form = reading.filled(reading.head(written.encode()), schema)
    assert form.body == body


@given(TEXTS)
def test_a_text_is_read_as_it_was_written(value: str) -> None:
    (part,) = text.parse(f"value: {writing.scalar(value)}\n".encode())
    assert isinstance(part, text.Mapping)
    _, node = part.members["value"]
    assert isinstance(node, text.Scalar) and node.text == value
