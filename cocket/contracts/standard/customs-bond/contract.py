"""Customs bond: a bank answers to customs for the duty of a company's goods.

Signed by: the surety, a bank or insurer that is a payment organisation here.  Standard: ICC KTDDE,
document 12; Kyoto convention, chapter 5 (security); Union customs code, articles 89 to 98.

It makes bond/<document id>, {"country", "principal", "currencyCode", "left"}, from which releases
and transits draw and to which they give back (`standard/common/surety`, `standard/common/customs`).
CONTINUOUS stands for many operations, together never for more than the amount; SINGLE for one. Once
drawn, a bond is bound: its surety cannot take it back or replace it, and is free when it has run
out. What was drawn before then stays drawn until customs free it.

Levels: check digit: LEI, GLN warned about; registry: country, currency, organisations. Whether
customs accept this surety is for them: one of another country is warned about.
"""

SIGNED_BY = ["payment"]
WRITES = ["bond", "number", "status"]
REFS = {"supersedes": ["customs-bond"]}


def check(doc, signer):
    refs = references(doc, REFS, [])
    take_number(doc, refs, doc["body"]["bondNumber"], "/body/bondNumber")
    put("bond", doc["id"], undertaking(doc, signer))
