"""Excise guarantee: a bank answers for the excise duty of goods that move with the duty unpaid.

Signed by: the surety, a bank or insurer that is a payment organisation here.  Standard: ICC KTDDE,
document 17; Directive (EU) 2020/262, article 17.

It makes excise-guarantee/<document id>, {"country", "principal", "currencyCode", "left"}, from
which movements draw, and which is free again when goods are received (`standard/common/surety`).
Once drawn it is bound: its surety cannot take it back or replace it, and is free when it runs out.

Levels: check digit: LEI, GLN warned about; registry: country, currency, organisations.
"""

SIGNED_BY = ["payment"]
WRITES = ["excise-guarantee", "number", "status"]
REFS = {"supersedes": ["excise-guarantee"]}


def check(doc, signer):
    refs = references(doc, REFS, [])
    take_number(doc, refs, doc["body"]["guaranteeNumber"], "/body/guaranteeNumber")
    put("excise-guarantee", doc["id"], undertaking(doc, signer))
