"""Arrival notice: the carrier tells those concerned when and where the goods arrive.

Signed by: the carrier of the transport document.  Standard: DCSA Arrival Notice 1.

It has no number of its own: there is one in force for each transport document, and a later one
supersedes it: number/arrival-notice/<carrier>/<transport document reference>.

Levels: format: UN/LOCODE, HS; check digit: containers and IMO numbers warned about; registry:
currencies.
"""

SIGNED_BY = ["carrier"]
WRITES = ["number", "status"]
REFS = {"transportDocument": ["bill-of-lading", "sea-waybill"], "supersedes": ["arrival-notice"]}
NEEDS = ["transportDocument"]


def check_journey(journey, planned):
    """The goods leave the ship where the transport document says."""
    for place in ["portOfLoading", "portOfDischarge"]:
        here = journey.get(place, {}).get("UNLocationCode")
        there = planned[place].get("UNLocationCode")
        require(here is None or there is None or here == there, "port-mismatch",
                "the transport document names another port", here, there,
                "/body/transport/" + place)
    ships = [leg.get("vesselVoyage", {}) for leg in journey.get("legs", [])]
    if not all(check_digit("imo", ship["vesselIMONumber"]) for ship in ships
               if "vesselIMONumber" in ship):
        warn("check-digit", "the IMO number of a ship fails its check digit",
             "/body/transport/legs")


def check_equipment(body, transport):
    """The containers are some of those of the transport document; goods are in these."""
    listed = [each["equipment"]["equipmentReference"]
              for each in transport["utilizedTransportEquipments"]]
    here = [each["equipment"]["equipmentReference"]
            for each in body["utilizedTransportEquipments"]]
    for number in here:
        require(number in listed, "container-missing",
                "this container is not on the transport document", number,
                "/body/utilizedTransportEquipments")
    for item in body["consignmentItems"]:
        for cargo in item["cargoItems"]:
            require(cargo["equipmentReference"] in here, "container-missing",
                    "goods are in a container that is not on the notice",
                    cargo["equipmentReference"], "/body/utilizedTransportEquipments")
    check_containers(here, "/body/utilizedTransportEquipments")


def check_charges(body):
    if not shown(body, "charges", "minor-units"):
        return
    for charge in body["charges"]:
        minor = currency_units(charge["currencyCode"], "/body/charges")
        amount(charge, "currencyAmount", minor, "/body/charges")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    transport = refs["transportDocument"]
    require(transport["iss"] == doc["iss"], "not-the-carrier",
            "who issued the transport document gives notice of arrival", transport["iss"],
            "/refs/transportDocument")
    number = transport["body"]["transportDocumentReference"]
    require(body["transportDocumentReference"] == number, "bill-mismatch",
            "the transport document has another number", body["transportDocumentReference"], number,
            "/body/transportDocumentReference")
    check_journey(body["transport"], transport["body"]["transports"])
    check_equipment(body, transport["body"])
    check_charges(body)
    take_number(doc, refs, number, "/body/transportDocumentReference")
