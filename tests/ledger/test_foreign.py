"""Foreign JSON made exact: every number keeps its value, none becomes a float."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger import canonical
from cocket.ledger.errors import Malformed
from cocket.ledger.foreign import CHARACTERS_MAX, exact_numbers
from tests.shared import shared_path

LITERALS = st.builds(
    lambda sign, whole, fraction, exponent: sign + str(whole) + fraction + exponent,
    st.sampled_from(["", "-"]),
    st.integers(0, 10**9),
    st.one_of(st.just(""), st.integers(0, 999).map(lambda n: f".{n:03d}")),
    st.one_of(st.just(""), st.integers(-20, 20).map(lambda n: f"e{n}")),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12000", 12000),
        ("12000.0", "12000.0"),
        ("1231.10", "1231.10"),
        ("1.5e3", "1500"),
        ("1E-3", "0.001"),
        ("-12.5e-3", "-0.0125"),
        ("9007199254740991", 9007199254740991),
        ("9007199254740992", "9007199254740992"),
        ("-9007199254740992", "-9007199254740992"),
        ('{"a": [true, null, "1.0"]}', {"a": [True, None, "1.0"]}),
    ],
)
def test_numbers_become_integers_or_the_decimal_they_were_written_as(text: str, value: Any) -> None:
    assert exact_numbers(text) == value


@given(LITERALS)
def test_a_number_never_changes_its_value_and_has_no_exponent(literal: str) -> None:
    value = exact_numbers(literal)
    assert Decimal(value) == Decimal(literal)
    assert isinstance(value, int) or re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", value)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "NaN",
        "-Infinity",
        "01",
        "1e999999",
        "1e-999999",
        "1" * 61,
        "0." + "1" * 61,
        '{"a": 1, "a": 1}',
        '"\\ud800"',
        "[" * 100_000,
        " " * (CHARACTERS_MAX + 1),
    ],
)
def test_what_is_not_json_or_beyond_measure_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        exact_numbers(text)


def test_every_dcsa_sample_becomes_what_the_ledger_can_sign() -> None:
    samples = sorted(shared_path("samples/dcsa").glob("*.json"))
    assert samples
    for sample in samples:
        text = sample.read_text("utf-8")
        value = exact_numbers(text)
        assert canonical.decode(canonical.encode(value)) == value
        assert json.loads(text).keys() == value.keys() if isinstance(value, dict) else True
