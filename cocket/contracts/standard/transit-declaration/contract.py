"""Transit declaration: goods move under customs control, duty unpaid, from one office to another.

Signed by: the holder of the transit procedure, a merchant, forwarder or carrier.  Standard: ICC
KTDDE, document 34 (transit accompanying document); Convention on a common transit procedure, NCTS.

A customs bond stands for the duty: its amount is drawn when the goods set out, and free again when
customs of the destination discharge the transit. Goods that are on their way are not taken back:
a transit declaration is neither amended nor revoked.

Levels: check digit: MRN refused; containers, LEI, GLN warned about; registry: countries of the
offices, currency, organisations.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["bond", "declaration", "licence", "number", "status"]
REFS = {"invoice": ["commercial-invoice"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "customsBond": ["customs-bond"], "powerOfAttorney": ["power-of-attorney"]}
NEEDS = ["customsBond"]


def countries_of(body):
    """The countries of the way, by its offices."""
    offices = [body["officeOfDeparture"]] + body.get("officesOfTransit", [])
    offices.append(body["officeOfDestination"])
    for office in offices:
        check_country(office[:2], "/body/officeOfDestination")
    return [office[:2] for office in offices]


def check_seals(body):
    """Each container that is sealed is declared, each number on one container once."""
    seen = {}
    for seal in body["seals"]:
        container = seal.get("equipmentReference")
        require(container is None or container in body.get("containers", []), "container-missing",
                "a seal is on a container that is not declared", container, "/body/seals")
        require(seal["number"] not in seen, "seal-twice", "a seal is listed twice", seal["number"],
                "/body/seals")
        seen[seal["number"]] = True


def guarantee(doc, refs, countries):
    """Draw what the bond has to stand for. Who acts for its principal has power of attorney."""
    body = doc["body"]
    bond = refs["customsBond"]
    value = money(body["guaranteeAmount"], "/body/guaranteeAmount")
    require(value > 0, "bond-nothing", "say for how much the bond has to stand",
            "/body/guaranteeAmount")
    principal = get("bond", bond["id"])["principal"]
    principals = [principal] if may_act_for(doc, refs, principal, "DECLARE", countries[0]) else []
    currency = body["guaranteeAmount"]["currencyCode"]
    return draw_bond(doc, bond, value, currency, principals, countries)


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    countries = countries_of(body)
    take_number(doc, refs, body["localReferenceNumber"], "/body/localReferenceNumber")
    take_mrn(doc, refs)
    if body["movementReferenceNumber"][2:4] != countries[0]:
        warn("other-office", "the movement reference number is of another country than the office "
             "of departure", "/body/movementReferenceNumber")
    require(days(body["timeLimit"]) >= doc["time"] // DAY_S, "deadline-past",
            "the goods would be late when they set out", body["timeLimit"], "/body/timeLimit")
    check_parties(body, ["holder", "consignee"])
    check_signer(doc, body["holder"], "/body/holder")
    for item in body["goodsItems"]:
        check_weights(item, "netWeight", "grossWeight", "/body/goodsItems")
    check_carried(body, refs)
    check_seals(body)
    check_invoiced_goods(body["goodsItems"], refs, "/body/goodsItems")
    drawn = guarantee(doc, refs, countries)
    lodge(doc, refs, countries[len(countries) - 1], body["guaranteeAmount"]["currencyCode"])
    put("declaration", doc["id"], {**get("declaration", doc["id"]), "bond": drawn})
