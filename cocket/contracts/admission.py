"""What every document must meet before its contract is asked: checked in this order, by entry nodes
when it is submitted and by every node when its block runs.

    unknown-key         no member has the key that signed it
    wrong-key-use       the key is for something else than signing documents
    revoked-key         the key does not count at this height
    issuer-mismatch     the key is another organisation's than the issuer's
    bad-signature       the signature does not fit
    wrong-network       it is addressed to another network
    clock-ahead         issued more than 120 s after now: said by entry nodes alone, for a leader
                        whose clock is behind must not have what is good refused for ever
    too-old             issued more than 30 days before it
    expired             its `exp` is not after the block's time
    unknown-type        no contract for it
    schema, hidden-not-allowed       the body is not as its type demands (`schema.Schema`)
    wrong-role          the issuer has none of the roles that may sign it
    unknown-reference   it refers to what is not committed
"""

from dataclasses import dataclass
from typing import Any, Protocol

from cocket.contracts.registry import DocumentType, RegisteredKey, Registry
from cocket.ledger.document import Document
from cocket.ledger.errors import Refused
from cocket.ledger.organisations import Organisation

CLOCK_AHEAD_S = 120
AGE_MAX_S = 30 * 24 * 3600


class LogReader(Protocol):
    """Committed documents."""

    def document(self, identity: str) -> Document | None:
        """The committed document with this id, or None."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom a document is from, and what it is."""

    signer: Organisation
    type: DocumentType


def admit(
    document: Document,
    body: dict[str, Any],
    *,
    network: str,
    registry: Registry,
    log: LogReader,
    height: int,
    time_s: int,
    signature_valid: bool | None,
    at_entry: bool = False,
) -> Admitted:
    """Raise `Refused` with the first of the codes above that holds for `document`.

    body             the document's, decoded
    height, time_s   of the block it is in, or would be in
    signature_valid  whether the key that its `kid` names signed it; None: verify here
    at_entry         it is being submitted, and `time_s` is now
    """
    signer = _signer(document, registry, height, signature_valid)
    if document.network != network:
        raise Refused(
            "wrong-network", f"this is for network {document.network}, not {network}", "/aud"
        )
    _check_time(document, time_s, at_entry)
    type_ = registry.document_type(document.type)
    if type_ is None:
        raise Refused("unknown-type", f"this network has no contract for {document.type}", "/vct")
    type_.schema.validate(body, document.may_hide)
    roles = type_.contract.signed_by
    if roles and set(roles).isdisjoint(signer.roles):
        raise Refused(
            "wrong-role", f"{document.type} is signed by {' or '.join(roles)}, not {signer.id}"
        )
    for role, identity in document.refs.items():
        if log.document(identity) is None:
            raise Refused(
                "unknown-reference",
                f"the {role} {identity} is not committed: ask for its state; while it is pending, "
                "wait, and if it was refused, refer to another",
                f"/refs/{role}",
            )
    return Admitted(signer, type_)


def _signer(
    document: Document, registry: Registry, height: int, signature_valid: bool | None
) -> Organisation:
    entry = registry.key(document.kid)
    if entry is None:
        raise Refused("unknown-key", f"no member of this network has the key {document.kid}")
    key = entry.key
    if key.use != "sign":
        raise Refused("wrong-key-use", f"the key {document.kid} is for {key.use}, not for signing")
    if not key.valid_at(height):
        raise Refused(
            "revoked-key", f"the key {document.kid} is not valid at block {height}: {_range(entry)}"
        )
    if entry.organisation != document.issuer:
        raise Refused(
            "issuer-mismatch",
            f"the key {document.kid} is {entry.organisation}'s, not {document.issuer}'s",
            "/iss",
        )
    signer = registry.organisation(entry.organisation)
    if signer is None:
        raise Refused("unknown-key", f"the owner of the key {document.kid} is not registered")
    if signature_valid is None:
        signature_valid = document.signature_valid(key.public_key)
    if not signature_valid:
        raise Refused("bad-signature", "the signature does not fit: it was changed after signing")
    return signer


def _range(entry: RegisteredKey) -> str:
    key = entry.key
    if key.valid_until is None:
        return f"it counts from block {key.valid_from} on"
    return f"it counts from block {key.valid_from} to before {key.valid_until}"


def _check_time(document: Document, time_s: int, at_entry: bool) -> None:
    ahead = document.issued_at - time_s
    if at_entry and ahead > CLOCK_AHEAD_S:
        raise Refused("clock-ahead", f"issued {ahead} s from now: check the clock", "/iat")
    if -ahead > AGE_MAX_S:
        raise Refused("too-old", "issued more than 30 days ago: issue it again", "/iat")
    if document.expires_at is not None and document.expires_at <= time_s:
        raise Refused("expired", "it expired before its block", "/exp")
