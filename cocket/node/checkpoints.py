"""Cosigning the log: this validator's own word on each checkpoint, and the others'.

A quorum on one text makes a checkpoint good, and receipts possible. A quorum on *another* text than
ours means that this node computed something the consortium did not: it stops, and signs nothing
more, because a wrong node that goes on is worse than a missing one.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping

from cocket.ledger.checkpoint import (
    Checkpoint,
    CosignedCheckpoint,
    cosign,
    cosigner,
    cosigner_name,
    verify_cosignature,
)
from cocket.ledger.committee import Committee
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import SigningKey
from cocket.ledger.note import Signature
from cocket.node.records import AppliedBlock

RECENT_BLOCKS = 256
"""How many blocks back cosignatures that come late are still counted."""
WRITES_REMEMBERED = 16
"""Of so many blocks a node can say what they wrote: enough to name what differs at once."""
AHEAD_BLOCKS = 64
"""How far ahead of this node's own execution the others' cosignatures are kept."""

WriteDigests = tuple[tuple[str, bytes], ...]


class Checkpoints:
    """The checkpoints of the last blocks, with the cosignatures that came for them."""

    def __init__(
        self,
        committee: Committee,
        me: int | None,
        key: SigningKey | None,
        on_quorum: Callable[[int, list[tuple[int, bytes]]], None],
        on_divergence: Callable[[int, Checkpoint, Checkpoint], None],
        height: int = 0,
    ) -> None:
        self.silent = False
        """Set once this node was halted: it signs nothing more."""
        self._committee = committee
        self._me = me
        self._key = key
        self._on_quorum = on_quorum
        self._on_divergence = on_divergence
        self._height = height
        self._own: OrderedDict[int, str] = OrderedDict()
        self._good: OrderedDict[int, None] = OrderedDict()
        self._writes: OrderedDict[int, WriteDigests] = OrderedDict()
        self._votes: dict[int, dict[int, tuple[str, bytes]]] = {}

    def sign(self, checkpoint: Checkpoint, time_s: int) -> bytes | None:
        """This validator's cosignature (72 bytes: time and signature); None on an observer."""
        if self._me is None or self._key is None or self.silent:
            return None
        name = cosigner_name(self._committee.network, self._organisation(self._me))
        return cosign(self._key, name, str(checkpoint), time_s).blob

    def restore(self, height: int, text: str, own: bytes | None) -> None:
        """A checkpoint from before a restart that still lacks a quorum."""
        self._height = max(self._height, height)
        self._own[height] = text
        if own is not None and self._me is not None:
            self._votes.setdefault(height, {})[self._me] = (text, own)

    def applied(self, applied: AppliedBlock, writes: Mapping[str, bytes | None]) -> None:
        """A block was applied and kept; its checkpoint may already have the others' signatures."""
        height = self._height = applied.block.height
        self._writes[height] = tuple(
            (key, hashlib.sha256(value or b"").digest()) for key, value in sorted(writes.items())
        )
        if applied.checkpoint is not None:
            self.restore(height, str(applied.checkpoint), applied.own_cosignature)
            self._count(height)
        self._forget()

    def add(self, validator: int, height: int, text: str, blob: bytes) -> bool:
        """A validator's cosignature came. False if it is not valid: the sender is to blame.

        One that is too old or too far ahead is passed over: checkpoints prove themselves later.
        """
        oldest, newest = self._height - RECENT_BLOCKS, self._height + AHEAD_BLOCKS
        if not oldest < height <= newest or height in self._good:
            return True
        if validator in self._votes.get(height, {}):
            return True
        if not self.valid(validator, height, text, blob):
            return False
        self._votes.setdefault(height, {})[validator] = (text, blob)
        if height in self._own:
            self._count(height)
        return True

    def writes(self, height: int) -> WriteDigests:
        """(key, SHA-256 of the value) of what a recent block wrote; () where not remembered."""
        return self._writes.get(height, ())

    def valid(self, validator: int, height: int, text: str, blob: bytes) -> bool:
        """Whether `blob` is this validator's cosignature under the checkpoint text of a height."""
        if validator >= self._committee.size:
            return False
        try:
            checkpoint = Checkpoint.parse(text)
            line = self.line(validator, blob)
        except Malformed:
            return False
        key = self._committee.validators[validator].cosign_key
        return (
            checkpoint.height == height
            and checkpoint.origin == self._committee.network
            and verify_cosignature(line, key, text)
        )

    def line(self, validator: int, blob: bytes) -> Signature:
        """The signature line of a validator's cosignature."""
        key = self._committee.validators[validator].cosign_key
        name = cosigner_name(self._committee.network, self._organisation(validator))
        return Signature(name, cosigner(name, key).key_id, blob)

    def cosigned(self, text: str, signatures: list[tuple[int, bytes]]) -> CosignedCheckpoint:
        """The signed note: exactly a quorum, so that no signature in it is ignored by anybody."""
        quorum = signatures[: self._committee.quorum]
        lines = tuple(self.line(validator, blob) for validator, blob in quorum)
        return CosignedCheckpoint(Checkpoint.parse(text), lines)

    def _count(self, height: int) -> None:
        own = self._own[height]
        by_text: dict[str, list[tuple[int, bytes]]] = {}
        for validator, (text, blob) in sorted(self._votes.get(height, {}).items()):
            by_text.setdefault(text, []).append((validator, blob))
        for text, signatures in by_text.items():
            if len(signatures) < self._committee.quorum:
                continue
            if text == own:
                self._good[height] = None
                self._votes.pop(height, None)
                self._on_quorum(height, signatures)
            else:
                self._on_divergence(height, Checkpoint.parse(own), Checkpoint.parse(text))
            return

    def _forget(self) -> None:
        while len(self._writes) > WRITES_REMEMBERED:
            self._writes.popitem(last=False)
        for memory in (self._own, self._good):
            while memory and next(iter(memory)) <= self._height - RECENT_BLOCKS:
                memory.popitem(last=False)
        for height in [each for each in self._votes if each <= self._height - RECENT_BLOCKS]:
            del self._votes[height]

    def _organisation(self, validator: int) -> str:
        return self._committee.validators[validator].organisation
