"""Signed notes: the standard's own example, and strictness."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger.errors import Malformed
from cocket.ledger.keys import verify
from cocket.ledger.note import Algorithm, Note, Signature, VerifierKey

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
LINE = (
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXm"
    "RKuwHjG1Yu72IneyaQM="
)
NOTE = f"This is an example message.\n\n{LINE}\n"

names = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1
).filter(lambda name: "+" not in name and len(name) <= 256)
signatures = st.builds(
    Signature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=90)
)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n")).map(
    lambda text: text + "\n"
)


def test_the_standards_example_note_verifies_with_the_standards_example_key() -> None:
    key, note = VerifierKey.parse(VKEY), Note.parse(NOTE)
    assert (key.name, key.algorithm) == ("example.com/foo", Algorithm.ED25519)
    (signature,) = note.signatures
    assert note.text == "This is an example message.\n"
    assert (signature.name, signature.key_id) == (key.name, key.key_id)
    assert key.key_id.hex() == "530d903a"
    assert verify(key.public_key, note.text.encode(), signature.blob)
    assert str(key) == VKEY
    assert str(note) == NOTE


@given(names, st.sampled_from(Algorithm), st.binary(min_size=32, max_size=32))
def test_printing_and_parsing_verifier_keys_are_inverse(
    name: str, algorithm: Algorithm, public_key: bytes
) -> None:
    key = VerifierKey(name, algorithm, public_key)
    assert VerifierKey.parse(str(key)) == key


@given(texts, st.lists(signatures, min_size=1, max_size=4))
def test_printing_and_parsing_notes_are_inverse(text: str, below: list[Signature]) -> None:
    note = Note(text, tuple(below))
    assert Note.parse(str(note)) == note


def test_the_text_ends_at_the_last_empty_line() -> None:
    note = Note.parse(f"one\n\ntwo\n\n\n{LINE}\n")
    assert note.text == "one\n\ntwo\n\n"


def test_200_signatures_are_read_and_201_are_not() -> None:
    assert len(Note.parse("text\n\n" + f"{LINE}\n" * 200).signatures) == 200
    with pytest.raises(Malformed):
        Note.parse("text\n\n" + f"{LINE}\n" * 201)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\n" + LINE + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "more\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("message", "mess\tage"),
        NOTE.replace("message", "mess\0age"),
        NOTE.replace("message", "mess\ud800age"),
        NOTE.replace("—", "-"),
        NOTE.replace("— ", "—  "),
        NOTE.replace("/foo ", "/f+o "),
        NOTE.replace("/foo ", "/f\u00a0o "),
        NOTE.replace("example.com/foo ", " "),
        NOTE.replace("QM=", "QM"),
        NOTE.replace("QM=", "QN="),
        NOTE.replace("QM=", "QM=="),
        NOTE.replace("QM=", "Q*="),
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAA==\n",
        "x" * 70_000 + "\n\n" + LINE + "\n",
    ],
)
def test_any_other_note_is_malformed(bad: str) -> None:
    with pytest.raises(Malformed):
        Note.parse(bad)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("foo", "fo"),
        VKEY.replace("foo", "f o"),
        VKEY.replace("+Ae", "+Be"),
        VKEY[:-4],
        VKEY + "\n",
        VKEY + "=",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "x" * 1000 + VKEY,
    ],
)
def test_any_other_verifier_key_is_malformed(bad: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(bad)
