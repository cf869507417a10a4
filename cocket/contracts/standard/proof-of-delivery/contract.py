"""Proof of delivery: the goods were handed over, to whom, and in what condition.

Signed by: who issued the transport document, or the organisation that took the goods from it (it
says so against itself).  Standard: ICC KTDDE; CMR and eCMR, box 24.

Goods of a bill of lading are handed over against the delivery order alone, to whom it is in the
end. It is the end of that order. delivered/<transport document id> is the id of the proof: there
is one, for all of its goods.

Levels: check digit: containers, LEI, GLN warned about; registry: countries, organisations.
"""

SIGNED_BY = ["carrier", "forwarder"]
WRITES = ["delivered", "number", "status"]
REFS = {"transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "deliveryOrder": ["delivery-order"]}
NEEDS = ["transportDocument"]
CLOCKS_DIFFER_S = 300


def check_release(doc, refs):
    """A bill's goods, and those of a waybill with a delivery order, go to whom that is."""
    transport = refs["transportDocument"]
    release = get("release", transport["id"])
    if release is None:
        require(transport["vct"].split(":")[2] != "bill-of-lading", "no-release",
                "goods of a bill of lading are handed over against a delivery order: there is none",
                transport["id"], "/refs/deliveryOrder")
        require("deliveryOrder" not in refs, "no-release",
                "this delivery order is for other goods", "/refs/deliveryOrder")
        return None
    require(doc["refs"].get("deliveryOrder") == release["deliveryOrder"], "no-release",
            "refer to the delivery order for this transport document", release["deliveryOrder"],
            "/refs/deliveryOrder")
    to = release["to"]
    receiver = doc["body"]["receivedBy"].get("organisation")
    require(to is None or receiver == to, "no-release", "the goods were released to", to,
            "and not to", receiver, "/body/receivedBy/organisation")
    end(release["deliveryOrder"], doc["id"])
    return to


def check_equipment(body, transport):
    """The containers are some of those of the transport document, where that lists any."""
    numbers = [each["equipmentReference"] for each in body.get("transportEquipments", [])]
    listed = [each["equipment"]["equipmentReference"]
              for each in transport.get("utilizedTransportEquipments", [])]
    for number in numbers:
        require(not listed or number in listed, "container-missing",
                "this container is not on the transport document", number,
                "/body/transportEquipments")
    check_containers(numbers, "/body/transportEquipments")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    transport = refs["transportDocument"]
    check_parties(body, ["receivedBy"])
    earlier = get("delivered", transport["id"])
    require(earlier is None, "already-delivered", "these goods were delivered: document", earlier,
            "/refs/transportDocument")
    to = check_release(doc, refs)
    require(doc["iss"] in [transport["iss"], to], "not-the-carrier",
            "who issued the transport document, or took the goods from it, proves the delivery",
            transport["iss"], "/refs/transportDocument")
    require(seconds(body["deliveryDateTime"]) <= doc["time"] + CLOCKS_DIFFER_S,
            "delivery-in-future", "delivery is proved when it was made", body["deliveryDateTime"],
            "/body/deliveryDateTime")
    require(body["condition"] == "GOOD" or "reservations" in body, "reservations-missing",
            "say what was wrong with the goods", "/body/reservations")
    check_equipment(body, transport["body"])
    take_number(doc, refs, body["proofOfDeliveryNumber"], "/body/proofOfDeliveryNumber")
    put("delivered", transport["id"], doc["id"])
