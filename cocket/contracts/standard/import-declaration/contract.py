"""Import declaration: goods are declared for import to customs of the destination country.

Signed by: the declarant, who is the merchant, its forwarder or the carrier.  Standard: ICC KTDDE,
document 13; WCO data model and Single Administrative Document; names of UN/CEFACT.  Values: WCO
valuation practice (WTO Customs Valuation Agreement, articles 1 and 8): invoice, freight and
insurance under the Incoterm, on a basis of CIF unless the border's table `valuation` says FOB.

Its own number is used once; customs' tables of prohibited goods and required documents hold; it
draws down the licences that it refers to. It makes declaration/<document id>, which what customs do
with it keeps (the members: `standard/common/customs`).

Levels: check digit: MRN refused; containers, LEI, GLN warned about; registry: countries, currency,
organisations; commodity codes against invoice and certificate of origin to six digits.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["declaration", "drawn", "licence", "number", "status"]
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


def check_origin(items, certificate):
    """Goods on a certificate of origin are declared with its origin, on one line at least."""
    country = certificate["originCountry"]
    certified = hs6(certificate["goodsItems"])
    origins = {}
    for item in items:
        code = item["hsEdition"] + " " + item["hsCode"][:6]
        origins[code] = origins.get(code, []) + [item["originCountry"]]
    for code in certified:
        require(country in origins.get(code, [country]), "origin-mismatch", "the certificate of "
                "origin has it from, the declaration from", country, origins.get(code), code[5:],
                "/body/goodsItems")


def check_premium(body, certificate):
    """Insurance that the buyer took is declared as what it cost."""
    costs = body.get("deliveryCosts", {})
    if shown(certificate, "premium", "value-mismatch") and "insuranceCost" in costs:
        premium = certificate["premium"]
        require(premium["currencyCode"] != body["currencyOfSettlement"]
                or decimal(premium["value"]) == decimal(costs["insuranceCost"]), "value-mismatch",
                "the insurance certificate says that it cost", premium["value"],
                costs["insuranceCost"], "/body/deliveryCosts")


def check_papers(doc, refs, country, date):
    """The other documents say the same of the goods."""
    body = doc["body"]
    items = body["goodsItems"]
    check_invoiced(body, refs)
    check_carried(body, refs)
    for certificate in in_role(refs, "certificateOfOrigin"):
        check_origin(items, certificate["body"])
    for certificate in in_role(refs, "insurance"):
        check_premium(body, certificate["body"])
    check_not_prohibited(items, country, date)
    check_required_documents(items, refs, country, date)


def check(doc, signer):
    body = doc["body"]
    country = body["destinationCountry"]
    refs = references(doc, REFS, [])
    check_declared(doc, refs, ["importer", "exporter"], country)
    if not body["customsOfficeOfEntry"].startswith(country):
        warn("other-office", "the office of entry is not in the destination country",
             "/body/customsOfficeOfEntry")
    date = lodge(doc, refs, country, body["currencyOfSettlement"])
    check_papers(doc, refs, country, date)
    valuation = table_on(country, "valuation", date) or {"basis": "CIF"}
    check_value(body, refs, "customsValue", valuation["basis"], country, date)
    draw_licences(doc, refs, country, "IMPORT", body["importer"])
