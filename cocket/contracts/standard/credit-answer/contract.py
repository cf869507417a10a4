"""Credit answer: the bank honours a presentation, or refuses it and says why.

Signed by: the issuing bank, or the bank that the credit names as confirming.  Standard: ICC UCP
600, articles 7, 8, 14 to 16; SWIFT MT752, MT734.

COMPLYING and WAIVED (the applicant waived the discrepancies, article 16 b) bind the bank to pay:
the amount is drawn, and a payment confirmation of the presentation pays it. Titles have to be with
the bank by then. REFUSED lists every discrepancy, once for all, and what becomes of the documents;
who refuses after the fifth banking day is precluded from it (articles 14 b and 16 f): that is
refused where the table `banking-days` of the bank's country says which days those are, and warned
about where there is none.

Levels: registry: organisations; banking days by a table of the bank's country.
"""

SIGNED_BY = ["payment"]
WRITES = ["credit", "presentation", "status"]
REFS = {"presentation": ["credit-presentation"]}
NEEDS = ["presentation"]

BANKING_DAYS = 5


def check_bank(doc, presented, terms):
    """Who promised answers."""
    banks = [presented["bank"], terms["body"].get("confirmingBank", {}).get("organisation")]
    require(doc["iss"] in banks, "not-the-bank", "the issuing or the confirming bank answers",
            ", ".join([bank for bank in banks if bank is not None]), "/refs/presentation")


def check_time(doc, signer, presented):
    """Five banking days after that of the presentation."""
    country = signer["country"]
    last = banking_days_after(country, days(presented["presentedOn"]), BANKING_DAYS)
    if doc["time"] // DAY_S <= last:
        return
    known = table_on(country, "banking-days", date_of(doc["time"])) is not None
    require(doc["body"]["answer"] != "REFUSED" or not known, "late-answer", "after five banking "
            "days it is too late to refuse: the last was", date_of(last * DAY_S), "/body/answer")
    warn("late-answer", "a bank has five banking days to answer", "/body/answer")


def check_titles(doc, presented):
    """The bank pays for documents that it has: titles were handed over to it."""
    for identity in presented["titles"]:
        found = document(identity, [])
        title = held(get("title", title_key(found)), doc["time"])
        require(title["controller"] == doc["iss"] and title["state"] == "ISSUED", "title-not-here",
                "have the title transferred to you first: controller, state", title["controller"],
                title["state"], identity, "/refs/presentation")


def honour(doc, presentation, presented, terms):
    """Draw the credit; from now on the documents are the bank's to rely on."""
    original = presented["credit"]
    state = get("credit", original)
    drawn = decimal(state["drawn"]) + decimal(presentation["body"]["amount"]["value"])
    limit = terms["body"]["amount"]["value"]
    require(drawn <= decimal(limit), "credit-exhausted", "with what was drawn before this is more "
            "than the credit: credit, drawn", limit, drawn, "/refs/presentation")
    check_titles(doc, presented)
    for role, identity in presentation["refs"].items():
        if role != "letterOfCredit":
            found = document(identity, [])
            check_in_force(doc, role, found)
            if identity not in presented["titles"]:
                bind(identity, doc["id"])
            if role.split("-")[0] == "invoice":
                put("presentation", identity, {"honoured": presentation["id"]})
    put("credit", original, {**state, "drawn": str(drawn)})
    if drawn == decimal(limit) and get("status", presented["terms"]) is None:
        end(presented["terms"], doc["id"])


def check_refusal(body):
    """Article 16 c: each discrepancy, and what becomes of the documents."""
    require(body.get("discrepancies", []) != [] or "_sd" in body, "discrepancies-missing",
            "a bank that refuses says each discrepancy, once for all", "/body/discrepancies")
    require("disposal" in body, "disposal-missing", "say what becomes of the documents",
            "/body/disposal")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    presentation = refs["presentation"]
    presented = get("presentation", presentation["id"])
    terms = document(presented["terms"], "letter-of-credit")
    check_bank(doc, presented, terms)
    require(presented["state"] == "presented", "already-answered", "it was answered before, by",
            presented.get("answer"), "/refs/presentation")
    check_time(doc, signer, presented)
    if body["answer"] == "REFUSED":
        check_refusal(body)
        put("presentation", presentation["id"],
            {**presented, "state": "refused", "answer": doc["id"]})
        end(presentation["id"], doc["id"])
        return
    require(body.get("discrepancies", []) == [] or body["answer"] == "WAIVED",
            "discrepancies-unexpected", "what complies has no discrepancies",
            "/body/discrepancies")
    if body["answer"] == "COMPLYING" and presented["discrepancies"] != []:
        listed = ", ".join([each["code"] for each in presented["discrepancies"]])
        warn("discrepancies", f"you honour what the ledger finds discrepant: {listed}",
             "/body/answer")
    honour(doc, presentation, presented, terms)
    put("presentation", presentation["id"],
        {**presented, "state": "honoured", "answer": doc["id"]})
