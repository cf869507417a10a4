"""The language does what Python does, where it does anything at all."""

import operator
from decimal import ROUND_UP, Context, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.contracts.builtins import ILLEGIBLE
from cocket.contracts.language import compile_contract
from tests.contracts import golden
from tests.contracts.memory import (
    HEADER,
    NAME,
    Memory,
    fresh,
    module,
    run,
    value_of,
)

LIMIT = 2**53

integers = st.integers(-1000, 1000).map(lambda number: f"({number})")
arithmetic = st.recursive(
    integers,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=6,
)
comparisons = st.tuples(
    arithmetic, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), arithmetic
).map(" ".join)
conditions = st.recursive(
    comparisons,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
        )
        | inner.map(lambda part: f"not ({part})")
    ),
    max_leaves=3,
)
texts = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters="\\\"'{}\ufeff",
        exclude_categories=("Cc", "Zl", "Zp"),
    )
).filter(lambda text: not ILLEGIBLE.search(text))


@given(arithmetic | conditions)
def test_integers_compute_and_compare_as_in_python(expression: str) -> None:
    try:
        expected = eval(expression)
    except ZeroDivisionError:
        refusal = run(f"x = {expression}").refusal
        assert refusal is not None
        assert refusal.message.endswith("division by zero")
        return
    if -LIMIT < expected < LIMIT:
        assert value_of(expression) == expected


@given(
    st.lists(st.integers(-9, 9), max_size=6),
    st.none() | st.integers(-8, 8),
    st.none() | st.integers(-8, 8),
    st.none() | st.sampled_from([-3, -1, 1, 2]),
)
def test_slices_are_pythons(
    items: list[int], start: int | None, stop: int | None, stride: int | None
) -> None:
    assert value_of(f"{items}[{start}:{stop}:{stride}]") == items[start:stop:stride]


@given(st.lists(st.tuples(st.text("abc", max_size=2), st.integers(0, 3)), max_size=6))
def test_sorting_and_picking_are_pythons(items: list[tuple[str, int]]) -> None:
    listed = [list(item) for item in items]
    assert value_of(f"[list(x) for x in sorted({items})]") == sorted(listed)
    if items:
        assert value_of(f"[list(min({items})), list(max({items} + {items}))]") == [
            min(listed),
            max(listed),
        ]


@pytest.mark.parametrize(
    ("symbol", "exact"),
    [("+", operator.add), ("-", operator.sub), ("*", operator.mul), ("/", operator.truediv)],
)
@given(
    a=st.decimals(-(10**9), 10**9, places=6),
    b=st.decimals(-(10**9), 10**9, places=6).filter(bool),
)
def test_decimals_compute_half_even_to_28_digits(
    symbol: str, exact: Any, a: Decimal, b: Decimal
) -> None:
    with localcontext(Context(prec=28)):
        expected = format(exact(a, b) + 0, "f")
    expression = f'str(decimal("{a:f}") {symbol} decimal("{b:f}"))'
    assert Decimal(value_of(expression)) == Decimal(expected)


def test_the_decimal_context_of_the_thread_does_not_matter() -> None:
    strange = Context(prec=2, rounding=ROUND_UP, Emin=-1, Emax=1, capitals=0, clamp=1, traps=[])
    with localcontext(strange):
        assert [
            title for title, body, result in golden.cases() if golden.result_of(body) != result
        ] == []


@given(texts, texts)
def test_text_joins_splits_and_is_found_as_in_python(text: str, part: str) -> None:
    assert value_of(f"'{text}' + '{part}'") == text + part
    assert value_of(f"['{part}' in '{text}', '{text}'.find('{part}'), '{text}' < '{part}']") == [
        part in text,
        text.find(part),
        text < part,
    ]
    if part:
        assert value_of(f"'{text}'.split('{part}')") == text.split(part)
        assert value_of(f"'{text}'.replace('{part}', '-')") == text.replace(part, "-")


def test_steps_grow_with_what_is_read_and_made() -> None:
    short = run("x = 'a' + 'b'").steps
    long = run(f"x = '{'a' * 1600}' + 'b'").steps
    assert long == short + 100


def test_steps_are_the_same_for_what_is_done_and_what_is_skipped_in_one_expression() -> None:
    taken = run("x = 1 if doc['height'] == 7 else len('abc')").steps
    skipped = run("x = 1 if doc['height'] != 7 else len('abc')").steps
    assert taken == skipped


def test_a_contract_says_what_it_is_for_who_signs_what_it_writes_and_how_it_refuses() -> None:
    contract = compile_contract(
        module("require(True, 'no-good', 'no')\nwarn('odd', 'odd', '')\nrefuse('never', 'no')"),
        NAME,
    )
    assert contract.name == NAME
    assert contract.docstring == "A contract of a test."
    assert (contract.signed_by, contract.writes) == ((), ("out",))
    assert contract.codes == {"no-good", "odd", "never"}


def test_runs_of_one_contract_know_nothing_of_each_other() -> None:
    contract = compile_contract(module("warn('a', 'a', '')\nput('out', 'v', doc['height'])"), NAME)
    first = contract.run(*fresh(), Memory())
    assert contract.run(*fresh(), Memory()) == first


def test_asking_for_the_host_outside_of_a_run_is_our_own_bug() -> None:
    contract = compile_contract(module("pass"), NAME)
    with pytest.raises(AssertionError):
        _ = contract._access.host.get


def test_a_failure_names_the_first_line_of_its_statement() -> None:
    text = HEADER + (
        "def check(doc, signer):\n"
        "    put('out',\n"
        "        'v',\n"
        "        [1,\n"
        "         doc['nothing']])\n"
    )
    refusal = compile_contract(text, NAME).run(*fresh(), Memory()).refusal
    assert refusal is not None
    assert "line 5" in refusal.message


def test_a_failure_is_told_alike_however_often_the_code_ran() -> None:
    body = "doc = 0\nwhile n < 5:\n    n += 1"  # CPython 3.11 loses the line once this is optimised
    contract = compile_contract(module(body), NAME)
    told = {contract.run(*fresh(), Memory()).refusal for _ in range(20)}
    assert len(told) == 1


def test_claims_and_signer_are_the_contracts_own_and_it_may_change_them() -> None:
    body = "doc['body']['lines'].append(1)\nsigner['roles'].append('customs')\nput('out', 'v', 1)"
    contract = compile_contract(module(body), NAME)
    claims, signer = fresh()
    assert contract.run(claims, signer, Memory()).refusal is None
    assert (claims["body"]["lines"][-1], signer["roles"][-1]) == (1, "customs")
