"""Decoders of contracts, schemas, and bodies held against the standard schemas."""

from contextlib import suppress
from typing import Any

from cocket.contracts.language import compile_contract
from cocket.contracts.schema import Schema
from cocket.contracts.source import SOURCE_BYTES_MAX, check_source
from cocket.contracts.standard import NAMES, contract_texts, example
from cocket.ledger import canonical
from cocket.ledger.errors import Refused
from cocket.ledger.genesis import DEPTH_MAX
from tests.contracts import golden
from tests.contracts.memory import NAME, Memory, fresh, module
from tests.fuzz import mutate
from tests.fuzz.decoder import Decoder
from tests.fuzz.mutate import mutator
from tests.fuzz.of_ledger import KIB, issued

STRANGE = (
    *(b"lambda", b"**", b":=", b"@", b"...", b"9" * 90, b"1.5", b"\xc3\xa9", b"_step", b"f'"),
    *(b"\\", b"\t", b"((((", b"[", b"-" * 40, b"not ", b"\n    ", b"\n        ", b"1 if 1 else "),
    *(b"while True:\n        pass", b"for i in range(99999):", b"* 99999", b'"' * 3, b'f"{x}"'),
    *(b"decimal", b"sorted", b"range", b"str", b"put", b"elif x:", b"\r", b"\x0c", b"\x00"),
)
SCHEMA_WORDS = (
    *(b'"$ref":"#/$defs/a",', b'"pattern":"(a*)*b",', b'"allOf":[', b'"not":', b'"maxItems":1,'),
    *(b'"x-confidential":true,', b"{}", b"[]", b"true", b'"_sd"', b'"\\\\d"', b"-1", b"1e5"),
)
SOURCES = [text.source for text in contract_texts()]
SCHEMAS = [text.schema for text in contract_texts()]
CIRCLE: dict[str, Any] = {
    "$defs": {"a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/a"}}}},
    "$ref": "#/$defs/a",
    "patternless": None,
}


def _source(data: bytes) -> None:
    check_source(data.decode("utf-8", "surrogatepass"))


def _contract(data: bytes) -> None:
    contract = compile_contract(data.decode(), NAME)
    first, second = (contract.run(*fresh(), Memory()) for _ in range(2))
    assert first == second


def _sources() -> list[bytes]:
    """The standard contracts, and of the golden cases those that are contracts."""
    sources = [text.encode() for text in SOURCES]
    for _, body, _ in golden.cases():
        with suppress(Refused):
            compile_contract(module(body), NAME)
            sources.append(module(body).encode())
    return sources


def _schema(data: bytes) -> None:
    schema = Schema(canonical.decode(data, DEPTH_MAX))
    for body in BODIES:
        for may_hide in (True, False):
            try:
                schema.validate(body, may_hide)
            except Refused as refused:
                assert refused.refusal.code in ("schema", "hidden-not-allowed")


BODIES = [
    *(example(name) for name in NAMES),
    *(each.document.body for each in issued()),
    {"b": {"b": {"b": {"b": {}}}}, "x": ["a" * 5000, 2**53 - 1]},
]


def _schemas() -> list[bytes]:
    small: list[dict[str, Any]] = [
        {name: value for name, value in CIRCLE.items() if name != "patternless"},
        {"properties": {"a": {"x-confidential": True, "pattern": "^(a|b){1,9}[^c]*$"}}},
        {
            "anyOf": [{"type": "object"}, {"required": ["x"]}],
            "if": True,
            "then": {"maxProperties": 9},
        },
    ]
    return [canonical.encode(schema) for schema in SCHEMAS + small]


_STANDARD = [Schema(schema) for schema in SCHEMAS]


def _body(data: bytes) -> None:
    body = canonical.decode(data)
    if not isinstance(body, dict):
        raise Refused("claims", "a body is an object")
    for schema in _STANDARD:
        try:
            schema.validate(body)
        except Refused as refused:
            refusal = refused.refusal
            canonical.encode([refusal.code, refusal.message, refusal.path])
            assert len(refusal.message) <= 500


def _bodies() -> list[bytes]:
    return [canonical.encode(body) for body in BODIES]


CONTRACTS = (
    Decoder(
        "contract-source",
        _source,
        None,
        _sources,
        mutator(mutate.tokens(STRANGE), SOURCE_BYTES_MAX),
        (Refused, UnicodeDecodeError),
        ms_max=500,
    ),
    Decoder(
        "contract",
        _contract,
        None,
        _sources,
        mutator(mutate.tokens(STRANGE), SOURCE_BYTES_MAX),
        (Refused, UnicodeDecodeError),
        ms_max=2000,
    ),
    Decoder(
        "schema",
        _schema,
        None,
        _schemas,
        mutator(mutate.json_text, 64 * KIB),
        (Refused,),
        ms_max=1000,
    ),
    Decoder(
        "schema-text",
        _schema,
        None,
        _schemas,
        mutator(mutate.tokens(SCHEMA_WORDS), 64 * KIB),
        (Refused,),
        ms_max=1000,
    ),
    Decoder(
        "body",
        _body,
        None,
        _bodies,
        mutator(mutate.json_text, 60_000),
        (Refused,),
        ms_max=500,
    ),
)
