"""MY: consignments within limits of value and weight are released at once.

Digital Free Trade Zone, Royal Malaysian Customs, 2017: up to RM 500, cost, insurance and freight
counted, and up to 30 kg. Nothing is due, and nothing holds them: customs can release them by
return. What is heavier or dearer waits until customs have seen its papers.
"""

SIGNED_BY = []
WRITES = []

COUNTRY = "MY"
VALUES = {"import-declaration": "customsValue", "low-value-declaration": "intrinsicValue"}


def check(doc, signer):
    body = doc["body"]
    items = body["goodsItems"]
    member = VALUES[doc["vct"].split(":")[2]]
    limit = table_on(COUNTRY, "immediate-release", get("declaration", doc["id"])["lodgedOn"])
    require(body["currencyOfSettlement"] == limit["currencyCode"], "other-currency",
            "values are declared in ringgit", body["currencyOfSettlement"],
            "/body/currencyOfSettlement")
    if "totalGrossWeight" in body:
        weight = kilograms(body["totalGrossWeight"])
    else:
        weight = sum(kilograms(item["grossWeight"]) for item in items)
    if weight > decimal(limit["weight"]):
        most = limit["weight"]
        hold_goods("over-weight", f"{weight} kg is more than {most} kg: bring the papers")
    if not all([shown(item, member, "immediate-release") for item in items]):
        hold_goods("value-hidden", "show customs the values of the goods")
        return
    value = sum(decimal(item[member]) for item in items)
    if value > decimal(limit["value"]):
        most = limit["value"]
        hold_goods("over-value", f"RM {value} is more than RM {most}: bring the invoice")
