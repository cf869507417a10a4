"""Bill of lading: the carrier's receipt for the goods, and title to them.

Signed by: the carrier who issues it.  Standard: ICC KTDDE, document 6; DCSA eBL 3.
Law: MLETR articles 10 (the one record that is the original), 11 (its controller), 16 (amendment).

It makes title/bill-of-lading/<issuer>/<reference in small letters>:
    type         "bill-of-lading"
    document     the bill that is in force
    issuer, reference
    state        ISSUED, later as in title-action
    controller   the organisation that has possession; exactly one
    endorsement  STRAIGHT (not negotiable), BLANK (entitles the controller), TO_ORDER (entitles the
                 endorsee, who may endorse on), NAMED (entitles the endorsee, who may not)
    endorsee     an organisation, or None
    moved        the document that last moved possession
    last         the document that last did anything

A bill that was surrendered for amendment is issued anew with the reference `supersedes`.
"""

SIGNED_BY = ["carrier"]
WRITES = ["title", "status"]
REFS = {"booking": ["booking"], "supersedes": ["bill-of-lading"]}


def first_controller(body, issuer):
    """Whom the bill is issued to, else its shipper; the carrier, where neither is a member."""
    named = body["issueTo"] if "issueTo" in body else body["documentParties"]["shipper"]
    holder = ledger_id(named)
    if holder is None:
        warn("held-by-issuer", "its holder has no identifying code of provider COCKET: the "
             "issuer controls the title until it transfers it", "/body/issueTo")
        return issuer
    return holder


def check_original(doc, refs):
    """MLETR 10: there is one original for each issuer and reference."""
    earlier = get("title", title_key(doc))
    if earlier is None and "supersedes" not in refs:
        return
    replaced = refs.get("supersedes")
    if replaced is not None:
        earlier = get("title", title_key(replaced))
    require(replaced is not None and replaced["iss"] == doc["iss"]
            and title_key(replaced) == title_key(doc)
            and earlier["state"] == "SURRENDERED_FOR_AMENDMENT", "duplicate-original",
            "there is one original for each issuer and reference (MLETR 10): document",
            earlier["document"], "/body/transportDocumentReference")
    put("status", replaced["id"], {"state": "superseded", "by": doc["id"]})


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_dcsa_document(body)
    require(body["isElectronic"], "paper-original",
            "title is on paper or on the ledger, never both (MLETR 17)", "/body/isElectronic")
    check_original(doc, refs)
    endorsee = body["documentParties"].get("endorsee") if body["isToOrder"] else None
    endorsement = "STRAIGHT"
    if body["isToOrder"]:
        endorsement = "BLANK" if endorsee is None else "TO_ORDER"
    put("title", title_key(doc), {
        "type": "bill-of-lading", "document": doc["id"], "issuer": doc["iss"],
        "reference": body["transportDocumentReference"], "state": "ISSUED",
        "controller": first_controller(body, doc["iss"]), "endorsement": endorsement,
        "endorsee": None if endorsee is None else ledger_id(endorsee),
        "moved": doc["id"], "last": doc["id"]})
