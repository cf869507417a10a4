"""SD-JWT: what is hidden comes back whole, and nothing else does (RFC 9901)."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger import canonical
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.keys import base64url
from cocket.ledger.sdjwt import (
    Disclosure,
    conceal,
    digest,
    reveal,
)
from tests.ledger.disclosing import ELEMENT, concealed, member, salts
from tests.shared import shared_path

SALT = "_26bc4LT-ac6q2KI6cBW5es"


def refusal(body: dict[str, Any], *disclosures: Disclosure) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        reveal(body, disclosures)
    return caught.value.refusal.code, caught.value.refusal.path


# Known answers of RFC 9901


@pytest.mark.parametrize(
    ("disclosure", "expected"),
    [
        (  # §4.2.3, the member family_name
            "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
            "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",
        ),
        (  # §4.2.4.2, an element of nationalities
            "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0",
            "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs",
        ),
        (  # §5.1, the members updated_at and given_name of the first example
            "WyJHMDJOU3JRZmpGWFE3SW8wOXN5YWpBIiwgInVwZGF0ZWRfYXQiLCAxNTcwMDAwMDAwXQ",
            "CrQe7S5kqBAHt-nMYXgc6bdt2SH5aTY1sU_M-PgkjPI",
        ),
    ],
)
def test_digests_are_those_of_the_rfc(disclosure: str, expected: str) -> None:
    assert digest(disclosure) == expected


def test_a_disclosure_is_the_one_of_the_rfc_s_forms_that_is_canonical() -> None:
    text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd"
    assert str(Disclosure(SALT, "family_name", "Möbius")) == text
    assert Disclosure.parse(text) == Disclosure(SALT, "family_name", "Möbius")
    for other in (
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd",
        "WwoiXzI2YmM0TFQtYWM2cTJLSTZjQlc1ZXMiLAoiZmFtaWx5X25hbWUiLAoiTcO2Yml1cyIKXQ",
    ):
        with pytest.raises(Malformed, match="canonical"):
            Disclosure.parse(other)


# Claim sets of the working group


class Marked(str):
    """A member's name with the mark `!sd`."""


class MarkedItem:
    """An array's element with the mark `!sd`."""

    def __init__(self, value: Any) -> None:
        self.value = value


class ClaimSets(yaml.SafeLoader):
    """YAML in which `!sd` marks what is to be selectively disclosable."""


def _marked(loader: ClaimSets, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return MarkedItem(loader.construct_sequence(node, deep=True))
    if isinstance(node, yaml.MappingNode):
        return MarkedItem(loader.construct_mapping(node, deep=True))
    plain = (True, False) if node.style is None else (False, True)
    tag = loader.resolve(yaml.ScalarNode, node.value, plain)  # as if the mark were not there
    value = loader.construct_object(yaml.ScalarNode(tag, node.value))
    return Marked(value) if isinstance(value, str) else MarkedItem(value)


ClaimSets.add_constructor("!sd", _marked)


def unmarked(value: Any, path: str, marks: list[str]) -> Any:
    """The plain claim set; the paths of what was marked are added to `marks`."""
    if isinstance(value, dict):
        for name in value:
            if isinstance(name, Marked):
                marks.append(f"{path}/{name}")
        return {str(name): unmarked(v, f"{path}/{name}", marks) for name, v in value.items()}
    if isinstance(value, list):
        marks += [f"{path}/{i}" for i, v in enumerate(value) if isinstance(v, Marked | MarkedItem)]
        return [unmarked(item, f"{path}/{index}", marks) for index, item in enumerate(value)]
    if isinstance(value, MarkedItem):
        return unmarked(value.value, path, marks)
    return str(value) if isinstance(value, Marked) else value


@pytest.mark.parametrize(("name", "marked"), [("simple_structured", 10), ("arf-pid", 27)])
def test_the_working_group_s_claim_sets_are_hidden_and_come_back(name: str, marked: int) -> None:
    text = (shared_path("vectors/sd-jwt") / f"{name}.yml").read_text(encoding="utf-8")
    marks: list[str] = []
    claims = unmarked(yaml.load(text, ClaimSets)["user_claims"], "", marks)
    assert len(marks) == marked
    body, disclosures = conceal(claims, marks, salts())
    revealed = reveal(body, disclosures)
    assert revealed.body == claims
    assert set(revealed.paths) == set(marks)
    visible = reveal(body, ())
    assert not any(mark.split("/")[1] in visible.body for mark in marks if mark.count("/") == 1)


# Hiding and revealing


@given(concealed(), st.randoms())
def test_whatever_is_hidden_comes_back_in_any_order_of_disclosures(
    case: tuple[dict[str, Any], list[str]], random: Any
) -> None:
    original, hidden = case
    before = json.dumps(original)
    body, disclosures = conceal(original, hidden, salts())
    shuffled = list(disclosures)
    random.shuffle(shuffled)
    revealed = reveal(body, shuffled)
    assert revealed.body == original
    assert set(revealed.paths) == set(hidden)
    assert revealed.hidden == 0
    assert json.dumps(original) == before


@given(concealed(), st.data())
def test_only_what_is_disclosed_comes_back(
    case: tuple[dict[str, Any], list[str]], data: st.DataObject
) -> None:
    original, hidden = case
    body, disclosures = conceal(original, hidden, salts())
    given_out = data.draw(st.lists(st.sampled_from(disclosures), unique_by=str)) if hidden else []
    try:
        revealed = reveal(body, given_out)
    except Refused as refused:  # a disclosure whose parent was not disclosed
        assert refused.refusal.code == "disclosure-unused"
        return
    secret = [each for each in disclosures if each not in given_out]
    assert len(revealed.paths) == len(given_out)
    assert revealed.hidden <= len(secret)
    assert (revealed.hidden == 0) == (not secret)


@given(concealed())
def test_nothing_hidden_can_be_read_from_the_body_that_is_signed(
    case: tuple[dict[str, Any], list[str]],
) -> None:
    original, hidden = case
    secret = {**original, "secret": {"deep": ["hush-hush"]}}
    body, _ = conceal(secret, [*hidden, "/secret/deep/0"], salts())
    assert "hush-hush" not in json.dumps(body)
    again, _ = conceal(secret, [*hidden, "/secret"], salts())
    assert "secret" not in again


@given(st.permutations(["/a", "/b", "/c", "/d"]))
def test_the_order_of_digests_reveals_nothing_of_the_order_of_members(order: list[str]) -> None:
    body, disclosures = conceal({"a": 1, "b": 2, "c": 3, "d": 4}, order, salts())
    assert body == {"_sd": sorted(each.digest for each in disclosures)}


def test_a_hidden_element_leaves_its_digest_in_its_place() -> None:
    body, (one,) = conceal({"items": ["x", "y", "z"]}, ["/items/1"], salts())
    assert body == {"items": ["x", {"...": one.digest}, "z"]}
    assert reveal(body, ()).body == {"items": ["x", "z"]}
    assert reveal(body, ()).hidden == 1


def test_a_hidden_object_may_hide_members_itself() -> None:
    original = {"cargo": {"value": "100", "weight": "5"}}
    body, disclosures = conceal(original, ["/cargo", "/cargo/value"], salts())
    by_name = {each.name: each for each in disclosures}
    assert list(body) == ["_sd"]
    assert by_name["cargo"].value == {"_sd": [by_name["value"].digest], "weight": "5"}
    assert reveal(body, [by_name["cargo"]]).body == {"cargo": {"weight": "5"}}
    assert refusal(body, by_name["value"]) == ("disclosure-unused", "/body")


@pytest.mark.parametrize(
    "path",
    ["", "a", "/z", "/a/0", "/b/3", "/b/-", "/b/01", "/b/0/x", "/b/1000000000", "//", "/a/"],
)
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(Refused) as caught:
        conceal({"a": "text", "b": [1, 2, 3]}, [path], salts())
    assert caught.value.refusal.code == "no-such-member"


@pytest.mark.parametrize(
    "body",
    [
        {"_sd": []},
        {"a": {"_sd": ["A" * 43]}},
        {"_sd_alg": "sha-256"},
        {"a": [{"...": "A" * 43}]},
        {"a": {"...": "A" * 43}},
        {"a": [{"...": "A" * 43, "b": 1}]},
    ],
)
def test_a_body_that_already_has_digests_or_their_names_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        conceal(body, (), salts())
    assert caught.value.refusal.code == "reserved-name"


class Odd:
    pass


LOOP: dict[str, Any] = {}
LOOP["loop"] = LOOP


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"a": float("nan")}, "not-json"),
        ({"a": (1, 2)}, "not-json"),
        ({"a": {1, 2}}, "not-json"),
        ({"a": b"bytes"}, "not-json"),
        ({"a": Odd()}, "not-json"),
        ({1: 2}, "not-json"),
        ({"a": "\ud800"}, "not-json"),
        (LOOP, "not-json"),
        ({"a": 1.5}, "float"),
        ({"a": 2**53}, "integer-range"),
        ({"é": 1}, "member-name"),
        (json.loads('{"a":' * 16 + "0" + "}" * 16), "too-deep"),
    ],
)
def test_a_body_that_no_document_may_have_is_refused_also_where_it_is_hidden(
    body: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        conceal(body, ["/a"], salts())
    assert caught.value.refusal.code == code


@pytest.mark.parametrize("size", [0, 15, 65])
def test_a_salt_that_is_too_short_or_too_long_is_malformed(size: int) -> None:
    with pytest.raises(Malformed, match="salt"):
        conceal({"a": 1}, ["/a"], lambda: bytes(size))


# Hostile disclosures

ONE = member("price", "9.99")


def test_a_disclosure_that_belongs_nowhere_is_refused() -> None:
    assert refusal({"a": 1}, ONE) == ("disclosure-unused", "/body")
    assert refusal({"_sd": [ELEMENT.digest], "note": ONE.digest}, ONE)[0] == "disclosure-unused"


def test_a_disclosure_given_twice_is_refused() -> None:
    assert refusal({"_sd": [ONE.digest]}, ONE, ONE) == ("digest-twice", "/body")


def test_a_digest_that_stands_twice_is_refused_disclosed_or_not() -> None:
    twice = {"a": {"_sd": [ONE.digest]}, "b": {"_sd": [ONE.digest]}}
    assert refusal(twice) == ("digest-twice", "/body/b")
    assert refusal(twice, ONE) == ("digest-twice", "/body/b")
    assert refusal({"_sd": [ONE.digest, ONE.digest]})[0] == "digest-twice"
    assert refusal({"_sd": [ONE.digest], "a": [{"...": ONE.digest}]})[0] == "digest-twice"


def test_a_digest_that_a_disclosure_repeats_is_refused() -> None:
    inner = {"_sd": [ONE.digest]}
    outer = member("outer", inner)
    assert refusal({"_sd": [ONE.digest, outer.digest]}, ONE, outer)[0] == "digest-twice"


def test_a_disclosed_member_that_is_already_there_is_refused() -> None:
    assert refusal({"_sd": [ONE.digest], "price": "1"}, ONE) == (
        "member-collision",
        "/body/price",
    )
    other = member("price", "1.00", 1)
    assert refusal({"_sd": [ONE.digest, other.digest]}, ONE, other)[0] == "member-collision"


def test_members_and_elements_are_not_taken_for_each_other() -> None:
    assert refusal({"_sd": [ELEMENT.digest]}, ELEMENT) == ("disclosure-kind", "/body")
    assert refusal({"a": [{"...": ONE.digest}]}, ONE) == ("disclosure-kind", "/body/a/0")


@pytest.mark.parametrize(
    "body",
    [
        {"_sd": []},
        {"_sd": "A" * 43},
        {"_sd": None},
        {"_sd": [7]},
        {"_sd": [None]},
        {"_sd": [["A" * 43]]},
        {"_sd": ["A" * 42]},
        {"_sd": ["A" * 44]},
        {"_sd": ["!" * 43]},
        {"_sd": ["A" * 43 + "\n"]},
        {"a": [{"...": 7}]},
        {"a": [{"...": "A" * 42}]},
        {"a": [{"...": "A" * 43, "b": 1}]},
        {"...": "A" * 43},
        {"a": {"...": "A" * 43}},
        {"_sd_alg": "sha-256"},
        {"a": [[{"_sd_alg": "sha-256"}]]},
    ],
)
def test_digests_where_they_may_not_stand_are_refused(body: dict[str, Any]) -> None:
    assert refusal(body)[0] == "reserved-name"
    hidden = member("hidden", body)
    assert refusal({"_sd": [hidden.digest]}, hidden)[0] == "reserved-name"


def test_disclosures_cannot_nest_a_body_deeper_than_a_document_may_be() -> None:
    chain = [member("m0", 0, 0)]
    for number in range(1, 200):
        chain.append(member(f"m{number}", {"_sd": [chain[-1].digest]}, number))
    assert refusal({"_sd": [chain[-1].digest]}, *chain)[0] == "too-deep"
    deepest = 14
    body = {"_sd": [chain[deepest].digest]}
    assert len(reveal(body, chain[: deepest + 1]).paths) == deepest + 1
    deeper = {"_sd": [chain[deepest + 1].digest]}
    assert refusal(deeper, *chain[: deepest + 2])[0] == "too-deep"


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["salt"],
        [SALT],
        [SALT, "name", 1, 2],
        {"salt": SALT},
        "text",
        [7, "name", 1],
        [None, "value"],
        [SALT[:21], "name", 1],
        [SALT * 4, "name", 1],
        [SALT + " ", "name", 1],
        [SALT[:-1] + "é", "name", 1],
        [SALT, None, 1],
        [SALT, 7, 1],
        [SALT, ["name"], 1],
        [SALT, {}, 1],
        [SALT, "é", 1],
        [SALT, "_sd", ["A" * 43]],
        [SALT, "...", "A" * 43],
        [SALT, "_sd_alg", "sha-256"],
        [SALT, "name", 1.5],
        [SALT, "name", 2**53],
        [SALT, "name", json.loads("[" * 16 + "]" * 16)],
    ],
)
def test_a_disclosure_of_another_shape_is_malformed(parts: Any) -> None:
    with pytest.raises(Malformed, match="disclosure"):
        Disclosure.parse(base64url(canonical.encode(parts)))


@pytest.mark.parametrize("text", ["", "!", "WyJ", "é", "\ud800", str(ONE) + "=", "x" * 80_001])
def test_what_is_not_base64url_of_json_is_no_disclosure(text: str) -> None:
    with pytest.raises(Malformed, match="disclosure"):
        Disclosure.parse(text)


@given(st.text(max_size=40) | st.binary(max_size=60).map(base64url))
def test_no_text_raises_anything_but_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Disclosure.parse(text)
