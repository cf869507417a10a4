"""What a surety's undertakings have in common: customs bonds, excise guarantees. No type of its
own. Each keeps, in a collection of its own,

    {"country", "principal", "currencyCode", "left"}

    country, principal    whose authorities it is for; the organisation here that it stands for
    currencyCode, left    what is left of the amount
"""


def undertaking(doc, signer):
    """What a surety answers for: its state when nothing is drawn yet. The surety signs, and answers
    for another organisation of this ledger, for more than nothing, today or later."""
    body = doc["body"]
    check_countries(body, ["country"])
    check_parties(body, ["surety", "principal"])
    check_signer(doc, body["surety"], "/body/surety")
    check_period(body)
    require(days(body["validUntil"]) >= doc["time"] // DAY_S, "period-past",
            "it would be over before anybody can use it", body["validUntil"], "/body/validUntil")
    value = money(body["amount"], "/body/amount")
    require(value > 0, "amount-nothing", "a surety answers for something", "/body/amount/value")
    principal = body["principal"].get("organisation")
    require(principal is not None, "principal-not-here",
            "only an organisation of this ledger can use it: name its id", "/body/principal")
    require(principal != doc["iss"], "own-principal", "nobody is surety for itself", principal,
            "/body/principal/organisation")
    if signer["country"] != body["country"]:
        warn("foreign-surety", "the authorities may want a surety of their own country: ask them"
             " first", "/body/country")
    return {"country": body["country"], "principal": principal,
            "currencyCode": body["amount"]["currencyCode"], "left": str(value)}
