"""Payment instruction: who owes money tells its bank to pay it.

Signed by: the debtor, a merchant, forwarder or carrier; who pays for another names it as the
ultimate debtor.  Standard: ISO 20022 pain.001 (customer credit transfer initiation).

No more is instructed than is due. The bank's payment confirmation refers to it and ends it.

Levels: check digit: IBAN refused, LEI, GLN warned about; registry: countries, currencies,
organisations.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["number", "status"]
REFS = {"payable": ["commercial-invoice", "duty-assessment", "import-declaration",
                    "export-declaration", "low-value-declaration", "transit-declaration",
                    "documentary-collection", "promissory-note", "bill-of-exchange",
                    "warehouse-receipt", "credit-presentation"],
        "supersedes": ["payment-instruction"]}
NEEDS = ["payable"]


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    take_number(doc, refs, body["endToEndIdentification"], "/body/endToEndIdentification")
    if shown(body, "debtor", "wrong-signer"):
        check_signer(doc, body["debtor"], "/body/debtor")
    check_parties(body, ["debtor", "ultimateDebtor", "creditor"])
    check_account(body, "debtorAccount")
    check_account(body, "creditorAccount")
    require(days(body["requestedExecutionDate"]) >= doc["time"] // DAY_S - 1, "execution-past",
            "no bank pays on a day that is over", body["requestedExecutionDate"],
            "/body/requestedExecutionDate")
    require(money(body["instructedAmount"], "/body/instructedAmount") > 0, "amount-nothing",
            "there is nothing to pay", "/body/instructedAmount/value")
    check_due(refs["payable"], body["instructedAmount"], "/body/instructedAmount")
    check_creditor(refs["payable"], body)
