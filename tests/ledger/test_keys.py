"""Keys: one strict Ed25519 rule, whatever is thrown at it."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger.keys import SigningKey, base64url, thumbprint, verify
from tests.shared import shared_path

L = 2**252 + 27742317777372353535851937790883648493
"""The order of Ed25519's prime-order subgroup (RFC 8032 §5.1)."""
P = 2**255 - 19
KEYS = st.binary(min_size=32, max_size=32).map(SigningKey)
SMALL_ORDER = [
    (1).to_bytes(32, "little"),
    (P - 1).to_bytes(32, "little"),
    (0).to_bytes(32, "little"),
    (1 << 255).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_keys_and_signatures_are_those_of_rfc_8032(
    seed: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey(bytes.fromhex(seed))
    assert key.public_key.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify(key.public_key, bytes.fromhex(message), bytes.fromhex(signature))


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_of_the_edge_cases_that_libraries_disagree_on_only_number_3_is_a_signature() -> None:
    cases = json.loads((shared_path("vectors/ed25519") / "speccheck.json").read_text())
    assert len(cases) == 12
    accepted = [
        number
        for number, case in enumerate(cases)
        if verify(*(bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature")))
    ]
    assert accepted == [3]


@given(KEYS, st.binary(max_size=200))
def test_a_signature_verifies_for_its_key_and_message(key: SigningKey, message: bytes) -> None:
    assert verify(key.public_key, message, key.sign(message))


@given(KEYS, st.binary(min_size=1, max_size=40), st.data())
def test_any_flipped_bit_in_key_message_or_signature_fails(
    key: SigningKey, message: bytes, data: st.DataObject
) -> None:
    parts = [bytearray(key.public_key), bytearray(message), bytearray(key.sign(message))]
    part = data.draw(st.sampled_from(parts))
    bit = data.draw(st.integers(0, len(part) * 8 - 1))
    part[bit // 8] ^= 1 << bit % 8
    assert not verify(*map(bytes, parts))


@given(KEYS, st.binary(max_size=20))
def test_s_plus_the_group_order_is_not_another_signature(key: SigningKey, message: bytes) -> None:
    signature = key.sign(message)
    s = int.from_bytes(signature[32:], "little") + L
    assert not verify(key.public_key, message, signature[:32] + s.to_bytes(32, "little"))


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_points_of_small_order_are_neither_keys_nor_commitments(point: bytes) -> None:
    for message in (b"", b"a", b"b", b"c"):
        assert not verify(point, message, point + bytes(32))
        assert not verify(point, message, (1).to_bytes(32, "little") + bytes(32))
    honest = SigningKey(bytes(32))
    assert not verify(honest.public_key, b"", point + bytes(32))


@given(
    st.binary(max_size=70) | st.none() | st.integers() | st.text(),
    st.binary(max_size=70) | st.none() | st.text(),
    st.binary(max_size=70) | st.none() | st.lists(st.integers()),
)
def test_verifying_never_raises_and_takes_nothing_that_was_not_signed(
    public_key: object, message: object, signature: object
) -> None:
    assert verify(public_key, message, signature) is False  # type: ignore[arg-type]


def test_bytes_like_values_verify_as_bytes() -> None:
    key = SigningKey(bytes(32))
    signature = bytearray(key.sign(b"message"))
    assert verify(bytearray(key.public_key), memoryview(b"message"), signature)  # type: ignore[arg-type]


def test_generated_keys_differ_and_their_secrets_are_not_shown() -> None:
    one, other = SigningKey.generate(), SigningKey.generate()
    assert one != other
    secret = repr(one.seed)[2:-1]
    assert secret not in repr(one)
    assert one.seed.hex() not in repr(one)
    assert "_secret" not in repr(one)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_size_is_no_seed(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey(bytes(size))


@given(st.binary(max_size=100))
def test_base64url_has_no_padding_and_no_other_characters(data: bytes) -> None:
    encoded = base64url(data)
    assert "=" not in encoded
    assert "+" not in encoded
    assert "/" not in encoded
    assert len(encoded) == (len(data) * 4 + 2) // 3


def test_signatures_over_one_message_are_always_the_same() -> None:
    key = SigningKey(sha256(b"seed").digest())
    assert key.sign(b"x") == key.sign(b"x")
