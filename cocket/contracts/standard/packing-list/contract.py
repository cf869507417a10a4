"""Packing list: what is in which packages, and what they weigh.

Signed by: the seller, a merchant, or the forwarder that packed.  Standard: ICC KTDDE, document 22;
names of the W3C traceability vocabulary, PackingList.

It belongs to an invoice or an order. Before there is a transport document, weights that do not sum
up are only warned about; once it names one, they are refused, and so is what disagrees with that.

Levels: format: HS code, units; check digit: containers, LEI, GLN warned about.
"""

SIGNED_BY = ["merchant", "forwarder"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "purchaseOrder": ["purchase-order"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "supersedes": ["packing-list"]}


def check_total(doc, refs, total, member):
    """A total is the sum of the packages, where each of them is weighed."""
    body = doc["body"]
    if total not in body or any(member not in item for item in body["items"]):
        return
    stated = kilograms(body[total])
    summed = sum([kilograms(item[member]) for item in body["items"]])
    path = "/body/" + total
    if "transportDocument" in refs:
        require(alike(stated, summed), "weight-total", "the total and the sum of the packages, in "
                "kilograms, are", stated, summed, path)
    elif not alike(stated, summed):
        warn("weight-total", f"the total is {stated} kg, the packages sum up to {summed} kg", path)


def check_transport(body, found):
    """The goods of the list are those of the transport document, or a part if it says so."""
    weight, packages, containers = carried(found)
    part = body.get("partOfConsignment", False)
    listed = kilograms(body["totalGrossWeight"])
    require(alike(listed, weight) or (part and listed < weight), "bill-mismatch", "gross weight in "
            "kilograms, of the packing list and of the transport document:", listed, weight,
            "/body/totalGrossWeight")
    count = body["totalNumberOfPackages"]
    require(packages == 0 or count == packages or (part and count < packages), "bill-mismatch",
            "packages of the packing list and of the transport document:", count, packages,
            "/body/totalNumberOfPackages")
    own = body["transportEquipments"] if "transportEquipments" in body else []
    for each in own:
        require(containers is None or each["equipmentReference"] in containers, "bill-mismatch",
                "the transport document has no such container, but",
                each["equipmentReference"], ", ".join((containers or [])[:5]),
                "/body/transportEquipments")
    if "billOfLadingNumber" in body and "transportDocumentReference" in found["body"]:
        number = found["body"]["transportDocumentReference"]
        require(body["billOfLadingNumber"] == number, "bill-mismatch",
                "number of the bill here and of the one referred to:", body["billOfLadingNumber"],
                number, "/body/billOfLadingNumber")


def check_packages(body):
    """Packages are weighed, counted and in containers of the list."""
    containers = [each["equipmentReference"] for each in body.get("transportEquipments", [])]
    check_containers(containers, "/body/transportEquipments")
    for item in body["items"]:
        check_weights(item, "netWeight", "grossWeight", "/body/items")
        if "equipmentReference" in item:
            require(item["equipmentReference"] in containers, "container-missing",
                    "packages are in a container that the list does not name",
                    item["equipmentReference"], "/body/transportEquipments")
    summed = sum([item["packageQuantity"] for item in body["items"]])
    require(body["totalNumberOfPackages"] == summed, "package-total", "the packages sum up to",
            summed, "/body/totalNumberOfPackages")
    check_weights(body, "totalNetWeight", "totalGrossWeight", "/body/totalNetWeight")


def check_goods(body, refs):
    """What is packed was invoiced, or ordered."""
    lines = [line for item in body["items"] for line in item["includedTradeLineItems"]]
    check_invoiced_goods(lines, refs, "/body/items")
    for order in in_role(refs, "purchaseOrder"):
        check_same_goods(lines, order["body"]["items"], "order", "/body/items")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require(in_role(refs, "invoice") != [] or in_role(refs, "purchaseOrder") != [],
            "reference-missing", "name the invoice or the purchase order that the goods are of",
            "/refs")
    take_number(doc, refs, body["packingListNumber"], "/body/packingListNumber")
    if "merchant" in signer["roles"]:
        check_signer(doc, body["seller"], "/body/seller")
    check_parties(body, ["seller", "buyer", "shipFromParty", "shipToParty"])
    check_packages(body)
    check_total(doc, refs, "totalGrossWeight", "grossWeight")
    check_total(doc, refs, "totalNetWeight", "netWeight")
    check_goods(body, refs)
    for found in in_role(refs, "transportDocument"):
        check_transport(body, found)
