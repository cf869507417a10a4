"""NL: customs duty by the tariff of the Union, and import VAT on the value with the duty.

Duty: Regulation (EU) No 952/2013 (Union Customs Code), articles 56, 70 and 77. VAT: Directive
2006/112/EC, articles 70, 85 and 86, and Wet op de omzetbelasting 1968, article 9. Rates are those
of the day on which the declaration was accepted. Where box 36 asks for preference (codes from 200
on) nothing is assessed at once: the claim, with the certificate of origin, comes after.
"""

SIGNED_BY = []
WRITES = []

COUNTRY = "NL"
DUTY = "A00"
VAT = "B00"
PREFERENTIAL = "200"


def item_lines(number, item, row, name, vat, date):
    """Duty on the customs value; VAT on the value and the duty."""
    value = decimal(item["customsValue"])
    duty = duty_line(number, DUTY, value, decimal(row["rate"]), 2, name,
                     table_day(COUNTRY, name, date))
    base = value + decimal(duty["amount"])
    return [duty, duty_line(number, VAT, base, decimal(vat["standard"]), 2, "vat",
                            table_day(COUNTRY, "vat", date))]


def check(doc, signer):
    body = doc["body"]
    items = body["goodsItems"]
    date = get("declaration", doc["id"])["lodgedOn"]
    require(body["currencyOfSettlement"] == "EUR", "other-currency",
            "values are declared in euros (article 53 of the Code)", body["currencyOfSettlement"],
            "/body/currencyOfSettlement")
    if not all([shown(item, "customsValue", "duty-and-vat") for item in items]):
        hold_goods("value-hidden", "show customs the values of the goods")
        return
    if any(item.get("preference", "100") >= PREFERENTIAL for item in items):
        hold_goods("preference", "claim the preference (preference-claim): customs assess by hand")
        return
    vat = table_on(COUNTRY, "vat", date)
    lines = []
    tables = {}
    for number, item in enumerate(items):
        name = "tariff-" + item["hsCode"][:2]
        row = tariff_row(tables, name, item, COUNTRY, date)
        if row is None or "rate" not in row or len(items) > 50:
            hold_goods("rate-unknown", "customs assess this declaration by hand")
            return
        lines.extend(item_lines(number + 1, item, row, name, vat, date))
    assess_duty("EUR", lines)
