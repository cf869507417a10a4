"""Export declaration: goods are declared for export to customs of the country that they leave.

Signed by: the declarant, who is the merchant, its forwarder or the carrier.  Standard: ICC KTDDE,
document 13; Single Administrative Document, WCO data model; names of UN/CEFACT.  Values: at the
border of the exporting country, without carriage and insurance beyond it (IMTS 2010, FOB).

It draws down export licences, and makes declaration/<document id> (`standard/common/customs`).

Levels: check digit: MRN refused; containers, LEI, GLN warned about; registry: countries, currency,
organisations; commodity codes against the invoice to six digits.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["declaration", "drawn", "licence", "number", "status"]
REFS = {"invoice": ["commercial-invoice"], "packingList": ["packing-list"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "licence": ["trade-licence"],
        "certificate": ["cites-permit", "phytosanitary-certificate", "veterinary-certificate",
                        "official-certificate", "regulatory-certificate",
                        "dangerous-goods-declaration"],
        "powerOfAttorney": ["power-of-attorney"], "supersedes": ["export-declaration"]}
NEEDS = ["invoice"]


def check(doc, signer):
    body = doc["body"]
    country = body["exportationCountry"]
    refs = references(doc, REFS, NEEDS)
    check_declared(doc, refs, ["exporter", "consignee"], country)
    if not body["customsOfficeOfExport"].startswith(country):
        warn("other-office", "the office of export is not in the exporting country",
             "/body/customsOfficeOfExport")
    date = lodge(doc, refs, country, body["currencyOfSettlement"])
    check_invoiced(body, refs)
    check_carried(body, refs)
    check_value(body, refs, "statisticalValue", "FOB", country, date)
    draw_licences(doc, refs, country, "EXPORT", body["exporter"])
