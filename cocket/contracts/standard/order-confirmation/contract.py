"""Order confirmation: a seller's answer to a purchase order.

Signed by: the seller, a merchant.  Standard: UN/CEFACT Cross Industry Order Response (response
codes of UN/EDIFACT 1225: accepted, changed, rejected).

It is an act: an order has one answer, and whoever wants another orders anew. It makes
    order/<purchase order id>    {"confirmation": id, "seller": organisation}
where the order stands, and binds the order: its buyer can neither revoke nor replace it. A rejected
order is ended. Changed lines are an offer, which the buyer takes by what it does next.

Levels: check digit: LEI, GLN warned about; registry: currency as ordered, organisations.
"""

SIGNED_BY = ["merchant"]
WRITES = ["order", "number", "status"]
REFS = {"purchaseOrder": ["purchase-order"]}
NEEDS = ["purchaseOrder"]


def check_seller(doc, order):
    """Who was ordered from answers. Where the order hides its seller, that is unchecked."""
    check_signer(doc, doc["body"]["seller"], "/body/seller")
    if shown(order["body"], "seller", "not-the-seller-of-the-order"):
        seller = order["body"]["seller"].get("organisation", doc["iss"])
        require(seller == doc["iss"], "not-the-seller-of-the-order",
                "the order was placed with another organisation", seller, doc["iss"],
                "/refs/purchaseOrder")
    require(order["iss"] != doc["iss"], "own-order", "nobody confirms an order of its own",
            order["id"], "/refs/purchaseOrder")


def check_as_ordered(doc, order):
    """What is accepted is what was ordered: the currency and the amount."""
    body = doc["body"]
    ordered = order["body"]
    require("items" not in body, "items-unexpected",
            "an order that is accepted or rejected has no changed lines: say CHANGED",
            "/body/items")
    if "currencyOfSettlement" in body:
        require(body["currencyOfSettlement"] == ordered["currencyOfSettlement"], "order-mismatch",
                "the order is in another currency", body["currencyOfSettlement"],
                ordered["currencyOfSettlement"], "/body/currencyOfSettlement")
    if shown(body, "totalOrderAmount", "order-mismatch") and shown(ordered, "totalOrderAmount",
                                                                   "order-mismatch"):
        total = decimal(body["totalOrderAmount"])
        wanted = decimal(ordered["totalOrderAmount"])
        require(total == wanted, "order-mismatch",
                "accepted is what was ordered; the confirmation and the order come to", total,
                wanted, "/body/totalOrderAmount")


def check_changes(body):
    """The lines as the seller would deliver them, with their sum."""
    require("items" in body, "items-missing", "say the lines as you would deliver them", "/body")
    require("currencyOfSettlement" in body, "currency-missing", "changed prices have a currency",
            "/body")
    minor = currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement")
    lines = sum_of_lines(body["items"], minor, "order-total", "/body/items")
    if shown(body, "totalOrderAmount", "order-total"):
        total = amount(body, "totalOrderAmount", minor, "/body/totalOrderAmount")
        require(lines is None or total == lines, "order-total", "the lines sum up to", lines,
                "/body/totalOrderAmount")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    order = refs["purchaseOrder"]
    check_seller(doc, order)
    check_parties(body, ["seller"])
    take_number(doc, refs, body["orderConfirmationNumber"], "/body/orderConfirmationNumber")
    earlier = get("order", order["id"])
    require(earlier is None, "already-answered", "this order was answered before, by document",
            earlier, "/refs/purchaseOrder")
    if body["responseCode"] == "CHANGED":
        check_changes(body)
    else:
        check_as_ordered(doc, order)
    if body["responseCode"] == "REJECTED":
        require("reason" in body or "_sd" in body, "reason-missing", "say why you reject the order",
                "/body")
        end(order["id"], doc["id"])
    else:
        put("order", order["id"], {"confirmation": doc["id"], "seller": doc["iss"]})
        bind(order["id"], doc["id"])
