"""Credit presentation: the seller presents the documents that a letter of credit asks for.

Signed by: the beneficiary of the credit.  Standard: ICC UCP 600, articles 6, 14, 18 to 28, 29, 31;
eUCP 2.1, article e6 (this document is the notice of completeness).

What cannot be honoured at all is refused: a document that is asked for and not there, a credit that
expired or has not so much left, another presenter. What a bank may refuse is accepted, warned
about (`discrepancies`), and kept with presentation/<id> (`standard/common/credit`), each with its
code: the seller mends it and presents anew, or asks the buyer for a waiver; the bank judges.

    late-shipment, late-presentation   14 c, 29, 31: by the dates of shipment; a last day on which
                                       banks are closed moves on, by the table `banking-days`
    not-on-board, port-differs, claused                                      20, 21, 27
    invoice-issuer, invoice-applicant, invoice-currency, terms-differ        18
    drawn-over-invoices, goods-differ                                        18 b, c
    invoice-honoured   the invoice was honoured before, with another presentation
    weight-differs, packages-differ                                          14 d
    under-insured, insurance-currency, insured-late                          28 e, f
    partial-shipment                                                         31 a
    title-elsewhere    a bill of lading that is neither with the seller nor with the bank

Levels: check digit: IBAN refused. What is hidden is not compared (`unchecked`): the bank compares
it, with the disclosures.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["credit", "number", "presentation", "status"]
REFS = {"letterOfCredit": ["letter-of-credit"], "invoice": ["commercial-invoice"],
        "packingList": ["packing-list"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "insurance": ["insurance-certificate"], "certificateOfOrigin": ["certificate-of-origin"],
        "certificate": ["conformity-certificate", "phytosanitary-certificate",
                        "veterinary-certificate", "organic-inspection-certificate"],
        "weighing": ["verified-gross-mass"], "receipt": ["warehouse-receipt"],
        "draft": ["bill-of-exchange"]}
NEEDS = ["letterOfCredit"]

PRESENTATION_DAYS = 21
INSURED_PART = "1.1"


def discrepant(found, holds, code, message):
    """What does not hold, once each: a bank may refuse the documents for it."""
    if not holds and all(each["code"] != code for each in found):
        found.append({"code": code, "message": message})


def accept_version(doc, letter):
    """Whoever presents answers the amendment that is offered: article 10 c."""
    original, state = original_of(letter["id"])
    if "offered" in state:
        kept = {name: value for name, value in state.items() if name != "offered"}
        if letter["id"] == state["offered"]:
            end(state["version"], doc["id"])
            kept["version"] = letter["id"]
        else:
            end(state["offered"], doc["id"])
        put("credit", original, kept)
    return original, state


def check_beneficiary(doc, terms):
    seller = terms["beneficiary"]["organisation"]
    require(doc["iss"] == seller, "not-the-beneficiary",
            "the seller that the credit names presents the documents", seller,
            "/refs/letterOfCredit")


def check_complete(terms, refs):
    """All documents are there, each once: else there is no presentation (article e6)."""
    ids = {claims["id"]: True for claims in refs.values()}
    require(len(ids) == len(refs), "document-twice", "a document is presented once", "/refs")
    names = [claims["vct"].split(":")[2] for claims in refs.values()]
    for each in terms["documentsRequired"]:
        require(names.count(each["type"]) >= each["count"], "document-missing",
                "the credit asks for this document: how many, and presented", each["type"],
                each["count"], names.count(each["type"]), "/refs")


def check_amount(body, terms, drawn, found):
    value = money(body["amount"], "/body/amount")
    limit = terms["amount"]
    require(body["amount"]["currencyCode"] == limit["currencyCode"], "currency-mismatch",
            "the credit is in", limit["currencyCode"], body["amount"]["currencyCode"],
            "/body/amount/currencyCode")
    require(value > 0, "amount-nothing", "there is nothing to draw", "/body/amount/value")
    left = decimal(limit["value"]) - drawn
    require(value <= left, "credit-exhausted", "the credit has less left than is drawn: left,"
            " drawn", left, value, "/body/amount/value")
    whole = drawn == 0 and value == decimal(limit["value"])
    discrepant(found, terms["partialShipments"] == "ALLOWED" or whole, "partial-shipment",
               "the credit is drawn in one part")
    return value


# Documents against the credit


def shipped_on(claims):
    """The day of shipment by a transport document: on board, taken over, or else issued."""
    body = claims["body"]
    for member in ["shippedOnBoardDate", "takingOverDateTime", "issueDate"]:
        if member in body:
            return body[member][:10]
    return date_of(claims["iat"])


def check_dates(doc, letter, refs, found):
    """Shipped, presented and not expired in time (articles 6 d, 14 c, 29)."""
    terms = letter["body"]
    country = organisation(letter["iss"])["country"]
    today = doc["time"] // DAY_S
    last = banking_days_after(country, days(terms["dateOfExpiry"]), 0)
    require(today <= last, "credit-expired", "the credit could be used until",
            date_of(last * DAY_S), "/refs/letterOfCredit")
    dates = [shipped_on(claims) for claims in in_role(refs, "transportDocument")]
    if dates != []:
        shipped = max(dates)
        discrepant(found, shipped <= terms.get("latestShipmentDate", shipped), "late-shipment",
                   f"shipped on {shipped}")
        period = terms.get("presentationDays", PRESENTATION_DAYS)
        last = banking_days_after(country, days(shipped) + period, 0)
        until = date_of(last * DAY_S)
        discrepant(found, today <= last, "late-presentation",
                   f"shipped on {shipped}, to be presented by {until}")


def check_bill(body, terms, found):
    """A bill of lading or sea waybill: on board, from and to the ports of the credit."""
    discrepant(found, body["isShippedOnBoardType"] or "shippedOnBoardDate" in body, "not-on-board",
               "the goods were received, not shipped on board")
    for member in ["portOfLoading", "portOfDischarge"]:
        port = body["transports"][member].get("UNLocationCode", "")
        wanted = terms.get(member, port)
        discrepant(found, port in ["", wanted], "port-differs",
                   f"{member} is {port}, in the credit {wanted}")


def check_carriage(doc, letter, refs, found):
    terms = letter["body"]
    trusted = [doc["iss"], letter["iss"], terms.get("confirmingBank", {}).get("organisation")]
    titles = []
    for claims in refs.values():
        name = claims["vct"].split(":")[2]
        if "transports" in claims["body"]:
            check_bill(claims["body"], terms, found)
        if "carrierReservations" in claims["body"]:
            discrepant(found, False, "claused", "the carrier had reservations about the goods")
        if name in TITLE_NUMBERS:
            titles.append(claims["id"])
            title = held(get("title", title_key(claims)), doc["time"])
            discrepant(found, title["controller"] in trusted and title["state"] == "ISSUED",
                       "title-elsewhere", "a title is with neither the seller nor the bank")
    return titles


def same_party(one, other):
    """Whether two documents name one party, as far as they say (article 14 j)."""
    if "organisation" in one and "organisation" in other:
        return one["organisation"] == other["organisation"]
    return one["name"].lower() == other["name"].lower()


def compare_goods(lines, others, found):
    """HS-6 of a document among those of the credit, or of the invoice."""
    coded = [line for line in lines if "hsEdition" in line]
    known = hs6([line for line in others if "hsEdition" in line])
    editions = {code[:4]: True for code in known}
    odd = [code[5:] for code in hs6(coded) if code not in known and code[:4] in editions]
    listed = ", ".join(odd[:5])
    discrepant(found, odd == [], "goods-differ", f"goods of HS {listed} are in one document only")


def check_invoices(doc, terms, refs, value, found):
    """Made out by the seller to the buyer, for these goods, in this currency; no less than is drawn
    (article 18). Gives what the invoices come to; None where that is hidden."""
    total = decimal(0)
    invoices = in_role(refs, "invoice")
    for claims in invoices:
        body = claims["body"]
        discrepant(found, claims["iss"] == doc["iss"], "invoice-issuer",
                   "an invoice is not the seller's")
        discrepant(found, get("presentation", claims["id"]) is None, "invoice-honoured",
                   "an invoice was honoured before")
        if (shown(terms, "applicant", "invoice-applicant")
                and shown(body, "buyer", "invoice-applicant")):
            discrepant(found, same_party(terms["applicant"], body["buyer"]), "invoice-applicant",
                       "an invoice is not made out to the buyer that opened the credit")
        discrepant(found, body["currencyOfSettlement"] == terms["amount"]["currencyCode"],
                   "invoice-currency", "an invoice is in another currency")
        if "termsOfDelivery" in terms and "termsOfDelivery" in body:
            discrepant(found, body["termsOfDelivery"]["incoterm"]
                       == terms["termsOfDelivery"]["incoterm"], "terms-differ",
                       "an invoice is on other terms of delivery")
        if shown(body, "itemsShipped", "goods-differ"):
            compare_goods(body["itemsShipped"], terms["goodsItems"], found)
        if total is not None and shown(body, "totalPaymentDue", "drawn-over-invoices"):
            total += decimal(body["totalPaymentDue"])
        else:
            total = None
    if invoices == []:
        return None
    discrepant(found, total is None or value <= total, "drawn-over-invoices",
               "more is drawn than was invoiced")
    return total


# Documents against each other


def check_weights_alike(refs, found):
    """Weights and packages of packing lists and transport documents do not conflict (14 d)."""
    lists = [claims["body"] for claims in in_role(refs, "packingList")]
    transports = [carried(claims) for claims in in_role(refs, "transportDocument")]
    if lists == [] or transports == []:
        return
    packed = sum([kilograms(each["totalGrossWeight"]) for each in lists])
    shipped = sum([weight for weight, packages, containers in transports])
    discrepant(found, alike(packed, shipped), "weight-differs",
               f"packing lists weigh {packed} kg, transport documents {shipped} kg")
    count = sum([each["totalNumberOfPackages"] for each in lists])
    boxes = sum([packages for weight, packages, containers in transports])
    discrepant(found, boxes == 0 or boxes == count, "packages-differ",
               f"packing lists have {count} packages, transport documents {boxes}")


def check_insurance(refs, terms, total, found):
    """110 % of the invoices, in the currency of the credit, from the shipment on (article 28)."""
    certificates = [claims["body"] for claims in in_role(refs, "insurance")]
    dates = [shipped_on(claims) for claims in in_role(refs, "transportDocument")]
    insured = decimal(0)
    for body in certificates:
        for shipped in dates:
            discrepant(found, body["validFrom"] <= shipped, "insured-late",
                       "the cover begins after the shipment")
        if insured is not None and shown(body, "insuredValue", "under-insured"):
            insured += decimal(body["insuredValue"]["value"])
            discrepant(found, body["insuredValue"]["currencyCode"]
                       == terms["amount"]["currencyCode"], "insurance-currency",
                       "the goods are insured in another currency")
        else:
            insured = None
    if certificates != [] and insured is not None and total is not None:
        discrepant(found, insured >= round(total * decimal(INSURED_PART), 2), "under-insured",
                   f"insured for {insured}, less than 110 % of {total}")


def check_origin(refs, found):
    lines = []
    for invoice in in_role(refs, "invoice"):
        if not shown(invoice["body"], "itemsShipped", "goods-differ"):
            return
        lines.extend(invoice["body"]["itemsShipped"])
    for claims in in_role(refs, "certificateOfOrigin"):
        compare_goods(claims["body"]["goodsItems"], lines, found)


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    letter = refs["letterOfCredit"]
    terms = letter["body"]
    check_beneficiary(doc, terms)
    take_number(doc, refs, body["presentationNumber"], "/body/presentationNumber")
    check_account(body, "account")
    check_complete(terms, refs)
    original, state = accept_version(doc, letter)
    found = []
    value = check_amount(body, terms, decimal(state["drawn"]), found)
    check_dates(doc, letter, refs, found)
    titles = check_carriage(doc, letter, refs, found)
    total = check_invoices(doc, terms, refs, value, found)
    check_weights_alike(refs, found)
    check_insurance(refs, terms, total, found)
    check_origin(refs, found)
    if found != []:
        listed = ", ".join([each["code"] for each in found])
        warn("discrepancies", f"the bank may refuse these documents: {listed}", "/refs")
    put("presentation", doc["id"],
        {"state": "presented", "credit": original, "terms": letter["id"], "bank": letter["iss"],
         "titles": titles, "discrepancies": found, "presentedOn": date_of(doc["time"])})
