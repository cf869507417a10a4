"""Conformity certificate: who examined a product says whether it conforms to standards.

Signed by: an inspection company, of its own country, which did not make the product.  Standard:
UN/CEFACT UNTP Digital Conformity Credential; ISO/IEC 17000 (second- and third-party assessment).

Levels: format: HS code; check digit: GTIN, LEI, GLN warned about (others gave them); registry:
countries, organisations.
"""

SIGNED_BY = ["inspection"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "productPassport": ["product-passport"],
        "supersedes": ["conformity-certificate"]}


def check_independent(doc, refs):
    """Nobody certifies what it made."""
    body = doc["body"]
    if shown(body, "manufacturer", "self-assessment"):
        require(body["manufacturer"].get("organisation") != doc["iss"], "self-assessment",
                "who made a product does not certify it", doc["iss"], "/body/manufacturer")
    for passport in in_role(refs, "productPassport"):
        require(passport["iss"] != doc["iss"], "self-assessment",
                "who issued the product passport does not certify the product", doc["iss"],
                "/refs/productPassport")


def check_passports(goods, refs):
    """Each product passport referred to is of one of the goods."""
    for passport in in_role(refs, "productPassport"):
        product = passport["body"]["productId"]
        require(any(item.get("gtin") == product for item in goods), "product-mismatch",
                "none of the goods is the product of the passport: GTIN", product,
                "/body/goodsItems")
        check_same_goods([passport["body"]], goods, "certificate", "/refs/productPassport")


def check_goods(goods):
    odd = [item["gtin"] for item in goods
           if "gtin" in item and not check_digit("gtin", item["gtin"])]
    if odd:
        warn("check-digit", "a GTIN fails its check digit (GS1)", "/body/goodsItems")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_certificate(doc, signer, refs)
    check_parties(body, ["manufacturer"])
    check_independent(doc, refs)
    check_goods(body["goodsItems"])
    check_passports(body["goodsItems"], refs)
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "a certificate is of today or earlier", body["issueDate"], "/body/issueDate")
    failed = [each["name"] for each in body["standardsOrRegulations"] if not each["conformance"]]
    require(body["conformance"] == (failed == []), "conformance-mismatch",
            "it conforms as a whole if it conforms to each; not to", ", ".join(failed[:3]),
            "/body/conformance")
