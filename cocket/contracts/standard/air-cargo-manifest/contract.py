"""Air cargo manifest: all that is on a flight for an airport, as the airline declares it there.

Signed by: the airline.  Standard: ICC KTDDE, document 2; IATA Cargo-XML FFM, ICAO annex 9.

manifested/<carrier>/<air waybill number> is the last manifest with it.

Levels: format: UN/LOCODE, HS; check digit: LEI, GLN warned about; registry: countries,
organisations.
"""

SIGNED_BY = ["carrier"]
WRITES = ["manifested", "number", "status"]
REFS = {"transportDocument": ["air-waybill"], "supersedes": ["air-cargo-manifest"]}


def check_listed(doc, transport, numbers):
    """A transport document referred to is the carrier's own, and on the manifest as it is."""
    number = transport["body"]["airWaybillNumber"]
    bill = listed_bill(doc, transport, number, numbers)
    weight = kilograms(transport["body"]["totalGrossWeight"])
    require(kilograms(bill["grossWeight"]) <= weight, "bill-mismatch",
            "the air waybill says less gross weight: kilograms", kilograms(bill["grossWeight"]),
            weight, number, "/body/transportDocumentInformation")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    numbers = check_manifest(body)
    for transport in in_role(refs, "transportDocument"):
        check_listed(doc, transport, numbers)
    take_number(doc, refs, body["manifestNumber"], "/body/manifestNumber")
    manifest(doc, refs)
