"""Export validation: customs saw that goods which a traveller bought leave with the traveller.

Signed by: customs of the country whose tax was paid, or of another where goods may leave.
Standard: Kyoto convention, annex J1 (travellers); Directive 2006/112/EC, articles 146 and 147.

A purchase is a shop's invoice, with its tax. It is validated once, and a tax refund rests on it:
its shop cannot take it back any more. The reference table `tax-refund` of the country may say

    {"months": 3} or {"days": 90}    by when goods have to leave: by the end of so many months after
                                     that of the purchase, or within so many days (else 90 days)
    "minimum": money                 what an invoice has to come to
    "exits": ["NL", "BE", …]         countries whose customs may validate

Levels: registry: countries, customs office of the signer's country.
The person is hidden from the ledger, always.
"""

SIGNED_BY = ["customs"]
WRITES = ["number", "status", "validated"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["export-validation"]}
NEEDS = ["invoice"]

DAYS_TO_LEAVE = 90


def months(date):
    """Months from year 0 to that of a date."""
    return int(date[:4]) * 12 + int(date[5:7])


def check_time(bought, left, table):
    """The goods left in time; customs of each country say what that is."""
    path = "/body/validatedAt"
    if "months" in table:
        late = months(left) > months(bought) + table["months"]
    else:
        late = days(left) > days(bought) + table.get("days", DAYS_TO_LEAVE)
    require(not late, "too-late", "the goods left too long after they were bought: bought, left",
            bought, left[:10], path)
    require(days(left) >= days(bought), "left-before-bought", "bought later than they left:",
            bought, left[:10], path)


def check_minimum(invoice, table):
    """A purchase is worth the trouble, as the country sees it."""
    if "minimum" in table and shown(invoice["body"], "totalPaymentDue", "under-minimum"):
        minimum = table["minimum"]
        require(invoice["body"]["currencyOfSettlement"] == minimum["currencyCode"]
                and decimal(invoice["body"]["totalPaymentDue"]) >= decimal(minimum["value"]),
                "under-minimum", "tax is given back on invoices of at least", minimum["value"],
                minimum["currencyCode"], "/refs/invoice")


def check_purchase(doc, signer, invoice):
    """Bought in the country whose tax it is, taxed, for abroad; by a traveller, not long ago."""
    body = doc["body"]
    bought_in = organisation(invoice["iss"])["country"]
    path = "/refs/invoice"
    require(bought_in == body["country"], "other-country", "the shop is in another country than "
            "the one whose tax is to be given back", bought_in, body["country"], path)
    require(invoice["body"]["destinationCountry"] != body["country"], "stays-here",
            "the goods were not sold for abroad: destination", body["country"], path)
    require("tax" in invoice["body"] or "_sd" in invoice["body"], "no-tax",
            "no tax was paid on this invoice", invoice["id"], path)
    bought = invoice["body"].get("purchaseDate", invoice["body"].get("invoiceDate"))
    require(bought is not None, "purchase-date-missing",
            "the invoice does not say when the goods were bought", invoice["id"], path)
    table = table_on(body["country"], "tax-refund", bought) or {}
    require(signer["country"] in table.get("exits", [body["country"]]), "not-your-border",
            "goods do not leave over your border for this country's tax", body["country"],
            signer["country"], "/body/country")
    check_time(bought, body["validatedAt"], table)
    check_minimum(invoice, table)


def take_purchase(doc, refs, invoice):
    """Once; its shop does not take the invoice back after that."""
    earlier = get("validated", invoice["id"])
    require(earlier is None or ("supersedes" in refs and refs["supersedes"]["id"] == earlier),
            "already-validated", "customs validated this purchase before, by document", earlier,
            "/refs/invoice")
    put("validated", invoice["id"], doc["id"])
    bind(invoice["id"], doc["id"])


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    check_countries(body, ["country", "residenceCountry"])
    check_office(body, signer)
    check_person(doc, body, "traveller", "/body")
    if shown(body, "residenceCountry", "resident"):
        require(body["residenceCountry"] != body["country"], "resident",
                "tax is given back to those who live abroad", body["residenceCountry"],
                "/body/residenceCountry")
    require(seconds(body["validatedAt"]) <= doc["time"], "validation-in-future",
            "the goods are still to leave", body["validatedAt"], "/body/validatedAt")
    for role, old in refs.get("supersedes", {}).get("refs", {}).items():
        require(role == "supersedes" or old in doc["refs"].values(), "purchase-missing",
                "what is amended keeps its purchases", old, "/refs")
    take_number(doc, refs, body["validationNumber"], "/body/validationNumber")
    for invoice in in_role(refs, "invoice"):
        check_purchase(doc, signer, invoice)
        take_purchase(doc, refs, invoice)
