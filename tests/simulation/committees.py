"""Committees for simulations: with real keys, or with signatures that cost next to nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256, sha512

from cocket.consensus.floor import Floor
from cocket.ledger.blocks import Vote
from cocket.ledger.committee import Committee, Validator
from cocket.ledger.keys import SigningKey
from tests.simulation.clock import WALL_MS

NETWORK = "simulation"
GENESIS = Floor(0, 0, sha256(b"genesis").digest(), WALL_MS)
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class CheapCommittee(Committee):
    """Signatures are SHA-512 of a validator's "key" and the message: quick, and a simulated liar
    that wants to forge one has to do so on purpose.

    `turns`: the leaders of views 0, 1, …, over and over; round-robin if empty.
    """

    turns: tuple[int, ...] = ()

    def leader(self, view: int) -> int:
        turns = self.turns or range(self.size)
        return turns[view % len(turns)]

    def verify_vote(self, vote: Vote) -> bool:
        if vote.subject.epoch != self.epoch or vote.validator >= self.size:
            return False
        key = self.validators[vote.validator].vote_key
        return vote.signature == cheap_signature(key, vote.subject.signed_bytes(self.network))


def cheap_signature(key: bytes, message: bytes) -> bytes:
    """What `CheapCommittee` takes for a signature by `key`."""
    return sha512(key + message).digest()


def cheap_committee(
    size: int, epoch: int = 0, turns: tuple[int, ...] = ()
) -> tuple[Committee, list[Sign]]:
    """A committee with cheap signatures, and each validator's way to sign."""
    keys = [bytes([index]) * 32 for index in range(size)]
    validators = tuple(Validator(f"org-{i}", key, key) for i, key in enumerate(keys))
    committee = CheapCommittee(NETWORK, epoch, validators, turns)
    return committee, [partial(cheap_signature, key) for key in keys]


def real_committee(size: int, epoch: int = 0) -> tuple[Committee, list[Sign]]:
    """A committee with Ed25519 keys, and each validator's way to sign."""
    keys = [SigningKey(bytes([index + 1]) * 32) for index in range(size)]
    validators = tuple(
        Validator(f"org-{i}", key.public_key, key.public_key) for i, key in enumerate(keys)
    )
    return Committee(NETWORK, epoch, validators), [key.sign for key in keys]
