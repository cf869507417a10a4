"""Organic inspection certificate: goods were made as the rules of organic production ask.

Signed by: the control body, an inspection company or a chamber, of its own country.  Standard: ICC
KTDDE, document 21; Regulation (EU) 2021/2306 (certificate of inspection, COI), in its names.

It is for one consignment: `quantity` is all that may be sold under it.

Levels: format: HS code; check digit: LEI, GLN warned about; registry: countries.
"""

SIGNED_BY = ["inspection", "chamber"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["organic-inspection-certificate"]}


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_certificate(doc, signer, refs)
    check_countries(body, ["originCountry"])
    check_parties(body, ["operator", "exporter", "importer"])
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "a certificate is of today or earlier", body["issueDate"], "/body/issueDate")
    require(decimal(body["quantity"]["value"]) > 0, "quantity-nothing",
            "a certificate is for some goods", "/body/quantity")
