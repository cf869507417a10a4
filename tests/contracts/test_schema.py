"""Schemas: what they may say, and what is said when a body is not of them."""

import time
import timeit
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.contracts import standard
from cocket.contracts.schema import Schema
from cocket.ledger.errors import Refusal, Refused


def refusal(schema: dict[str, Any], body: dict[str, Any]) -> Refusal:
    with pytest.raises(Refused) as refused:
        Schema(schema).validate(body)
    return refused.value.refusal


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ({"type": "string"}, 1, "A b has to be a text"),
        ({"type": ["string", "null"]}, 1, "A b has to be nothing or a text"),
        ({"type": "string", "title": "Port"}, 1, "Port has to be a text"),
        ({"minLength": 2}, "a", "A b has fewer than 2 characters"),
        ({"maxLength": 2}, "abc", "A b has more than 2 characters"),
        ({"pattern": "^[0-9]+$"}, "a", "A b is not as it has to be: one or more digits"),
        (
            {"pattern": "^[A-Z]{3}$", "title": "Currency", "description": "ISO 4217 currency."},
            "EURO",
            "Currency is not as it has to be: ISO 4217 currency; 3 capital letters",
        ),
        ({"pattern": "^(a|b)+$"}, "c", "A b is not as it has to be"),
        ({"enum": ["a", "b"]}, "c", "A b is not one of a, b"),
        ({"const": 1}, 2, "A b is not 1"),
        ({"minimum": 3}, 2, "A b is less than 3"),
        ({"maximum": 3}, 4, "A b is more than 3"),
        ({"exclusiveMinimum": 3}, 3, "A b is not above 3"),
        ({"exclusiveMaximum": 3}, 3, "A b is not below 3"),
        ({"minItems": 1}, [], "A b has fewer than 1 entries"),
        ({"maxItems": 1}, [1, 2], "A b has more than 1 entries"),
        ({"uniqueItems": True}, [1, 1], "A b has an entry twice"),
        ({"required": ["b"]}, {}, "B is missing"),
        (
            {
                "required": ["hsCode"],
                "properties": {"hsCode": {"title": "Tariff code", "description": "Six digits."}},
            },
            {},
            "Tariff code (hsCode) is missing: Six digits",
        ),
        (
            {"dependentRequired": {"quantity": ["unitCode"]}},
            {"quantity": "1"},
            "Unit code is missing: it goes with Quantity",
        ),
        (
            {"additionalProperties": False, "properties": {"port": {}}},
            {"prot": 1, "port": 2},
            "there is a member that is not known here: prot",
        ),
        ({"additionalProperties": False}, {"q": 1}, "there is a member that is not known here"),
        ({"minProperties": 1}, {}, "A b has fewer than 1 members"),
        ({"maxProperties": 0}, {"q": 1}, "A b has more than 0 members"),
        ({"anyOf": [{"type": "string"}]}, 1, "A b has none of the forms that are allowed here"),
        (
            {"anyOf": [{"required": ["name"]}, {"required": ["unLocode"]}]},
            {},
            "A b needs at least one of: Name, UN/LOCODE (unLocode)",
        ),
        (
            {"oneOf": [{"required": ["x"]}, {"required": ["y"]}]},
            {},
            "A b needs just one of: X, Y",
        ),
        ({"oneOf": [{}, {}]}, 1, "A b has none of the forms that are allowed here"),
        ({"not": {}}, 1, "A b is not allowed here"),
        (False, 1, "A b is not allowed here"),
    ],
)
def test_a_refusal_names_place_and_rule_in_our_own_words(
    member: Any, value: Any, sentence: str
) -> None:
    found = refusal({"properties": {"a/~b": member}}, {"a/~b": value})
    assert found == Refusal("schema", sentence, "/body/a~1~0b")


def test_whoever_still_writes_is_told_of_every_problem_and_of_the_name_that_was_meant() -> None:
    schema = Schema(
        {
            "additionalProperties": False,
            "properties": {
                "port": {"minLength": 5, "pattern": "^[A-Z]{5}$"},
                "ship": {"title": "Ship"},
            },
            "required": ["ship"],
        }
    )
    found = {
        (refusal.message, missing) for refusal, missing in schema.problems({"port": "x", "shp": 1})
    }
    assert found == {
        ("Port is not as it has to be: 5 capital letters", ""),
        ("Ship is missing", "ship"),
        ("there is a member that is not known here: shp; did you mean ship?", "shp"),
    }


def seconds_to_refuse(schema: Schema, body: dict[str, Any]) -> float:
    """Processor time, the best of five: others work on this machine too."""

    def refuse() -> None:
        with pytest.raises(Refused):
            schema.validate(body)

    return min(timeit.repeat(refuse, timer=time.process_time, number=1))


def test_a_body_with_very_many_errors_is_refused_soon() -> None:
    schema = Schema({"properties": {"a": {"items": {"type": "string"}}}})
    assert seconds_to_refuse(schema, {"a": [1] * 20_000}) < 0.1


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"properties": {"a": {"$ref": "https://example.org/schema"}}}, "/properties/a/$ref"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "/properties/a/$ref"),
        ({"properties": {"a": {"$ref": "#"}}}, "/properties/a/$ref"),
        ({"properties": {"a": {"$dynamicRef": "#x"}}}, "/properties/a/$dynamicRef"),
        ({"$id": "https://example.org/schema"}, "/$id"),
        ({"items": {"$defs": {}}}, "/items/$defs"),
        ({"patternProperties": {"^a": {}}}, "/patternProperties"),
        ({"typo": 1}, "/typo"),
        ({"anyOf": {}}, "/anyOf"),
        ({"properties": []}, "/properties"),
        ({"properties": {"a": 1}}, "/properties/a"),
        ({"properties": {"_sd": {}}}, "/properties/_sd"),
        ({"type": "objekt"}, ""),
        ({"required": "a"}, ""),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "/$defs/a"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "/$defs/a"),
    ],
)
def test_what_a_schema_may_not_say_is_refused(schema: dict[str, Any], path: str) -> None:
    with pytest.raises(Refused) as refused:
        Schema(schema)
    assert refused.value.refusal.code == "schema-invalid"
    assert refused.value.refusal.path == path


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d+",
        r"\w+",
        r"\p{L}",
        r"\bx",
        r"\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?i)a",
        "(?P<n>a)",
        "é",
        "a" * 257,
        "a{1001}",
        "(a){11}",
        "((((a))))",
        "(a",
        "a)",
        "[[:alpha:]]",
        "[",
        1,
    ],
)
def test_a_pattern_that_could_run_away_or_change_with_unicode_is_refused(pattern: Any) -> None:
    with pytest.raises(Refused) as refused:
        Schema({"properties": {"a": {"pattern": pattern}}})
    assert refused.value.refusal.code == "schema-invalid"


def test_patterns_are_linear_in_the_text() -> None:
    schema = Schema({"properties": {"a": {"pattern": "^(a+)+$"}}})
    assert seconds_to_refuse(schema, {"a": "a" * 40_000 + "b"}) < 0.1


def test_schemas_that_multiply_are_refused() -> None:
    each = {"anyOf": [{"properties": {"a": {"$ref": "#/$defs/a"}}}] * 4}
    with pytest.raises(Refused) as refused:
        Schema({"$ref": "#/$defs/a", "$defs": {"a": each}})
    assert refused.value.refusal.code == "schema-invalid"
    chain: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)
    }
    chain["d40"] = {}
    with pytest.raises(Refused):
        Schema({"$ref": "#/$defs/d0", "$defs": chain})


def test_a_schema_of_things_within_things_is_allowed() -> None:
    box = {"type": "object", "properties": {"inner": {"$ref": "#/$defs/box"}}}
    schema = Schema({"properties": {"box": {"$ref": "#/$defs/box"}}, "$defs": {"box": box}})
    schema.validate({"box": {"inner": {"inner": {}}}})
    with pytest.raises(Refused) as refused:
        schema.validate({"box": {"inner": {"inner": 1}}})
    assert refused.value.refusal.path == "/body/box/inner/inner"


def test_a_schema_is_bounded_in_size() -> None:
    with pytest.raises(Refused) as refused:
        Schema({"description": "x" * 65_536})
    assert refused.value.refusal.code == "schema-too-large"


def test_a_format_decides_nothing() -> None:
    Schema({"properties": {"a": {"format": "date"}}}).validate({"a": "no date"})


SECRET = {"type": "string", "x-confidential": True}
DIGEST = "A" * 43


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": SECRET}, "required": ["a"], "additionalProperties": False},
        {"$ref": "#/$defs/x", "$defs": {"x": {"properties": {"a": SECRET}, "required": ["a"]}}},
        {"allOf": [{"properties": {"a": SECRET}, "required": ["a"]}]},
        {"oneOf": [{"properties": {"a": SECRET}, "required": ["a"]}, {"required": ["never"]}]},
    ],
)
def test_a_confidential_member_may_be_hidden_however_the_schema_is_put_together(
    schema: dict[str, Any],
) -> None:
    compiled = Schema(schema)
    compiled.validate({"a": "x"})
    compiled.validate({"_sd": [DIGEST]})
    with pytest.raises(Refused):
        compiled.validate({})
    with pytest.raises(Refused):
        compiled.validate({"_sd": [DIGEST, DIGEST]})


def test_hiding_is_found_in_items_members_and_things_within_things() -> None:
    box = {"type": "object", "properties": {"name": SECRET, "inner": {"$ref": "#/$defs/box"}}}
    schema = Schema(
        {
            "properties": {"boxes": {"items": {"$ref": "#/$defs/box"}}, "plain": {}},
            "additionalProperties": {"$ref": "#/$defs/box"},
            "$defs": {"box": box},
        }
    )
    hidden = {"_sd": [DIGEST]}
    schema.validate({"boxes": [{"inner": {"inner": hidden}}, {"_sd": ["B" * 43]}]})
    schema.validate({"other": hidden})
    for body in ({"plain": hidden}, hidden, {"boxes": [[hidden]]}, {"plain": {"...": DIGEST}}):
        with pytest.raises(Refused) as refused:
            schema.validate(body)
        assert refused.value.refusal.code == "hidden-not-allowed"


def test_words_that_look_like_hiding_are_only_words() -> None:
    Schema({"properties": {"a": {"type": "string"}}}).validate({"a": "_sd ..."})


def test_a_digest_that_stands_twice_anywhere_could_never_be_verified_and_is_refused() -> None:
    box = {"type": "object", "properties": {"name": SECRET, "other": SECRET}}
    schema = Schema({"properties": {"a": box, "b": {"items": box}, "c": SECRET}})
    other = "B" * 43
    schema.validate({"a": {"_sd": [DIGEST]}, "b": [{"_sd": [other]}]})
    for body in (
        {"a": {"_sd": [DIGEST]}, "b": [{"_sd": [DIGEST]}]},
        {"b": [{"_sd": [DIGEST]}, {"_sd": [other, DIGEST]}]},
        {"_sd": [DIGEST], "a": {"_sd": [DIGEST]}},
        {"a": {"_sd": [DIGEST, DIGEST]}},
    ):
        with pytest.raises(Refused) as refused:
            schema.validate(body)
        assert refused.value.refusal.code == "hidden-not-allowed"
        assert "twice" in refused.value.refusal.message


def test_what_was_hidden_is_told_by_its_name_from_what_may_be() -> None:
    box = {"type": "object", "properties": {"name": SECRET, "size": {}, "7": {}, "8": SECRET}}
    schema = Schema({"properties": {"boxes": {"items": box}, "note": SECRET, "a/b": SECRET}})
    body = {"boxes": [1, {"name": 1, "size": 2, "7": 3, "8": 4}], "note": {"x": 1}, "a/b": 0}
    schema.check_hidden(body, [])
    schema.check_hidden(body, ["/note", "/boxes/1/name", "/boxes/1/8", "/a~1b"])
    for pointer, named in {
        "/boxes/1/size": "size",
        "/boxes/1/7": "7",
        "/boxes": "boxes",
        "/note/x": "x",
        "/boxes/1": "an entry of a list",
    }.items():
        with pytest.raises(Refused) as refused:
            schema.check_hidden(body, ["/note", pointer])
        told = refused.value.refusal
        assert (told.code, told.path) == ("hidden-not-allowed", f"/body{pointer}")
        assert told.message.startswith(f"{named} is hidden, and may not be")


@pytest.mark.parametrize("hidden", [[[]], [{}], [1, 1], "AA", 7, None])
def test_what_is_no_list_of_digests_is_refused_by_the_schema(hidden: Any) -> None:
    with pytest.raises(Refused) as refused:
        Schema({"properties": {"a": SECRET}}).validate({"_sd": hidden})
    assert refused.value.refusal.code == "schema"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.sampled_from(standard.NAMES), st.integers(0, 10_000), JSON_VALUES)
def test_whatever_is_put_where_in_a_body_is_taken_or_refused_in_words(
    name: str, where: int, value: Any
) -> None:
    body = standard.example(name)
    places: list[tuple[Any, Any]] = []
    rest: list[Any] = [body]
    while rest:
        each = rest.pop()
        keys: list[Any] = list(each) if isinstance(each, dict) else list(range(len(each)))
        places += [(each, key) for key in keys]
        rest += [each[key] for key in keys if isinstance(each[key], dict | list)]
    container, key = places[where % len(places)]
    container[key] = value
    schema = Schema(standard.contract_texts()[standard.NAMES.index(name)].schema)
    problems = schema.problems(body)
    try:
        schema.validate(body)
    except Refused as refused:
        assert problems and refused.refusal.code in ("schema", "hidden-not-allowed")
        assert all(each.message and "^" not in each.message for each, _ in problems)
    else:
        assert problems == []
