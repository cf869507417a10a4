"""Transport event: what happened to a shipment, is planned or is expected: track and trace.

Signed by: a carrier, a forwarder, or who works for them: a terminal, a depot, a surveyor.
Standard: DCSA Track and Trace 3.

An event that was reported by mistake is taken back by another: `isRetracted`, the same eventID, and
the reference `event`. What the carrier of the transport document says did happen to its ship or its
containers, at a place with a UN/LOCODE, is kept for others to read:

    calls/<transport document id>    [{"code", "unLocode", "time", "event"}, ...], the last 64

Events of others are on the ledger, and leave nothing there: nobody but the carrier says which way
its ship went.

Levels: format: UN/LOCODE, codes of events; check digit: the IMO number is warned about.
"""

SIGNED_BY = ["carrier", "forwarder", "inspection"]
WRITES = ["calls", "number", "status"]
REFS = {"transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "booking": ["booking"], "event": ["transport-event"]}
CODES = {"SHIPMENT": "shipmentEventTypeCode", "TRANSPORT": "transportEventTypeCode",
         "EQUIPMENT": "equipmentEventTypeCode", "IOT": "iotEventTypeCode",
         "REEFER": "reeferEventTypeCode"}
CALLS_KEPT = 64
CLOCKS_DIFFER_S = 300


def event_code(classes):
    """The code of what happened, which goes with the type of event."""
    member = CODES[classes["eventTypeCode"]]
    require(member in classes, "event-code-missing", "an event of this type says what happened in",
            member, "/body/eventClassification")
    return classes[member]


def check_container(body, transport):
    """The container is one of the transport document's, where that lists any."""
    if "equipmentDetails" not in body:
        return
    number = body["equipmentDetails"]["equipmentReference"]
    listed = [each["equipment"]["equipmentReference"]
              for each in transport["body"].get("utilizedTransportEquipments", [])]
    require(not listed or number in listed, "container-missing",
            "this container is not on the transport document", number, transport["id"],
            "/body/equipmentDetails/equipmentReference")


def check_ship(body):
    call = body.get("transportDetails", {}).get("transportCall", {})
    ship = call.get("vesselTransport", {})
    if "vesselIMONumber" in ship and not check_digit("imo", ship["vesselIMONumber"]):
        warn("check-digit", "the IMO number of the ship fails its check digit",
             "/body/transportDetails/transportCall/vesselTransport/vesselIMONumber")


def keep_call(doc, transport, code, time):
    """Add what the carrier says happened to the calls of its transport document."""
    calls = get("calls", transport["id"]) or []
    if code == "DISC" and not any(each["code"] == "LOAD" and each["time"] <= time
                                  for each in calls):
        warn("event-order", "discharged, though no loading before that was reported",
             "/body/eventDateTime")
    where = doc["body"]["eventLocation"]["UNLocationCode"]
    calls.append({"code": code, "unLocode": where, "time": time, "event": doc["id"]})
    put("calls", transport["id"], calls[-CALLS_KEPT:])


def retract(doc, refs):
    """Take an own event back, and the call that it left."""
    require("event" in refs, "reference-missing",
            "name the event that is taken back in the reference", "event", "/refs")
    event = refs["event"]
    require(event["iss"] == doc["iss"], "not-the-reporter", "who reported an event takes it back",
            event["iss"], event["id"], "/refs/event")
    require(event["body"]["eventID"] == doc["body"]["eventID"], "event-mismatch",
            "a retraction repeats the number of the event", event["body"]["eventID"],
            doc["body"]["eventID"], "/body/eventID")
    require(not event["body"].get("isRetracted", False), "event-mismatch",
            "a retraction is not taken back: report the event anew", event["id"], "/refs/event")
    end(event["id"], doc["id"])
    for role in event["refs"]:
        calls = get("calls", event["refs"][role])
        if calls is not None:
            put("calls", event["refs"][role],
                [each for each in calls if each["event"] != event["id"]])


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    about = in_role(refs, "transportDocument")
    require(about or "booking" in refs, "reference-missing",
            "name the transport document or the booking that this is about", "/refs")
    code = event_code(body["eventClassification"])
    for transport in about:
        check_container(body, transport)
    if body.get("isRetracted", False):
        retract(doc, refs)
        return
    require("event" not in refs, "reference-unexpected", "only a retraction refers to an event",
            "/refs/event")
    check_ship(body)
    take_number(doc, refs, body["eventID"], "/body/eventID")
    if body["eventClassification"]["eventClassifierCode"] != "ACT":
        return
    time = seconds(body["eventDateTime"])
    require(time <= doc["time"] + CLOCKS_DIFFER_S, "event-in-future",
            "what did happen (ACT) lies in the past", body["eventDateTime"], "/body/eventDateTime")
    if (body["eventClassification"]["eventTypeCode"] in ["TRANSPORT", "EQUIPMENT"]
            and "UNLocationCode" in body.get("eventLocation", {})):
        for transport in about:
            if transport["iss"] == doc["iss"]:
                keep_call(doc, transport, code, time)
