"""Purchase order: a buyer orders goods from a seller.

Signed by: the buyer, a merchant.  Standard: ICC KTDDE, document 26; names of the W3C traceability
vocabulary, PurchaseOrder.  Prices, terms of payment and the seller may be hidden.

The seller answers with an order confirmation; from then on the buyer can neither revoke nor
replace it.

Levels: format: HS code, unit codes; check digit: GTIN, LEI, GLN warned about; registry: countries,
currency, organisations.
"""

SIGNED_BY = ["merchant"]
WRITES = ["number", "status"]
REFS = {"supersedes": ["purchase-order"]}


def check_lines(lines):
    """What is to be weighed and made, line by line."""
    for line in lines:
        check_weights(line, "netWeight", "grossWeight", "/body/items")
        if "originCountry" in line:
            check_country(line["originCountry"], "/body/items")
        require("quantity" in line or "itemCount" in line, "quantity-missing",
                "say how many: quantity and unitCode, or itemCount", line["description"],
                "/body/items")
    odd = [line["gtin"] for line in lines
           if "gtin" in line and not check_digit("gtin", line["gtin"])]
    if odd:
        warn("check-digit", "a GTIN fails its check digit (GS1)", "/body/items")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["purchaseOrderNo"], "/body/purchaseOrderNo")
    check_signer(doc, body["buyer"], "/body/buyer")
    check_parties(body, ["buyer", "seller", "shipToParty"])
    check_countries(body, ["destinationCountry"])
    minor = currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement")
    check_lines(body["items"])
    lines = sum_of_lines(body["items"], minor, "order-total", "/body/items")
    if shown(body, "totalOrderAmount", "order-total"):
        total = amount(body, "totalOrderAmount", minor, "/body/totalOrderAmount")
        require(lines is None or total == lines, "order-total", "the lines sum up to", lines,
                "/body/totalOrderAmount")
    if "requestedDeliveryDate" in body:
        require(body["orderDate"] <= body["requestedDeliveryDate"], "delivery-before-order",
                "the goods are wanted before they are ordered", body["requestedDeliveryDate"],
                body["orderDate"], "/body/requestedDeliveryDate")
