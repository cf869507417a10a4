"""Delivery note: what was handed over, and who received it.

Signed by: the seller, or the forwarder or carrier that handed over.  Standard: ICC KTDDE, document
15.  It refers to the invoice or to the packing list of the goods.

A note is compared with its invoice by itself: several notes of parts are not added up.

Levels: format: HS code, units; check digit: LEI, GLN warned about; registry: organisations.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "packingList": ["packing-list"],
        "supersedes": ["delivery-note"]}


def totals(lines):
    """How many units there are of each HS-6 in each unit: {"2022 620610 H87": 400}."""
    found = {}
    for line in lines:
        if "hsCode" in line and "quantity" in line and "unitCode" in line:
            key = line["hsEdition"] + " " + line["hsCode"][:6] + " " + line["unitCode"]
            found[key] = found.get(key, 0) + decimal(line["quantity"])
    return found


def check_quantities(lines, invoice):
    """No more is delivered than was invoiced, where both count in the same unit."""
    if not shown(invoice["body"], "itemsShipped", "over-delivery"):
        return
    shipped = invoice["body"]["itemsShipped"]
    check_same_goods(lines, shipped, "invoice", "/body/goodsItems")
    invoiced = totals(shipped)
    for key, delivered in totals(lines).items():
        if key in invoiced:
            require(delivered <= invoiced[key], "over-delivery",
                    f"more than was invoiced of {key}: delivered and invoiced are", delivered,
                    invoiced[key], "/body/goodsItems")
        else:
            warn("unit-differs", f"the invoice does not count so: {key}: not compared",
                 "/body/goodsItems")


def packed(packing):
    """The lines of goods of a packing list."""
    return [line for item in packing["body"]["items"] for line in item["includedTradeLineItems"]]


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require("invoice" in refs or "packingList" in refs, "reference-missing",
            "name the invoice or the packing list of the goods", "/refs")
    take_number(doc, refs, body["deliveryNoteNumber"], "/body/deliveryNoteNumber")
    check_parties(body, ["sender", "recipient"])
    require(days(body["deliveryDate"]) <= doc["time"] // DAY_S + 1, "delivery-in-future",
            "a delivery note is for goods that were handed over", body["deliveryDate"],
            "/body/deliveryDate")
    for line in body["goodsItems"]:
        check_weights(line, "netWeight", "grossWeight", "/body/goodsItems")
    for invoice in in_role(refs, "invoice"):
        check_quantities(body["goodsItems"], invoice)
    for packing in in_role(refs, "packingList"):
        check_same_goods(body["goodsItems"], packed(packing), "packing list", "/body/goodsItems")
    if "receivedBy" in body:
        check_name(body["receivedBy"]["name"], "/body/receivedBy/name")
