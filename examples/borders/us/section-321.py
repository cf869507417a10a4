"""US: shipments of up to 800 dollars came in free of duty, until that was suspended.

Section 321 of the Tariff Act of 1930, 19 U.S.C. 1321(a)(2)(C); suspended for China and Hong Kong by
Executive Order 14256 and for all countries by Executive Order 14324. Where the relief is not given,
duty is column 1, general, of the Harmonized Tariff Schedule, on the value of each line.
"""

SIGNED_BY = []
WRITES = []

COUNTRY = "US"
DUTY = "A00"


def relieved(items, total, date):
    """Whether the whole shipment comes in free: its value, and where its goods are from."""
    limit = table_on(COUNTRY, "de-minimis", date)
    suspended = table_on(COUNTRY, "section-321-suspended", date)
    origins = suspended["origins"] if suspended is not None else []
    if total > decimal(limit["value"]) or "*" in origins:
        return False
    return not any(item["originCountry"] in origins for item in items)


def assessed(items, places, date):
    """A line for each item; None where customs have to look up a rate themselves."""
    tables = {}
    lines = []
    for number, item in enumerate(items):
        name = "tariff-" + item["hsCode"][:2]
        row = tariff_row(tables, name, item, COUNTRY, date)
        if row is None or "rate" not in row:
            return None
        lines.append(duty_line(number + 1, DUTY, decimal(item["customsValue"]),
                               decimal(row["rate"]), places, name,
                               table_day(COUNTRY, name, date)))
    return lines


def check(doc, signer):
    body = doc["body"]
    items = body["goodsItems"]
    date = get("declaration", doc["id"])["lodgedOn"]
    require(body["currencyOfSettlement"] == "USD", "other-currency",
            "values are declared in US dollars (19 CFR 141.61)", body["currencyOfSettlement"],
            "/body/currencyOfSettlement")
    if not all([shown(item, "customsValue", "section-321") for item in items]):
        hold_goods("value-hidden", "show customs the values of the goods")
        return
    if relieved(items, sum(decimal(item["customsValue"]) for item in items), date):
        return
    lines = assessed(items, minor_units("USD"), date)
    if lines is None:
        hold_goods("rate-unknown", "customs classify the goods and assess the duty themselves")
    else:
        assess_duty("USD", lines)
