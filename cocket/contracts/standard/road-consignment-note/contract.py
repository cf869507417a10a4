"""Road consignment note: the haulier's receipt for goods, and its contract to drive them.

Signed by: the haulier.  Standard: ICC KTDDE, document 29; CMR and its eCMR protocol.

Levels: format: UN/LOCODE, HS; check digit: containers, LEI, GLN warned about; registry: countries,
currencies, organisations of this ledger.
"""

SIGNED_BY = ["carrier"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["road-consignment-note"]}


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_carriage(doc, refs)
    if "vehicle" in body:
        check_country(body["vehicle"]["registrationCountry"], "/body/vehicle/registrationCountry")
    check_containers([each["equipmentReference"] for each in body.get("transportEquipments", [])],
                     "/body/transportEquipments")
    take_number(doc, refs, body["consignmentNoteNumber"], "/body/consignmentNoteNumber")
