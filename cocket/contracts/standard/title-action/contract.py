"""Title action: what the controller of a title does with it.

Signed by: the controller, whoever that is.  Standard: DCSA eBL 3 action codes (PINT, endorsement).
Law: MLETR articles 11 (exclusive control; transfer of control is transfer of possession),
15 (endorsement), 16 (amendment), 18 (change to paper); Geneva uniform law on bills of exchange,
articles 21 to 29 (acceptance), 38 and 39 (payment). See docs/mletr.md.

Possession and endorsement are two axes. Possession decides who may act: every action is by the
controller. A surrender moves possession to the issuer (of a bill of exchange: to its drawee), so
the answer is the controller's too. While a title is collected, its hub can do nothing with it but
give it back (SREJ).

    ISSUED -- SURRENDER_FOR_x --> PENDING_SURRENDER_FOR_x -- SACC --> SURRENDERED_FOR_x
       <---------------------- SREJ ----------'      '         or VOIDED, if for paper (SWTP)
       <------- SIGN, with acceptance, of a bill of exchange surrendered for it (ACPT)

A note or an accepted bill of exchange that is surrendered for delivery, which is presentation for
payment, is taken back only when it is paid.

Levels: registry: the recipient is an organisation of this ledger.
"""

SIGNED_BY = []
WRITES = ["collected", "release", "status", "title"]
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


def check_members(body, title):
    """What is said fits the action."""
    check_recipient(body)
    action = body["actionCode"]
    require("reasonCode" not in body or action == "SURRENDER_FOR_AMENDMENT", "reason-unexpected",
            "only a surrender for amendment has a reason code", "/body/reasonCode")
    require(body.get("reasonCode") != "ACPT" or "obligor" in title, "reason-unexpected",
            "only a bill of exchange whose drawee is here is presented for acceptance",
            "/body/reasonCode")
    require("acceptance" not in body or action == "SIGN", "acceptance-unexpected",
            "acceptance is given by SIGN", "/body/acceptance")
    switched = title.get("surrender", {}).get("reasonCode") == "SWTP"
    require("paper" not in body or (action == "SACC" and switched), "paper-unexpected",
            "paper is named by who issues it: with SACC of a switch to paper", "/body/paper")


def check_control(doc, title):
    """MLETR 11: one person controls the record, and every stranger can see who."""
    require(title["state"] not in FINAL, "surrendered",
            "the title has ended and nothing can be done with it any more, since document",
            title["last"])
    if "escrow" in title:
        require(title["controller"] == doc["iss"] and doc["body"]["actionCode"] == "SREJ",
                "in-escrow", "the title is in escrow until the collection is paid, given back by "
                "its hub (SREJ) or has lapsed", title["escrow"]["collection"], "/refs/document")
    require(title["controller"] == doc["iss"], "not-controller",
            "another organisation controls the title, since document", title["moved"])
    require(doc["refs"].get("previous", title["last"]) == title["last"], "not-latest",
            "the last action on this title is document", title["last"], "/refs/previous")


def without(title, member):
    return {name: value for name, value in title.items() if name != member}


def moved(doc, title, controller, state):
    return {**title, "controller": controller, "state": state, "moved": doc["id"]}


def endorse(body, title, signer):
    """MLETR 15. Who has possession and is entitled says who is entitled next."""
    require(title["endorsement"] != "STRAIGHT", "not-negotiable",
            "a straight document cannot be endorsed", "/body/actionCode")
    require(title["endorsement"] == "BLANK"
            or (title["endorsement"] == "TO_ORDER" and title["endorsee"] == signer),
            "not-endorsee", "only the endorsee of a document that is to order endorses it on")
    endorsement = ENDORSED[body["actionCode"]]
    return {**title, "endorsement": endorsement, "endorsee": body.get("recipient")}


def accept(doc, title):
    """The drawee of a bill of exchange accepts it, and owes it from then on: once."""
    require(title.get("obligor") == doc["iss"], "not-the-drawee",
            "only the drawee of a bill of exchange accepts it", title.get("obligor"),
            "/body/acceptance")
    require("accepted" not in title, "already-accepted", "it was accepted by document",
            title.get("accepted"), "/body/acceptance")
    return {**title, "accepted": doc["id"]}


def check_performed(found, title):
    """What a title promises is done when it is taken back for good: a sum is paid, in full. A
    warehouse that delivers gives its lien up, and is told so."""
    terms = found["body"]
    if title["type"] in ["promissory-note", "bill-of-exchange"]:
        paid = paid_so_far(found["id"], terms["amount"]["currencyCode"], "/refs/document")
        require(paid >= decimal(terms["amount"]["value"]), "note-unpaid",
                "it is taken back when it is paid: payment hubs confirmed", paid, "of",
                terms["amount"]["value"], "; reject it (SREJ) if you do not pay", "/refs/document")
    if title["type"] == "warehouse-receipt" and shown(terms, "lien", "lien-unpaid"):
        paid = paid_so_far(found["id"], terms["lien"]["currencyCode"], "/refs/document")
        if paid < decimal(terms["lien"]["value"]):
            warn("lien-unpaid", "the lien is not paid, and ends with the delivery of the goods",
                 "/refs/document")


def answer(doc, found, title):
    """Whom a title was surrendered to accepts that, which ends the title, or gives it back."""
    body = doc["body"]
    action = body["actionCode"]
    surrender = title["surrender"]
    reason = surrender["reasonCode"]
    kept = without(title, "surrender")
    if action == "SREJ":
        return moved(doc, kept, surrender["by"], "ISSUED")
    if reason == "ACPT":
        require("acceptance" in body, "acceptance-missing", "accept it by SIGN with the day in "
                "`acceptance`, or reject it (SREJ): it was presented for acceptance by document",
                title["moved"], "/body")
        return moved(doc, accept(doc, kept), surrender["by"], "ISSUED")
    require(action == "SACC", "pending-surrender",
            "accept (SACC) or reject (SREJ) the surrender first: document", title["moved"])
    kept = {**kept, "surrenderedBy": surrender["by"]}
    if reason == "SWTP":
        end(title["document"], doc["id"])
        return {**kept, "state": "VOIDED"}
    if title["state"] == "PENDING_SURRENDER_FOR_DELIVERY":
        check_performed(found, title)
    return {**kept, "state": ACCEPTED[title["state"]]}


def give_back(doc, title):
    """The hub returns what it could not collect to the seller (URC 522, article 26 c iii)."""
    escrow = title["escrow"]
    collected = get("collected", escrow["collection"])
    put("collected", escrow["collection"], {**collected, "state": "returned"})
    end(escrow["collection"], doc["id"])
    return moved(doc, without(title, "escrow"), escrow["seller"], "ISSUED")


def present(doc, title):
    """Surrender: possession goes to whoever has to perform, and that one has to answer."""
    body = doc["body"]
    action = body["actionCode"]
    if action == "SURRENDER_FOR_DELIVERY" and title["endorsee"] not in [None, doc["iss"]]:
        warn("endorsed-to-another", "another organisation is entitled by endorsement: the "
             "surrender may be rejected", "/refs/document")
    reason = body.get("reasonCode")
    surrender = {"by": doc["iss"], "reasonCode": reason}
    performer = title["issuer"]
    if action == "SURRENDER_FOR_DELIVERY" or reason == "ACPT":
        performer = title.get("obligor", performer)
    return {**moved(doc, title, performer, PENDING[action]), "surrender": surrender}


def transfer(doc, found, title):
    """Possession goes to the recipient; of a delivery order, the right to the goods as well."""
    recipient = doc["body"]["recipient"]
    require(recipient != doc["iss"], "recipient-is-controller", "it is yours already",
            "/body/recipient")
    if title["type"] == "delivery-order":
        put("release", found["refs"]["transportDocument"],
            {"deliveryOrder": found["id"], "to": recipient})
    return moved(doc, title, recipient, "ISSUED")


def act(doc, found, title):
    """What the controller of a title that is ISSUED may do."""
    body = doc["body"]
    action = body["actionCode"]
    require(action not in ["SACC", "SREJ"], "not-surrendered",
            "there is no surrender to accept or reject", "/body/actionCode")
    if action in PENDING:
        return present(doc, title)
    if action == "TRANSFER":
        return transfer(doc, found, title)
    if action in ENDORSED:
        return endorse(body, title, doc["iss"])
    return accept(doc, title) if "acceptance" in body else title


def check(doc, signer):
    found = references(doc, REFS, NEEDS)["document"]
    key = title_key(found)
    title = held(get("title", key), doc["time"])
    check_control(doc, title)
    check_members(doc["body"], title)
    if "escrow" in title:
        title = give_back(doc, title)
    elif "surrender" in title:
        title = answer(doc, found, title)
    else:
        title = act(doc, found, title)
    put("title", key, {**title, "last": doc["id"]})
