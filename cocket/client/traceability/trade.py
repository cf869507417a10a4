"""Orders, invoices and packing lists of the W3C traceability vocabulary."""

from cocket.client.traceability.reading import Body, Object, Purse, party_of, present, signed
from cocket.ledger.errors import Malformed

AMOUNTS = ("invoiceSubtotal", "freightCost", "insuranceCost", "tax", "totalPaymentDue")
AS_THEY_ARE = (
    *("invoiceNumber", "invoiceDate", "purchaseDate", "purchaseOrderNumbers", "packageQuantity"),
    *("billOfLadingNumber", "letterOfCreditNumber", "originCountry", "destinationCountry"),
)
"""Members of an invoice that have the same name and form here."""


def purchase_order(order: Object, issuer: Body | None) -> Body:
    """PurchaseOrder, from the buyer."""
    purse = Purse()
    return {
        "purchaseOrderNo": order.take("purchaseOrderNo"),
        "orderDate": order.take("orderDate"),
        "buyer": signed(order.party("buyer"), issuer),
        "seller": order.party("seller"),
        "items": [_line(each, purse) for each in order.objects("items")],
        "totalWeight": order.measure("totalWeight"),
        "totalOrderAmount": purse.amount(order, "totalOrderAmount"),
        "currencyOfSettlement": purse.currency,
    }


def invoice(invoice: Object, issuer: Body | None) -> Body:
    """Invoice, from the seller."""
    purse = Purse()
    return {
        **{name: invoice.take(name) for name in AS_THEY_ARE},
        "seller": signed(invoice.party("seller"), issuer),
        "buyer": invoice.party("buyer"),
        "consignee": invoice.party("consignee"),
        "portOfEntry": invoice.place("portOfEntry"),
        "itemsShipped": [_line(each, purse) for each in invoice.objects("itemsShipped")],
        "totalWeight": invoice.measure("totalWeight"),
        **{name: purse.amount(invoice, name) for name in AMOUNTS},
        "currencyOfSettlement": purse.currency,
    }


def _line(line: Object, purse: Purse) -> Body:
    """TradeLineItem. What the vocabulary says of the product in words is the line's description."""
    product = line.object("product")
    known: Body = {}
    description = line.take("description")
    if product is not None:
        known["id"] = product.take("id")
        known["manufacturer"] = party_of(product.object("manufacturer"))
        known["weight"] = product.measure("weight")
        description = description or product.take("description")
        product.end()
    made = {
        "description": description,
        "product": present(known) or None,
        "itemCount": line.take("itemCount"),
        "lineItemTotalPrice": purse.amount(line, "lineItemTotalPrice"),
        "netWeight": line.measure("netWeight"),
        "grossWeight": line.measure("grossWeight"),
    }
    line.end()
    return present(made)


def packing_list(packing: Object, issuer: Body | None) -> Body:
    """PackingList, from the seller."""
    instructions = []
    for each in packing.objects("handlingInstructions"):
        instructions.append(each.text("description"))
        each.end()
    totals = ("totalNetWeight", "totalGrossWeight", "totalGrossVolume")
    return {
        "orderNumber": packing.take("orderNumber"),
        "seller": signed(packing.party("seller"), issuer),
        **{name: packing.party(name) for name in ("buyer", "shipFromParty", "shipToParty")},
        "handlingInstructions": instructions or None,
        "items": [_packages(each) for each in packing.objects("items")],
        **{name: packing.measure(name) for name in totals},
        "totalNumberOfPackages": packing.take("totalNumberOfPackages"),
        "totalItemQuantity": packing.take("totalItemQuantity"),
    }


def _packages(item: Object) -> Body:
    """ConsignmentItem: how many packages, and in it what each kind of package holds: one kind."""
    package = item.only("transportPackages")
    if package is None:
        raise Malformed(f"{item.path} does not say what its packages hold")
    goods = []
    for each in package.objects("includedTradeLineItems"):
        goods.append(present({name: each.take(name) for name in ("description", "itemCount")}))
        each.end()
    made = {
        "packageQuantity": item.take("packageQuantity"),
        "physicalShippingMarks": package.take("physicalShippingMarks"),
        "perPackageUnitQuantity": package.take("perPackageUnitQuantity"),
        "includedTradeLineItems": goods,
        **{name: package.measure(name) for name in ("netWeight", "grossWeight", "grossVolume")},
    }
    package.end()
    item.end()
    return present(made)
