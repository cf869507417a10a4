"""Commercial invoice: what a seller asks a buyer to pay for goods.

Signed by: the seller, a merchant.  Standard: ICC KTDDE, document 10; names of the W3C
traceability vocabulary.  Prices and the buyer may be hidden; then the sums are unchecked.
"""

SIGNED_BY = ["merchant"]
WRITES = ["invoice"]

CHARGES = ["freightCost", "insuranceCost", "otherCharges", "tax"]


def amount(of, member, minor, path):
    """An amount of money, which has no more decimals than its currency."""
    value = decimal(of[member])
    require(round(value, minor) == value, "minor-units", "more decimals than the currency has",
            value, path)
    return value


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


def warn_of_identifiers(party, path):
    if "lei" in party and not check_digit("lei", party["lei"]):
        warn("check-digit", "the LEI fails its check digits (ISO 17442)", path + "/lei")
    if "gln" in party and not check_digit("gln", party["gln"]):
        warn("check-digit", "the GLN fails its check digit (GS1)", path + "/gln")


def check(doc, signer):
    body = doc["body"]
    key = doc["iss"] + "/" + body["invoiceNumber"].lower()
    first = get("invoice", key)
    require(first is None, "duplicate-invoice", "this number was used before, by document",
            first["document"], "/body/invoiceNumber")
    seller = body["seller"]
    require(seller.get("organisation", doc["iss"]) == doc["iss"], "not-the-seller",
            "a seller signs its invoices itself", "/body/seller/organisation")
    require(known_code("country", body["destinationCountry"]),
            "unknown-country", "not a country of ISO 3166", "/body/destinationCountry")
    minor = minor_units(body["currencyOfSettlement"])
    require(minor is not None, "unknown-currency",
            "not a currency of ISO 4217 that amounts are in", "/body/currencyOfSettlement")
    for role in ["seller", "buyer", "consignee"]:
        if role in body:
            require(legible(body[role]["name"]), "name-characters",
                    "control characters, and those that turn or hide text, are not for names",
                    "/body/" + role + "/name")
    check_sums(body, minor)
    warn_of_identifiers(seller, "/body/seller")
    put("invoice", key, {"document": doc["id"]})
