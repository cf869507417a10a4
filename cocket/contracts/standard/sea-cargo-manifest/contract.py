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


def manifest_key(issuer, bill):
    return issuer + "/" + bill["transportDocumentNumber"].lower()


def check_sum(total, found, whole, message, path):
    """A total is the sum of what is listed; of a part, it is that of the whole, and so no less."""
    require(total == found or (total > found and not whole), "manifest-total", message, total,
            found, path)


def check_sums(body):
    """Totals are the sums of the transport documents, as far as they are in this part."""
    bills = body["transportDocumentInformation"]
    count = body.get("totalNumberOfTransportDocuments", len(bills))
    require(count >= len(bills), "manifest-total", "more transport documents are listed than there "
            "are in all", count, len(bills), "/body/totalNumberOfTransportDocuments")
    whole = count == len(bills)
    check_sum(kilograms(body["totalGrossWeight"]),
              sum([kilograms(bill["grossWeight"]) for bill in bills]), whole, "the total gross "
              "weight is not the sum of the transport documents: kilograms",
              "/body/totalGrossWeight")
    check_sum(body["totalNumberOfPackages"], sum([bill["numberOfPackages"] for bill in bills]),
              whole, "the number of packages is not the sum of the transport documents",
              "/body/totalNumberOfPackages")


def check_money(bill):
    """Amounts have no more decimals than their currency."""
    path = "/body/transportDocumentInformation"
    for member in ["freightCharges", "declaredValue"]:
        if shown(bill, member, "minor-units"):
            money(bill[member], path)
    if shown(bill, "freightAndCharges", "minor-units"):
        for charge in bill["freightAndCharges"]:
            money(charge["appliedAmount"], path)


def check_bills(body):
    """Each transport document is listed once; gives them by number in small letters."""
    numbers = {}
    for bill in body["transportDocumentInformation"]:
        number = bill["transportDocumentNumber"].lower()
        require(number not in numbers, "bill-twice", "this transport document is listed twice",
                number, "/body/transportDocumentInformation")
        numbers[number] = bill
        for party in ["consignor", "consignee", "notifyParty"]:
            if party in bill:
                check_party(bill[party], "/body/transportDocumentInformation")
        if "netWeight" in bill:
            check_weights(bill, "netWeight", "grossWeight", "/body/transportDocumentInformation")
        check_money(bill)
    return numbers


def check_listed(doc, transport, numbers):
    """A transport document referred to is the carrier's own, and on the manifest as it is."""
    require(transport["iss"] == doc["iss"], "not-the-carrier",
            "a carrier lists its own transport documents: issuer", transport["iss"],
            "/refs/transportDocument")
    number = transport["body"]["transportDocumentReference"]
    require(number.lower() in numbers, "bill-not-on-manifest",
            "the manifest does not list this transport document", number, transport["id"],
            "/refs/transportDocument")
    bill = numbers[number.lower()]
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


def manifest(doc, refs):
    """What was on a manifest that this supersedes is not any more, what is on this one is."""
    if "supersedes" in refs:
        for bill in refs["supersedes"]["body"]["transportDocumentInformation"]:
            key = manifest_key(doc["iss"], bill)
            if get("manifested", key) == refs["supersedes"]["id"]:
                put("manifested", key, None)
    for bill in doc["body"]["transportDocumentInformation"]:
        put("manifested", manifest_key(doc["iss"], bill), doc["id"])


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require(body["portOfDeparture"] != body["portOfArrival"], "same-place",
            "departure and arrival are the same place", body["portOfArrival"],
            "/body/portOfArrival")
    check_sums(body)
    numbers = check_bills(body)
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
