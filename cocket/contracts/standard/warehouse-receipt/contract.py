"""Warehouse receipt: goods are in store, and whoever holds the receipt is entitled to them.

Signed by: the warehouse: a forwarder, a carrier or an inspection company.  Standard: ICC KTDDE,
document 36; UNCITRAL/UNIDROIT model law on warehouse receipts.
Law: MLETR articles 10, 11, 16, 17; see docs/mletr.md.

It makes title/warehouse-receipt/<issuer>/<number in small letters>, which title actions move: to
order of the party it is issued to (else of the depositor), or straight. A warehouse that delivers
goods before its lien is paid is warned, for the lien ends with the delivery.

Levels: format: HS, package and unit codes; check digit: LEI, GLN warned about; registry:
countries, currencies, organisations.
"""

SIGNED_BY = ["forwarder", "carrier", "inspection"]
WRITES = ["status", "title"]
REFS = {"transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "supersedes": ["warehouse-receipt"]}


def check_goods(body):
    """Weights of each line, and the packages of all of them."""
    packages = 0
    for number, item in enumerate(body["goodsItems"]):
        path = f"/body/goodsItems/{number}"
        check_weights(item, "netWeight", "grossWeight", path + "/netWeight")
        if "originCountry" in item:
            check_country(item["originCountry"], path + "/originCountry")
        packages += item["numberOfPackages"]
    require(packages == body["totalNumberOfPackages"], "package-total",
            "the lines have so many packages together", packages, "/body/totalNumberOfPackages")


def check_money(body):
    for member in ["lien", "declaredValue"]:
        if member in body:
            money(body[member], "/body/" + member)


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_parties(body, ["depositor", "issueTo"])
    check_goods(body)
    check_money(body)
    named = "issueTo" if "issueTo" in body else "depositor"
    holder = holder_of(body[named], doc["iss"], "/body/" + named)
    if body["isToOrder"]:
        issue_title(doc, refs, holder, "TO_ORDER", body[named].get("organisation"))
    else:
        issue_title(doc, refs, holder, "STRAIGHT", None)
