"""Contract approval: a validator's organisation agrees to a contract that is proposed.

Signed by: an organisation that runs a validator, once for each proposal.  Standard: none; how this
network changes its rules without stopping.

With the approval that makes a quorum, n - f of the n validators as they are then, the contract
enters contract/<type> in that block, and documents of the type are taken from the next.

Levels: format: the schema; digest: it is the proposal's, which was reckoned from its text.
"""

SIGNED_BY = []
WRITES = ["collection", "contract", "draft", "proposal", "status"]
REFS = {"proposal": ["contract-proposal"]}
NEEDS = ["proposal"]


def let_in(collection, name):
    """The type may write what others own: the approvers named it."""
    entry = get("collection", collection) or {"writers": []}
    if name not in entry["writers"]:
        put("collection", collection, {"writers": entry["writers"] + [name]})


def put_in_force(doc, identity, proposal):
    """The contract enters the state, and the proposal has served its purpose."""
    vct = proposal["type"]
    require(get("contract", vct) is None, "version-exists",
            "this version of the type is in force by another proposal", vct, "/refs/proposal")
    draft = get("draft", identity)
    for collection in draft["writesInto"]:
        let_in(collection, vct.split(":")[2])
    put("contract", vct, {"schema": draft["schema"], "source": draft["source"]})
    put("draft", identity, None)
    end(identity, doc["id"])
    emit("contract-in-force", {"type": vct, "from": doc["height"] + 1})


def check(doc, signer):
    body = doc["body"]
    identity = references(doc, REFS, NEEDS)["proposal"]["id"]
    proposal = get("proposal", identity)
    current = validators()
    require(doc["iss"] in current, "not-a-validator",
            "contracts are approved by organisations that run a validator")
    require(doc["iss"] not in proposal["approvals"], "already-approved",
            "an organisation approves once", "/refs/proposal")
    require(doc["time"] <= proposal["until"], "proposal-lapsed",
            "it was not approved within 30 days: propose it anew", "/refs/proposal")
    require(body["digest"] == proposal["digest"], "digest-mismatch",
            "this approves another text than the one that is proposed, which has the digest",
            proposal["digest"], "/body/digest")
    require(body.get("writesInto", []) == proposal["writesInto"], "writes-not-approved",
            "name the collections of other types that it is to write into", proposal["writesInto"],
            "/body/writesInto")
    approvals = proposal["approvals"] + [doc["iss"]]
    counted = [each for each in approvals if each in current]
    put("proposal", identity, {**proposal, "approvals": approvals})
    if len(counted) >= len(current) - (len(current) - 1) // 3:
        put_in_force(doc, identity, proposal)
