"""Checkpoints, and the cosignatures that make them good.

A validator's cosignature (https://c2sp.org/tlog-cosignature, type 0x04) is Ed25519 over

    cosignature/v1
    time 1679315147
    <the checkpoint's text>

and its bytes in the note are the time, as a big-endian u64 of seconds, before the 64 of the
signature. The time is that of the checkpoint's block, `time_ms // 1000`, not of a clock: so a
validator that signs again, after a restart or for a peer, makes the same bytes again, and honest
validators all sign the same time.

A cosigner is named `<network id>/<organisation id>`. The signature does not cover the name, so a
cosigner has a key of its own, used for nothing else.
"""

from dataclasses import dataclass
from typing import Self

from cocket.ledger import lines
from cocket.ledger.blocks import NETWORK_CHARACTERS_MAX
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import SIGNATURE_BYTES, SigningKey, verify
from cocket.ledger.merkle import HASH_BYTES
from cocket.ledger.note import Algorithm, Note, Signature, VerifierKey, check_name

TIME_BYTES = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's head, in C2SP tlog-checkpoint text (https://c2sp.org/tlog-checkpoint).

        green-lane                                               network id, ASCII
        20852163                                                 leaves
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=             root, RFC 6962
        block 4711 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=  height, SHA-256 of state digest

    `root` and `state` are 32 bytes. `Malformed` when made with what cannot be such a text.
    """

    origin: str
    size: int
    root: bytes
    height: int
    state: bytes

    def __post_init__(self) -> None:
        check_name(self.origin, "checkpoint origin")
        if len(self.origin) > NETWORK_CHARACTERS_MAX or not self.origin.isascii():
            raise Malformed(f"checkpoint origin: not {NETWORK_CHARACTERS_MAX} ASCII characters")
        lines.number(self.size, "checkpoint size")
        lines.number(self.height, "checkpoint height")
        if len(self.root) != HASH_BYTES or len(self.state) != HASH_BYTES:
            raise Malformed(f"checkpoint: root or state is not {HASH_BYTES} bytes")

    def __str__(self) -> str:
        root, state = lines.base64(self.root), lines.base64(self.state)
        return f"{self.origin}\n{self.size}\n{root}\nblock {self.height} {state}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept exactly what `str` prints; raise `Malformed` for anything else."""
        parts = text.split("\n", 5)
        if len(parts) != 5 or parts[4] != "":
            raise Malformed("checkpoint: not four lines")
        origin, size, root, block, _ = parts
        words = block.split(" ", 3)
        if len(words) != 3 or words[0] != "block":
            raise Malformed("checkpoint: the fourth line is not 'block <height> <state>'")
        return cls(
            origin=origin,
            size=lines.decimal(size, "checkpoint size"),
            root=lines.unbase64(root, "checkpoint root"),
            height=lines.decimal(words[1], "checkpoint height"),
            state=lines.unbase64(words[2], "checkpoint state"),
        )


@dataclass(frozen=True, slots=True)
class CosignedCheckpoint:
    """A checkpoint with signatures of any number of parties, known and unknown: a signed note.

    Nothing it says may be believed before `verify_receipt`, or a count of `verify_cosignature`,
    found a quorum.
    """

    checkpoint: Checkpoint
    cosignatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        self._note()

    def _note(self) -> Note:
        return Note(str(self.checkpoint), self.cosignatures)

    def __str__(self) -> str:
        return str(self._note())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept exactly what `str` prints; raise `Malformed` for anything else."""
        note = Note.parse(text)
        return cls(Checkpoint.parse(note.text), note.signatures)


def cosigner_name(network: str, organisation: str) -> str:
    """The name under which an organisation's validator cosigns a network's log."""
    return f"{network}/{organisation}"


def cosigner(name: str, public_key: bytes) -> VerifierKey:
    """The verifier key of the cosigner `name`; its `str` is the line that tlog policies hold."""
    return VerifierKey(name, Algorithm.COSIGNATURE, public_key)


def cosign(key: SigningKey, name: str, checkpoint_text: str, time_s: int) -> Signature:
    """The signature line of `name` under a checkpoint's text.

    `time_s` is the time of the checkpoint's block in seconds since 1970, so that signing again
    gives the same bytes.
    """
    lines.number(time_s, "cosignature time")
    signature = key.sign(_signed_bytes(checkpoint_text, time_s))
    blob = time_s.to_bytes(TIME_BYTES, "big") + signature
    return Signature(name, cosigner(name, key.public_key).key_id, blob)


def cosignature_time(cosignature: Signature) -> int | None:
    """The signed seconds since 1970; None where the bytes are not those of a cosignature."""
    if len(cosignature.blob) != TIME_BYTES + SIGNATURE_BYTES:
        return None
    time_s = int.from_bytes(cosignature.blob[:TIME_BYTES], "big")
    return time_s if time_s <= lines.NUMBER_MAX else None


def verify_cosignature(cosignature: Signature, public_key: bytes, checkpoint_text: str) -> bool:
    """Whether `public_key` (32 bytes) signed this text at the cosignature's time. Never raises.

    Says nothing about the name and the key id: that they are those of `public_key` is for the
    caller to see, who knows which names it trusts.
    """
    time_s = cosignature_time(cosignature)
    return time_s is not None and verify(
        public_key, _signed_bytes(checkpoint_text, time_s), cosignature.blob[TIME_BYTES:]
    )


def _signed_bytes(checkpoint_text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{checkpoint_text}".encode()
