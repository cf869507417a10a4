"""Bill of lading, sea waybill: the carrier's receipt for the goods. A bill is also title to them.

Signed by: the carrier who issues it.  Standard: DCSA eBL 3, TransportDocument.
Law: MLETR articles 10 (the one record that is the original), 11 (its controller), 16 (amendment).

A bill (BOL) makes title/<issuer>/<reference in small letters>:
    document     the bill that is in force
    issuer, reference
    state        ISSUED, later as in title-action
    controller   the organisation that has possession; exactly one
    endorsement  STRAIGHT (not negotiable), BLANK (entitles the controller), TO_ORDER (entitles the
                 endorsee, who may endorse on), NAMED (entitles the endorsee, who may not)
    endorsee     an organisation, or None
    moved        the document that last moved possession
    last         the document that last did anything
"""

SIGNED_BY = ["carrier"]
WRITES = ["title"]


def ledger_id(party):
    """The organisation that a DCSA party names by an identifying code of provider COCKET."""
    for code in party.get("identifyingCodes", []):
        if code["codeListProvider"] == "COCKET":
            require(organisation(code["partyCode"]) is not None, "unknown-organisation",
                    "no organisation of this ledger", code["partyCode"], "/body")
            return code["partyCode"]
    return None


def wrong_leis(party):
    return [code for code in party.get("identifyingCodes", [])
            if code.get("codeListName") == "LEI" and not check_digit("lei", code["partyCode"])]


def check_party(party, path):
    codes = [code for code in party.get("identifyingCodes", [])
             if code["codeListProvider"] == "COCKET"]
    require(len(codes) <= 1, "two-codes",
            "a party is one organisation: it has one code of provider COCKET", path)
    require(legible(party["partyName"]), "name-characters",
            "control characters, and those that turn or hide text, are not for names",
            path + "/partyName")
    if wrong_leis(party):
        warn("check-digit", "an LEI fails its check digits (ISO 17442)", path)


def check_parties(body):
    parties = body["documentParties"]
    for role in ["shipper", "consignee", "endorsee", "issuingParty"]:
        if role in parties:
            check_party(parties[role], "/body/documentParties/" + role)
    if "issueTo" in body:
        check_party(body["issueTo"], "/body/issueTo")


def check_identifiers(body):
    """DCSA's rules are for others to keep: what is odd in a foreign number is only warned about."""
    if len(body["transportDocumentReference"]) > 20:
        warn("reference-length", "longer than DCSA's 20 characters",
             "/body/transportDocumentReference")
    containers = [each["equipment"]["equipmentReference"]
                  for each in body["utilizedTransportEquipments"] if not each["isShipperOwned"]]
    odd = [number for number in containers if not check_digit("iso6346", number)]
    if odd:
        numbers = ", ".join(odd[:5])
        warn("check-digit", f"container numbers that fail ISO 6346: {numbers}",
             "/body/utilizedTransportEquipments")
    ships = [voyage["vesselIMONumber"] for voyage in body["transports"]["vesselVoyages"]
             if "vesselIMONumber" in voyage]
    if not all(check_digit("imo", number) for number in ships):
        warn("check-digit", "the IMO number of a ship fails its check digit", "/body/transports")


def check_containers(body):
    known = {each["equipment"]["equipmentReference"]: True
             for each in body["utilizedTransportEquipments"]}
    for item in body["consignmentItems"]:
        for cargo in item["cargoItems"]:
            require(cargo["equipmentReference"] in known, "container-missing",
                    "goods are in a container that is not on the document",
                    cargo["equipmentReference"], "/body/utilizedTransportEquipments")


def first_controller(body, issuer):
    """Whom the bill is issued to, else its shipper; the carrier, where neither is a member."""
    named = body["issueTo"] if "issueTo" in body else body["documentParties"]["shipper"]
    holder = ledger_id(named)
    if holder is None:
        warn("held-by-issuer", "its holder has no identifying code of provider COCKET: the "
             "issuer controls the title until it transfers it", "/body/issueTo")
        return issuer
    return holder


def issue(doc):
    body = doc["body"]
    issuer = doc["iss"]
    reference = body["transportDocumentReference"]
    require(body["isElectronic"], "paper-original",
            "title is on paper or on the ledger, never both (MLETR 17)", "/body/isElectronic")
    key = issuer + "/" + reference.lower()
    earlier = get("title", key)
    if earlier is not None:
        replaces = doc["refs"].get("amends")
        require(earlier["state"] == "SURRENDERED_FOR_AMENDMENT"
                and replaces == earlier["document"], "duplicate-original",
                "there is one original for each issuer and reference (MLETR 10): document",
                earlier["document"], "/body/transportDocumentReference")
    endorsee = body["documentParties"].get("endorsee") if body["isToOrder"] else None
    endorsement = "STRAIGHT"
    if body["isToOrder"]:
        endorsement = "BLANK" if endorsee is None else "TO_ORDER"
    put("title", key, {
        "document": doc["id"], "issuer": issuer, "reference": reference, "state": "ISSUED",
        "controller": first_controller(body, issuer), "endorsement": endorsement,
        "endorsee": None if endorsee is None else ledger_id(endorsee),
        "moved": doc["id"], "last": doc["id"]})


def check(doc, signer):
    body = doc["body"]
    require(body["transportDocumentStatus"] == "ISSUED", "not-issued",
            "a transport document enters the ledger when it is issued",
            "/body/transportDocumentStatus")
    check_containers(body)
    check_identifiers(body)
    check_parties(body)
    if body["transportDocumentTypeCode"] == "BOL":
        issue(doc)
    else:
        require(not body["isToOrder"], "waybill-to-order",
                "a sea waybill is never to order", "/body/isToOrder")
