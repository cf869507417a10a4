"""Credentials of the W3C traceability vocabulary (https://w3id.org/traceability) as bodies here.

Each member of the credential's subject is taken once, renamed or regrouped; one that has no place
in the type is an error, so that nothing gets lost. Of the credential around it, context, id and
date go: a document on this ledger has its own, and is signed by whom the credential is from.
Classes (`type`) go without saying, units become those of UN/ECE recommendation 20, countries those
of ISO 3166, times get the seconds that they lack.
"""

from typing import Any

from cocket.client.traceability import clearing, trade
from cocket.client.traceability.reading import Body, Object, party_of, present, texts
from cocket.ledger.errors import Malformed

PAPERS = {
    "PurchaseOrderCredential": ("purchase-order", trade.purchase_order),
    "CommercialInvoiceCredential": ("commercial-invoice", trade.invoice),
    "PackingListCredential": ("packing-list", trade.packing_list),
    "SeaCargoManifestCredential": ("sea-cargo-manifest", clearing.manifest),
    "CBP7501EntrySummaryCredential": ("import-declaration", clearing.entry_summary),
}
USMCA = "USMCACertificationOfOrigin"


def body(name: str, credential: dict[str, Any]) -> Body:
    """The body of a document of the type `name`, out of a credential; `Malformed` says why not."""
    kinds = {kind: meant for kind, (meant, _) in PAPERS.items()} | {USMCA: "certificate-of-origin"}
    kind = next((each for each in texts(credential.get("type")) if each in kinds), None)
    if kind is None:
        raise Malformed(f"/type: only credentials are known of {', '.join(kinds)}")
    if kinds[kind] != name:
        raise Malformed(f"/type: a {kind} becomes a {kinds[kind]}, not a {name}")
    whole = Object(credential, "")
    subject = Object(whole.take("credentialSubject"), "/credentialSubject")
    issuer = whole.object("issuer")
    for member in ("@context", "id", "proof"):
        whole.take(member)
    if kind == USMCA:
        made = _certificate(whole, subject, issuer)
    else:
        whole.take("validFrom")
        made = PAPERS[kind][1](subject, party_of(issuer))
    subject.end()
    whole.end()
    return present(made)


def _certificate(whole: Object, subject: Object, issuer: Object | None) -> Body:
    """The one paper whose credential says from when until when it holds, and by whose hand."""
    days = {name: (whole.words(name) or "")[:10] or None for name in ("validFrom", "validUntil")}
    signatory = None if issuer is None else issuer.object("employee")
    return {**clearing.usmca_certificate(subject, party_of(issuer), signatory), **days}
