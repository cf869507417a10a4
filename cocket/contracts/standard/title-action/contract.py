"""Title action: what the controller of a title does with it.

Signed by: the controller, whoever that is.  Standard: DCSA eBL 3 action codes (PINT, endorsement).
Law: MLETR article 11 (exclusive control; transfer of control is transfer of possession),
15 (endorsement), 17 (change of medium).

Possession and endorsement are two axes. Possession decides who may act: every action is by the
controller. A surrender moves possession to the carrier, so the carrier's answer is one too.

    ISSUED -- SURRENDER_FOR_x --> PENDING_SURRENDER_FOR_x -- SACC --> SURRENDERED_FOR_x
       <---------------------- SREJ ----------'                       or VOIDED, if for paper (SWTP)
"""

SIGNED_BY = []
WRITES = ["title", "status"]
REFS = {"document": ["bill-of-lading", "warehouse-receipt", "promissory-note", "bill-of-exchange",
                     "delivery-order"],
        "previous": []}
NEEDS = ["document"]

PENDING = {"SURRENDER_FOR_DELIVERY": "PENDING_SURRENDER_FOR_DELIVERY",
           "SURRENDER_FOR_AMENDMENT": "PENDING_SURRENDER_FOR_AMENDMENT"}
ACCEPTED = {"PENDING_SURRENDER_FOR_DELIVERY": "SURRENDERED_FOR_DELIVERY",
            "PENDING_SURRENDER_FOR_AMENDMENT": "SURRENDERED_FOR_AMENDMENT"}
FINAL = ["SURRENDERED_FOR_DELIVERY", "SURRENDERED_FOR_AMENDMENT", "VOIDED"]
ENDORSED = {"ENDORSE": "NAMED", "ENDORSE_TO_ORDER": "TO_ORDER", "BLANK_ENDORSE": "BLANK"}
NEEDS_RECIPIENT = ["TRANSFER", "ENDORSE", "ENDORSE_TO_ORDER"]


def check_recipient(body):
    if body["actionCode"] in NEEDS_RECIPIENT:
        require("recipient" in body, "recipient-missing", "say to whom", "/body/recipient")
        require(organisation(body["recipient"]) is not None, "unknown-organisation",
                "no organisation of this ledger", body["recipient"], "/body/recipient")
    else:
        require("recipient" not in body, "recipient-unexpected",
                "this action has no recipient of your choice", "/body/recipient")


def check_control(doc, title):
    """MLETR 11: one person controls the record, and every stranger can see who."""
    require(title["state"] not in FINAL, "surrendered",
            "the title has ended and nothing can be done with it any more, since document",
            title["last"])
    require("escrow" not in title, "in-escrow", "the title is in escrow until the collection is "
            "paid or has lapsed", title.get("escrow"), "/refs/document")
    require(title["controller"] == doc["iss"], "not-controller",
            "another organisation controls the title, since document", title["moved"])
    require(doc["refs"].get("previous", title["last"]) == title["last"], "not-latest",
            "the last action on this title is document", title["last"], "/refs/previous")


def moved(doc, title, controller, state):
    return {**title, "controller": controller, "state": state, "moved": doc["id"]}


def endorse(body, title, signer):
    """MLETR 15. Who has possession and is entitled says who is entitled next."""
    require(title["endorsement"] != "STRAIGHT", "not-negotiable",
            "a straight bill cannot be endorsed", "/body/actionCode")
    require(title["endorsement"] == "BLANK"
            or (title["endorsement"] == "TO_ORDER" and title["endorsee"] == signer),
            "not-endorsee", "only the endorsee of a bill that is to order endorses it on")
    endorsement = ENDORSED[body["actionCode"]]
    return {**title, "endorsement": endorsement, "endorsee": body.get("recipient")}


def answer(doc, title):
    """The carrier accepts a surrender, which ends the title, or returns it to the surrenderer."""
    require(title["state"] in ACCEPTED, "not-surrendered",
            "there is no surrender to accept or reject", "/body/actionCode")
    surrender = title["surrender"]
    kept = {name: value for name, value in title.items() if name != "surrender"}
    if doc["body"]["actionCode"] == "SREJ":
        return moved(doc, kept, surrender["by"], "ISSUED")
    kept = {**kept, "surrenderedBy": surrender["by"]}
    if surrender["reasonCode"] == "SWTP":
        end(title["document"], doc["id"])
        return {**kept, "state": "VOIDED"}
    return {**kept, "state": ACCEPTED[title["state"]]}


def act(doc, title):
    """What the controller of a title that is ISSUED may do."""
    body = doc["body"]
    action = body["actionCode"]
    require(title["state"] == "ISSUED", "pending-surrender",
            "accept (SACC) or reject (SREJ) the surrender first: document", title["moved"])
    if action in PENDING:
        surrender = {"by": doc["iss"], "reasonCode": body.get("reasonCode")}
        return {**moved(doc, title, title["issuer"], PENDING[action]), "surrender": surrender}
    if action == "TRANSFER":
        require(body["recipient"] != doc["iss"], "recipient-is-controller",
                "it is yours already", "/body/recipient")
        return moved(doc, title, body["recipient"], "ISSUED")
    if action in ENDORSED:
        return endorse(body, title, doc["iss"])
    return title


def check(doc, signer):
    body = doc["body"]
    action = body["actionCode"]
    key = title_key(references(doc, REFS, NEEDS)["document"])
    title = held(get("title", key), doc["time"])
    check_control(doc, title)
    check_recipient(body)
    require("reasonCode" not in body or action == "SURRENDER_FOR_AMENDMENT", "reason-unexpected",
            "only a surrender for amendment has a reason code", "/body/reasonCode")
    title = answer(doc, title) if action in ["SACC", "SREJ"] else act(doc, title)
    put("title", key, {**title, "last": doc["id"]})
