"""Checkpoints and cosignatures, against the bytes of tlog-checkpoint and tlog-cosignature."""

from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger.checkpoint import (
    Checkpoint,
    CosignedCheckpoint,
    cosign,
    cosignature_time,
    cosigner,
    cosigner_name,
    verify_cosignature,
)
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import SigningKey, verify
from cocket.ledger.note import Signature, VerifierKey

TEXT = """green-lane
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
block 4711 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=
"""
KEY = SigningKey(bytes(range(32)))
NAME = cosigner_name("green-lane", "customs-nl")
TIME_S = 1_679_315_147

hashes = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**63 - 1)
origins = st.text("abcdefghijklmnopqrstuvwxyz0123456789-./", min_size=1, max_size=64)
checkpoints = st.builds(Checkpoint, origins, numbers, hashes, numbers, hashes)


def test_a_checkpoint_prints_as_the_design_draws_it() -> None:
    checkpoint = Checkpoint.parse(TEXT)
    assert checkpoint == Checkpoint(
        origin="green-lane",
        size=20852163,
        root=b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="),
        height=4711,
        state=sha256(b"test").digest(),
    )
    assert str(checkpoint) == TEXT


@given(checkpoints)
def test_printing_and_parsing_checkpoints_are_inverse(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(str(checkpoint)) == checkpoint


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "\n\n\n\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "an extension line\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("green-lane", ""),
        TEXT.replace("green-lane", "green lane"),
        TEXT.replace("green-lane", "green+lane"),
        TEXT.replace("green-lane", "grün"),
        TEXT.replace("green-lane", "g" * 65),
        TEXT.replace("20852163", "020852163"),
        TEXT.replace("20852163", "-1"),
        TEXT.replace("20852163", "+1"),
        TEXT.replace("20852163", "1_0"),
        TEXT.replace("20852163", " 1"),
        TEXT.replace("20852163", ""),
        TEXT.replace("20852163", "٣"),
        TEXT.replace("20852163", str(2**63)),
        TEXT.replace("20852163", "9" * 5000),
        TEXT.replace("q2I=", "q2J="),
        TEXT.replace("q2I=", "q2I"),
        TEXT.replace("q2I=", "="),
        TEXT.replace("CsUY", "AAAACsUY"),
        TEXT.replace("CsUY", ""),
        TEXT.replace("/Xaj", "_Xaj"),
        TEXT.replace("block 4711", "block  4711"),
        TEXT.replace("block 4711", "block 04711"),
        TEXT.replace("block 4711", "Block 4711"),
        TEXT.replace("block 4711 ", "block "),
        TEXT.replace("Cgg=\n", "Cgg= \n"),
    ],
)
def test_any_other_checkpoint_is_malformed(bad: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(bad)


@pytest.mark.parametrize(
    "bad",
    [
        {"origin": "a\nb"},
        {"size": -1},
        {"size": 2**63},
        {"size": True},
        {"height": -1},
        {"root": bytes(31)},
        {"state": b""},
    ],
)
def test_a_checkpoint_that_could_not_be_printed_cannot_be_made(bad: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "origin": "o",
        "size": 1,
        "root": bytes(32),
        "height": 1,
        "state": bytes(32),
    }
    with pytest.raises(Malformed):
        Checkpoint(**(good | bad))


def test_a_cosignature_signs_the_time_and_the_text_as_the_standard_draws_them() -> None:
    line = cosign(KEY, NAME, TEXT, TIME_S)
    key_id = sha256(b"green-lane/customs-nl\n\x04" + KEY.public_key).digest()[:4]
    assert (line.name, line.key_id) == ("green-lane/customs-nl", key_id)
    assert line.blob[:8] == bytes.fromhex("00000000") + TIME_S.to_bytes(4, "big")
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    assert verify(KEY.public_key, message, line.blob[8:])
    assert cosignature_time(line) == TIME_S
    assert verify_cosignature(line, KEY.public_key, TEXT)
    assert str(line).startswith("— green-lane/customs-nl ")
    assert Signature.parse(str(line)) == line


def test_cosigning_again_gives_the_same_bytes() -> None:
    assert cosign(KEY, NAME, TEXT, TIME_S) == cosign(KEY, NAME, TEXT, TIME_S)


def test_a_cosigner_is_written_for_policies_as_a_verifier_key_of_type_4() -> None:
    key = cosigner(NAME, KEY.public_key)
    printed = str(key)
    assert b64decode(printed.split("+", 2)[2])[0] == 4
    assert VerifierKey.parse(printed) == key


@given(st.integers(0, 8 * 72 - 1))
def test_a_cosignature_with_any_bit_flipped_does_not_verify(bit: int) -> None:
    line = cosign(KEY, NAME, TEXT, TIME_S)
    blob = bytearray(line.blob)
    blob[bit // 8] ^= 1 << bit % 8
    assert not verify_cosignature(
        Signature(line.name, line.key_id, bytes(blob)), KEY.public_key, TEXT
    )


@pytest.mark.parametrize("length", [1, 8, 63, 64, 71, 73, 2428])
def test_a_cosignature_of_another_length_does_not_verify(length: int) -> None:
    line = Signature(NAME, b"\0\0\0\0", bytes(length))
    assert cosignature_time(line) is None
    assert not verify_cosignature(line, KEY.public_key, TEXT)


def test_a_time_past_63_bits_is_no_time() -> None:
    message = f"cosignature/v1\ntime {2**63}\n{TEXT}".encode()
    blob = (2**63).to_bytes(8, "big") + KEY.sign(message)
    assert not verify_cosignature(Signature(NAME, b"\0\0\0\0", blob), KEY.public_key, TEXT)
    for time_s in (-1, 2**63):
        with pytest.raises(Malformed):
            cosign(KEY, NAME, TEXT, time_s)


def test_a_cosignature_is_not_valid_for_another_text_or_key() -> None:
    line = cosign(KEY, NAME, TEXT, TIME_S)
    assert not verify_cosignature(line, KEY.public_key, TEXT.replace("4711", "4712"))
    assert not verify_cosignature(line, SigningKey(bytes(32)).public_key, TEXT)
    assert not verify_cosignature(line, b"short", TEXT)


@given(checkpoints, st.lists(st.binary(min_size=5, max_size=90), min_size=1, max_size=5))
def test_printing_and_parsing_cosigned_checkpoints_are_inverse(
    checkpoint: Checkpoint, blobs: list[bytes]
) -> None:
    lines = [Signature("witness.example/w1", blob[:4], blob[4:]) for blob in blobs]
    lines.append(cosign(KEY, NAME, str(checkpoint), TIME_S))
    cosigned = CosignedCheckpoint(checkpoint, tuple(lines))
    assert CosignedCheckpoint.parse(str(cosigned)) == cosigned


def test_a_checkpoint_without_cosignatures_is_malformed() -> None:
    with pytest.raises(Malformed):
        CosignedCheckpoint(Checkpoint.parse(TEXT), ())
    with pytest.raises(Malformed):
        CosignedCheckpoint.parse(TEXT)
    with pytest.raises(Malformed):
        CosignedCheckpoint.parse(TEXT + "\n")
