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
