"""Insurance certificate: the goods are insured on their way.

Signed by: the insurer.  Standard: ICC KTDDE, document 19; Institute Cargo Clauses; Incoterms 2020,
rules CIF and CIP, article A5 (110 % of the contract price, in its currency; clauses C at least, A
under CIP); UCP 600, article 28 (cover from the day of shipment).

What the invoice and the transport document would want is warned about: insurers insure less, too.

Levels: format: UN/LOCODE; check digit: LEI, GLN warned about; registry: currencies, countries,
organisations.
"""

SIGNED_BY = ["payment", "merchant"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "supersedes": ["insurance-certificate"]}

BROADEST = ["ICC(A)", "ICC(AIR)"]


def check_cover(body, invoices):
    """Incoterms 2020, A5 of CIF and CIP: what the seller owes the buyer."""
    if not shown(body, "insuredValue", "under-insured"):
        return
    price = decimal(0)
    known = len(invoices) > 0
    for invoice in invoices:
        terms = invoice["body"].get("termsOfDelivery", {"incoterm": "EXW"})["incoterm"]
        if terms == "CIP" and not any(risk in BROADEST for risk in body["riskCovered"]):
            warn("narrow-cover", "CIP wants cover under clauses A", "/body/riskCovered")
        if invoice["body"]["currencyOfSettlement"] != body["insuredValue"]["currencyCode"]:
            warn("other-currency", "the invoice is in another currency",
                 "/body/insuredValue/currencyCode")
            known = False
        elif terms not in ["CIF", "CIP"]:
            known = False
        elif shown(invoice["body"], "totalPaymentDue", "under-insured"):
            price += decimal(invoice["body"]["totalPaymentDue"])
        else:
            known = False
    if known and decimal(body["insuredValue"]["value"]) * 100 < price * 110:
        warn("under-insured", "CIF and CIP want 110 % of the invoice", "/body/insuredValue/value")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    check_parties(body, ["insurer", "insured"])
    check_signer(doc, body["insurer"], "/body/insurer")
    check_period(body)
    for member in ["insuredValue", "premium"]:
        if member in body:
            require(money(body[member], "/body/" + member) > 0, "amount-nothing",
                    "insurance is of something, and for something", "/body/" + member + "/value")
    check_cover(body, in_role(refs, "invoice"))
    for transport in in_role(refs, "transportDocument"):
        if transport["body"].get("shippedOnBoardDate", "9999") < body["validFrom"]:
            warn("late-cover", "the goods were on board before the cover begins",
                 "/body/validFrom")
