"""What documents of DCSA have in common: parties, containers, the transport document of eBL 3. The
definitions are in `common/dcsa.json`. No type of its own."""


def ledger_id(party):
    """The organisation that a DCSA party names by an identifying code of provider COCKET."""
    for code in party.get("identifyingCodes", []):
        if code["codeListProvider"] == "COCKET":
            require(organisation(code["partyCode"]) is not None, "unknown-organisation",
                    "no organisation of this ledger", code["partyCode"], "/body")
            return code["partyCode"]
    return None


def check_dcsa_party(party, path):
    """A DCSA party is one organisation, with a name that is what it looks like."""
    check_name(party["partyName"], path + "/partyName")
    here = 0
    odd = False
    for code in party.get("identifyingCodes", []):
        if code["codeListProvider"] == "COCKET":
            here += 1
        if code.get("codeListName") == "LEI" and not check_digit("lei", code["partyCode"]):
            odd = True
    if odd:
        warn("check-digit", "an LEI fails its check digits (ISO 17442)", path)
    require(here <= 1, "two-codes",
            "a party is one organisation: it has one code of provider COCKET", path)


def check_dcsa_equipment(body):
    """Goods are in containers that the document lists; their numbers are warned about."""
    listed = [each["equipment"]["equipmentReference"]
              for each in body["utilizedTransportEquipments"]]
    for item in body["consignmentItems"]:
        for cargo in item["cargoItems"]:
            require(cargo["equipmentReference"] in listed, "container-missing",
                    "goods are in a container that is not on the document",
                    cargo["equipmentReference"], "/body/utilizedTransportEquipments")
    check_containers([each["equipment"]["equipmentReference"]
                      for each in body["utilizedTransportEquipments"]
                      if not each["isShipperOwned"]], "/body/utilizedTransportEquipments")


def check_dcsa_document(body):
    """What bills of lading and sea waybills have in common. DCSA's rules are for others to keep:
    what is odd in a foreign number is only warned about."""
    require(body["transportDocumentStatus"] == "ISSUED", "not-issued",
            "a transport document enters the ledger when it is issued",
            "/body/transportDocumentStatus")
    if len(body["transportDocumentReference"]) > 20:
        warn("reference-length", "longer than DCSA's 20 characters",
             "/body/transportDocumentReference")
    check_dcsa_equipment(body)
    ships = [voyage["vesselIMONumber"] for voyage in body["transports"]["vesselVoyages"]
             if "vesselIMONumber" in voyage]
    if not all(check_digit("imo", number) for number in ships):
        warn("check-digit", "the IMO number of a ship fails its check digit", "/body/transports")
    parties = body["documentParties"]
    for role in ["shipper", "consignee", "endorsee", "issuingParty"]:
        if role in parties:
            check_dcsa_party(parties[role], "/body/documentParties/" + role)
    if "issueTo" in body:
        check_dcsa_party(body["issueTo"], "/body/issueTo")
