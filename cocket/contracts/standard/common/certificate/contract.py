"""What certificates of plants, animals and food have in common. No type of its own."""


def check_examined(body):
    """An authority certifies what it has seen: goods were inspected and treated before."""
    issued = body["issueDate"]
    require(body.get("inspectionDate", issued) <= issued, "inspected-after-issue",
            "goods are certified after their inspection: inspected, issued",
            body.get("inspectionDate"), issued, "/body/inspectionDate")
    for treatment in body.get("treatments", []):
        require(treatment["date"] <= issued, "treated-after-issue",
                "goods are certified after their treatment: treated, issued", treatment["date"],
                issued, "/body/treatments")


def check_before_departure(body, refs):
    """Goods are certified before they leave; containers are those of the transport document."""
    for transport in in_role(refs, "transportDocument"):
        carriage = transport["body"]
        flights = [flight["flightDate"] for flight in carriage.get("flights", [])]
        left = min(flights) if flights else carriage.get("shippedOnBoardDate", body["issueDate"])
        if body["issueDate"] > left:
            warn("issued-after-departure", f"the goods left on {left}: the destination may refuse "
                 "a certificate of a later day", "/body/issueDate")
    check_carried(body, refs)


def check_health(doc, signer, refs):
    """A certificate of the authority for plants, animals or food of the country that sends them."""
    body = doc["body"]
    check_certificate(doc, signer, refs)
    check_countries(body, ["originCountry"])
    check_parties(body, ["consignor", "consignee"])
    check_person(doc, body, "certifyingOfficer", "/body")
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    issued = body["issueDate"]
    require(days(issued) <= doc["time"] // DAY_S, "issued-in-future",
            "a certificate is of today or earlier", issued, "/body/issueDate")
    require(body.get("validUntil", issued) >= issued, "period-reversed",
            "it would end before it is issued", issued, body.get("validUntil"),
            "/body/validUntil")
    check_examined(body)
    for item in body["goodsItems"]:
        check_weights(item, "netWeight", "grossWeight", "/body/goodsItems")
    check_before_departure(body, refs)
