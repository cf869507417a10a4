"""Commercial invoice: what a seller asks a buyer to pay for goods.

Signed by: the seller, a merchant.  Standard: ICC KTDDE, document 10; names of the W3C
traceability vocabulary.  Prices and the buyer may be hidden; then the sums are unchecked.
"""

SIGNED_BY = ["merchant"]
WRITES = ["invoice"]

CHARGES = ["freightCost", "insuranceCost", "otherCharges", "tax"]
# Between these characters stand only such as cannot be seen or turn the direction of text.
UNSEEN = [["~", "¡"], ["؛", "؞"], ["῾", "‐"], ["‧", "‰"], ["⁞", "⁰"]]


def check_name(name, path):
    """A name is what it looks like: no control characters, none that turn or hide text."""
    if min(name) >= " " and max(name) <= "~":
        return
    for char in name:
        unseen = [gap for gap in UNSEEN if gap[0] < char < gap[1]]
        require(char >= " " and not unseen, "name-characters",
                "control characters, and those that turn or hide text, are not for names", path)



def check_line(line, minor):
    """What a line comes to, or None where that is hidden. A half may be rounded either way."""
    if not shown(line, "lineItemTotalPrice", "invoice-total"):
        return None
    price = decimal(line["lineItemTotalPrice"])
    require(round(price, minor) == price, "minor-units", "more decimals than the currency has",
            price, "/body/itemsShipped")
    if shown(line, "unitPrice", "line-total"):
        exact = decimal(line["quantity"]) * decimal(line["unitPrice"])
        require(round(exact - price, minor) == 0, "line-total", "not quantity times unit price",
                price, "/body/itemsShipped")
    return price


def sum_of_lines(lines, minor):
    """The sum of the lines, or None where a line's total is hidden."""
    total = 0
    hidden = False
    for line in lines:
        if "_sd" not in line:
            price = decimal(line["lineItemTotalPrice"])
            if round(decimal(line["quantity"]) * decimal(line["unitPrice"]), minor) != price:
                check_line(line, minor)
            total += price
        else:
            price = check_line(line, minor)
            hidden = hidden or price is None
            total += price or 0
    return None if hidden else total


def check_minor_units(body, minor):
    for name in CHARGES + ["discount", "totalPaymentDue"]:
        if name in body:
            amount = decimal(body[name])
            require(round(amount, minor) == amount, "minor-units",
                    "more decimals than the currency has", amount, "/body/" + name)


def check_total(body, total):
    """`total` is the sum of the lines. What is due beyond it can only be a hidden charge, and what
    is missing only a hidden discount: then the total is unchecked, else it is wrong."""
    if "invoiceSubtotal" in body:
        require(decimal(body["invoiceSubtotal"]) == total, "invoice-subtotal",
                "the lines sum up to", total, "/body/invoiceSubtotal")
    for name in CHARGES:
        if name in body:
            total += decimal(body[name])
    if "discount" in body:
        total -= decimal(body["discount"])
    if not shown(body, "totalPaymentDue", "invoice-total"):
        return
    due = decimal(body["totalPaymentDue"])
    if due != total:
        reasons = CHARGES if due > total else ["discount"]
        hidden = "_sd" in body and any(name not in body for name in reasons)
        require(hidden, "invoice-total", "lines and charges, less the discount, sum up to",
                total, "/body/totalPaymentDue")
        for name in reasons:
            shown(body, name, "invoice-total")


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
            check_name(body[role]["name"], "/body/" + role + "/name")
    check_minor_units(body, minor)
    total = None
    if shown(body, "itemsShipped", "invoice-total"):
        total = sum_of_lines(body["itemsShipped"], minor)
    if total is not None:
        check_total(body, total)
    warn_of_identifiers(seller, "/body/seller")
    put("invoice", key, {"document": doc["id"]})
