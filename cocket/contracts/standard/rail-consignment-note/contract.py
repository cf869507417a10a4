"""Rail consignment note: the railway's receipt for goods, and its contract to carry them.

Signed by: the railway.  Standard: ICC KTDDE, document 27; CIM consignment note (COTIF).

Levels: format: UN/LOCODE, HS; check digit: wagons (UIC 438-2) and containers, LEI, GLN warned
about; registry: countries, currencies, organisations of this ledger.
"""

SIGNED_BY = ["carrier"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["rail-consignment-note"]}


def wagon_number_right(number):
    """Digits doubled and not, in turn from the left; their digits add up to a full ten."""
    total = 0
    double = True
    for digit in number:
        value = int(digit) * 2 if double else int(digit)
        total += value // 10 + value % 10
        double = not double
    return total % 10 == 0


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_carriage(doc, refs)
    wagons = body.get("wagons", [])
    if not all(wagon_number_right(wagon["wagonNumber"]) for wagon in wagons):
        warn("check-digit", "the number of a wagon fails its check digit (UIC)", "/body/wagons")
    check_containers([wagon["equipmentReference"] for wagon in wagons
                      if "equipmentReference" in wagon], "/body/wagons")
    take_number(doc, refs, body["consignmentNoteNumber"], "/body/consignmentNoteNumber")
