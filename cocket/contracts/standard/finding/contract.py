"""Finding: who holds the disclosures of a document ran its contract on it, and says what came out.

Signed by: any member who was shown what the document hides.  Standard: cocket (DESIGN, section 8);
in the law of evidence, an expert's finding that another can repeat.

The ledger runs a contract on what is shown, and lists the rules that it could not run as unchecked.
`cocket check --disclosed` runs the very contract with everything open, and makes this document of
what came out. It says no more than code and rules: what was hidden stays hidden. It is reproduced,
or exposed as false, by whoever holds the same disclosures: `cocket check --disclosed --against`.

It makes finding/<document id>/<organisation>: {"verdict", "code", "unchecked", "finding"}, where
`unchecked` are the rules that the ledger left unchecked and that were run. Customs of a border
whose table `findings` names such a rule clear no goods without a finding of their own.

What was hidden may also be what the type does not let anybody hide, or not of its schema. That is
in no list of unchecked rules: of digests the ledger knows no more than how many there are.

A finding may be about a document that is no longer in force. Who finds otherwise later, or was
shown more, supersedes the own finding. That the disclosures are those of the document, and the
result is right, the ledger cannot know: only who repeats it.

Levels: format: digests; registry: documents, the type of the contract.
"""

SIGNED_BY = []
WRITES = ["finding", "status"]
REFS = {"document": [], "supersedes": ["finding"]}
OF_THE_SCHEMA = ["hidden-not-allowed", "schema"]


def check_inputs(body, found):
    """What was opened is the document, what it refers to, or what these refer to."""
    related = {found["id"]: True}
    for identity in found["refs"].values():
        related[identity] = True
        for further in document(identity, [])["refs"].values():
            related[further] = True
    for number, each in enumerate(body["inputs"]):
        require(each["document"] in related, "other-document",
                "neither the document, nor one that it refers to", each["document"],
                f"/body/inputs/{number}")


def check_verdict(body):
    """Refused is refused by a rule, which was run."""
    refused = body["verdict"] == "refused"
    require(("code" in body) == refused, "verdict-code",
            "a refusal has the code of the rule that refuses, an acceptance has none",
            body["verdict"], body.get("code"), "/body/code")
    require(not refused or body["code"] in body["rulesRun"], "verdict-code",
            "the rule that refuses is one of those that were run", body.get("code"),
            "/body/rulesRun")
    both = [rule for rule in body.get("unchecked", []) if rule in body["rulesRun"]]
    require(both == [], "rule-twice", "these are said to have been run, and not", both,
            "/body/unchecked")


def check(doc, signer):
    body = doc["body"]
    for role in doc["refs"]:
        require(role in REFS, "reference-unexpected", "a finding has no such reference", role,
                "/refs/" + role)
    require("document" in doc["refs"], "reference-missing",
            "name the document that this is about in the reference", "document", "/refs")
    found = document(doc["refs"]["document"], [])
    check_consignment(doc, "document", found)
    require(body["contract"]["type"] == found["vct"], "other-contract",
            "the contract that was run is another than the document's", body["contract"]["type"],
            found["vct"], "/body/contract/type")
    require(get("unchecked", found["id"]) is not None or body.get("code") in OF_THE_SCHEMA,
            "nothing-unchecked",
            "the ledger ran every rule on this document: there is nothing to find", found["id"],
            "/refs/document")
    check_inputs(body, found)
    check_verdict(body)
    key = found["id"] + "/" + doc["iss"]
    earlier = get("finding", key)
    refs = {}
    if "supersedes" in doc["refs"]:
        refs["supersedes"] = document(doc["refs"]["supersedes"], REFS["supersedes"])
        check_in_force(doc, "supersedes", refs["supersedes"])
    if refs or "amendmentReason" in body:
        supersede(doc, refs)
    require(earlier is None or ("supersedes" in refs
                                and refs["supersedes"]["id"] == earlier["finding"]),
            "already-found", "you have a finding on this document: supersede it",
            (earlier or {}).get("finding"), "/refs")
    put("finding", key, {"verdict": body["verdict"], "code": body.get("code"),
                         "unchecked": body["rulesRun"], "finding": doc["id"]})
