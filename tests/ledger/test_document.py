"""Documents: what is taken, and with which code everything else is refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger import canonical
from cocket.ledger.document import DOCUMENT_BYTES_MAX, Document, document_id, sign
from cocket.ledger.errors import Refused
from cocket.ledger.keys import SigningKey, base64url
from tests import sample

KEY = sample.key("merchant-be")
HEADER = canonical.encode({"alg": "EdDSA", "kid": KEY.thumbprint, "typ": "dc+sd-jwt"})
CLAIMS: dict[str, Any] = {
    "iss": "merchant-be",
    "aud": "green-lane",
    "iat": 1_790_000_000,
    "jti": "AAAAAAAAAAAAAAAAAAAAAA",
    "vct": "urn:cocket:commercial-invoice:1",
    "ucr": ["9BE123"],
    "refs": {"order": "A" * 43},
    "body": {"number": "INV-7"},
}
CODES = {
    *("too-large", "malformed", "header", "claims"),
    *("not-json", "float", "duplicate-member", "not-canonical", "too-deep", "integer-range"),
    "member-name",
}


def jws(header: bytes = HEADER, payload: bytes | None = None, signature: bytes = b"") -> bytes:
    payload = canonical.encode(CLAIMS) if payload is None else payload
    signed = f"{base64url(header)}.{base64url(payload)}".encode()
    return signed + b"." + base64url(signature or KEY.sign(signed)).encode()


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        Document.parse(data)
    return caught.value.refusal.code, caught.value.refusal.path


def with_claims(**changes: Any) -> bytes:
    claims = {**CLAIMS, **changes}
    present = {name: value for name, value in claims.items() if value is not ...}
    return jws(payload=canonical.encode(present))


def test_a_signed_document_parses_into_its_claims() -> None:
    document = sign({**CLAIMS, "exp": 1_800_000_000}, KEY)
    assert document == Document.parse(document.jws)
    assert document.issuer == "merchant-be"
    assert document.network == "green-lane"
    assert document.issued_at == 1_790_000_000
    assert document.expires_at == 1_800_000_000
    assert document.type_name == "commercial-invoice"
    assert document.ucr == ("9BE123",)
    assert document.refs == {"order": "A" * 43}
    assert document.body == {"number": "INV-7"}
    assert document.kid == KEY.thumbprint


def test_the_id_is_the_hash_of_the_bytes_and_signing_again_gives_the_same() -> None:
    document = sign(CLAIMS, KEY)
    assert document.id == document_id(document.jws)
    assert len(document.id) == 43
    assert sign(CLAIMS, KEY).jws == document.jws == jws()


def test_the_signature_is_over_the_first_two_parts_and_by_one_key() -> None:
    document = sign(CLAIMS, KEY)
    assert document.signature_valid(KEY.public_key)
    assert not document.signature_valid(sample.key("bank-sg").public_key)
    assert not Document.parse(jws(signature=bytes(64))).signature_valid(KEY.public_key)


@settings(max_examples=400)
@given(st.data())
def test_a_flipped_bit_is_refused_or_breaks_the_signature(data: st.DataObject) -> None:
    changed = bytearray(jws())
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    try:
        document = Document.parse(bytes(changed))
    except Refused as refused:
        assert refused.refusal.code in CODES
    else:
        assert document.kid != KEY.thumbprint or not document.signature_valid(KEY.public_key)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_refused_with_a_known_code(data: bytes) -> None:
    assert refusal(data)[0] in CODES


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text("aä\x00/~1", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab_.", max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=400)
@given(st.sampled_from([*CLAIMS, "exp", "_sd_alg", "_sd", "nbf"]), JSON)
def test_any_value_of_any_claim_is_taken_as_it_is_or_refused_with_a_pointer_to_it(
    name: str, value: Any
) -> None:
    data = with_claims(**{name: value})
    try:
        document = Document.parse(data)
    except Refused as refused:
        assert refused.refusal.code == "claims"
        assert refused.refusal.path == "" or refused.refusal.path.startswith(f"/{name}")
        assert "[" not in refused.refusal.path
    else:
        assert document.claims[name] == value


# Too large, malformed


def test_a_document_of_exactly_the_most_bytes_is_taken_and_one_more_is_not() -> None:
    def sized(filling: int) -> bytes:
        return with_claims(body={"text": "x" * filling})

    filling = 44_000
    while len(sized(filling)) < DOCUMENT_BYTES_MAX - 1:
        filling += max(1, (DOCUMENT_BYTES_MAX - len(sized(filling))) // 2)
    assert len(Document.parse(sized(filling)).jws) in (DOCUMENT_BYTES_MAX - 1, DOCUMENT_BYTES_MAX)
    assert refusal(sized(filling + 2)) == ("too-large", "")
    assert refusal(b"x" * 10_000_000) == ("too-large", "")


PARTS = jws().split(b".")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".".join(PARTS[:2]),
        b".".join([*PARTS, b""]),
        b".".join([*PARTS, PARTS[2]]),
        jws() + b"~",
        jws() + b"\n",
        jws() + b"=",
        b" " + jws(),
        jws().replace(b".", b"!", 1),
        b".".join([PARTS[0], PARTS[1], PARTS[2][:-2]]),
        b".".join([PARTS[0], PARTS[1], PARTS[2] + b"AA"]),
        b".".join([PARTS[0], PARTS[1], b""]),
        b".".join([PARTS[0] + b"\xff", PARTS[1], PARTS[2]]),
        b".".join([PARTS[0], PARTS[1] + b"A", PARTS[2]]),
        b".".join([PARTS[0], PARTS[1][:8] + b"\n" + PARTS[1][8:], PARTS[2]]),
        b".".join([PARTS[0], PARTS[1].replace(b"e", b"+", 1), PARTS[2]]),
    ],
)
def test_what_is_not_three_parts_of_base64url_and_a_signature_is_malformed(data: bytes) -> None:
    assert refusal(data) == ("malformed", "")


def test_stray_bits_at_the_end_of_a_part_are_malformed() -> None:
    last = PARTS[2][-1:]
    other = {b"A": b"B", b"Q": b"R", b"g": b"h", b"w": b"x"}[last]
    assert refusal(jws()[:-1] + other) == ("malformed", "")


# Header


@pytest.mark.parametrize(
    "header",
    [
        b"{}",
        b"",
        b'{"alg":"none","kid":"' + b"A" * 43 + b'","typ":"dc+sd-jwt"}',
        b'{"alg":"ES256","kid":"' + b"A" * 43 + b'","typ":"dc+sd-jwt"}',
        b'{"alg":"EdDSA","kid":"' + b"A" * 43 + b'","typ":"vc+sd-jwt"}',
        b'{"alg":"EdDSA","kid":"' + b"A" * 42 + b'","typ":"dc+sd-jwt"}',
        b'{"alg":"EdDSA","kid":"' + b"A" * 44 + b'","typ":"dc+sd-jwt"}',
        b'{"alg":"EdDSA","kid":"' + b"A" * 42 + b'!","typ":"dc+sd-jwt"}',
        b'{"alg":"EdDSA","kid":"' + b'A","jwk":"' + b"A" * 34 + b'","typ":"dc+sd-jwt"}',
        b'{"alg":"EdDSA","kid":"' + b"\xff" * 43 + b'","typ":"dc+sd-jwt"}',
        b'{"kid":"' + b"A" * 43 + b'","alg":"EdDSA","typ":"dc+sd-jwt"}',
        b'{"alg":"EdDSA","crit":[],"kid":"' + b"A" * 43 + b'","typ":"dc+sd-jwt"}',
        b'{"alg": "EdDSA","kid":"' + b"A" * 43 + b'","typ":"dc+sd-jwt"}',
        HEADER + b" ",
        HEADER[:-1] + b',"x5c":[]}',
    ],
)
def test_a_header_of_anything_but_the_three_members_is_refused(header: bytes) -> None:
    assert refusal(jws(header)) == ("header", "")


# Payload


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (canonical.encode(CLAIMS)[:-1] + b',"z":1.5}', "float"),
        (canonical.encode(CLAIMS)[:-1] + b',"vct":"x"}', "duplicate-member"),
        (json.dumps(CLAIMS).encode(), "not-canonical"),
        (
            canonical.encode({**CLAIMS, "body": json.loads('{"a":' * 16 + "0" + "}" * 16)}),
            "too-deep",
        ),
        (b"[" * 40_000, "too-deep"),
        (canonical.encode({**CLAIMS, "body": {"n": 2**53}}), "integer-range"),
        (canonical.encode({**CLAIMS, "body": {"n": 10**400}}), "integer-range"),
        (canonical.encode({**CLAIMS, "body": {"ñ": 1}}), "member-name"),
    ],
)
def test_a_payload_that_is_not_canonical_json_is_refused_with_the_fault_s_code(
    payload: bytes, code: str
) -> None:
    assert refusal(jws(payload=payload)) == (code, "")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"iss": ...}, ""),
        ({"body": ...}, ""),
        ({"refs": ...}, ""),
        ({"nbf": 1}, ""),
        ({"iss": "x"}, "/iss"),
        ({"iss": "x" * 33}, "/iss"),
        ({"iss": "Merchant"}, "/iss"),
        ({"iss": "merchant\n"}, "/iss"),
        ({"iss": "mérchant"}, "/iss"),
        ({"aud": "-lane"}, "/aud"),
        ({"aud": None}, "/aud"),
        ({"iat": -1}, "/iat"),
        ({"iat": 2**40 + 1}, "/iat"),
        ({"iat": True}, "/iat"),
        ({"iat": "1"}, "/iat"),
        ({"exp": None}, "/exp"),
        ({"exp": -1}, "/exp"),
        ({"jti": "A" * 21}, "/jti"),
        ({"jti": "A" * 21 + "B"}, "/jti"),
        ({"jti": "A" * 23}, "/jti"),
        ({"vct": "urn:cocket:note"}, "/vct"),
        ({"vct": "urn:cocket:note:0"}, "/vct"),
        ({"vct": "urn:cocket:note:10000"}, "/vct"),
        ({"vct": "urn:cocket:Note:1"}, "/vct"),
        ({"vct": "urn:cocket:note:1\n"}, "/vct"),
        ({"vct": "urn:cocket:note:\u0661"}, "/vct"),
        ({"ucr": "9BE"}, "/ucr"),
        ({"ucr": ["9BE"] * 33}, "/ucr"),
        ({"ucr": ["9BE", ""]}, "/ucr/1"),
        ({"ucr": ["9BE", "x" * 36]}, "/ucr/1"),
        ({"ucr": [" 9BE"]}, "/ucr/0"),
        ({"ucr": ["9BÉ"]}, "/ucr/0"),
        ({"ucr": ["9BE\n"]}, "/ucr/0"),
        ({"refs": []}, "/refs"),
        ({"refs": {"order": "A" * 42}}, "/refs"),
        ({"refs": {"order": None}}, "/refs"),
        ({"refs": {"": "A" * 43}}, "/refs"),
        ({"refs": {"the order": "A" * 43}}, "/refs"),
        ({"refs": {f"r{n}": "A" * 43 for n in range(33)}}, "/refs"),
        ({"body": []}, "/body"),
        ({"body": None}, "/body"),
        ({"_sd_alg": "sha-512"}, "/_sd_alg"),
        ({"_sd_alg": None}, "/_sd_alg"),
        ({"_sd": []}, ""),
    ],
)
def test_claims_that_are_not_a_document_s_are_refused_with_a_pointer(
    changes: dict[str, Any], path: str
) -> None:
    assert refusal(with_claims(**changes)) == ("claims", path)


@pytest.mark.parametrize("payload", [b"[]", b"7", b"null", b'"text"', b"true"])
def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    assert refusal(jws(payload=payload)) == ("claims", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "x-"},
        {"iss": "0" * 32},
        {"ucr": []},
        {"ucr": ["x" * 35, "9BE/7 a~", "!"]},
        {"refs": {}},
        {"iat": 0},
        {"exp": 2**40},
        {"vct": "urn:cocket:a2:9999"},
        {"_sd_alg": "sha-256"},
        {"body": {}},
        {"body": {"text": "\x00\u202e\U0001f600", "": None}},
        {"body": json.loads('{"a":' * 15 + "0" + "}" * 15)},
    ],
)
def test_claims_at_the_edge_of_what_is_allowed_are_taken(changes: dict[str, Any]) -> None:
    claims = Document.parse(with_claims(**changes)).claims
    assert {name: claims[name] for name in changes} == changes


def test_signing_refuses_what_could_not_be_parsed() -> None:
    for changes, code in (({"iss": "X"}, "claims"), ({"body": {"a": 0.5}}, "float")):
        with pytest.raises(Refused) as caught:
            sign({**CLAIMS, **changes}, KEY)
        assert caught.value.refusal.code == code


def test_the_secret_key_is_nowhere_in_a_document() -> None:
    key = SigningKey(bytes(range(32)))
    assert key.seed not in sign(CLAIMS, key).jws
    assert base64url(key.seed).encode() not in sign(CLAIMS, key).jws
