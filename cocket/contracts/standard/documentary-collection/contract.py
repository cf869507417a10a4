"""Documentary collection: a bank presents a title to the buyer, who gets it against payment (D/P).

Signed by: the presenting bank, a payment hub that the seller handed the title to.  Standard: ICC
URC 522, articles 4, 7, 9 and 26; eURC 1.1.

The title goes into escrow: title/<key> gets "escrow" {"collection", "hub", "seller", "buyer",
"until"}, and until then nobody can do anything with it, but that
    a payment confirmation of the hub, in full and in time, gives it to the buyer in the same block;
    the hub gives it back to the seller before: title action SREJ, when the buyer refuses or the
    seller calls the documents back (article 26 c iii);
    at the deadline it is the seller's again without anybody's doing.
collected/<this id> tells what became of it: {"state" presented, paid or returned, "title"}.

What trust in the hub remains. The ledger holds title, not money: the hub's word that the buyer has
paid is what releases the goods. A hub that says so falsely gives away the seller's goods; one that
was paid and does not say so in time, or gives the title back, keeps the buyer from goods he paid
for. What it cannot do: take the title for itself, give it to another than the buyer named here or
the seller who handed it over, change the sum or the deadline, confirm one payment twice, or deny
what it signed: its confirmation is the evidence, with its name, against its licence. Buyers should
pay well before the deadline: what is confirmed after it releases nothing and has to be paid back.

Levels: check digit: LEI, GLN warned about; registry: countries, currencies, organisations.
"""

SIGNED_BY = ["payment"]
WRITES = ["collected", "number", "status", "title"]
REFS = {"title": ["bill-of-lading", "warehouse-receipt"], "invoice": ["commercial-invoice"]}
NEEDS = ["title"]

DAYS_MAX = 366


def check_free(doc, title):
    """The hub has the title, and nothing else is going on with it."""
    require(title["controller"] == doc["iss"], "not-controller",
            "the presenting bank has to hold the title: the seller transfers it first; controller",
            title["controller"], "since document", title["moved"], "/refs/title")
    require("escrow" not in title, "in-escrow", "it is collected already, by document",
            title.get("escrow"), "/refs/title")
    require(title["state"] == "ISSUED", "surrendered", "it was surrendered: document",
            title["last"], "/refs/title")


def seller_of(doc, title):
    """Who handed the title to the hub gets it back: the principal, or its remitting bank."""
    body = doc["body"]
    seller = document(title["moved"], [])["iss"]
    senders = [body[member].get("organisation") for member in ["principal", "remittingBank"]
               if member in body]
    require(seller in senders, "not-the-principal",
            "principal or remitting bank is who handed the title over, by document",
            title["moved"], seller, "/body/principal/organisation")
    return seller


def buyer_of(doc, seller):
    """The drawee, who gets the title: an organisation of this ledger, and another."""
    drawee = doc["body"]["drawee"]
    require("organisation" in drawee, "drawee-not-here",
            "a title passes only to an organisation of this ledger", "/body/drawee")
    require(drawee["organisation"] not in [seller, doc["iss"]], "own-drawee",
            "the drawee is neither the seller nor the bank", "/body/drawee/organisation")
    return drawee["organisation"]


def check_usable(found, title, buyer):
    """The buyer can do something with it: it is blank, endorsed to the buyer or made out to it."""
    if title["endorsement"] == "STRAIGHT":
        named = None
        if title["type"] == "bill-of-lading":
            parties = found["body"]["documentParties"]
            if shown(parties, "consignee", "not-endorsed"):
                named = ledger_id(parties["consignee"])
        require(named in [None, buyer], "not-endorsed", "it is made out to another consignee",
                named, "/refs/title")
    else:
        require(title["endorsement"] == "BLANK" or title["endorsee"] == buyer, "not-endorsed",
                "the buyer could not use it: have it endorsed in blank or to the buyer before it is"
                " handed over; it is endorsed to", title["endorsee"], "/refs/title")


def check_deadline(doc):
    until = seconds(doc["body"]["payBy"])
    require(until > doc["time"], "deadline-past", "the day to pay by is over",
            doc["body"]["payBy"], "/body/payBy")
    require(until <= doc["time"] + DAYS_MAX * DAY_S, "deadline-far",
            "a title is collected for a year at the most", doc["body"]["payBy"], "/body/payBy")
    return until


def check_amount(doc, refs):
    """More than nothing; and what the invoices that are named still ask for."""
    asked = doc["body"]["amount"]
    total = money(asked, "/body/amount")
    require(total > 0, "amount-nothing", "there is nothing to collect", "/body/amount/value")
    open_sum = decimal(0)
    known = True
    for invoice in in_role(refs, "invoice"):
        body = invoice["body"]
        require(body["currencyOfSettlement"] == asked["currencyCode"], "currency-mismatch",
                "the invoice is in another currency", body["currencyOfSettlement"],
                asked["currencyCode"], "/body/amount/currencyCode")
        paid = paid_so_far(invoice["id"], asked["currencyCode"], "/refs/invoice")
        if shown(body, "totalPaymentDue", "amount-mismatch"):
            open_sum += decimal(body["totalPaymentDue"]) - paid
        else:
            known = False
    if known and in_role(refs, "invoice"):
        require(total == open_sum, "amount-mismatch", "what the invoice asks for is",
                open_sum, "and what is collected", total, "/body/amount/value")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    take_number(doc, refs, body["collectionNumber"], "/body/collectionNumber")
    check_parties(body, ["principal", "remittingBank", "drawee"])
    key = title_key(refs["title"])
    title = held(get("title", key), doc["time"])
    check_free(doc, title)
    seller = seller_of(doc, title)
    buyer = buyer_of(doc, seller)
    check_usable(refs["title"], title, buyer)
    check_amount(doc, refs)
    escrow = {"collection": doc["id"], "hub": doc["iss"], "seller": seller, "buyer": buyer,
              "until": check_deadline(doc)}
    put("title", key, {**title, "escrow": escrow, "last": doc["id"]})
    put("collected", doc["id"], {"state": "presented", "title": key})
