"""Regulatory certificate: goods keep a regulation of the country that certifies them.

Signed by: an inspection company, customs or a chamber, of its own country.  Standard: ICC KTDDE,
document 28 (free sale, health, safety, conformity with a regulation).

Levels: format: HS code; check digit: LEI, GLN warned about; registry: countries.
"""

SIGNED_BY = ["inspection", "customs", "chamber"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["regulatory-certificate"]}


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_certificate(doc, signer, refs)
    check_parties(body, ["exporter", "importer", "manufacturer"])
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "a certificate is of today or earlier", body["issueDate"], "/body/issueDate")
    if body["result"] == "CONDITIONAL":
        require("conditions" in body, "conditions-missing",
                "say under which conditions the goods conform", "/body")
