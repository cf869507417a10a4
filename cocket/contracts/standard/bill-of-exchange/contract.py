"""Bill of exchange: the drawer orders the drawee to pay a sum to the payee, or to its order.

Signed by: the drawer, a merchant.  Standard: ICC KTDDE, document 5; Geneva uniform law on bills of
exchange and promissory notes, articles 1 to 54.
Law: MLETR articles 10, 11, 15, 16, 17; see docs/mletr.md.

It makes title/bill-of-exchange/<drawer>/<number in small letters>, which title actions move. Its
holder presents it for acceptance by SURRENDER_FOR_AMENDMENT with the reason ACPT: the drawee
accepts by SIGN with the day in `acceptance`, or refuses by SREJ, and either way the holder has it
back. It is presented for payment by SURRENDER_FOR_DELIVERY, to the drawee (to the drawer, where the
drawee is no member here), who takes it back only when payment hubs confirmed that it is paid. The
sum is never hidden: it decides when the title ends.

Levels: check digit: LEI, GLN warned about; registry: countries, currencies, organisations.
"""

SIGNED_BY = ["merchant"]
WRITES = ["status", "title"]
REFS = {"invoice": ["commercial-invoice"], "supersedes": ["bill-of-exchange"]}


def check_tenor(body):
    """When it is due: on a day, at sight, or so many days after sight or after its date."""
    if body["tenor"] == "FIXED_DATE":
        require("maturityDate" in body, "maturity-missing", "say on which day it is due", "/body")
        require(body["maturityDate"] >= body["issueDate"], "maturity-past",
                "it would be due before it was drawn", body["issueDate"], body["maturityDate"],
                "/body/maturityDate")
    else:
        require("maturityDate" not in body, "maturity-unexpected",
                "the tenor says when it is due: only that of a FIXED_DATE has a day",
                "/body/maturityDate")
    after = body["tenor"] in ["AFTER_SIGHT", "AFTER_DATE"]
    require(("tenorDays" in body) == after, "tenor-days",
            "so many days after sight or after date, and only then", "/body/tenorDays")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_parties(body, ["drawer", "drawee", "payee"])
    check_signer(doc, body["drawer"], "/body/drawer")
    check_tenor(body)
    require(money(body["amount"], "/body/amount") > 0, "amount-nothing", "it orders a sum to be "
            "paid", "/body/amount/value")
    holder = holder_of(body["payee"], doc["iss"], "/body/payee")
    endorsement = "TO_ORDER" if body["isToOrder"] else "STRAIGHT"
    endorsee = body["payee"].get("organisation") if body["isToOrder"] else None
    title = issue_title(doc, refs, holder, endorsement, endorsee)
    if "organisation" in body["drawee"]:
        put("title", title_key(doc), {**title, "obligor": body["drawee"]["organisation"]})
