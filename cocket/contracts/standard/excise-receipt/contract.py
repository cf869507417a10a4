"""Excise receipt: how a movement of goods under excise duty ended.

Signed by: the consignee, or for it customs of its country; customs of any country that the goods
leave on export; the consignor, before they set out, to cancel.  Standard: ICC KTDDE, document 16;
Directive (EU) 2020/262, articles 20, 24, 25 and 28; EMCS, report of receipt or export (message
IE818) and cancellation (IE810).

ACCEPTED, ACCEPTED_WITH_DIFFERENCES, EXPORTED and CANCELLED end the movement, and the guarantee is
free again; duty on what is missing is for the authority to claim. After REFUSED and
PARTIALLY_REFUSED the guarantee still answers, and the consignor names another destination.

Levels: registry: organisations; items are those of the movement.
"""

SIGNED_BY = ["merchant", "forwarder", "customs"]
WRITES = ["excise-guarantee", "excise-movement", "status"]
REFS = {"movement": ["excise-movement-document"]}
NEEDS = ["movement"]

ENDS = {"ACCEPTED": "received", "ACCEPTED_WITH_DIFFERENCES": "received", "EXPORTED": "exported",
        "CANCELLED": "cancelled"}
REPORT_DAYS = 7


def check_who(doc, signer, movement):
    """Each end is told by who knows it."""
    body = movement["body"]
    result = doc["body"]["result"]
    path = "/refs/movement"
    if result == "CANCELLED":
        require(doc["iss"] == movement["iss"], "not-the-consignor",
                "who sends the goods cancels their movement", movement["iss"], path)
        require(doc["time"] < seconds(body["dispatchDateTime"]), "dispatched",
                "a movement is cancelled before the goods set out", body["dispatchDateTime"], path)
    elif result == "EXPORTED" or body["destinationType"] == "EXPORT":
        require(result in ["EXPORTED", "REFUSED"] and body["destinationType"] == "EXPORT",
                "not-exported", "goods for export are EXPORTED or REFUSED at the border, and no "
                "others are: result, destination", result, body["destinationType"], "/body/result")
        require("customs" in signer["roles"], "customs-report",
                "customs report that goods left", doc["iss"], path)
    else:
        of_country = "customs" in signer["roles"] and (
            signer["country"] == body["destinationCountry"])
        require(of_country or doc["iss"] == body["consignee"].get("organisation"),
                "not-the-consignee", "the consignee reports the receipt, or customs of its country:"
                " consignee, country", body["consignee"].get("organisation"),
                body["destinationCountry"], path)


def check_arrival(doc, movement):
    """They arrived after they set out, and not tomorrow; lateness is told."""
    body = doc["body"]
    if body["result"] == "CANCELLED":
        require("arrivalDate" not in body, "arrival-unexpected",
                "goods that do not move do not arrive", "/body/arrivalDate")
        return
    require("arrivalDate" in body, "arrival-missing", "say when the goods arrived, or left the "
            "Union", "/body/arrivalDate")
    arrived = days(body["arrivalDate"])
    left = days(movement["body"]["dispatchDateTime"])
    require(arrived <= doc["time"] // DAY_S, "arrival-in-future", "the goods are still to arrive",
            body["arrivalDate"], "/body/arrivalDate")
    require(arrived >= left, "arrival-before-dispatch", "they set out later: dispatch",
            movement["body"]["dispatchDateTime"], body["arrivalDate"], "/body/arrivalDate")
    if arrived > left + movement["body"]["journeyDays"]:
        warn("late-arrival", "the journey took longer than it was to take", "/body/arrivalDate")
    if doc["time"] // DAY_S > arrived + REPORT_DAYS:
        warn("late-report", "a receipt is reported within five working days", "/body/arrivalDate")


def check_differences(body, items):
    """What differs is told, item by item, where the result says that something does."""
    differences = body.get("differences", [])
    if body["result"] in ["ACCEPTED", "EXPORTED", "CANCELLED"]:
        require(differences == [], "differences-unexpected",
                "with differences the goods are not simply accepted", body["result"],
                "/body/differences")
    else:
        require(differences != [] or "remarks" in body or "_sd" in body, "differences-missing",
                "say what is missing, too much or wrong", body["result"], "/body/differences")
    for each in differences:
        number = each["item"]
        require(1 <= number <= len(items), "item-unknown", "the movement has items",
                len(items), number, "/body/differences")
        sent = decimal(items[number - 1]["quantity"])
        require(each["kind"] != "SHORTAGE" or decimal(each["quantity"]) <= sent,
                "shortage-over-quantity", "more is missing than was sent: sent, missing", sent,
                each["quantity"], "/body/differences")


def free(moving):
    state = get("excise-guarantee", moving["guarantee"])
    left = decimal(state["left"]) + decimal(moving["amount"])
    put("excise-guarantee", moving["guarantee"], {**state, "left": str(left)})


def check(doc, signer):
    refs = references(doc, REFS, NEEDS)
    movement = refs["movement"]
    moving = get("excise-movement", movement["id"])
    require(moving["state"] == "moving", "already-reported",
            "it was refused before, and needs another destination: report", moving.get("report"),
            "/refs/movement")
    check_who(doc, signer, movement)
    check_arrival(doc, movement)
    check_differences(doc["body"], movement["body"]["goodsItems"])
    state = ENDS.get(doc["body"]["result"], "refused")
    if state != "refused":
        free(moving)
        end(movement["id"], doc["id"])
    put("excise-movement", movement["id"], {**moving, "state": state, "report": doc["id"]})
