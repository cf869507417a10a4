"""Bill of lading: the carrier's receipt for the goods, and title to them.

Signed by: the carrier who issues it.  Standard: ICC KTDDE, document 6; DCSA eBL 3.
Law: MLETR articles 10 (the one record that is the original), 11 (its controller), 16 (amendment),
17 (taken over from paper).

It makes title/bill-of-lading/<issuer>/<reference in small letters>, which title actions move. A
bill that was surrendered for amendment is issued anew with the reference `supersedes`, to whoever
surrendered it. One whose paper original the carrier took in says so in `convertedFromPaper`; so
does one that went from here to paper, and comes back.

Levels: format: UN/LOCODE, HS; check digit: containers, IMO numbers, LEI warned about; registry:
organisations that its parties name by codes of provider COCKET.
"""

SIGNED_BY = ["carrier"]
WRITES = ["title", "status"]
REFS = {"booking": ["booking"], "supersedes": ["bill-of-lading"]}


def first_controller(body, issuer):
    """Whom the bill is issued to, else its shipper; the carrier, where neither is a member."""
    named = body["issueTo"] if "issueTo" in body else body["documentParties"]["shipper"]
    holder = ledger_id(named)
    return holder_of({} if holder is None else {"organisation": holder}, issuer, "/body/issueTo")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_dcsa_document(body)
    require(body["isElectronic"], "paper-original",
            "title is on paper or on the ledger, never both (MLETR 17)", "/body/isElectronic")
    endorsee = body["documentParties"].get("endorsee") if body["isToOrder"] else None
    endorsement = "STRAIGHT"
    if body["isToOrder"]:
        endorsement = "BLANK" if endorsee is None else "TO_ORDER"
    issue_title(doc, refs, first_controller(body, doc["iss"]), endorsement,
                None if endorsee is None else ledger_id(endorsee))
