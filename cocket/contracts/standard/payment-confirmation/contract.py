"""Payment confirmation: a payment hub says that money arrived, and for what.

Signed by: the payment hub where the creditor has its account.  Standard: ICC KTDDE, document 23;
ISO 20022 camt.054 (credit notification).

Each payment counts once: uetr/<UETR> is its confirmation. It is added to paid/<what it pays>, never
beyond what is due, in the currency of what is due. It may pay invoices, assessments of duty,
declarations whose duty border rules assessed, notes, bills of exchange, liens of warehouses,
presentations under a credit; and a documentary collection, if the hub that presented it confirms it
in full and in time: then the title goes to the buyer in the same block, and the invoice is paid.
Duty is paid to customs of the country that the goods are declared to, and to nobody else.

Levels: check digit: IBAN refused, LEI, GLN warned about; registry: countries, currencies,
organisations. Whether money arrived is the hub's word.
"""

SIGNED_BY = ["payment"]
WRITES = ["collected", "paid", "status", "title", "uetr"]
REFS = {"payable": ["commercial-invoice", "duty-assessment", "import-declaration",
                    "export-declaration", "low-value-declaration", "transit-declaration",
                    "documentary-collection", "promissory-note", "bill-of-exchange",
                    "warehouse-receipt", "credit-presentation"],
        "instruction": ["payment-instruction"]}
NEEDS = ["payable"]

ZONE_S = 50400


def take_uetr(doc):
    """One payment is confirmed once."""
    uetr = doc["body"]["uetr"]
    first = get("uetr", uetr)
    require(first is None, "duplicate-uetr", "this payment was confirmed before, by document",
            first, "/body/uetr")
    put("uetr", uetr, doc["id"])


def check_instruction(doc, refs):
    """What was instructed is what was paid."""
    if "instruction" not in refs:
        return
    body = doc["body"]
    instruction = refs["instruction"]
    wanted = instruction["body"]
    require(instruction["refs"]["payable"] == doc["refs"]["payable"], "instruction-mismatch",
            "the instruction is for another document", instruction["refs"]["payable"],
            "/refs/instruction")
    require(wanted["instructedAmount"]["currencyCode"] == body["amount"]["currencyCode"]
            and decimal(wanted["instructedAmount"]["value"]) == decimal(body["amount"]["value"]),
            "instruction-mismatch", "the instruction is for another sum",
            wanted["instructedAmount"]["value"], body["amount"]["value"], "/body/amount")
    require(wanted.get("uetr", body["uetr"]) == body["uetr"], "instruction-mismatch",
            "the instruction has another UETR", wanted.get("uetr"), "/body/uetr")
    end(instruction["id"], doc["id"])


def release(doc, collection):
    """Documents against payment: the title to the buyer, for the whole sum, from the hub, in time.
    """
    collected = get("collected", collection["id"])
    title = get("title", collected["title"])
    require(collection["iss"] == doc["iss"], "not-the-hub",
            "the bank that presented the documents confirms their payment", collection["iss"],
            "/refs/payable")
    escrow = title.get("escrow", {"collection": None, "until": 0})
    require(escrow["collection"] == collection["id"] and doc["time"] <= escrow["until"],
            "collection-lapsed", "its time is over, and the title the seller's again: pay the money"
            " back; it had to be paid by", collection["body"]["payBy"], "/refs/payable")
    due_now = collection["body"]["amount"]
    require(decimal(due_now["value"]) == decimal(doc["body"]["amount"]["value"]),
            "amount-mismatch", "a title is released for the whole sum", due_now["value"],
            doc["body"]["amount"]["value"], "/body/amount/value")
    kept = {name: value for name, value in title.items() if name != "escrow"}
    put("title", collected["title"], {**kept, "controller": escrow["buyer"], "moved": doc["id"],
                                      "last": doc["id"]})
    put("collected", collection["id"], {**collected, "state": "paid"})
    end(collection["id"], doc["id"])
    emit("released", {"title": collected["title"], "to": escrow["buyer"]})


def pay_invoices(doc, payable):
    """What pays a collection or a presentation pays its invoices too, one after the other: each
    what it still asks for. One that hides it is paid if it is the only one."""
    currency = doc["body"]["amount"]["currencyCode"]
    left = decimal(doc["body"]["amount"]["value"])
    invoices = [identity for role, identity in payable["refs"].items()
                if role.split("-")[0] == "invoice"]
    for identity in invoices:
        invoice = document(identity, "commercial-invoice")["body"]
        if invoice["currencyOfSettlement"] == currency:
            before = paid_so_far(identity, currency, "/refs/payable")
            part = left if len(invoices) == 1 else decimal(0)
            if shown(invoice, "totalPaymentDue", "over-payment"):
                part = min(left, max(decimal(invoice["totalPaymentDue"]) - before, decimal(0)))
            if part > 0:
                credit(identity, currency, before + part, doc["id"])
                left -= part


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    payable = refs["payable"]
    take_uetr(doc)
    check_parties(body, ["debtor", "creditor"])
    check_account(body, "debtorAccount")
    check_account(body, "creditorAccount")
    require(days(body["bookingDate"]) <= (doc["time"] + ZONE_S) // DAY_S, "booking-in-future",
            "money that arrives later is confirmed later", body["bookingDate"], "/body/bookingDate")
    require(money(body["amount"], "/body/amount") > 0, "amount-nothing", "nothing was paid",
            "/body/amount/value")
    check_instruction(doc, refs)
    total = check_due(payable, body["amount"], "/body/amount")
    check_creditor(payable, body)
    credit(payable["id"], body["amount"]["currencyCode"], total, doc["id"])
    name = payable["vct"].split(":")[2]
    if name == "documentary-collection":
        release(doc, payable)
        pay_invoices(doc, payable)
    if name == "credit-presentation":
        pay_invoices(doc, payable)
        if total == decimal(payable["body"]["amount"]["value"]):
            end(payable["id"], doc["id"])
