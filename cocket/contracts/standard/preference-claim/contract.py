"""Preference claim: declared goods are to pay the lower duty of a trade agreement, item by item.

Signed by: the declarant, or the importer for whom it declared, or who has a power of attorney of
either.  Standard: Single Administrative Document, boxes 34, 36 and 44; RCEP, articles 3.15 (direct
consignment) and 3.22 (claim); CPTPP, articles 3.18 and 3.20; Union Customs Code, article 64.

It adds to preference/<declaration id> {"claim", "certificate", "agreement", "items"}, which the
assessment reads; only there the lower rate is applied. So it comes before customs assess. What a
border rule assessed as the goods were declared does not stand against it: customs assess anew.

Direct transport: ports of the transport documents (the claim's, and those of the declaration), and
the calls that the carrier reported (calls/<transport document>), are in parties of the agreement by
the border's table `agreements`; elsewhere goods are no more than carried through and transhipped.

Levels: registry: countries of origin, parties of the agreement; goods to six digits.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["preference", "status"]
REFS = {"declaration": ["import-declaration"], "certificateOfOrigin": ["certificate-of-origin"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "powerOfAttorney": ["power-of-attorney"], "supersedes": ["preference-claim"]}
NEEDS = ["declaration", "certificateOfOrigin"]

CLAIMS_MAX = 20
IN_TRANSIT = ["ARRI", "DEPA", "DISC", "LOAD", "INSP"]


def check_claimant(doc, refs, declared, declaration):
    """Who declared, or for whom."""
    principals = [declared["declarant"]]
    importer = declaration["body"]["importer"].get("organisation")
    if importer is not None:
        principals.append(importer)
    require(any(may_act_for(doc, refs, each, "DECLARE", declared["country"])
                for each in principals), "not-the-declarant",
            "preference is claimed by who declared the goods, or for whom", ", ".join(principals),
            "/refs/declaration")


def check_not_assessed(declared, declaration):
    """Customs have not assessed the goods yet, and nobody has paid on what a rule assessed."""
    check_undecided(declared)
    assessment = declared["assessment"]
    require(assessment in [None, declaration["id"]], "already-assessed",
            "customs have assessed the goods, by document", assessment, "/refs/declaration")
    require(get("paid", declaration["id"]) is None, "already-assessed",
            "what a border rule assessed is paid, at least in part", "/refs/declaration")


def check_certified(doc, certificate, declared, declaration):
    """The certificate is for this destination and agreement, and not another importer's."""
    path = "/refs/certificateOfOrigin"
    body = certificate["body"]
    require(body["destinationCountry"] == declared["country"], "certificate-mismatch",
            "the certificate is for another destination: certificate, declaration",
            body["destinationCountry"], declared["country"], path)
    require(body.get("agreement") == doc["body"]["agreement"], "certificate-mismatch",
            "the certificate is under another agreement, or none: certificate, claim",
            body.get("agreement"), doc["body"]["agreement"], path)
    if shown(body, "importer", "certificate-mismatch"):
        certified = body["importer"].get("organisation")
        ours = [None, declared["declarant"], declaration["body"]["importer"].get("organisation")]
        require(certified in ours or body.get("variousImporters", False), "certificate-mismatch",
                "the certificate is another importer's", certified, path)


def check_items(doc, certificate, declaration):
    """The items claimed are goods of the certificate, and of its origin."""
    items = declaration["body"]["goodsItems"]
    claimed = []
    for number in doc["body"]["items"]:
        require(number <= len(items), "item-unknown", "the declaration has items up to",
                len(items), number, "/body/items")
        item = items[number - 1]
        require(item["originCountry"] == certificate["body"]["originCountry"], "origin-mismatch",
                f"item {number} is declared as of another origin than the certificate says:",
                item["originCountry"], certificate["body"]["originCountry"], "/body/items")
        claimed.append(item)
    check_same_goods(claimed, certificate["body"]["goodsItems"], "certificate of origin",
                     "/body/items")


def ends_of(transport):
    """From where to where a transport document is, by UN/LOCODE where it says so."""
    body = transport["body"]
    if "transports" in body:
        return [body["transports"]["portOfLoading"].get("UNLocationCode"),
                body["transports"]["portOfDischarge"].get("UNLocationCode")]
    return [body["placeOfDeparture"], body["placeOfDestination"]]


def check_direct(doc, refs, declaration, parties):
    """Goods went through parties of the agreement, or were no more than transhipped elsewhere."""
    found = {each["id"]: each for each in in_role(refs, "transportDocument")}
    for role in declaration["refs"]:
        if role.split("-")[0] == "transportDocument":
            found[declaration["refs"][role]] = document(declaration["refs"][role], [])
    if len(found) == 0:
        warn("transport-not-shown", "no transport document shows that the goods came directly",
             "/refs")
    ends = [ends_of(each) for each in found.values()]
    starts = [each[0] for each in ends]
    finishes = [each[1] for each in ends]
    for place in starts + finishes:
        require(place is None or place[:2] in parties or (place in starts and place in finishes),
                "not-direct", "the goods start or end outside of the agreement", place,
                "/refs/transportDocument")
    for identity in found:
        for call in get("calls", identity) or []:
            require(call["unLocode"][:2] in parties or call["code"] in IN_TRANSIT, "not-direct",
                    "outside of the agreement the goods were more than transhipped: place, event",
                    call["unLocode"], call["code"], call["event"], "/refs/transportDocument")


def claim_items(doc, refs, declaration, certificate):
    """Keep what is claimed by what; a claim that supersedes another takes that one's place."""
    kept = get("preference", declaration["id"]) or []
    if "supersedes" in refs:
        old = refs["supersedes"]
        require(old["refs"]["declaration"] == declaration["id"], "claim-mismatch",
                "the claim that it supersedes is on another declaration",
                old["refs"]["declaration"], "/refs/supersedes")
    standing = []
    for each in kept:
        status = get("status", each["claim"])
        if status is None or status["state"] not in ["revoked", "superseded"]:
            standing.append(each)
    for each in standing:
        twice = [item for item in each["items"] if item in doc["body"]["items"]]
        require(twice == [], "already-claimed", "preference for this item is claimed already, by "
                "document", twice, each["claim"], "/body/items")
    require(len(standing) < CLAIMS_MAX, "too-many-claims",
            "claim more items at a time: a declaration has claims up to", CLAIMS_MAX,
            "/refs/declaration")
    put("preference", declaration["id"], standing + [
        {"claim": doc["id"], "certificate": certificate["id"],
         "agreement": doc["body"]["agreement"], "items": doc["body"]["items"]}])


def check(doc, signer):
    refs = references(doc, REFS, NEEDS)
    declaration = refs["declaration"]
    certificate = refs["certificateOfOrigin"]
    declared = get("declaration", declaration["id"])
    check_claimant(doc, refs, declared, declaration)
    check_not_assessed(declared, declaration)
    if "supersedes" in refs or "amendmentReason" in doc["body"]:
        supersede(doc, refs)
    check_certified(doc, certificate, declared, declaration)
    origin = certificate["body"]["originCountry"]
    parties = agreement_parties(declared["country"], doc["body"]["agreement"],
                                declared["lodgedOn"], "/body/agreement")
    if parties is None:
        parties = [origin, declared["country"]]
    require(origin in parties, "not-in-agreement", "the origin is no party to the agreement",
            origin, doc["body"]["agreement"], "/body/agreement")
    check_items(doc, certificate, declaration)
    check_direct(doc, refs, declaration, parties)
    claim_items(doc, refs, declaration, certificate)
