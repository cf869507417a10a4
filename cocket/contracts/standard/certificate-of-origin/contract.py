"""Certificate of origin: whoever may say so says which country goods come from.

Signed by: a chamber or customs of the country of origin; or, where the agreement lets traders
certify themselves, the exporter, the producer or the importer, a merchant, which `certifier` names.
Standard: ICC KTDDE, document 7; CPTPP, annex 3-B; USMCA, annex 5-A; RCEP, article 3.17 (Form A,
Form D and statements on origin have the same data).

Without `agreement` it is not preferential: it says origin, and asks for no lower duty. The table
`agreements` of the destination says who the parties are; where customs publish none, that is warned
about. An authority of another country than that of origin certifies on the `original` certificate,
to which it refers (RCEP 3.19, back-to-back). One without consignments (`ucr` empty) and without
invoice is a blanket certificate: for all that is shipped in its period, of at most 12 months.

Levels: format: HS code, origin criterion; check digit: LEI, GLN warned about; registry: countries,
organisations, parties of the agreement; goods and origin against the invoice to six digits.
"""

SIGNED_BY = ["chamber", "customs", "merchant"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "original": ["certificate-of-origin"],
        "supersedes": ["certificate-of-origin"]}

PARTIES = {"EXPORTER": "exporter", "PRODUCER": "producer", "IMPORTER": "importer"}


def check_self_certified(doc):
    """A trader certifies what it exports, makes or imports, under an agreement that lets it."""
    body = doc["body"]
    require("agreement" in body, "agreement-missing",
            "traders certify origin themselves only under an agreement: name it", "/body")
    party = PARTIES[body["certifier"]]
    if shown(body, party, "wrong-signer"):
        check_signer(doc, body[party], "/body/" + party)
    else:
        require("_sd" in body, "certifier-missing", "name who certifies as", party, "/body")
    require(party != "importer" or body["country"] == body["destinationCountry"],
            "not-your-country", "an importer certifies what comes into its own country",
            body["country"], body["destinationCountry"], "/body/country")


def check_authority(doc, signer, refs):
    """An authority certifies the origin of its own country, or passes on another's certificate."""
    body = doc["body"]
    require("chamber" in signer["roles"] or "customs" in signer["roles"], "certifier-missing",
            "a trader says whether it certifies as EXPORTER, PRODUCER or IMPORTER", "/body")
    if body["country"] == body["originCountry"]:
        return
    originals = in_role(refs, "original")
    require(originals != [], "not-your-country", "an authority certifies the origin of its own "
            "country; of goods of another it refers to that country's certificate as original",
            body["country"], body["originCountry"], "/body/originCountry")
    for original in originals:
        require(original["body"]["originCountry"] == body["originCountry"]
                and original["body"].get("agreement") == body.get("agreement"), "origin-mismatch",
                "the original certificate says another origin or agreement: original, this",
                original["body"]["originCountry"], body["originCountry"], "/refs/original")
    check_same_goods(body["goodsItems"],
                     [line for each in originals for line in each["body"]["goodsItems"]],
                     "original certificate", "/body/goodsItems")


def check_agreement(doc):
    """Origin, who certifies and destination are parties; each line says by which criterion."""
    body = doc["body"]
    if "agreement" not in body:
        return
    parties = agreement_parties(body["destinationCountry"], body["agreement"],
                                date_of(doc["time"]), "/body/agreement")
    for member in ["originCountry", "country"]:
        require(parties is None or body[member] in parties, "not-in-agreement",
                "the country is no party to the agreement", body[member], body["agreement"],
                "/body/" + member)
    for number, item in enumerate(body["goodsItems"]):
        require("originCriterion" in item, "criterion-missing",
                "say by which criterion of the agreement the goods originate, such as WO or PSR",
                f"/body/goodsItems/{number}")


def check_invoiced_origin(body, refs):
    """The invoice does not say that the same goods come from elsewhere."""
    for invoice in in_role(refs, "invoice"):
        require(body.get("invoiceNumber", invoice["body"]["invoiceNumber"])
                == invoice["body"]["invoiceNumber"], "invoice-mismatch",
                "the invoice referred to has another number", invoice["body"]["invoiceNumber"],
                body.get("invoiceNumber"), "/body/invoiceNumber")
        origins = {}
        if shown(invoice["body"], "itemsShipped", "origin-mismatch"):
            for line in invoice["body"]["itemsShipped"]:
                if "hsCode" in line and "originCountry" in line:
                    code = line["hsEdition"] + " " + line["hsCode"][:6]
                    origins[code] = origins.get(code, []) + [line["originCountry"]]
        for code in hs6(body["goodsItems"]):
            require(body["originCountry"] in origins.get(code, [body["originCountry"]]),
                    "origin-mismatch", "the invoice has these goods from, the certificate from",
                    origins.get(code), body["originCountry"], code[5:], "/body/originCountry")


def check_blanket(doc, refs):
    """What names no consignment is for a period, of 12 months at most (CPTPP, annex 3-B, 8)."""
    body = doc["body"]
    if doc["ucr"] == [] and in_role(refs, "invoice") == []:
        require("validFrom" in body and "validUntil" in body, "period-missing",
                "a certificate for no consignment in particular says from when until when", "/body")
        last = str(int(body["validFrom"][:4]) + 1) + body["validFrom"][4:]
        require(body["validUntil"] <= last, "period-too-long",
                "a blanket certificate holds for at most 12 months: until", last,
                body["validUntil"], "/body/validUntil")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_certificate(doc, signer, refs)
    check_countries(body, ["originCountry"])
    check_parties(body, ["exporter", "producer", "importer"])
    check_person(doc, body, "signatory", "/body")
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "a certificate is of today or earlier", body["issueDate"], "/body/issueDate")
    if "certifier" in body:
        check_self_certified(doc)
    else:
        check_authority(doc, signer, refs)
    check_agreement(doc)
    check_invoiced_origin(body, refs)
    check_blanket(doc, refs)
