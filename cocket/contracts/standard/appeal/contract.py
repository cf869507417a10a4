"""Appeal: who is affected by a decision of customs asks for its review, once for each decision.

Signed by: the declarant, or the importer or exporter for whom it declared.  Standard: WCO Kyoto
convention, general annex, chapter 10 (standards 10.1 to 10.6).

The decision is the reference `refusal` or `assessment`. It stays in force until the appeal is
decided. It makes appeal/<decision id>: {"appeal"}, and "decision" once there is one.

Levels: registry: nothing beyond the references.
"""

SIGNED_BY = ["merchant", "forwarder", "carrier"]
WRITES = ["appeal", "declaration", "number", "status"]
REFS = {"refusal": ["refusal"], "assessment": ["duty-assessment"],
        "powerOfAttorney": ["power-of-attorney"]}


def check_affected(doc, refs, declared, declaration):
    """Kyoto 10.1: whoever is directly affected; on behalf of one, with its power of attorney."""
    affected = [declared["declarant"]]
    for member in ["importer", "exporter"]:
        party = declaration["body"].get(member, {}).get("organisation")
        if party is not None:
            affected.append(party)
    require(any(may_act_for(doc, refs, each, "DECLARE", declared["country"]) for each in affected),
            "not-the-declarant", "only those whom the decision affects appeal against it",
            ", ".join(affected), "/iss")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require(("refusal" in refs) != ("assessment" in refs), "decision-missing",
            "refer to one decision: as refusal, or as assessment", "/refs")
    role = "refusal" if "refusal" in refs else "assessment"
    decision = refs[role]
    declaration = document(decision["refs"]["declaration"], [])
    declared = get("declaration", declaration["id"])
    require(declared.get(role) == decision["id"], "decision-superseded",
            "another decision took its place", declared.get(role), "/refs/" + role)
    check_affected(doc, refs, declared, declaration)
    earlier = get("appeal", decision["id"])
    if earlier is not None:
        refuse("already-appealed", "this decision was appealed against before, by document",
               earlier["appeal"], "/refs/" + role)
    take_number(doc, refs, body["appealNumber"], "/body/appealNumber")
    put("appeal", decision["id"], {"appeal": doc["id"]})
    put("declaration", declaration["id"], {**declared, "appeal": doc["id"]})
