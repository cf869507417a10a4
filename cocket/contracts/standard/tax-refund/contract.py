"""Tax refund: a refund operator gives a traveller the tax back on goods that left the country.

Signed by: the refund operator, a payment organisation.  Standard: Directive 2006/112/EC, articles
146 and 147, and national rules of the kind; what is paid out is the tax less the operator's fee.

Customs validate first (export-validation). Each purchase is refunded once:

    refund/<invoice id>    the tax refund

The shop, whose tax it is, is told by the event tax-refunded.

Levels: check digit: IBAN refused; registry: currency. The person is hidden from the ledger, always.
"""

SIGNED_BY = ["payment"]
WRITES = ["number", "refund", "status"]
REFS = {"exportValidation": ["export-validation"], "invoice": ["commercial-invoice"]}
NEEDS = ["exportValidation", "invoice"]


def take_purchases(doc, refs):
    """Each was validated by the validations named here, and none was refunded before."""
    validations = [claims["id"] for claims in in_role(refs, "exportValidation")]
    for invoice in in_role(refs, "invoice"):
        require(get("validated", invoice["id"]) in validations, "not-validated",
                "customs have not validated the export of this purchase, or by another document",
                get("validated", invoice["id"]), invoice["id"], "/refs/invoice")
        earlier = get("refund", invoice["id"])
        require(earlier is None, "already-refunded", "its tax was given back before, by document",
                earlier, "/refs/invoice")
        put("refund", invoice["id"], doc["id"])
    for validation in in_role(refs, "exportValidation"):
        bind(validation["id"], doc["id"])


def tax_of(refs, currency):
    """The tax that the invoices charged, all in one currency; None where one hides it."""
    total = decimal(0)
    hidden = False
    for invoice in in_role(refs, "invoice"):
        body = invoice["body"]
        require(body["currencyOfSettlement"] == currency, "currency-mismatch",
                "tax is given back in the currency it was paid in", body["currencyOfSettlement"],
                currency, "/body/currencyOfSettlement")
        if shown(body, "tax", "tax-mismatch"):
            total += decimal(body["tax"])
        else:
            hidden = True
    return None if hidden else total


def check_sums(body, refs):
    """Tax as invoiced; what is paid out is the tax less the fee."""
    currency = body["currencyOfSettlement"]
    minor = currency_units(currency, "/body/currencyOfSettlement")
    charged = tax_of(refs, currency)
    sums = {}
    for member in ["totalTax", "fee", "refundAmount"]:
        if shown(body, member, "refund-total"):
            sums[member] = amount(body, member, minor, "/body/" + member)
    if charged is not None and shown(body, "totalTax", "tax-mismatch"):
        require(sums["totalTax"] == charged, "tax-mismatch", "the invoices charged, and this says",
                charged, sums["totalTax"], "/body/totalTax")
    if len(sums) == 3:
        require(sums["refundAmount"] == sums["totalTax"] - sums["fee"], "refund-total",
                "the tax less the fee is", sums["totalTax"] - sums["fee"], sums["refundAmount"],
                "/body/refundAmount")
    require(sums.get("refundAmount", 1) > 0, "amount-nothing", "nothing would be given back",
            "/body/refundAmount")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    take_number(doc, refs, body["refundNumber"], "/body/refundNumber")
    check_person(doc, body, "traveller", "/body")
    check_account(body, "account")
    check_sums(body, refs)
    take_purchases(doc, refs)
    emit("tax-refunded", {"invoices": [claims["id"] for claims in in_role(refs, "invoice")]})
