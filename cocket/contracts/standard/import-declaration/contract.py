"""Import declaration: goods are declared for import to customs of the destination country.

Signed by: the declarant, who is the merchant, its forwarder or the carrier.  Standard: WCO data
model and Single Administrative Document; names of UN/CEFACT.

It makes declaration/<document id>, which what customs do with it keeps:
    kind          this type
    state         "lodged", then "cleared" or "refused"
    declarant     who declared
    country       whose customs decide
    open_holds    holds that customs have not released yet
    duty_due      what is assessed, a decimal; what is paid of it stands in paid/<assessment>
    currencyCode  of the assessment
    assessment    the document that assessed it, or None
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["declaration", "number", "status"]
REFS = {"invoice": ["commercial-invoice"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "packingList": ["packing-list"], "insurance": ["insurance-certificate"],
        "certificateOfOrigin": ["certificate-of-origin"], "licence": ["trade-licence"],
        "certificate": ["cites-permit", "phytosanitary-certificate", "veterinary-certificate",
                        "official-certificate", "organic-inspection-certificate",
                        "regulatory-certificate", "conformity-certificate",
                        "dangerous-goods-declaration"],
        "powerOfAttorney": ["power-of-attorney"], "supersedes": ["import-declaration"]}


def check_goods(items):
    for item in items:
        check_weights(item, "netWeight", "grossWeight", "/body/goodsItems")
        check_country(item["originCountry"], "/body/goodsItems")


def check_invoice(invoice, body):
    """Goods are what the invoice says they are, to the six digits that are the same everywhere."""
    if invoice["destinationCountry"] != body["destinationCountry"]:
        warn("other-destination", "the invoice names another destination", "/refs/invoice")
    if shown(invoice, "itemsShipped", "hs-mismatch"):
        check_same_goods(body["goodsItems"], invoice["itemsShipped"], "invoice", "/body/goodsItems")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_countries(body, ["destinationCountry", "exportationCountry"])
    currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement")
    take_number(doc, refs, body["localReferenceNumber"], "/body/localReferenceNumber")
    if "movementReferenceNumber" in body:
        claim_number(doc, refs, "mrn/" + doc["iss"] + "/" + body["movementReferenceNumber"].lower(),
                     "/body/movementReferenceNumber")
    check_goods(body["goodsItems"])
    check_containers(body.get("containers", []), "/body/containers")
    check_parties(body, ["importer", "exporter"])
    if not body["customsOfficeOfEntry"].startswith(body["destinationCountry"]):
        warn("other-office", "the office of entry is not in the destination country",
             "/body/customsOfficeOfEntry")
    for invoice in in_role(refs, "invoice"):
        check_invoice(invoice["body"], body)
    put("declaration", doc["id"], {
        "kind": "import-declaration", "state": "lodged", "declarant": doc["iss"],
        "country": body["destinationCountry"], "open_holds": [], "duty_due": "0",
        "currencyCode": body["currencyOfSettlement"], "assessment": None})
