"""Advance ruling application: a trader asks customs beforehand how goods will be treated.

Signed by: the applicant, a merchant, or its forwarder under a power of attorney.  Standard: ICC
KTDDE, document 1; WTO Trade Facilitation Agreement, article 3; Kyoto convention, standard 9.9.

Everything but number, country and subject may be hidden: goods that are not yet sold are a secret
of whoever makes them. Who holds the disclosures, customs, then runs the rules.

Levels: format: HS code; check digit: LEI, GLN warned about; registry: countries, organisations.
"""

SIGNED_BY = ["merchant", "forwarder"]
WRITES = ["number", "status"]
REFS = {"powerOfAttorney": ["power-of-attorney"], "invoice": ["commercial-invoice"],
        "supersedes": ["advance-ruling-application"]}


def check_authority(doc, signer, refs):
    """The applicant signs, or who has its power of attorney to declare in the country."""
    body = doc["body"]
    if not shown(body, "applicant", "not-authorised"):
        return
    principal = body["applicant"].get("organisation")
    own = principal is None and "merchant" in signer["roles"]
    require(own or (principal is not None
                    and may_act_for(doc, refs, principal, "DECLARE", body["country"])),
            "not-authorised", "to apply for another, refer to its power of attorney to declare in "
            "this country as powerOfAttorney; applicant", principal, "/body/applicant")


def check_proposal(body):
    """What is asked for is proposed: a code, an origin, a value."""
    wanted = "proposedHsCode" if body["subject"] == "CLASSIFICATION" else "proposedOriginCountry"
    if body["subject"] != "VALUATION" and not shown(body, wanted, "proposal-missing"):
        require("_sd" in body, "proposal-missing", "say what you think is right, in", wanted,
                "/body")
    if "proposedHsCode" in body:
        require("hsEdition" in body or "_sd" in body, "hs-edition-missing",
                "a code is of an edition of the HS", "/body")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_countries(body, ["country", "proposedOriginCountry"])
    check_parties(body, ["applicant"])
    check_authority(doc, signer, refs)
    take_number(doc, refs, body["applicationNumber"], "/body/applicationNumber")
    check_proposal(body)
