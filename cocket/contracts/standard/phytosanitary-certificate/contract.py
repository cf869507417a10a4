"""Phytosanitary certificate: plants or plant products were inspected and are free of pests.

Signed by: the plant protection organisation of the country that sends them, which is here as
customs or as an inspection body.  Standard: ICC KTDDE, document 24; IPPC, ISPM 12 (model
certificates for export and for re-export), electronic as ePhyto.

Plants that only pass through a country go on with a certificate for re-export, which builds on the
one of the country of origin.

Levels: format: HS code, botanical name; check digit: LEI, GLN, containers warned about; registry:
countries.
"""

SIGNED_BY = ["customs", "inspection"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "originalCertificate": ["phytosanitary-certificate"],
        "supersedes": ["phytosanitary-certificate"]}


def check_plants(item, certificates):
    """What is re-exported is what came in, by its botanical name."""
    known = [line["botanicalName"].lower() for certificate in certificates
             for line in certificate["body"]["goodsItems"]]
    require(known == [] or item["botanicalName"].lower() in known, "plants-mismatch",
            "the original certificate lists no such plants, but", item["botanicalName"],
            ", ".join(known[:5]), "/body/goodsItems")


def check_kind(body, originals):
    """Export is of a country's own plants; re-export builds on the certificate of their origin."""
    if body["certificateType"] == "EXPORT":
        require(originals == [] and "originalCertificateNumber" not in body,
                "original-unexpected", "only what is re-exported has an original certificate",
                "/body/certificateType")
        if body["originCountry"] != body["country"]:
            warn("other-origin", "plants of another country: is it rather a re-export?",
                 "/body/originCountry")
        return
    require(originals != [] or "originalCertificateNumber" in body, "original-missing",
            "name the certificate of the country of origin: as reference, or by its number",
            "/body/originalCertificateNumber")
    require(body["originCountry"] != body["country"], "own-origin",
            "a country's own plants are exported, not re-exported", body["originCountry"],
            "/body/certificateType")
    for original in originals:
        require(original["body"]["originCountry"] == body["originCountry"], "origin-mismatch",
                "the original certificate names another origin", original["body"]["originCountry"],
                body["originCountry"], "/body/originCountry")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_health(doc, signer, refs)
    originals = in_role(refs, "originalCertificate")
    check_kind(body, originals)
    for item in body["goodsItems"]:
        check_plants(item, originals)
