"""Appeal decision: customs answer an appeal, with reasons.

Signed by: customs of the country that decided.  Standard: WCO Kyoto convention, general annex,
chapter 10 (standards 10.7 and 10.8).

Granted against a refusal, the declaration is lodged again, and draws its licences again; granted
against an assessment, nothing is due until customs assess anew. Dismissed, all stays as it is.

Levels: registry: customs office of the signer's country.
"""

SIGNED_BY = ["customs"]
WRITES = ["appeal", "declaration", "licence", "status"]
REFS = {"appeal": ["appeal"]}
NEEDS = ["appeal"]


def set_aside_refusal(declaration, declared):
    """The goods wait for a decision again; the declarant may amend what it declared."""
    move_licences(declaration, -1)
    if declared["open_holds"] == [] and declared["assessment"] in [None, declaration]:
        put("status", declaration, None)
    kept = {name: value for name, value in declared.items() if name != "refusal"}
    return {**kept, "state": "lodged"}


def set_aside_assessment(doc, decision, declaration, declared):
    """Nothing is due. What was paid already, customs pay back."""
    if get("paid", decision) is not None:
        warn("pay-back", "it was paid, at least in part: customs pay it back", "/refs/appeal")
    end(decision, doc["id"])
    if declared["state"] == "lodged" and declared["open_holds"] == []:
        put("status", declaration, None)
    return {**declared, "duty_due": "0", "assessment": None}


def check(doc, signer):
    appeal = references(doc, REFS, NEEDS)["appeal"]
    role = "refusal" if "refusal" in appeal["refs"] else "assessment"
    decision = document(appeal["refs"][role], [])
    declaration = decision["refs"]["declaration"]
    declared = get("declaration", declaration)
    require(signer["country"] == declared["country"], "not-your-border",
            "customs of the country that decided answer the appeal", declared["country"],
            "/refs/appeal")
    check_office(doc["body"], signer)
    answered = get("appeal", decision["id"])
    require("decision" not in answered, "already-decided", "the appeal was answered, by document",
            answered.get("decision"), "/refs/appeal")
    require(declared.get(role) == decision["id"], "decision-superseded",
            "another decision took the place of the one that is appealed against",
            declared.get(role), "/refs/appeal")
    put("appeal", decision["id"], {**answered, "decision": doc["id"]})
    bind(appeal["id"], doc["id"])
    if doc["body"]["decision"] == "GRANTED":
        if role == "refusal":
            put("declaration", declaration, set_aside_refusal(declaration, declared))
        else:
            put("declaration", declaration,
                set_aside_assessment(doc, decision["id"], declaration, declared))
