"""Verification: four verdicts about a document, offline, from what one has at hand (DESIGN §9).

    integrity   is this document, with these disclosures, what was signed?
    issuer      did that organisation's key, valid then, in a role that may issue this type, sign?
    inclusion   was it accepted by the consortium, at which position and time?
    status      is it still good: not revoked, superseded, surrendered, expired? as of when?

Each is `pass`, `fail` or `unknown`, and `unknown` is never a pass. Nothing here raises for what it
is given: every byte may come from a stranger, but for the trust bundle, whose digest one has
compared. Stricter than C2SP's tlog-proof: a receipt may hold no byte that is not verified, so extra
data and lines of signers who are not validators of the block's epoch fail.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cocket.client.display import safe, utc
from cocket.ledger.checkpoint import cosigner
from cocket.ledger.document import Document
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.receipt import Receipt, verify_receipt
from cocket.ledger.sdjwt import SdJwt
from cocket.ledger.trust import Epoch, TrustBundle

Result = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer: the result, why in a sentence, and what was found on the way, to be shown.

    Facts are, where they are known, of

        integrity   id, type, disclosed, hidden (numbers of members)
        issuer      organisation, legalName, country, role, height
        inclusion   index, size, height, time (seconds since 1970), cosigners, quorum
        status      expires, asOf (seconds since 1970)
    """

    result: Result
    reason: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The four answers. Read them one by one before goods or money move."""

    integrity: Verdict
    issuer: Verdict
    inclusion: Verdict
    status: Verdict

    @property
    def ok(self) -> bool:
        """Whether all that can be proved offline is proved, and nothing speaks against it.

        Integrity, issuer and inclusion pass, and status does not fail: it may be unknown.
        """
        proved = (self.integrity, self.issuer, self.inclusion)
        return all(each.result == "pass" for each in proved) and self.status.result != "fail"

    def __str__(self) -> str:
        named = (
            ("integrity", self.integrity),
            ("issuer", self.issuer),
            ("inclusion", self.inclusion),
            ("status", self.status),
        )
        return "\n".join(f"{name:<10} {each.result:<8} {safe(each.reason)}" for name, each in named)


def verify(
    document: SdJwt | Document | str | bytes,
    receipt: Receipt | str | bytes | None,
    trust: TrustBundle | str | bytes,
    status: str | None = None,
    *,
    now: float | None = None,
) -> Verdicts:
    """The four verdicts. Arguments are values, or texts as they were saved; never raises for them.

    document  an SD-JWT with or without disclosures, or a compact JWS
    receipt   None where there is none: inclusion is then unknown, and so is the issuer
    status    a status certificate; this version knows none, and says so
    now       seconds since 1970, for expiry; the machine's clock if left out
    """
    shown, damage = _document(document)
    if shown is None:
        unread = Verdict("unknown", "the document cannot be read")
        return Verdicts(Verdict("fail", damage), unread, unread, unread)
    bundle, bundle_damage = _bundle(trust)
    if bundle is None:
        blind = Verdict("unknown", bundle_damage)
        integrity = _integrity(shown, None, bundle_damage)
        return Verdicts(integrity, blind, blind, _status(shown, blind, status, now))
    inclusion = _inclusion(shown.document, receipt, bundle)
    return Verdicts(
        integrity=_integrity(shown, bundle, ""),
        issuer=_issuer(shown.document, bundle, inclusion),
        inclusion=inclusion,
        status=_status(shown, inclusion, status, now),
    )


def _integrity(shown: SdJwt, bundle: TrustBundle | None, bundle_damage: str) -> Verdict:
    document = shown.document
    try:
        revealed = shown.reveal()
    except Refused as refused:
        return Verdict("fail", f"the disclosures do not match: {refused.refusal.message}")
    facts: dict[str, str | int] = {
        "id": document.id,
        "type": document.type,
        "disclosed": len(shown.disclosures),
        "hidden": revealed.hidden,
    }
    if bundle is None:
        return Verdict("unknown", f"no key to check the signature with: {bundle_damage}", facts)
    keys = [key.public_key for _, key in bundle.signing_keys(document.kid)]
    if not keys:
        return Verdict("unknown", f"the trust bundle does not have the key {document.kid}", facts)
    if not any(map(document.signature_valid, keys)):
        return Verdict("fail", "the signature is not by the key it names: it was altered", facts)
    if revealed.hidden:
        count = len(shown.disclosures)
        members = "member" if count == 1 else "members"
        reason = f"as signed; {count} {members} disclosed, {revealed.hidden} hidden"
        return Verdict("pass", reason, facts)
    return Verdict("pass", "as signed, with nothing hidden", facts)


def _issuer(document: Document, bundle: TrustBundle, inclusion: Verdict) -> Verdict:
    if document.network != bundle.network:
        reason = f"the document is for {document.network}, the trust bundle of {bundle.network}"
        return Verdict("fail", reason)
    organisation = bundle.organisation(document.issuer)
    height = inclusion.facts.get("height") if inclusion.result == "pass" else None
    newer = isinstance(height, int) and height > bundle.height
    absent: Result = "unknown" if newer else "fail"
    hint = "; it is newer than the trust bundle: get a new one" if newer else ""
    if organisation is None:
        return Verdict(absent, f"the trust bundle does not know {document.issuer}{hint}")
    key = next((k for o, k in bundle.signing_keys(document.kid) if o is organisation), None)
    facts: dict[str, str | int] = {
        "organisation": organisation.id,
        "legalName": organisation.legal_name,
        "country": organisation.country,
    }
    if key is None:
        reason = f"{organisation.id} has no signing key {document.kid}{hint}"
        return Verdict(absent, reason, facts)
    if not document.signature_valid(key.public_key):
        return Verdict("fail", f"{organisation.id}'s key did not sign this", facts)
    roles = bundle.issuers.get(document.type)
    if roles is None:
        reason = f"the trust bundle has no document type {document.type}{hint}"
        return Verdict(absent, reason, facts)
    held = [role for role in organisation.roles if role in roles or not roles]
    if not held:
        reason = f"{document.type} is signed by {', '.join(roles)}; {organisation.id} is none"
        return Verdict("fail", reason, facts)
    facts["role"] = held[0]
    if not isinstance(height, int):
        reason = f"signed with {organisation.id}'s key, but no block proves that it was valid then"
        return Verdict("unknown", reason, facts)
    facts["height"] = height
    if not key.valid_at(height):
        return Verdict("fail", f"{organisation.id}'s key was not valid in block {height}", facts)
    reason = f"{organisation.legal_name} ({organisation.id}) signed as {held[0]}"
    return Verdict("pass", reason, facts)


def _inclusion(
    document: Document, receipt: Receipt | str | bytes | None, bundle: TrustBundle
) -> Verdict:
    if receipt is None:
        return Verdict("unknown", "no receipt was given")
    try:
        receipt = receipt if isinstance(receipt, Receipt) else Receipt.parse(_text(receipt))
    except Malformed as error:
        return Verdict("fail", f"the receipt is damaged: {error}")
    checkpoint = receipt.checkpoint.checkpoint
    epoch = bundle.epoch_at(checkpoint.height)
    if epoch is None:
        return Verdict("unknown", f"the trust bundle begins after block {checkpoint.height}")
    if not bundle.chain_holds():
        return Verdict("unknown", "the trust bundle's epochs are not sealed by their validators")
    stray = _unverifiable(receipt, epoch)
    if stray:
        return Verdict("fail", stray)
    quorum = epoch.committee.quorum
    found = verify_receipt(document.jws, receipt, bundle.network, epoch.cosigners(), quorum)
    if not found.holds:
        return Verdict("fail", found.reason)
    facts: dict[str, str | int] = {
        "index": receipt.index,
        "size": checkpoint.size,
        "height": checkpoint.height,
        "time": found.time_s or 0,
        "cosigners": ", ".join(found.cosigners),
        "quorum": quorum,
    }
    reason = (
        f"leaf {receipt.index} of {checkpoint.size}, by block {checkpoint.height} at "
        f"{utc(found.time_s or 0)}, vouched for by {len(found.cosigners)} of "
        f"{epoch.committee.size} validators"
    )
    return Verdict("pass", reason, facts)


def _unverifiable(receipt: Receipt, epoch: Epoch) -> str:
    """What in the receipt no validator of the epoch vouches for; "" if there is nothing."""
    if receipt.extra:
        return "the receipt carries extra data, which nobody vouches for"
    cosigners = epoch.cosigners()
    for line in receipt.checkpoint.cosignatures:
        public_key = cosigners.get(line.name)
        if public_key is None or cosigner(line.name, public_key).key_id != line.key_id:
            return f"the receipt is signed by {line.name}, which is no validator of its epoch"
    return ""


def _status(shown: SdJwt, inclusion: Verdict, status: str | None, now: float | None) -> Verdict:
    facts: dict[str, str | int] = {}
    expires = shown.document.expires_at
    if expires is not None:
        facts["expires"] = expires
        if now is not None and not isinstance(now, int | float):
            return Verdict("fail", f"a {type(now).__name__} is no time to judge expiry at", facts)
        if not (time.time() if now is None else now) < expires:  # so NaN is no time either
            return Verdict("fail", f"the document expired at {utc(expires)}", facts)
    if status is not None:
        return Verdict("unknown", "this version does not read status certificates yet", facts)
    accepted = inclusion.facts.get("time") if inclusion.result == "pass" else None
    if not isinstance(accepted, int):
        return Verdict("unknown", "nothing here tells what happened to the document", facts)
    facts["asOf"] = accepted
    reason = f"accepted, as of {utc(accepted)}; what happened since, a node has to be asked"
    return Verdict("unknown", reason, facts)


def _document(document: SdJwt | Document | str | bytes) -> tuple[SdJwt | None, str]:
    """The document, or what is wrong with it."""
    if isinstance(document, SdJwt):
        return document, ""
    if isinstance(document, Document):
        return SdJwt(document), ""
    try:
        text = _text(document).removesuffix("\n")  # as text files end
        return SdJwt.parse(text if "~" in text else f"{text}~"), ""
    except Malformed as error:
        return None, f"the document is damaged: {error}"
    except Refused as refused:
        return None, f"the document is damaged: {refused.refusal.message}"


def _bundle(trust: TrustBundle | str | bytes) -> tuple[TrustBundle | None, str]:
    """The trust bundle, or what is wrong with it."""
    if isinstance(trust, TrustBundle):
        return trust, ""
    try:
        return TrustBundle.parse(_text(trust).encode("utf-8")), ""
    except Malformed as error:
        return None, f"the trust bundle cannot be used: {error}"


def _text(given: str | bytes) -> str:
    if isinstance(given, str):
        if any("\ud800" <= character <= "\udfff" for character in given):
            raise Malformed("not text that UTF-8 can hold")
        return given
    if not isinstance(given, bytes):
        raise Malformed(f"neither text nor bytes, but {type(given).__name__}")
    try:
        return given.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not text in UTF-8") from None
