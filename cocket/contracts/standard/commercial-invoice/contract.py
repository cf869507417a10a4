"""Commercial invoice: what a seller asks a buyer to pay for goods.

Signed by: the seller, a merchant.  Standard: ICC KTDDE, document 10; names of the W3C
traceability vocabulary.  Prices and the buyer may be hidden; then the sums are unchecked.

It agrees with the purchase order that it refers to, as its confirmation changed it.

Levels: format: HS code, units; check digit: LEI, GLN warned about; registry: countries, currency,
organisations.
"""

SIGNED_BY = ["merchant"]
WRITES = ["number", "status"]
REFS = {"purchaseOrder": ["purchase-order"], "orderConfirmation": ["order-confirmation"],
        "letterOfCredit": ["letter-of-credit"], "supersedes": ["commercial-invoice"]}

CHARGES = ["freightCost", "insuranceCost", "otherCharges", "tax"]


def sum_of_charges(body, minor):
    """What is due beyond the goods."""
    total = 0
    for name in CHARGES:
        if name in body:
            total += amount(body, name, minor, "/body/" + name)
    if "discount" in body:
        total -= amount(body, "discount", minor, "/body/discount")
    return total


def check_total(body, due, total):
    """`total` is the sum of lines and charges. What is due beyond it can only be a hidden charge,
    and what is missing only a hidden discount: then the total is unchecked, else it is wrong."""
    if due == total:
        return
    reasons = CHARGES if due > total else ["discount"]
    hidden = "_sd" in body and any(name not in body for name in reasons)
    require(hidden, "invoice-total", "lines and charges, less the discount, sum up to",
            total, "/body/totalPaymentDue")
    for name in reasons:
        shown(body, name, "invoice-total")


def check_sums(body, minor):
    lines = None
    if shown(body, "itemsShipped", "invoice-total"):
        lines = sum_of_lines(body["itemsShipped"], minor, "invoice-total",
                             "/body/itemsShipped")
    else:
        shown(body, "itemsShipped", "line-total")
    if "invoiceSubtotal" in body and lines is not None:
        require(decimal(body["invoiceSubtotal"]) == lines, "invoice-subtotal",
                "the lines sum up to", lines, "/body/invoiceSubtotal")
    charges = sum_of_charges(body, minor)
    if shown(body, "totalPaymentDue", "invoice-total"):
        due = amount(body, "totalPaymentDue", minor, "/body/totalPaymentDue")
        if lines is not None:
            check_total(body, due, lines + charges)


def check_goods(body, ordered):
    """What is invoiced was ordered, where both know tariff codes of one edition."""
    if not shown(body, "itemsShipped", "order-mismatch"):
        return
    known = hs6(ordered)
    editions = {code[:4]: True for code in known}
    for code in hs6(body["itemsShipped"]):
        require(code in known or code[:4] not in editions, "order-mismatch",
                "no line of the order has this HS code", code[5:], "/body/itemsShipped")


def check_order(doc, order):
    """The invoice is of what was ordered or, where the seller confirmed changes, of these."""
    body = doc["body"]
    terms = order["body"]
    if shown(terms, "seller", "order-mismatch"):
        seller = terms["seller"].get("organisation", doc["iss"])
        require(seller == doc["iss"], "order-mismatch",
                "the order was placed with another organisation", seller, doc["iss"],
                "/body/seller")
    answer = get("order", order["id"])
    if answer is None:
        warn("not-confirmed", "the seller has not confirmed the order", "/refs/purchaseOrder")
    else:
        require(answer["seller"] == doc["iss"], "order-mismatch",
                "another organisation confirmed the order", answer["seller"], doc["iss"],
                "/body/seller")
        terms = {**terms, **document(answer["confirmation"], "order-confirmation")["body"]}
    require(body["currencyOfSettlement"] == terms["currencyOfSettlement"], "order-mismatch",
            "currency of the invoice and of the order:", body["currencyOfSettlement"],
            terms["currencyOfSettlement"], "/body/currencyOfSettlement")
    check_goods(body, terms["items"])


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["invoiceNumber"], "/body/invoiceNumber")
    check_signer(doc, body["seller"], "/body/seller")
    check_parties(body, ["seller", "buyer", "consignee"])
    check_countries(body, ["originCountry", "destinationCountry"])
    check_sums(body, currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement"))
    for order in in_role(refs, "purchaseOrder"):
        check_order(doc, order)
