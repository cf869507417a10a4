"""What a contract's author is told to look at again."""

from cocket.contracts.lint import remarks

SCHEMA = {
    "type": "object",
    "properties": {"leaves": {"type": "integer"}, "note": {"type": "string"}},
    "required": ["leaves"],
    "additionalProperties": False,
}


def told(source: str) -> list[str]:
    return [each for each in remarks(source, source, SCHEMA) if "member" in each]


def test_a_member_that_the_schema_has_not_is_told_wherever_the_body_is_read() -> None:
    source = 'def f(body):\n    return body["leafs"]\n\n\ndef check(doc, signer):\n'
    source += '    body = doc["body"]\n    f(body)\n    f(doc["body"])\n'
    source += '    x = doc["body"]["tree"]\n'
    assert told(source) == [
        "line 2: the schema has no member leafs of the body",
        "line 9: the schema has no member tree of the body",
    ]


def test_another_documents_body_has_members_of_its_own() -> None:
    source = 'def f(body):\n    return body["price"]\n\n\ndef check(doc, signer):\n'
    source += '    order = document("x", "order")\n    f(order["body"])\n'
    source += '    body = order["body"]\n    y = body["price"]\n'
    assert told(source) == []
