"""Visa invitation: a company asks a business partner's person to visit, and answers for the visit.

Signed by: who invites: a company, or a chamber for its members.  Standard: eWTP, business travel;
what consulates ask of letters of invitation (of the EU: Visa code, annex II).

Everything about the person is hidden from the ledger, which forgets nothing: the consulate is given
the disclosures, and runs the same rules on them. What is open is who invites, to which country,
about which trade, and until when the invitation holds.

Levels: format: dates, passport number; check digit: LEI, GLN warned about; registry: countries,
organisations. Whether there is such a passport is for the authority that issued it.
"""

SIGNED_BY = ["merchant", "chamber"]
WRITES = ["number", "status"]
REFS = {"purchaseOrder": ["purchase-order"], "invoice": ["commercial-invoice"],
        "supersedes": ["visa-invitation"]}

VISIT_DAYS_MAX = 180
PASSPORT_MONTHS = 3
MONTHS_MAX = 12


def check_validity(doc):
    """It holds for a year at most: what a consulate reads is not older."""
    body = doc["body"]
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "an invitation is of today or earlier", body["issueDate"], "/body/issueDate")
    require(body["validUntil"] >= body["issueDate"], "period-reversed",
            "it would end before it is issued", body["issueDate"], body["validUntil"],
            "/body/validUntil")
    require(within_months(body["issueDate"], body["validUntil"], MONTHS_MAX), "period-too-long",
            "an invitation holds for a year at most", body["issueDate"], body["validUntil"],
            "/body/validUntil")


def check_visit(body):
    """A visit is short, and begins while the invitation holds."""
    if not (shown(body, "visitFrom", "period-too-long")
            and shown(body, "visitUntil", "period-too-long")):
        return
    first = body["visitFrom"]
    last = body["visitUntil"]
    require(first <= last, "period-reversed", "the visit would end before it begins", first, last,
            "/body/visitUntil")
    require(days(last) - days(first) < VISIT_DAYS_MAX, "period-too-long",
            "a business visit is of 180 days at most; longer stays are by another way", first,
            last, "/body/visitUntil")
    require(body["issueDate"] <= first <= body["validUntil"], "visit-outside",
            "the visit begins while the invitation holds: visit, invitation until", first,
            body["validUntil"], "/body/visitFrom")


def check_passport(body):
    """The passport outlives the visit, by three months where the destination asks for that."""
    if not (shown(body, "invitee", "passport-expires")
            and shown(body, "visitUntil", "passport-expires")):
        return
    last = body["visitUntil"]
    path = "/body/invitee/passportExpiryDate"
    if "passportExpiryDate" not in body["invitee"]:
        warn("passport-unknown", "say when the passport expires: the consulate will ask", path)
        return
    expiry = body["invitee"]["passportExpiryDate"]
    require(expiry > last, "passport-expires", "the passport expires before the visit ends",
            expiry, last, path)
    if within_months(last, expiry, PASSPORT_MONTHS):
        warn("passport-short", "many countries ask for a passport that is valid for three months "
             "after the visit", path)


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["invitationNumber"], "/body/invitationNumber")
    check_countries(body, ["destinationCountry"])
    check_parties(body, ["inviter", "employer"])
    if shown(body, "inviter", "wrong-signer"):
        check_signer(doc, body["inviter"], "/body/inviter")
    if body["destinationCountry"] != signer["country"]:
        warn("other-country", "you invite to a country that is not yours: the consulate may ask "
             "who answers for the visit there", "/body/destinationCountry")
    check_validity(doc)
    check_person(doc, body, "invitee", "/body")
    check_visit(body)
    check_passport(body)
