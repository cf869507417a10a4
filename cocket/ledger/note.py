"""C2SP signed notes (https://c2sp.org/signed-note): text, and below it signatures by named keys.

    <text, any number of lines>

    — <key name> <base64 of key id[4] ‖ signature>
    — <key name> <base64 of key id[4] ‖ signature>

    key id = SHA-256(key name ‖ "\\n" ‖ algorithm[1] ‖ public key)[:4]
    vkey   = <key name>+<hex of key id>+<base64 of algorithm[1] ‖ public key>

A note keeps the signatures of keys it does not know: verifiers must ignore those, not refuse them.
"""

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cocket.ledger import lines
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import PUBLIC_KEY_BYTES

NOTE_CHARACTERS_MAX = 64 * 1024
SIGNATURES_MAX = 200
"""Twice the most validators a network may have; the standard asks for 16 at least."""
NAME_CHARACTERS_MAX = 256
KEY_ID_BYTES = 4
EM_DASH = "\u2014"


class Algorithm(IntEnum):
    """The kinds of signature that this ledger knows, each with an Ed25519 key of 32 bytes."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key (32 bytes) with its name and algorithm, as one line of text."""

    name: str
    algorithm: Algorithm
    public_key: bytes

    def __post_init__(self) -> None:
        check_name(self.name, "vkey name")
        if len(self.public_key) != PUBLIC_KEY_BYTES:
            raise Malformed(f"vkey: the public key is not {PUBLIC_KEY_BYTES} bytes")

    @property
    def key_id(self) -> bytes:
        """4 bytes that, with the name, tell a signature's key. Not a commitment: too short."""
        hashed = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return sha256(hashed).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        material = lines.base64(bytes([self.algorithm]) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept exactly what `str` prints; raise `Malformed` for anything else."""
        if len(text) > NAME_CHARACTERS_MAX + 64:
            raise Malformed("vkey: too long")
        name, _, rest = text.partition("+")
        material = lines.unbase64(rest.partition("+")[2], "vkey")
        if material[:1] not in (b"\x01", b"\x04"):
            raise Malformed("vkey: neither an Ed25519 key (1) nor a cosigner's (4)")
        key = cls(name, Algorithm(material[0]), material[1:])
        if str(key) != text:
            raise Malformed("vkey: the key id is not that of the name and the key")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who signed, with which key, and the algorithm's own bytes."""

    name: str
    key_id: bytes
    blob: bytes

    def __post_init__(self) -> None:
        check_name(self.name, "signature name")
        if len(self.key_id) != KEY_ID_BYTES or not self.blob:
            raise Malformed(f"signature: not a key id of {KEY_ID_BYTES} bytes and a signature")

    def __str__(self) -> str:
        return f"{EM_DASH} {self.name} {lines.base64(self.key_id + self.blob)}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Accept exactly what `str` prints; raise `Malformed` for anything else."""
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != EM_DASH:
            raise Malformed("signature: not an em dash, a name and base64")
        data = lines.unbase64(parts[2], "signature")
        return cls(parts[1], data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Note:
    """Signed text: it ends in a newline, and has 1 to 200 signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        check_text(self.text, "note")
        if not self.text.endswith("\n"):
            raise Malformed("note: the text does not end in a newline")
        if not 1 <= len(self.signatures) <= SIGNATURES_MAX:
            raise Malformed(f"note: not 1 to {SIGNATURES_MAX} signatures")

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{signature}\n" for signature in self.signatures)

    @classmethod
    def parse(cls, note: str) -> Self:
        """Accept exactly what `str` prints; raise `Malformed` for anything else.

        Signatures are not verified yet, and nothing in the text may be believed before they are.
        """
        if len(note) > NOTE_CHARACTERS_MAX:
            raise Malformed(f"note: more than {NOTE_CHARACTERS_MAX} characters")
        text, blank, below = note.rpartition("\n\n")
        signatures = below.split("\n", SIGNATURES_MAX + 1)
        if not blank or signatures.pop() != "":
            raise Malformed(f"note: not 1 to {SIGNATURES_MAX} signature lines below an empty line")
        return cls(text + "\n", tuple(map(Signature.parse, signatures)))


def check_name(name: str, what: str) -> str:
    """`name`, if it can name a key: 1 to 256 characters, no space or control character, no '+'.

    `Malformed` otherwise; `what` names it in the message.
    """
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
        raise Malformed(f"{what}: not 1 to {NAME_CHARACTERS_MAX} characters")
    check_text(name, what)
    if any(character.isspace() or character == "+" for character in name):
        raise Malformed(f"{what}: has a space or a '+'")
    return name


def check_text(text: str, what: str) -> str:
    """`text`, if it can be part of a note: UTF-8 without control characters other than newline.

    `Malformed` otherwise; `what` names it in the message.
    """
    if any(character < " " and character != "\n" for character in text):
        raise Malformed(f"{what}: has a control character")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Malformed(f"{what}: cannot be UTF-8")
    return text
