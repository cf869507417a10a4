"""Import declaration: goods are declared for import to customs of the destination country.

Signed by: the declarant, who is the merchant, its forwarder or the carrier.  Standard: WCO data
model and Single Administrative Document; names of UN/CEFACT.

It makes declaration/<document id>, which clearance and the border rules of the destination keep:
    state        "lodged", then "cleared"
    declarant, destinationCountry
    open_holds   reasons to hold the goods that customs have not lifted yet
    duty_due     what is assessed and not paid, a decimal
    assessment   the document that assessed it, or None
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["declaration", "declaration-number"]


def take_number(doc, kind, number, path):
    key = doc["iss"] + "/" + kind + "/" + number
    first = get("declaration-number", key)
    require(first is None, "duplicate-declaration",
            "this number was used before, by document", first, path)
    put("declaration-number", key, doc["id"])


def check_goods(items):
    for item in items:
        require(decimal(item["netWeight"]) <= decimal(item["grossWeight"]), "net-over-gross",
                "net weight is more than gross weight", item["netWeight"], "/body/goodsItems")
        require(known_code("country", item["originCountry"]), "unknown-country",
                "not a country of ISO 3166", item["originCountry"], "/body/goodsItems")


def check_invoice(invoice, body):
    """Goods are what the invoice says they are, to the six digits that are the same everywhere."""
    if invoice["destinationCountry"] != body["destinationCountry"]:
        warn("other-destination", "the invoice names another destination", "/refs/invoice")
    if not shown(invoice, "itemsShipped", "hs-mismatch"):
        return
    invoiced = {line["hsEdition"] + line["hsCode"][:6]: True for line in invoice["itemsShipped"]}
    editions = {line["hsEdition"]: True for line in invoice["itemsShipped"]}
    other = [item for item in body["goodsItems"] if item["hsEdition"] not in editions]
    if other:
        warn("hs-edition", "the invoice uses another HS edition: not compared", "/body/goodsItems")
    for item in body["goodsItems"]:
        if item["hsEdition"] in editions:
            code = item["hsCode"][:6]
            require(item["hsEdition"] + code in invoiced, "hs-mismatch",
                    "no line of the invoice has this HS code", code, "/body/goodsItems")


def check_identifiers(body):
    odd = [number for number in body.get("containers", []) if not check_digit("iso6346", number)]
    if odd:
        numbers = ", ".join(odd[:5])
        warn("check-digit", f"container numbers that fail ISO 6346: {numbers}", "/body/containers")
    if "lei" in body["importer"] and not check_digit("lei", body["importer"]["lei"]):
        warn("check-digit", "the LEI fails its check digits (ISO 17442)", "/body/importer/lei")
    if not body["customsOfficeOfEntry"].startswith(body["destinationCountry"]):
        warn("other-office", "the office of entry is not in the destination country",
             "/body/customsOfficeOfEntry")


def check(doc, signer):
    body = doc["body"]
    for name in ["destinationCountry", "exportationCountry"]:
        require(known_code("country", body[name]),
                "unknown-country", "not a country of ISO 3166", body[name], "/body/" + name)
    require(minor_units(body["currencyOfSettlement"]) is not None, "unknown-currency",
            "not a currency of ISO 4217 that amounts are in", "/body/currencyOfSettlement")
    take_number(doc, "LRN", body["localReferenceNumber"], "/body/localReferenceNumber")
    if "movementReferenceNumber" in body:
        take_number(doc, "MRN", body["movementReferenceNumber"], "/body/movementReferenceNumber")
    check_goods(body["goodsItems"])
    check_identifiers(body)
    for role in ["importer", "exporter"]:
        if role in body:
            require(legible(body[role]["name"]), "name-characters",
                    "control characters, and those that turn or hide text, are not for names",
                    "/body/" + role + "/name")
    if "invoice" in doc["refs"]:
        check_invoice(document(doc["refs"]["invoice"], "commercial-invoice")["body"], body)
    if "transportDocument" in doc["refs"]:
        document(doc["refs"]["transportDocument"], "bill-of-lading")
    put("declaration", doc["id"], {
        "state": "lodged", "declarant": doc["iss"],
        "destinationCountry": body["destinationCountry"],
        "open_holds": [], "duty_due": "0", "assessment": None})
