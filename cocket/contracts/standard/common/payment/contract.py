"""What payments have in common: what is due, and to whom. No type of its own.

    paid/<document id>    {"currencyCode", "total", "by": [payment confirmations]}, total so far
"""

TOTALS = {"commercial-invoice": "totalPaymentDue", "duty-assessment": "totalDue"}
SUMS = {"documentary-collection": "amount", "promissory-note": "amount",
        "bill-of-exchange": "amount", "credit-presentation": "amount", "warehouse-receipt": "lien"}
PAYMENTS_MAX = 100


def check_account(body, member):
    """An IBAN that fails its check digits is refused: money would go astray."""
    if member in body and "iban" in body[member]:
        require(check_digit("iban", body[member]["iban"]), "check-digit",
                "the IBAN fails its check digits (ISO 13616)", "/body/" + member + "/iban")


def due(claims, rule):
    """What a document asks for, {"value", "currencyCode"}; None, and `rule` unchecked, if hidden.

    Duties that border rules assessed are paid on the declaration itself. A presentation under a
    letter of credit is paid when the bank honours it.
    """
    body = claims["body"]
    name = claims["vct"].split(":")[2]
    declared = get("declaration", claims["id"])
    if declared is not None:
        require(declared["assessment"] == claims["id"], "nothing-due",
                "nothing is due on this declaration: pay its assessment, if there is one",
                declared["assessment"], "/refs/payable")
        return {"value": declared["duty_due"], "currencyCode": declared["currencyCode"]}
    if name == "credit-presentation":
        presented = get("presentation", claims["id"])
        require(presented["state"] == "honoured", "nothing-due", "the bank has not honoured this "
                "presentation: it is", presented["state"], "/refs/payable")
    member = TOTALS[name] if name in TOTALS else SUMS[name]
    if not shown(body, member, rule):
        require("_sd" in body, "nothing-due", "nothing is due on this document", claims["id"],
                "/refs/payable")
        return None
    if name in TOTALS:
        return {"value": body[member], "currencyCode": body["currencyOfSettlement"]}
    return body[member]


def check_due(claims, pays, path):
    """What is paid is in the currency of what is due, and together no more; the total so far."""
    total = paid_so_far(claims["id"], pays["currencyCode"], path) + decimal(pays["value"])
    asked = due(claims, "over-payment")
    if asked is not None:
        require(asked["currencyCode"] == pays["currencyCode"], "currency-mismatch",
                "what is due is in another currency", asked["currencyCode"], pays["currencyCode"],
                path)
        require(total <= decimal(asked["value"]), "over-payment",
                "with what was paid before this is more than is due: due, paid",
                asked["value"], total, path)
    return total


def creditor_of(claims):
    """The organisation here that a document says is to be paid; None where it does not say.

    A note or a bill of exchange is paid to its holder, also while the holder presents it.
    """
    name = claims["vct"].split(":")[2]
    if name in ["promissory-note", "bill-of-exchange"]:
        title = get("title", title_key(claims))
        return title["surrender"]["by"] if "surrender" in title else title["controller"]
    if name == "documentary-collection":
        return claims["body"]["principal"].get("organisation")
    if name in ["commercial-invoice", "warehouse-receipt", "credit-presentation"]:
        return claims["iss"]
    return None


def duty_country(claims):
    """The country whose customs are paid with this; None where it is not duty that is due."""
    declaration = claims["id"]
    if claims["vct"].split(":")[2] == "duty-assessment":
        declaration = claims["refs"]["declaration"]
    declared = get("declaration", declaration)
    return declared["country"] if declared is not None else None


def check_customs(body, country):
    """Goods are released on what was paid: to customs of their border, and openly so."""
    require("creditor" in body, "creditor-hidden", "goods are released on the duty that was paid:"
            " say openly that customs are its creditor", "/body/creditor")
    named = body["creditor"].get("organisation")
    payee = organisation(named) if named is not None else {"roles": [], "country": None}
    require("customs" in payee["roles"] and payee["country"] == country, "not-customs",
            "duty is paid to customs of the country that the goods are declared to: country,"
            " creditor", country, named, "/body/creditor/organisation")


def check_creditor(claims, body):
    """Duty goes to customs. Money that goes to another than the creditor of anything else is
    warned about: claims may be assigned."""
    country = duty_country(claims)
    if country is not None:
        check_customs(body, country)
        return
    expected = creditor_of(claims)
    if expected is not None and shown(body, "creditor", "other-creditor"):
        named = body["creditor"].get("organisation", expected)
        if named != expected:
            warn("other-creditor", "the document that is paid names another creditor",
                 "/body/creditor")


def credit(identity, currency, total, by):
    """What was paid for a document so far, and by which confirmation the last of it."""
    before = get("paid", identity)
    earlier = before["by"] if before is not None else []
    require(len(earlier) < PAYMENTS_MAX, "too-many-payments", "it was paid in as many parts as one"
            " document may be", len(earlier), "/refs/payable")
    put("paid", identity, {"currencyCode": currency, "total": str(total), "by": earlier + [by]})
