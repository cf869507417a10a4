"""Low-value declaration: goods of little value are declared for import in the short form.

Signed by: who brings them in, a merchant (seller, platform), carrier or forwarder.  Standard: EU
data set H7 (Delegated Regulation 2015/2446, annex B); CBP Section 321 and entry type 86; WCO
Immediate Release Guidelines, category 3.

What counts is the intrinsic value, that of the goods alone without freight and insurance, and the
threshold of the destination on the day of the declaration, its table `de-minimis`. Where there is
none, or it is suspended, goods are declared in an import declaration, whatever their value. The
consignee may be a natural person, and is confidential then.

Levels: check digit: LEI, GLN warned about; registry: countries, currency, organisations.
"""

SIGNED_BY = ["merchant", "carrier", "forwarder"]
WRITES = ["declaration", "licence", "number", "status"]
REFS = {"invoice": ["commercial-invoice"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "certificate": ["cites-permit", "phytosanitary-certificate", "veterinary-certificate",
                        "official-certificate", "conformity-certificate"],
        "powerOfAttorney": ["power-of-attorney"], "supersedes": ["low-value-declaration"]}


def check_threshold(body, total, country, date):
    """The table of that day lets goods of this value and weight in with a short declaration."""
    table = table_on(country, "de-minimis", date)
    require(table is not None, "no-threshold", "customs of this country take no low-value "
            "declaration: make an import declaration", country, "/body/destinationCountry")
    require(not table.get("suspended"), "threshold-suspended", "low-value declarations are "
            "suspended in this country: make an import declaration", country,
            "/body/destinationCountry")
    if "weight" in table:
        require(kilograms(body["totalGrossWeight"]) <= decimal(table["weight"]), "over-threshold",
                "more than low-value goods may weigh, in kilograms", table["weight"],
                "/body/totalGrossWeight")
    value = converted(total, body["currencyOfSettlement"], table["currencyCode"], country, date)
    require(total is None or value is not None, "currency-mismatch",
            "the threshold is in another currency, and customs publish no rate: declare values in",
            table["currencyCode"], "/body/currencyOfSettlement")
    if value is not None:
        require(value <= decimal(table["value"]), "over-threshold", "worth more than the threshold "
                "of this day: make an import declaration", round(value, 2), table["value"],
                table["currencyCode"], "/body/goodsItems")


def check_intrinsic(body, refs, total):
    """The values are the price of the goods in the invoices, without what is charged beside it."""
    goods = decimal(0)
    for claims in in_role(refs, "invoice"):
        invoice = claims["body"]
        if not shown(invoice, "totalPaymentDue", "value-mismatch"):
            return
        goods += decimal(invoice["totalPaymentDue"])
        for member in ["freightCost", "insuranceCost", "tax"]:
            if shown(invoice, member, "value-mismatch"):
                goods -= decimal(invoice[member])
            elif "_sd" in invoice:
                return
        require(invoice["currencyOfSettlement"] == body["currencyOfSettlement"],
                "currency-mismatch", "the invoice is in another currency",
                invoice["currencyOfSettlement"], "/body/currencyOfSettlement")
    require(total is None or total == goods or in_role(refs, "invoice") == [], "value-mismatch",
            "intrinsic values sum up to; the goods alone come in the invoice to", total, goods,
            "/body/goodsItems")


def check(doc, signer):
    body = doc["body"]
    country = body["destinationCountry"]
    items = body["goodsItems"]
    refs = references(doc, REFS, [])
    check_countries(body, ["destinationCountry", "exportationCountry"])
    minor = currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement")
    take_number(doc, refs, body["localReferenceNumber"], "/body/localReferenceNumber")
    for item in items:
        check_country(item["originCountry"], "/body/goodsItems")
    check_parties(body, ["consignor", "consignee"])
    date = lodge(doc, refs, country, body["currencyOfSettlement"])
    total = decimal(0)
    for item in items:
        if total is not None and shown(item, "intrinsicValue", "over-threshold"):
            total += amount(item, "intrinsicValue", minor, "/body/goodsItems")
        else:
            total = None
    check_threshold(body, total, country, date)
    check_invoiced(body, refs)
    check_intrinsic(body, refs, total)
    check_not_prohibited(items, country, date)
    check_required_documents(items, refs, country, date)
