"""Revocation: who issued a document takes it back, with the reason. Nothing can build on it then.

Signed by: the issuer of the document.  Standard: UN/CEFACT document status 1 (cancellation).

What others rely on is not its issuer's to take back: titles end by title actions, and acts that
changed something (a clearance, a payment, a revocation) are answered by other acts. A declaration
that is taken back gives back what it drew of licences.
"""

SIGNED_BY = []
WRITES = ["licence", "status"]

TITLES = ["bill-of-lading", "warehouse-receipt", "promissory-note", "bill-of-exchange",
          "delivery-order"]
ACTS = ["organisation", "revocation", "title-action", "finding", "hold", "hold-release",
        "inspection-report", "clearance", "refusal", "duty-assessment", "appeal", "appeal-decision",
        "transport-event", "proof-of-delivery", "payment-confirmation", "documentary-collection",
        "letter-of-credit", "credit-presentation", "credit-answer", "export-validation",
        "tax-refund", "excise-movement-document", "excise-receipt", "carnet-voucher",
        "transit-declaration", "transit-discharge", "border-rule", "reference-table",
        "contract-approval"]


def check(doc, signer):
    require("document" in doc["refs"], "reference-missing",
            "name the document that is revoked in the reference", "document", "/refs")
    revoked = document(doc["refs"]["document"], [])
    name = revoked["vct"].split(":")[2]
    require(name not in TITLES, "title-not-revocable",
            "a title ends by the act of its controller (MLETR 11): surrender it", revoked["id"],
            "/refs/document")
    require(name not in ACTS, "act-not-revocable",
            "what it did is done; see its type for the act that answers it", name, revoked["id"],
            "/refs/document")
    require(revoked["iss"] == doc["iss"], "not-the-issuer", "who issued a document revokes it: "
            "issuer", revoked["iss"], revoked["id"], "/refs/document")
    check_consignment(doc, "document", revoked)
    status = get("status", revoked["id"])
    if status is not None:
        require(status["state"] != "bound", "reference-bound",
                "it cannot be revoked, for this document relies on it", status["by"],
                "/refs/document")
        refuse("already-ended", "it is no longer in force since document", status["by"],
               "/refs/document")
    move_licences(revoked["id"], 1)
    put("status", revoked["id"], {"state": "revoked", "by": doc["id"]})
