"""Commercial invoice: what a seller asks a buyer to pay for goods.

Signed by: the seller, a merchant.  Standard: ICC KTDDE, document 10; names of the W3C
traceability vocabulary.  Prices and the buyer may be hidden; then the sums are unchecked.
"""

SIGNED_BY = ["merchant"]
WRITES = ["number", "status"]
REFS = {"purchaseOrder": ["purchase-order"], "orderConfirmation": ["order-confirmation"],
        "letterOfCredit": ["letter-of-credit"], "supersedes": ["commercial-invoice"]}

CHARGES = ["freightCost", "insuranceCost", "otherCharges", "tax"]


def check_line(line, minor):
    """What a line comes to, or None where that is hidden. A half may be rounded either way."""
    if not shown(line, "lineItemTotalPrice", "invoice-total"):
        return None
    price = amount(line, "lineItemTotalPrice", minor, "/body/itemsShipped")
    if shown(line, "unitPrice", "line-total"):
        exact = decimal(line["quantity"]) * decimal(line["unitPrice"])
        require(exact == price or round(exact - price, minor) == 0, "line-total",
                "not quantity times unit price", price, "/body/itemsShipped")
    return price


def sum_of_lines(lines, minor):
    """The sum of the lines, or None where a line's total is hidden."""
    total = 0
    hidden = False
    for line in lines:
        price = check_line(line, minor)
        if price is None:
            hidden = True
        else:
            total += price
    return None if hidden else total


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
        lines = sum_of_lines(body["itemsShipped"], minor)
    if "invoiceSubtotal" in body and lines is not None:
        require(decimal(body["invoiceSubtotal"]) == lines, "invoice-subtotal",
                "the lines sum up to", lines, "/body/invoiceSubtotal")
    charges = sum_of_charges(body, minor)
    if shown(body, "totalPaymentDue", "invoice-total"):
        due = amount(body, "totalPaymentDue", minor, "/body/totalPaymentDue")
        if lines is not None:
            check_total(body, due, lines + charges)


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["invoiceNumber"], "/body/invoiceNumber")
    check_signer(doc, body["seller"], "/body/seller")
    check_parties(body, ["seller", "buyer", "consignee"])
    check_countries(body, ["originCountry", "destinationCountry"])
    check_sums(body, currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement"))
