"""NL: parcels of up to 150 euros owe a flat duty for each category of items.

Decision of the Council of 11 February 2026: from 1 July 2026 the relief of article 23 of Regulation
(EC) No 1186/2009 is replaced by EUR 3 for each category, until the customs data hub is there. A
category is a tariff subheading: all goods of one HS code of six digits, however many. It is for
sellers in the import one-stop shop, who collect the VAT; of others customs assess duty and VAT.
"""

SIGNED_BY = []
WRITES = []

COUNTRY = "NL"
DUTY = "A00"


def check(doc, signer):
    date = get("declaration", doc["id"])["lodgedOn"]
    table = table_on(COUNTRY, "de-minimis", date)
    if "flatPerCategory" not in table:
        return
    if "sellerTaxId" not in doc["body"]:
        hold_goods("no-one-stop-shop", "customs assess the duty and VAT of this seller's goods")
        return
    each = decimal(table["flatPerCategory"])
    day = table_day(COUNTRY, "de-minimis", date)
    first = {}
    for number, item in enumerate(doc["body"]["goodsItems"]):
        code = item["hsCode"][:6]
        if code not in first:
            first[code] = number + 1
    assess_duty(table["currencyCode"], [
        {**flat_line(first[code], DUTY, 1, each, 2, "de-minimis", day), "category": code}
        for code in first])
