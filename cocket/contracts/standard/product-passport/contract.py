"""Product passport: a maker says what a product is made of, where, and how it can be used again.

Signed by: the manufacturer, a merchant.  Standard: UN/CEFACT UNTP Digital Product Passport;
Regulation (EU) 2024/1781 (ecodesign), articles 9 to 13.

One passport for each GTIN with its batch or serial number. It is referred to by invoices' buyers,
conformity certificates and recyclers, and is of no consignment as a rule.

Levels: format: HS code; check digit: GTIN refused (the maker's own), LEI, GLN warned about;
registry: countries, organisations.
"""

SIGNED_BY = ["merchant"]
WRITES = ["number", "status"]
REFS = {"conformityCertificate": ["conformity-certificate"], "supersedes": ["product-passport"]}


def check_materials(materials):
    """Parts of the mass are not more than all of it."""
    total = sum([decimal(each["massFraction"]) for each in materials])
    require(total <= 1, "mass-fraction", "the parts of the mass sum up to more than 1", total,
            "/body/materials")
    for each in materials:
        if "originCountry" in each:
            check_country(each["originCountry"], "/body/materials")
        if "recycledFraction" in each:
            require(decimal(each["recycledFraction"]) <= 1, "mass-fraction",
                    "no more than all of a material (1) is recycled", each["recycledFraction"],
                    "/body/materials")
        if shown(each, "supplier", "name-characters"):
            check_party(each["supplier"], "/body/materials")


def check_certificates(body, refs):
    """Each certificate referred to is about this product."""
    for certificate in in_role(refs, "conformityCertificate"):
        goods = certificate["body"]["goodsItems"]
        require(any(item.get("gtin", body["productId"]) == body["productId"] for item in goods),
                "product-mismatch", "the certificate is about other products: GTIN",
                goods[0].get("gtin"), body["productId"], "/refs/conformityCertificate")
        check_same_goods([body], goods, "certificate", "/body/hsCode")
        if not certificate["body"]["conformance"]:
            warn("not-conforming", "the certificate says that the product does not conform",
                 "/refs/conformityCertificate")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_signer(doc, body["manufacturer"], "/body/manufacturer")
    check_parties(body, ["manufacturer"])
    check_countries(body, ["countryOfProduction"])
    require(check_digit("gtin", body["productId"]), "check-digit",
            "the GTIN fails its check digit (GS1)", body["productId"], "/body/productId")
    require("batchNumber" in body or "serialNumber" in body, "batch-missing",
            "a passport is of a batch or of one piece: say batchNumber or serialNumber", "/body")
    piece = body["productId"] + " " + body.get("batchNumber", "") + " " + body.get(
        "serialNumber", "")
    take_number(doc, refs, piece, "/body/productId")
    if "productionDate" in body:
        require(days(body["productionDate"]) <= doc["time"] // DAY_S, "produced-in-future",
                "the product is still to be made", body["productionDate"], "/body/productionDate")
    check_materials(body["materials"])
    check_certificates(body, refs)
    check_period(body)
