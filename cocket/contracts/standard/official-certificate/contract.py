"""Official certificate: the competent authority certifies that food is fit for trade.

Signed by: the competent authority for food of the country that sends it, which is here as customs
or as an inspection body.  Standard: ICC KTDDE, document 9; CODEX generic model official certificate
(CXG 38-2001), in its order.

Levels: format: HS code, approval numbers; check digit: LEI, GLN, containers warned about; registry:
countries.
"""

SIGNED_BY = ["customs", "inspection"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "supersedes": ["official-certificate"]}


def check_lots(item, issued):
    """Food is certified after it was made, and before it is past its use."""
    made = item.get("productionDate", issued)
    require(made <= issued, "made-after-issue",
            "food is certified after it was made: made, issued", made, issued, "/body/goodsItems")
    best = item.get("bestBefore", issued)
    require(best >= made, "period-reversed", "it would be past its use before it is made", made,
            best, "/body/goodsItems")
    if best < issued:
        warn("past-use", f"food was best before {best}", "/body/goodsItems")


def check_totals_of_food(body):
    """Weight and packages in all are the sums of the goods, where these say them."""
    items = body["goodsItems"]
    if "totalNetWeight" in body and all("netWeight" in item for item in items):
        total = sum([kilograms(item["netWeight"]) for item in items])
        require(kilograms(body["totalNetWeight"]) == total, "weight-total",
                "the total net weight is not the sum of the goods: kilograms",
                kilograms(body["totalNetWeight"]), total, "/body/totalNetWeight")
    if "totalNumberOfPackages" in body and all("numberOfPackages" in item for item in items):
        packages = sum([item["numberOfPackages"] for item in items])
        require(body["totalNumberOfPackages"] == packages, "package-total",
                "the total number of packages is not the sum of the goods",
                body["totalNumberOfPackages"], packages, "/body/totalNumberOfPackages")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_health(doc, signer, refs)
    check_parties(body, ["certifyingBody"])
    if body["originCountry"] != body["country"]:
        warn("other-origin", "food of another country: you certify what you know of it from its "
             "own certificate", "/body/originCountry")
    for item in body["goodsItems"]:
        check_lots(item, body["issueDate"])
    check_totals_of_food(body)
