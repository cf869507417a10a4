"""Revocation: who issued a document takes it back, with the reason. Nothing can build on it then.

Signed by: the issuer of the document.  Standard: UN/CEFACT document status 1 (cancellation).

What others rely on is not its issuer's to take back: titles end by title actions, and acts that
changed something (a clearance, a payment, a revocation) are answered by other acts. What a document
took is free again: what a declaration drew of licences, the place of a transport document on a
manifest, of a container with its verified mass, of an economy on a traveller's card, the answer to
an order.
"""

SIGNED_BY = []
WRITES = ["licence", "manifested", "order", "status", "traveller", "vgm"]

TITLES = ["bill-of-lading", "warehouse-receipt", "promissory-note", "bill-of-exchange",
          "delivery-order"]
MANIFESTS = ["sea-cargo-manifest", "air-cargo-manifest"]
ACTS = ["organisation", "revocation", "title-action", "finding", "hold", "hold-release",
        "inspection-report", "clearance", "refusal", "duty-assessment", "appeal", "appeal-decision",
        "transport-event", "proof-of-delivery", "payment-confirmation", "documentary-collection",
        "letter-of-credit", "credit-presentation", "credit-answer", "export-validation",
        "tax-refund", "excise-movement-document", "excise-receipt", "carnet-voucher",
        "transit-declaration", "transit-discharge", "border-rule", "reference-table",
        "contract-approval"]


def free_container(revoked):
    """The mass of its container is not verified any more."""
    key = revoked["refs"]["booking"] + "/" + revoked["body"]["equipmentReference"]
    if get("vgm", key) == revoked["id"]:
        put("vgm", key, None)


def reopen_order(revoked):
    """The order is not answered any more: the buyer may take it back, or the seller answer anew."""
    order = revoked["refs"]["purchaseOrder"]
    answer = get("order", order)
    if answer is not None and answer["confirmation"] == revoked["id"]:
        put("order", order, None)
        if get("status", order) == {"state": "bound", "by": revoked["id"]}:
            put("status", order, None)


def forget_decision(revoked):
    """Of a card, nobody is let in with it; of an economy's decision on one, it has not decided."""
    card = revoked["refs"].get("card", revoked["id"])
    state = get("traveller", card)
    if state is None or card == revoked["id"]:
        put("traveller", card, None)
        return
    kept = {name: {economy: state[name][economy] for economy in state[name]
                   if state[name][economy] != revoked["id"]}
            for name in ["economies", "declined"]}
    put("traveller", card, {**state, **kept})


def free(revoked, name):
    """What the document took is there for others again."""
    move_licences(revoked["id"], 1)
    if name in MANIFESTS:
        withdraw_manifest(revoked)
    if name == "verified-gross-mass":
        free_container(revoked)
    if name == "order-confirmation":
        reopen_order(revoked)
    if name == "traveller-clearance":
        forget_decision(revoked)


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
    free(revoked, name)
    put("status", revoked["id"], {"state": "revoked", "by": doc["id"]})
