"""Organisations: the members of a network, their roles and their keys (DESIGN §4).

Keys are bound, not certificates: a registry entry holds a raw public key, its use, and the block
heights between which it is valid. Nothing here ever stops because a date passed.
"""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any, Self

from cocket.ledger.document import ORGANISATION_PATTERN
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import PUBLIC_KEY_BYTES, base64url, thumbprint

ROLES = (
    "customs",
    "carrier",
    "forwarder",
    "payment",
    "merchant",
    "chamber",
    "inspection",
    "observer",
)
CHAMBERS = ("public", "private")
USES = ("sign", "vote", "cosign", "encrypt", "tls")
"""`tls` pins the key of a node's transport certificate; the other uses are DESIGN §4's."""
KEYS_MAX = 64
NAME_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Key:
    """A raw public key, valid for blocks with valid_from <= height < valid_until (None: no end).

    `public_key` is 32 bytes, `use` one of `USES`.
    """

    public_key: bytes
    use: str
    valid_from: int = 0
    valid_until: int | None = None

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint: how documents name this key."""
        return thumbprint(self.public_key)

    def valid_at(self, height: int) -> bool:
        """Whether the key counts in the block at `height`."""
        return self.valid_from <= height and (self.valid_until is None or height < self.valid_until)

    def to_value(self) -> dict[str, Any]:
        """The JSON value; `until` is absent while the key has no end."""
        value: dict[str, Any] = {
            "publicKey": base64url(self.public_key),
            "use": self.use,
            "from": self.valid_from,
        }
        if self.valid_until is not None:
            value["until"] = self.valid_until
        return value

    @classmethod
    def from_value(cls, value: Any) -> Self:
        """The key of a JSON value; `Malformed` for anything `to_value` would not make."""
        members = _members(value, "key", {"publicKey", "use", "from"}, {"until"})
        use = members["use"]
        if use not in USES:
            raise Malformed(f"key: use {str(use)[:20]!r} is none of {', '.join(USES)}")
        return cls(
            public_key(members["publicKey"]),
            use,
            _height(members["from"]),
            _height(members["until"]) if "until" in members else None,
        )


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """Where an organisation's node answers its peers, and the certificate it shows there.

    `address` is host:port; `certificate` the DER of a self-signed certificate whose key is the
    organisation's `tls` key.
    """

    address: str
    certificate: bytes

    def to_value(self) -> dict[str, Any]:
        """The JSON value."""
        return {"address": self.address, "certificate": base64url(self.certificate)}

    @classmethod
    def from_value(cls, value: Any) -> Self:
        """The node of a JSON value; `Malformed` otherwise."""
        members = _members(value, "node", {"address", "certificate"}, set())
        return cls(
            _text(members["address"], "node address", 256),
            _base64url(members["certificate"], "node certificate", 4096),
        )


@dataclass(frozen=True, slots=True)
class Organisation:
    """A member: its id (2-32 of a-z 0-9 -), legal name, ISO 3166 country, roles and keys."""

    id: str
    legal_name: str
    country: str
    roles: tuple[str, ...]
    chamber: str
    keys: tuple[Key, ...]
    node: NodeInfo | None = None

    def key(self, use: str, height: int = 0) -> Key:
        """The newest key of this use that is valid at `height`; `KeyError` if there is none."""
        valid = [key for key in self.keys if key.use == use and key.valid_at(height)]
        if not valid:
            raise KeyError(f"organisation {self.id} has no {use} key at block {height}")
        return max(valid, key=lambda key: key.valid_from)

    def to_value(self) -> dict[str, Any]:
        """The JSON value, as genesis, the state and the trust bundle hold it."""
        value: dict[str, Any] = {
            "id": self.id,
            "legalName": self.legal_name,
            "country": self.country,
            "roles": list(self.roles),
            "chamber": self.chamber,
            "keys": [key.to_value() for key in self.keys],
        }
        if self.node is not None:
            value["node"] = self.node.to_value()
        return value

    @classmethod
    def from_value(cls, value: Any) -> Self:
        """The organisation of a JSON value; `Malformed` for anything `to_value` would not make."""
        required = {"id", "legalName", "country", "roles", "chamber", "keys"}
        members = _members(value, "organisation", required, {"node"})
        identity, country = members["id"], members["country"]
        if not isinstance(identity, str) or not re.match(ORGANISATION_PATTERN, identity):
            raise Malformed(
                f"organisation: id {str(identity)[:40]!r} is not 2 to 32 of a-z, 0-9, hyphen"
            )
        if not isinstance(country, str) or not re.fullmatch("[A-Z]{2}", country):
            raise Malformed(f"organisation {identity}: country is not an ISO 3166 alpha-2 code")
        roles, keys = members["roles"], members["keys"]
        if not isinstance(roles, list) or not roles or not all(role in ROLES for role in roles):
            raise Malformed(f"organisation {identity}: roles are one or more of {', '.join(ROLES)}")
        if members["chamber"] not in CHAMBERS:
            raise Malformed(f"organisation {identity}: chamber is public or private")
        if not isinstance(keys, list) or not 0 < len(keys) <= KEYS_MAX:
            raise Malformed(f"organisation {identity}: keys are 1 to {KEYS_MAX}")
        return cls(
            identity,
            _text(members["legalName"], "legal name", NAME_CHARACTERS_MAX),
            country,
            tuple(roles),
            members["chamber"],
            tuple(Key.from_value(key) for key in keys),
            NodeInfo.from_value(members["node"]) if "node" in members else None,
        )


def public_key(value: Any) -> bytes:
    """The 32 raw bytes of a base64url public key; `Malformed` otherwise."""
    key = _base64url(value, "public key", 64)
    if len(key) != PUBLIC_KEY_BYTES:
        raise Malformed(f"public key: not {PUBLIC_KEY_BYTES} bytes")
    return key


def _members(value: Any, what: str, required: set[str], optional: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or not required <= set(value) <= required | optional:
        raise Malformed(f"{what}: must be an object of {', '.join(sorted(required))}")
    return value


def _text(value: Any, what: str, maximum: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= maximum:
        raise Malformed(f"{what}: not a text of 1 to {maximum} characters")
    return value


def _height(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Malformed("key: from and until are block heights")
    return value


def _base64url(value: Any, what: str, maximum: int) -> bytes:
    encoded = _text(value, what, maximum)
    try:
        data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        raise Malformed(f"{what}: not base64url") from None
    if base64url(data) != encoded:
        raise Malformed(f"{what}: not base64url without padding")
    return data
