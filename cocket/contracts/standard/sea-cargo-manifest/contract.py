"""Sea cargo manifest: all that is on a ship for a port, as the carrier declares it there.

Signed by: the carrier.  Standard: ICC KTDDE, document 30; IMO FAL form 2, WCO.

manifested/<carrier>/<transport document number in small letters> is the last manifest with it. A
manifest of hundreds of transport documents comes in parts, which say how many the whole has.

Levels: format: UN/LOCODE, HS; check digit: ship and containers warned about; registry:
countries, organisations.
"""

SIGNED_BY = ["carrier"]
WRITES = ["manifested", "number", "status"]
REFS = {"booking": ["booking"], "transportDocument": ["bill-of-lading", "sea-waybill"],
        "supersedes": ["sea-cargo-manifest"]}


def check_bill(bill):
    """Goods weigh no more without packaging; amounts have the decimals of their currency."""
    path = "/body/transportDocumentInformation"
    check_weights(bill, "netWeight", "grossWeight", path)
    for member in ["freightCharges", "declaredValue"]:
        if shown(bill, member, "minor-units"):
            money(bill[member], path)
    if shown(bill, "freightAndCharges", "minor-units"):
        for charge in bill["freightAndCharges"]:
            money(charge["appliedAmount"], path)


def check_listed(doc, transport, numbers):
    """A transport document referred to is the carrier's own, and on the manifest as it is."""
    number = transport["body"]["transportDocumentReference"]
    bill = listed_bill(doc, transport, number, numbers)
    listed = [each["equipmentReference"] for each in bill.get("transportEquipments", [])]
    for each in transport["body"]["utilizedTransportEquipments"]:
        reference = each["equipment"]["equipmentReference"]
        require(reference in listed, "container-missing",
                "the manifest does not list this container of the transport document", reference,
                number, "/body/transportDocumentInformation")
    cargo = [part for item in transport["body"]["consignmentItems"] for part in item["cargoItems"]]
    weight = sum([kilograms(part["cargoGrossWeight"]) for part in cargo])
    require(kilograms(bill["grossWeight"]) == weight, "bill-mismatch",
            "the transport document says another gross weight: kilograms",
            kilograms(bill["grossWeight"]), weight, number, "/body/transportDocumentInformation")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    numbers = check_manifest(body)
    for bill in body["transportDocumentInformation"]:
        check_bill(bill)
    check_parties(body, ["carrier"])
    if "vesselFlag" in body:
        check_country(body["vesselFlag"], "/body/vesselFlag")
    if "vesselNumber" in body and not check_digit("imo", body["vesselNumber"]):
        warn("check-digit", "the IMO number of the ship fails its check digit",
             "/body/vesselNumber")
    check_containers([each["equipmentReference"] for bill in body["transportDocumentInformation"]
                      for each in bill.get("transportEquipments", [])],
                     "/body/transportDocumentInformation")
    for transport in in_role(refs, "transportDocument"):
        check_listed(doc, transport, numbers)
    take_number(doc, refs, body["manifestNumber"], "/body/manifestNumber")
    manifest(doc, refs)
