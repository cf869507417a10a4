"""Booking: the carrier confirms that it will carry goods, from where to where, with which ship.

Signed by: the carrier.  Standard: DCSA Booking 2. (A request is a message to the carrier; what
binds it is this confirmation, which repeats the request and gives it the carrier's number.)

Levels: format: UN/LOCODE, HS; check digit: the IMO number, LEI warned about; registry:
organisations that its parties name by codes of provider COCKET.
"""

SIGNED_BY = ["carrier"]
WRITES = ["number", "status"]
REFS = {"supersedes": ["booking"]}
PARTIES = ["bookingAgent", "shipper", "consignee", "serviceContractOwner", "carrierBookingOffice"]


def ports(body, kind):
    """UN/LOCODE of the places of one kind: POL, POD."""
    return [each["location"]["UNLocationCode"] for each in body["shipmentLocations"]
            if each["locationTypeCode"] == kind and "UNLocationCode" in each["location"]]


def units(equipments):
    """How many containers, by size and type."""
    total = {}
    for each in equipments:
        kind = each["ISOEquipmentCode"]
        total[kind] = total.get(kind, 0) + each["units"]
    return total


def check_equipment(body):
    """Unless the shipper agreed to others, it gets containers as it asked for."""
    if "confirmedEquipments" not in body or body.get("isEquipmentSubstitutionAllowed", True):
        return
    asked = units(body["requestedEquipments"])
    given = units(body["confirmedEquipments"])
    for kind in given:
        require(kind in asked, "equipment-substituted",
                "the shipper takes no other size or type of container: confirmed", kind,
                "/body/confirmedEquipments")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    loading = ports(body, "POL")
    for port in ports(body, "POD"):
        require(port not in loading, "same-port", "loaded and discharged in the same port", port,
                "/body/shipmentLocations")
    check_equipment(body)
    parties = body.get("documentParties", {})
    for role in PARTIES:
        if role in parties:
            check_dcsa_party(parties[role], "/body/documentParties/" + role)
            ledger_id(parties[role])
    ship = body.get("vessel", {})
    if "vesselIMONumber" in ship and not check_digit("imo", ship["vesselIMONumber"]):
        warn("check-digit", "the IMO number of the ship fails its check digit",
             "/body/vessel/vesselIMONumber")
    take_number(doc, refs, body["carrierBookingReference"], "/body/carrierBookingReference")
