"""Hold release: customs lift a hold, their own or one that a rule of their border laid.

Signed by: customs whose border it is, whichever office held.  Standard: WCO SAFE framework; DCSA
shipment event RELS.

The hold is the reference `hold`, or by name in `rule`, where a border rule laid it when the goods
were declared. With the last one lifted the declarant may amend the declaration again.

Levels: registry: customs office of the signer's country.
"""

SIGNED_BY = ["customs"]
WRITES = ["declaration", "status"]
REFS = {"declaration": ["import-declaration", "export-declaration", "low-value-declaration",
                        "transit-declaration"],
        "hold": ["hold"]}
NEEDS = ["declaration"]


def hold_of(doc, declared):
    """The entry of `open_holds` that is lifted."""
    body = doc["body"]
    require(("hold" in doc["refs"]) != ("rule" in body), "hold-missing",
            "say which hold: refer to it as hold, or name the border rule, not both", "/refs/hold")
    if "rule" in body:
        return declared["country"] + "/" + body["rule"], "/body/rule"
    return doc["refs"]["hold"], "/refs/hold"


def check(doc, signer):
    refs = references(doc, REFS, NEEDS)
    declaration = refs["declaration"]
    declared = declared_here(signer, declaration)
    check_undecided(declared)
    check_office(doc["body"], signer)
    hold, path = hold_of(doc, declared)
    require(hold in declared["open_holds"], "not-held", "the goods are not on this hold; open are",
            ", ".join(declared["open_holds"]), path)
    open_holds = [each for each in declared["open_holds"] if each != hold]
    put("declaration", declaration["id"], {**declared, "open_holds": open_holds})
    if "hold" in refs:
        end(hold, doc["id"])
    if open_holds == [] and declared["assessment"] in [None, declaration["id"]]:
        put("status", declaration["id"], None)
    emit("hold-released", {"declaration": declaration["id"], "hold": hold})
