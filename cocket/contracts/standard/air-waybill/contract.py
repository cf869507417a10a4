"""Air waybill: the airline's receipt for goods, and its contract to fly them. It is no title.

Signed by: the airline, or the forwarder of its own (house) waybill, which has `houseWaybillNumber`
beside the airline's.  Standard: ICC KTDDE, document 3; IATA resolution 600a, Cargo-XML.

Levels: format: UN/LOCODE, HS; check digit: the waybill's number is refused, the last of its digits
being the rest of the seven before, divided by 7 (IATA); registry: countries, currencies,
organisations of this ledger. That the number's airline is the signer is not checked.
"""

SIGNED_BY = ["carrier", "forwarder"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["air-waybill"]}


def check_number(number, path):
    """Three digits of the airline, seven of the waybill, and those modulo 7."""
    require(int(number[4:11]) % 7 == int(number[11:12]), "check-digit",
            "the number of the air waybill fails its check digit", number, path)


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    number = body["airWaybillNumber"]
    check_number(number, "/body/airWaybillNumber")
    check_carriage(doc, refs)
    house = "houseWaybillNumber" in body
    require(house or "carrier" in signer["roles"], "house-number-missing",
            "a forwarder issues its own waybill: say its number", "/body/houseWaybillNumber")
    if house:
        take_number(doc, refs, body["houseWaybillNumber"], "/body/houseWaybillNumber")
    else:
        take_number(doc, refs, number, "/body/airWaybillNumber")
