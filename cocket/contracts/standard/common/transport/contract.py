"""What transport documents and manifests have in common. No type of its own."""

# Totals are often rounded to whole kilograms.
ROUNDING_KG = "0.5"


def check_totals(body, lines, path):
    """`totalGrossWeight` and `totalNumberOfPackages` are the sums of the lines."""
    total = sum([kilograms(line["grossWeight"]) for line in lines])
    require(kilograms(body["totalGrossWeight"]) == total, "weight-total",
            "the total gross weight is not the sum of the lines: kilograms",
            kilograms(body["totalGrossWeight"]), total, path + "/totalGrossWeight")
    packages = sum([line["numberOfPackages"] for line in lines])
    require(body["totalNumberOfPackages"] == packages, "package-total",
            "the total number of packages is not the sum of the lines",
            body["totalNumberOfPackages"], packages, path + "/totalNumberOfPackages")


def check_carriage(doc, refs):
    """What consignment notes by air, road and rail have in common: parties, places, goods."""
    body = doc["body"]
    check_parties(body, ["consignor", "consignee", "notifyParty"])
    require(body["placeOfDeparture"] != body["placeOfDestination"], "same-place",
            "departure and destination are the same place", body["placeOfDeparture"],
            "/body/placeOfDestination")
    check_totals(body, body["goodsItems"], "/body")
    if shown(body, "freightCharges", "minor-units"):
        money(body["freightCharges"], "/body/freightCharges")
    for invoice in in_role(refs, "invoice"):
        if shown(invoice["body"], "itemsShipped", "hs-mismatch"):
            coded = [line for line in body["goodsItems"] if "hsEdition" in line]
            known = [line for line in invoice["body"]["itemsShipped"] if "hsEdition" in line]
            check_same_goods(coded, known, "invoice", "/body/goodsItems")


def alike(weight, other):
    """Whether two weights in kilograms are the same, but for rounding."""
    return abs(weight - other) <= decimal(ROUNDING_KG)


def carried(found):
    """What a transport document says it carries: (kilograms, packages, containers or None)."""
    body = found["body"]
    if "consignmentItems" not in body:
        return kilograms(body["totalGrossWeight"]), body["totalNumberOfPackages"], None
    weight = decimal(0)
    packages = 0
    for item in body["consignmentItems"]:
        for cargo in item["cargoItems"]:
            weight += kilograms(cargo["cargoGrossWeight"])
            packages += cargo.get("outerPackaging", {}).get("numberOfPackages", 0)
    return weight, packages, [each["equipment"]["equipmentReference"]
                              for each in body["utilizedTransportEquipments"]]


# Manifests


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


def check_manifest(body):
    """From one place to another, with sums that are right and each transport document once; gives
    these by number in small letters."""
    require(body["portOfDeparture"] != body["portOfArrival"], "same-place",
            "departure and arrival are the same place", body["portOfArrival"],
            "/body/portOfArrival")
    check_sums(body)
    numbers = {}
    for bill in body["transportDocumentInformation"]:
        number = bill["transportDocumentNumber"].lower()
        require(number not in numbers, "bill-twice", "this transport document is listed twice",
                number, "/body/transportDocumentInformation")
        numbers[number] = bill
        for party in ["consignor", "consignee", "notifyParty"]:
            if party in bill:
                check_party(bill[party], "/body/transportDocumentInformation")
    return numbers


def listed_bill(doc, transport, number, numbers):
    """What a manifest says of a transport document referred to: the carrier's own, and listed."""
    require(transport["iss"] == doc["iss"], "not-the-carrier",
            "a carrier lists its own transport documents: issuer", transport["iss"],
            "/refs/transportDocument")
    require(number.lower() in numbers, "bill-not-on-manifest",
            "the manifest does not list this transport document", number, transport["id"],
            "/refs/transportDocument")
    return numbers[number.lower()]


def manifest_key(issuer, bill):
    """Where the last manifest with a transport document is kept: manifested/<this>."""
    return issuer + "/" + bill["transportDocumentNumber"].lower()


def withdraw_manifest(old):
    """What was on a manifest, and is on no later one, is on none any more."""
    for bill in old["body"]["transportDocumentInformation"]:
        key = manifest_key(old["iss"], bill)
        if get("manifested", key) == old["id"]:
            put("manifested", key, None)


def manifest(doc, refs):
    """What is on a manifest is on this, and no more on one that this supersedes."""
    if "supersedes" in refs:
        withdraw_manifest(refs["supersedes"])
    for bill in doc["body"]["transportDocumentInformation"]:
        put("manifested", manifest_key(doc["iss"], bill), doc["id"])
