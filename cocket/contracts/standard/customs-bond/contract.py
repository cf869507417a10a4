"""Customs bond: a bank answers to customs for the duty of a company's goods.

Signed by: the surety, a bank or insurer that is a payment organisation here.  Standard: ICC KTDDE,
document 12; Kyoto convention, chapter 5 (security); Union customs code, articles 89 to 98.

It makes bond/<document id>, from which releases and transits draw and to which they give back
(`standard/common/customs`):
    country, principal    whose customs it is for; the organisation here that it stands for
    currencyCode, left    what is left of the amount
CONTINUOUS stands for many operations, together never for more than the amount; SINGLE for one. Once
drawn, a bond is bound: its surety cannot take it back or replace it, and is free when it has run
out. What was drawn before then stays drawn until customs free it.

Levels: check digit: LEI, GLN warned about; registry: country, currency, organisations. Whether
customs accept this surety is for them: one of another country is warned about.
"""

SIGNED_BY = ["payment"]
WRITES = ["bond", "number", "status"]
REFS = {"supersedes": ["customs-bond"]}


def principal_of(doc):
    """The organisation that the bond stands for: of this ledger, and not the surety itself."""
    principal = doc["body"]["principal"]
    require("organisation" in principal, "principal-not-here",
            "only an organisation of this ledger can use the bond: name it", "/body/principal")
    require(principal["organisation"] != doc["iss"], "own-principal",
            "nobody is surety for itself", doc["iss"], "/body/principal/organisation")
    return principal["organisation"]


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["bondNumber"], "/body/bondNumber")
    check_countries(body, ["country"])
    check_parties(body, ["surety", "principal"])
    check_signer(doc, body["surety"], "/body/surety")
    check_period(body)
    require(days(body["validUntil"]) >= doc["time"] // DAY_S, "period-past",
            "it would be over before anybody can use it", body["validUntil"], "/body/validUntil")
    value = money(body["amount"], "/body/amount")
    require(value > 0, "amount-nothing", "a bond stands for something", "/body/amount/value")
    if signer["country"] != body["country"]:
        warn("foreign-surety", "customs may want a surety of their own country: ask them first",
             "/body/country")
    put("bond", doc["id"], {"country": body["country"], "principal": principal_of(doc),
                            "currencyCode": body["amount"]["currencyCode"], "left": str(value)})
