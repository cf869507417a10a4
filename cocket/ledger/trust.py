"""The trust bundle: all that offline verification has to know about a network (DESIGN §9).

Canonical JSON (RFC 8785):

    {"asOf":{"height":4711,"time":1767225600},
     "digest":"<base64url>",
     "epochs":[{"epoch":1,"from":1,"sealing":"<base64url>",
                "validators":[{"cosign":"<key>","organisation":"customs-nl","vote":"<key>"}, …]},
               {"epoch":2,"from":4000,"sealing":null,"validators":[…]}],
     "genesis":"<base64url>",
     "issuers":{"urn:cocket:commercial-invoice:1":["merchant"], …},
     "network":"green-lane","organisations":[…],"version":1}

    asOf           the block, and its time in seconds since 1970
    digest         SHA-256 of the canonical JSON of all members but `digest`
    from           the height of the epoch's first block, which may be the one after `asOf`
    sealing        finalize certificate of a block that ends the epoch; null while it lasts
    genesis        SHA-256 of the genesis file
    issuers        the roles that may sign documents of a type; [] means any member
    organisations  as `Organisation.to_value` has them

A bundle proves nothing about itself: whoever uses one trusts the way it came, or compares its
digest, 43 characters, with someone who has it too. A bundle that was damaged on the way does not
parse.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta

from cocket.ledger import canonical
from cocket.ledger.blocks import VALIDATORS_MAX, VALIDATORS_MIN, Certificate, Kind
from cocket.ledger.checkpoint import cosigner_name
from cocket.ledger.committee import Committee, Validator
from cocket.ledger.document import (
    ID_PATTERN,
    NETWORK_PATTERN,
    ORGANISATION_PATTERN,
    TYPE_PATTERN,
)
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.keys import base64url
from cocket.ledger.organisations import ROLES, Key, Organisation, public_key

VERSION = 1
BYTES_MAX = 16 * 1024 * 1024
EPOCHS_MAX = 10_000
ORGANISATIONS_MAX = 10_000
TYPES_MAX = 10_000
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Epoch:
    """The validators from block `first_height` on. `sealing` is the finalize certificate of the
    epoch's last block, by its own validators; None for the epoch that lasts."""

    committee: Committee
    first_height: int
    sealing: Certificate | None = None

    @property
    def number(self) -> int:
        """The epoch's number, which is in every byte its validators sign."""
        return self.committee.epoch

    def sealed(self) -> bool:
        """Whether a quorum of this epoch's validators finalized a block as `sealing` says."""
        sealing = self.sealing
        return (
            sealing is not None
            and sealing.subject.kind is Kind.FINALIZE
            and self.committee.verify_certificate(sealing)
        )

    def cosigners(self) -> dict[str, bytes]:
        """Name to public key of those who cosign checkpoints: what `verify_receipt` takes."""
        network = self.committee.network
        return {
            cosigner_name(network, validator.organisation): validator.cosign_key
            for validator in self.committee.validators
        }


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """A network's keys and roles as of a block. `Malformed` when made with what cannot be.

    epochs         oldest first, without a gap; all but the last are sealed
    organisations  with all their keys, also those no longer valid, by ascending id
    issuers        document type to the roles that may sign it; no roles means any member
    time_s         of the block at `height`, seconds since 1970
    """

    network: str
    genesis: bytes
    epochs: tuple[Epoch, ...]
    organisations: tuple[Organisation, ...]
    issuers: Mapping[str, tuple[str, ...]]
    height: int
    time_s: int
    data: bytes = field(init=False, repr=False, compare=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        self._check()
        value = self._value()
        digest = base64url(sha256(canonical.encode(value)).digest())
        object.__setattr__(self, "digest", digest)
        object.__setattr__(self, "data", canonical.encode({**value, "digest": digest}))
        if len(self.data) > BYTES_MAX:
            raise Malformed(f"trust bundle: more than {BYTES_MAX} bytes")

    def __str__(self) -> str:
        return self.data.decode("utf-8")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The bundle in `data`; `Malformed` unless it is exactly what `.data` would be."""
        if len(data) > BYTES_MAX:
            raise Malformed(f"trust bundle: more than {BYTES_MAX} bytes")
        try:
            stored = msgspec.convert(canonical.decode(data), _Bundle)
        except Refused as refused:
            raise Malformed(f"trust bundle: {refused.refusal.message}") from None
        except msgspec.ValidationError as error:
            raise Malformed(f"trust bundle: {error}") from None
        bundle = cls(
            network=stored.network,
            genesis=_hash(stored.genesis),
            epochs=tuple(each.epoch(stored.network) for each in stored.epochs),
            organisations=tuple(map(Organisation.from_value, stored.organisations)),
            issuers={type: tuple(roles) for type, roles in stored.issuers.items()},
            height=stored.as_of.height,
            time_s=stored.as_of.time,
        )
        if bundle.digest != stored.digest:
            raise Malformed("trust bundle: damaged, its digest is not that of its content")
        if bundle.data != data:
            raise Malformed("trust bundle: not as it would be printed")
        return bundle

    def epoch_at(self, height: int) -> Epoch | None:
        """The epoch in which the block at `height` was made; None before the first."""
        begun = [epoch for epoch in self.epochs if epoch.first_height <= height]
        return begun[-1] if begun else None

    def chain_holds(self) -> bool:
        """Whether each epoch but the last was sealed by a quorum of its own validators."""
        return all(epoch.sealed() for epoch in self.epochs[:-1])

    def organisation(self, identity: str) -> Organisation | None:
        """The organisation with this id, if the bundle has it."""
        return next((each for each in self.organisations if each.id == identity), None)

    def signing_keys(self, kid: str) -> list[tuple[Organisation, Key]]:
        """The `sign` keys with this thumbprint, and whose they are: one, in a sound registry."""
        return [
            (organisation, key)
            for organisation in self.organisations
            for key in organisation.keys
            if key.use == "sign" and key.kid == kid
        ]

    def _check(self) -> None:
        numbers = [epoch.number for epoch in self.epochs]
        heights = [epoch.first_height for epoch in self.epochs]
        ids = [organisation.id for organisation in self.organisations]
        if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise Malformed("trust bundle: the epochs are not numbered one after the other")
        if heights != sorted(set(heights)) or heights[-1] > self.height + 1:
            raise Malformed("trust bundle: the epochs' first blocks are not in order")
        if any(epoch.committee.network != self.network for epoch in self.epochs):
            raise Malformed("trust bundle: an epoch is of another network")
        if [e.sealing is None for e in self.epochs] != [False] * (len(numbers) - 1) + [True]:
            raise Malformed("trust bundle: every epoch but the last has a sealing certificate")
        if ids != sorted(set(ids)):
            raise Malformed("trust bundle: organisations are not by ascending id, each once")
        if not all(role in ROLES for roles in self.issuers.values() for role in roles):
            raise Malformed(f"trust bundle: issuers' roles are among {', '.join(ROLES)}")
        if len(self.genesis) != HASH_BYTES:
            raise Malformed(f"trust bundle: the genesis hash is not {HASH_BYTES} bytes")

    def _value(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "network": self.network,
            "genesis": base64url(self.genesis),
            "epochs": [_epoch_value(epoch) for epoch in self.epochs],
            "organisations": [each.to_value() for each in self.organisations],
            "issuers": {type: list(roles) for type, roles in self.issuers.items()},
            "asOf": {"height": self.height, "time": self.time_s},
        }


def _epoch_value(epoch: Epoch) -> dict[str, Any]:
    return {
        "epoch": epoch.number,
        "from": epoch.first_height,
        "sealing": None if epoch.sealing is None else base64url(epoch.sealing.data),
        "validators": [
            {
                "organisation": validator.organisation,
                "vote": base64url(validator.vote_key),
                "cosign": base64url(validator.cosign_key),
            }
            for validator in epoch.committee.validators
        ],
    }


_Height = Annotated[int, Meta(ge=0, lt=canonical.INTEGER_LIMIT)]


class _AsOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    height: _Height
    time: _Height


class _Validator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: Annotated[str, Meta(pattern=ORGANISATION_PATTERN)]
    vote: str
    cosign: str


class _Epoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: _Height = msgspec.field(name="epoch")
    first: _Height = msgspec.field(name="from")
    sealing: str | None
    validators: Annotated[
        list[_Validator], Meta(min_length=VALIDATORS_MIN, max_length=VALIDATORS_MAX)
    ]

    def epoch(self, network: str) -> Epoch:
        validators = tuple(
            Validator(each.organisation, public_key(each.vote), public_key(each.cosign))
            for each in self.validators
        )
        return Epoch(
            Committee(network, self.number, validators),
            self.first,
            None if self.sealing is None else Certificate.parse(_octets(self.sealing)),
        )


class _Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[int, Meta(ge=VERSION, le=VERSION)]
    network: Annotated[str, Meta(pattern=NETWORK_PATTERN)]
    genesis: Annotated[str, Meta(pattern=ID_PATTERN)]
    digest: Annotated[str, Meta(pattern=ID_PATTERN)]
    epochs: Annotated[list[_Epoch], Meta(min_length=1, max_length=EPOCHS_MAX)]
    organisations: Annotated[list[Any], Meta(max_length=ORGANISATIONS_MAX)]
    issuers: Annotated[
        dict[
            Annotated[str, Meta(pattern=TYPE_PATTERN)],
            Annotated[list[str], Meta(max_length=len(ROLES))],
        ],
        Meta(max_length=TYPES_MAX),
    ]
    as_of: _AsOf = msgspec.field(name="asOf")


def _hash(encoded: str) -> bytes:
    octets = _octets(encoded)
    if len(octets) != HASH_BYTES:
        raise Malformed(f"trust bundle: a hash is not {HASH_BYTES} bytes")
    return octets


def _octets(encoded: str) -> bytes:
    try:
        return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        raise Malformed("trust bundle: not base64url") from None
