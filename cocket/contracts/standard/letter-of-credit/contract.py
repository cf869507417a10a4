"""Letter of credit: a bank promises to pay the seller against documents that comply.

Signed by: the issuing bank.  Standard: ICC KTDDE, document 20; ICC UCP 600, articles 2, 4, 6 to 10;
eUCP 2.1; SWIFT MT700 and MT707.

A credit is irrevocable: nobody takes it back. An amendment is a credit with new terms that refers
to the one it `amends`. It stands beside the old until the seller answers by what it presents under
(article 10 c): under the amendment, and the old is over; under the old, and the amendment is. What
was drawn counts for both. What is kept of credits: `standard/common/credit`.

The bank undertakes nothing for who confirms: a bank named as confirming binds itself with its own
answer to a presentation. It deals with documents, not with goods (article 5).

Levels: check digit: LEI, GLN warned about; registry: currency, organisations of banks and seller;
format: ports, HS codes.
"""

SIGNED_BY = ["payment"]
WRITES = ["credit", "number", "status"]
REFS = {"purchaseOrder": ["purchase-order"], "amends": ["letter-of-credit"]}


def beneficiary_of(doc):
    """The seller presents documents here: an organisation of this ledger, not bank nor buyer."""
    body = doc["body"]
    seller = body["beneficiary"].get("organisation")
    path = "/body/beneficiary"
    require(seller is not None, "beneficiary-not-here",
            "only an organisation of this ledger can present documents: name its id", path)
    require(seller != doc["iss"], "own-beneficiary", "the bank does not promise to pay itself",
            seller, path)
    if shown(body, "applicant", "own-beneficiary"):
        require(body["applicant"].get("organisation") != seller, "own-beneficiary",
                "nobody buys from itself", seller, path)
    return seller


def check_dates(doc):
    """Shipped, then presented, then expired (article 6 d)."""
    body = doc["body"]
    if "latestShipmentDate" in body:
        require(body["latestShipmentDate"] <= body["dateOfExpiry"], "dates-reversed",
                "the credit would expire before the goods have to be shipped",
                body["latestShipmentDate"], body["dateOfExpiry"], "/body/dateOfExpiry")
    require(days(body["dateOfExpiry"]) >= doc["time"] // DAY_S, "period-past",
            "it would be over before anybody can use it", body["dateOfExpiry"],
            "/body/dateOfExpiry")


def check_documents(body):
    seen = {}
    for each in body["documentsRequired"]:
        require(each["type"] not in seen, "document-twice", "ask for it once, with how many",
                each["type"], "/body/documentsRequired")
        seen[each["type"]] = True


def check_order(order, body, seller):
    """What was ordered from the seller is paid in the currency of the order."""
    terms = order["body"]
    require(terms["currencyOfSettlement"] == body["amount"]["currencyCode"], "currency-mismatch",
            "the order is in", terms["currencyOfSettlement"], "/body/amount/currencyCode")
    if shown(terms, "seller", "order-mismatch"):
        require(terms["seller"].get("organisation", seller) == seller, "order-mismatch",
                "the order was placed with another", terms["seller"].get("organisation"), seller,
                "/body/beneficiary/organisation")


def offer(doc, old, value):
    """An amendment: of the same parties and currency, to no less than was drawn, one at a time."""
    body = doc["body"]
    original, state = original_of(old["id"])
    path = "/refs/amends"
    require(old["iss"] == doc["iss"], "not-the-issuer", "the issuing bank amends its credit",
            old["iss"], path)
    require("offered" not in state, "amendment-open", "the beneficiary has not answered this"
            " amendment by a presentation", state.get("offered"), path)
    require(old["body"]["beneficiary"]["organisation"] == body["beneficiary"]["organisation"]
            and old["body"]["amount"]["currencyCode"] == body["amount"]["currencyCode"],
            "amendment-mismatch", "an amendment is for the same beneficiary, in the same currency",
            old["body"]["beneficiary"]["organisation"], old["body"]["amount"]["currencyCode"], path)
    require(value >= decimal(state["drawn"]), "credit-drawn", "more was drawn already: drawn",
            state["drawn"], value, "/body/amount/value")
    put("credit", original, {**state, "offered": doc["id"]})
    put("credit", doc["id"], {"original": original})


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require(("amends" in refs) == ("amendmentNumber" in body), "amendment-number",
            "an amendment, and nothing else, has a number as such and the reference `amends`",
            "/body/amendmentNumber")
    number = body["documentaryCreditNumber"]
    if "amendmentNumber" in body:
        number += "/" + str(body["amendmentNumber"])
    take_number(doc, refs, number, "/body/documentaryCreditNumber")
    check_parties(body, ["issuingBank", "confirmingBank", "applicant", "beneficiary"])
    check_signer(doc, body["issuingBank"], "/body/issuingBank")
    seller = beneficiary_of(doc)
    check_dates(doc)
    check_documents(body)
    value = money(body["amount"], "/body/amount")
    require(value > 0, "amount-nothing", "a credit is for something", "/body/amount/value")
    for order in in_role(refs, "purchaseOrder"):
        check_order(order, body, seller)
    if "amends" in refs:
        offer(doc, refs["amends"], value)
    else:
        put("credit", doc["id"], {"currencyCode": body["amount"]["currencyCode"], "drawn": "0",
                                  "version": doc["id"]})
