"""The validators of one epoch: who may vote, with which keys, and what makes a quorum."""

from dataclasses import dataclass

from cocket.ledger.blocks import (
    VALIDATORS_MAX,
    VALIDATORS_MIN,
    Certificate,
    Subject,
    Vote,
    faults_tolerated,
    quorum,
)
from cocket.ledger.keys import verify


@dataclass(frozen=True, slots=True)
class Validator:
    """A member that votes: its organisation id and its raw public keys (32 bytes each)."""

    organisation: str
    vote_key: bytes
    cosign_key: bytes


@dataclass(frozen=True, slots=True)
class Committee:
    """An epoch's validators in their fixed order; an index into it names a validator.

    `ValueError` when made of fewer than 4 or more than 100.
    """

    network: str
    epoch: int
    validators: tuple[Validator, ...]

    def __post_init__(self) -> None:
        if not VALIDATORS_MIN <= len(self.validators) <= VALIDATORS_MAX:
            raise ValueError(
                f"a network has {VALIDATORS_MIN} to {VALIDATORS_MAX} validators, "
                f"not {len(self.validators)}"
            )

    @property
    def size(self) -> int:
        """n."""
        return len(self.validators)

    @property
    def faults_tolerated(self) -> int:
        """f."""
        return faults_tolerated(self.size)

    @property
    def quorum(self) -> int:
        """n - f."""
        return quorum(self.size)

    def leader(self, view: int) -> int:
        """The index of the validator whose turn `view` is: round-robin, view mod n."""
        return view % self.size

    def index(self, organisation: str) -> int | None:
        """The index of an organisation's validator, None if it is not one."""
        for index, validator in enumerate(self.validators):
            if validator.organisation == organisation:
                return index
        return None

    def verify_vote(self, vote: Vote) -> bool:
        """Whether this is a vote of this epoch, signed by the validator it names."""
        return (
            vote.subject.epoch == self.epoch
            and vote.validator < self.size
            and verify(
                self.validators[vote.validator].vote_key,
                vote.subject.signed_bytes(self.network),
                vote.signature,
            )
        )

    def verify_certificate(self, certificate: Certificate) -> bool:
        """Whether a quorum of this epoch's validators signed the certificate's subject."""
        return len(certificate.signatures) >= self.quorum and all(
            self.verify_vote(Vote(certificate.subject, validator, signature))
            for validator, signature in certificate.signatures
        )

    def certificate(self, subject: Subject, votes: dict[int, bytes]) -> Certificate:
        """The certificate made of `votes` (validator index to signature), which are a quorum."""
        assert len(votes) >= self.quorum
        return Certificate(subject, tuple(sorted(votes.items())[: self.quorum]))
