"""Canonical JSON: the same bytes as RFC 8785's reference, and a code for everything else."""

import json
import subprocess
import sys
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger import canonical
from cocket.ledger.errors import Refused

CODES = {
    "not-json",
    "float",
    "duplicate-member",
    "not-canonical",
    "too-deep",
    "integer-range",
    "member-name",
}
LIMIT = 2**53 - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(max_codepoint=127), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-LIMIT, LIMIT) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
).filter(lambda value: depth(value) <= canonical.DEPTH_MAX)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def code(data: bytes, depth_max: int = canonical.DEPTH_MAX) -> str:
    with pytest.raises(Refused) as caught:
        canonical.decode(data, depth_max)
    return caught.value.refusal.code


@given(VALUES)
def test_the_bytes_are_those_of_the_reference_implementation(value: Any) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(VALUES)
def test_decoding_and_encoding_are_inverse(value: Any) -> None:
    assert canonical.decode(canonical.encode(value)) == value


@given(VALUES, st.data())
def test_any_other_encoding_of_a_value_is_refused(value: Any, data: st.DataObject) -> None:
    other = data.draw(
        st.sampled_from(
            [
                json.dumps(value, indent=1),
                json.dumps(value, ensure_ascii=True, separators=(",", ":")),
                json.dumps(value, ensure_ascii=False, separators=(", ", ":")),
                " " + json.dumps(value, ensure_ascii=False, separators=(",", ":")),
            ]
        )
    ).encode()
    if other == rfc8785.dumps(value):
        assert canonical.decode(other) == value
    else:
        assert code(other) == "not-canonical"


@settings(max_examples=500)
@given(VALUES, st.data())
def test_a_flipped_bit_is_refused_or_another_canonical_value(
    value: Any, data: st.DataObject
) -> None:
    changed = bytearray(canonical.encode(value))
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    try:
        decoded = canonical.decode(bytes(changed))
    except Refused as refused:
        assert refused.refusal.code in CODES
    else:
        assert rfc8785.dumps(decoded) == changed


@settings(max_examples=500)
@given(
    st.binary(max_size=60)
    | st.text(alphabet='[]{}",:\\ue0123456789.-+truefalsn \n').map(str.encode)
)
def test_no_bytes_raise_anything_but_refused_with_a_known_code(data: bytes) -> None:
    try:
        decoded = canonical.decode(data)
    except Refused as refused:
        assert refused.refusal.code in CODES
    else:
        assert rfc8785.dumps(decoded) == data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "not-json"),
        (b"[1,]", "not-json"),
        (b"01", "not-json"),
        (b"1.", "not-json"),
        (b"{", "not-json"),
        (b"]", "not-json"),
        (b"\xff", "not-json"),
        (b'"\xed\xa0\x80"', "not-json"),
        (b"\xef\xbb\xbf1", "not-json"),
        (b'"\x00"', "not-json"),
        ('{"a":1}'.encode("utf-16"), "not-json"),
        (("\u5b22" + "[" * 5000 + "\u5b22").encode("utf-16-le"), "not-json"),
        (b"0.0", "float"),
        (b"1e5", "float"),
        (b"1E400", "float"),
        (b"NaN", "float"),
        (b'{"a":-Infinity}', "float"),
        (b'{"a":1,"a":1}', "duplicate-member"),
        (b'{"a":1,"\\u0061":2}', "duplicate-member"),
        (b'{"b":1,"a":2}', "not-canonical"),
        (b"-0", "not-canonical"),
        (b"1 ", "not-canonical"),
        (b'"\\/"', "not-canonical"),
        (b'"\\u00e9"', "not-canonical"),
        (b'"\\u007f"', "not-canonical"),
        (b'"\\u001F"', "not-canonical"),
        (b'"\\u0009"', "not-canonical"),
        (b'"\\ud800"', "not-canonical"),
        (b'"\\ud83d\\ude00"', "not-canonical"),
        (b"9007199254740992", "integer-range"),
        (b"-9007199254740992", "integer-range"),
        (b"18446744073709551616", "integer-range"),
        (b"[ " + b"1" * 5000 + b"]", "integer-range"),
        (b"1" * 50_000, "integer-range"),
        (b"[" * 17 + b"]" * 17, "too-deep"),
        (b"[ " * 17 + b"]" * 17, "too-deep"),
        (b"[" * 60_000, "too-deep"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "too-deep"),
        ('{"é":1}'.encode(), "member-name"),
        ('{"a":[{"\u212a":1}]}'.encode(), "member-name"),
    ],
)
def test_each_fault_has_its_code(data: bytes, expected: str) -> None:
    assert code(data) == expected


@pytest.mark.parametrize(
    "value",
    [
        LIMIT,
        -LIMIT,
        "\x00\x01\x1f\x7f\x80\u2028\u2029\ufeff\uffff",
        "\U0001f600\U0010ffff",
        "e\u0301 \u00e9 \u202e",
        {"": 0, "\x00": 1, '"': 2, "\\": 3, "~": 4, "A": 5, "a": 6},
        {"9999999999999999999": "9999999999999999999"},
        ["[" * 100, "{" * 100],
        json.loads("[" * 16 + "]" * 16),
    ],
)
def test_what_is_strange_but_allowed_is_taken(value: Any) -> None:
    assert canonical.decode(rfc8785.dumps(value)) == value


def test_depth_is_the_caller_s_to_bound() -> None:
    assert canonical.decode(b"[[[]]]", 3) == [[[]]]
    assert code(b"[[[]]]", 2) == "too-deep"
    assert code(b"[[[ ]]]", 2) == "too-deep"


def test_half_a_surrogate_pair_is_refused_when_encoding() -> None:
    for value in ("\ud800", {"\udfff": 1}):
        with pytest.raises(Refused, match="surrogate"):
            canonical.encode(value)


def test_many_members_out_of_order_are_refused_quickly() -> None:
    members = ",".join(f'"{number}":0' for number in range(200_000, 0, -1))
    assert code(f"{{{members}}}".encode()) == "not-canonical"


@pytest.mark.parametrize("setting", ["0", "640"])
def test_codes_do_not_depend_on_the_environment_s_limit_of_digits(setting: str) -> None:
    script = (
        "from cocket.ledger import canonical\n"
        "from cocket.ledger.errors import Refused\n"
        "for data in (b'1' * 5000, b'[ ' + b'1' * 5000 + b']'):\n"
        "    try: canonical.decode(data)\n"
        "    except Refused as refused: print(refused.refusal.code)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONINTMAXSTRDIGITS": setting, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["integer-range", "integer-range"]
