"""Promissory note: its maker promises to pay a sum to the payee, or to whom the payee endorses it.

Signed by: the maker, a merchant.  Standard: ICC KTDDE, document 25; Geneva uniform law on bills of
exchange and promissory notes, articles 75 to 78.
Law: MLETR articles 10, 11, 15, 16, 17; see docs/mletr.md.

It makes title/promissory-note/<maker>/<number in small letters>, which title actions move. Its
holder presents it for payment by SURRENDER_FOR_DELIVERY; the maker takes it back (SACC) only when
payment hubs confirmed that it is paid in full, or dishonours it (SREJ). The sum is never hidden: it
decides when the title ends.

Levels: check digit: LEI, GLN warned about; registry: countries, currencies, organisations.
"""

SIGNED_BY = ["merchant"]
WRITES = ["status", "title"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["promissory-note"]}


def check_maturity(body):
    require(body["maturityDate"] >= body["issueDate"], "maturity-past",
            "it would be due before it was issued", body["issueDate"], body["maturityDate"],
            "/body/maturityDate")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_parties(body, ["maker", "payee"])
    check_signer(doc, body["maker"], "/body/maker")
    check_maturity(body)
    require(money(body["amount"], "/body/amount") > 0, "amount-nothing", "a note promises a sum",
            "/body/amount/value")
    holder = holder_of(body["payee"], doc["iss"], "/body/payee")
    if body["isToOrder"]:
        issue_title(doc, refs, holder, "TO_ORDER", body["payee"].get("organisation"))
    else:
        issue_title(doc, refs, holder, "STRAIGHT", None)
