"""Receipts: all that anyone needs to check that the consortium accepted a document.

A receipt is a C2SP tlog-proof (https://c2sp.org/tlog-proof), for the file extension `.tlog-proof`:

    c2sp.org/tlog-proof@v1
    extra ZXhhbXBsZQ==                                       optional, and never authenticated
    index 4711                                               of the leaf, from 0
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=             inclusion proof, RFC 6962:
    B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=             from the leaf's sibling upwards

    green-lane                                               the cosigned checkpoint, verbatim
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    block 4711 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=

    — green-lane/customs-nl mJirIkljAAAAAGQ…

Lines of unknown signers and `extra` are the only bytes of it that a verifier does not check; a
receipt that has just a quorum of cosignatures, and no `extra`, has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cocket.ledger import lines
from cocket.ledger.checkpoint import (
    CosignedCheckpoint,
    cosignature_time,
    cosigner,
    verify_cosignature,
)
from cocket.ledger.errors import Malformed
from cocket.ledger.merkle import HASH_BYTES, PROOF_HASHES_MAX, leaf_hash, verify_inclusion
from cocket.ledger.note import NOTE_CHARACTERS_MAX

MAGIC = "c2sp.org/tlog-proof@v1"
EXTRA_BYTES_MAX = 4096
RECEIPT_CHARACTERS_MAX = NOTE_CHARACTERS_MAX + 16 * 1024


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a document is leaf `index` of the tree that a cosigned checkpoint describes.

    `proof` has at most 63 hashes of 32 bytes; `extra`, at most 4096 bytes, proves nothing.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: CosignedCheckpoint
    extra: bytes = b""

    def __post_init__(self) -> None:
        lines.number(self.index, "receipt index")
        if self.index >= self.checkpoint.checkpoint.size:
            raise Malformed("receipt: the index is not below the checkpoint's size")
        if len(self.proof) > PROOF_HASHES_MAX:
            raise Malformed(f"receipt: more than {PROOF_HASHES_MAX} hashes")
        if any(len(hash_) != HASH_BYTES for hash_ in self.proof):
            raise Malformed(f"receipt: a hash is not {HASH_BYTES} bytes")
        if len(self.extra) > EXTRA_BYTES_MAX:
            raise Malformed(f"receipt: more than {EXTRA_BYTES_MAX} bytes of extra data")

    def __str__(self) -> str:
        extra = [f"extra {lines.base64(self.extra)}"] if self.extra else []
        head = [MAGIC, *extra, f"index {self.index}", *map(lines.base64, self.proof)]
        return "\n".join(head) + f"\n\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept exactly what `str` prints; raise `Malformed` for anything else."""
        if len(text) > RECEIPT_CHARACTERS_MAX:
            raise Malformed(f"receipt: more than {RECEIPT_CHARACTERS_MAX} characters")
        head, blank, checkpoint = text.partition("\n\n")
        magic, *rest = head.split("\n", PROOF_HASHES_MAX + 4)
        if not blank or magic != MAGIC:
            raise Malformed(f"receipt: not a text that begins with {MAGIC}")
        extra = b""
        if rest and rest[0].startswith("extra "):
            extra = lines.unbase64(rest.pop(0).removeprefix("extra "), "receipt extra")
            if not extra:
                raise Malformed("receipt: an extra line without data")
        if not rest or not rest[0].startswith("index "):
            raise Malformed("receipt: no index line")
        index, *proof = rest
        return cls(
            lines.decimal(index.removeprefix("index "), "receipt index"),
            tuple(lines.unbase64(line, "receipt proof") for line in proof),
            CosignedCheckpoint.parse(checkpoint),
            extra,
        )


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What came of verifying a receipt: whether it holds, and in a sentence why or why not.

    cosigners   the trusted names whose cosignatures were verified, sorted
    time_s      when it holds: the median of the cosigned times, seconds since 1970. More than half
                of a quorum is honest and signed one time, so that is the checkpoint's block's time
    """

    holds: bool
    reason: str
    cosigners: tuple[str, ...] = ()
    time_s: int | None = None


def verify_receipt(
    leaf_data: bytes,
    receipt: Receipt,
    origin: str,
    cosigners: Mapping[str, bytes],
    quorum: int,
) -> Inclusion:
    """Whether `quorum` of `cosigners` (name to public key) vouch for a log of `origin` that has
    `leaf_data` (a document's JWS) at the receipt's index.

    As signed-note has it, a line whose name and key id are not of a cosigner is ignored, and one
    that is of a cosigner but does not verify makes the whole receipt worthless.
    """
    if quorum < 1:
        raise ValueError("a quorum is at least 1: a receipt nobody signed proves nothing")
    checkpoint = receipt.checkpoint.checkpoint
    if checkpoint.origin != origin:
        return Inclusion(False, f"the receipt is of the log {checkpoint.origin}, not of {origin}")
    text = str(checkpoint)
    times: dict[bytes, int] = {}  # by public key, so that a key known by two names counts once
    names: set[str] = set()
    for line in receipt.checkpoint.cosignatures:
        public_key = cosigners.get(line.name)
        if public_key is None or line.key_id != cosigner(line.name, public_key).key_id:
            continue
        time_s = cosignature_time(line)
        if time_s is None or not verify_cosignature(line, public_key, text):
            return Inclusion(False, f"the cosignature of {line.name} is not valid for its text")
        times[public_key] = time_s
        names.add(line.name)
    signed = tuple(sorted(names))
    if len(times) < quorum:
        reason = f"{len(times)} of the trusted cosigners signed, {quorum} are needed"
        return Inclusion(False, reason, signed)
    size = checkpoint.size
    if not verify_inclusion(
        leaf_hash(leaf_data), receipt.index, size, receipt.proof, checkpoint.root
    ):
        reason = f"the proof does not lead from this document, as leaf {receipt.index}, to the root"
        return Inclusion(False, reason, signed)
    reason = f"leaf {receipt.index} of {size}, in block {checkpoint.height} or before"
    return Inclusion(True, reason, signed, sorted(times.values())[len(times) // 2])
