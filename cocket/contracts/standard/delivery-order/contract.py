"""Delivery order: the carrier orders its terminal to hand the goods to whoever holds the order.

Signed by: the carrier of the transport document.  Standard: ICC KTDDE, document 32 (ship's delivery
order).  Law: MLETR articles 10, 11, 16; see docs/mletr.md.

Of a bill of lading it needs the surrender for delivery, accepted, and goes to whoever surrendered
it; of a sea waybill, to its consignee. There is one for each transport document: release/<document
id> {"deliveryOrder", "to"}, where `to` follows the order when it is transferred. One that ran out
makes room for another, which goes to whoever held it at last.

It makes title/delivery-order/<issuer>/<number in small letters>, which title actions move.

Levels: check digit: containers, LEI, GLN warned about; registry: organisations.
"""

SIGNED_BY = ["carrier"]
WRITES = ["release", "status", "title"]
REFS = {"transportDocument": ["bill-of-lading", "sea-waybill"], "supersedes": ["delivery-order"]}
NEEDS = ["transportDocument"]


def entitled(transport):
    """Who may have the goods: an organisation, or None where the document does not say."""
    if transport["vct"].split(":")[2] == "sea-waybill":
        parties = transport["body"]["documentParties"]
        if shown(parties, "consignee", "not-the-holder"):
            return ledger_id(parties["consignee"])
        return None
    title = get("title", title_key(transport))
    require(title["state"] == "SURRENDERED_FOR_DELIVERY", "bill-not-surrendered",
            "goods are released against the bill: it has to be surrendered for delivery, and the "
            "surrender accepted; it is", title["state"], title["last"], "/refs/transportDocument")
    return title["surrenderedBy"]


def last_holder(doc, release):
    """Who held the order before, which has run out or is replaced by this one."""
    order = document(release["deliveryOrder"], "delivery-order")
    replaced = doc["refs"].get("supersedes") == order["id"]
    require(replaced or days(order["body"]["validUntil"]) < doc["time"] // DAY_S,
            "already-released", "there is a delivery order for this document, valid until",
            order["body"]["validUntil"], order["id"], "/refs/transportDocument")
    title = get("title", title_key(order))
    if replaced:
        return title["surrenderedBy"] if "surrenderedBy" in title else None
    end(order["id"], doc["id"])
    return title["surrender"]["by"] if "surrender" in title else title["controller"]


def check_equipment(body, transport):
    """The containers are some of those of the transport document."""
    listed = [each["equipment"]["equipmentReference"]
              for each in transport["body"]["utilizedTransportEquipments"]]
    for each in body["transportEquipments"]:
        require(each["equipmentReference"] in listed, "container-missing",
                "this container is not on the transport document", each["equipmentReference"],
                "/body/transportEquipments")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    transport = refs["transportDocument"]
    require(transport["iss"] == doc["iss"], "not-the-carrier",
            "who issued the transport document releases the goods", transport["iss"],
            "/refs/transportDocument")
    check_parties(body, ["issueTo", "releaseTo"])
    check_equipment(body, transport)
    require(days(body["validUntil"]) >= doc["time"] // DAY_S, "validity-past",
            "the order would have run out already", body["validUntil"], "/body/validUntil")
    owner = entitled(transport)
    release = get("release", transport["id"])
    if release is not None:
        owner = last_holder(doc, release)
    holder = holder_of(body["issueTo"], doc["iss"], "/body/issueTo")
    require(owner in [None, holder], "not-the-holder",
            "the goods go to whoever surrendered the bill, is the waybill's consignee or held the "
            "order before", owner, holder, "/body/issueTo")
    endorsee = body["issueTo"].get("organisation")
    issue_title(doc, refs, holder, "TO_ORDER" if body["isToOrder"] else "STRAIGHT",
                endorsee if body["isToOrder"] else None)
    to = body["releaseTo"].get("organisation") if "releaseTo" in body else endorsee
    put("release", transport["id"], {"deliveryOrder": doc["id"], "to": to})
