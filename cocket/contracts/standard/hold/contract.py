"""Hold: customs keep back declared goods until a question is answered or the goods are examined.

Signed by: customs whose border it is.  Standard: WCO SAFE framework, pillar 1; DCSA shipment event
HOLD.

The declaration stays as it is meanwhile: it can neither be amended nor taken back (WCO Kyoto
convention, standards 3.27 and 3.28), and is not cleared before every hold is released.

Levels: registry: customs office of the signer's country.
"""

SIGNED_BY = ["customs"]
WRITES = ["declaration", "status"]
REFS = {"declaration": ["import-declaration", "export-declaration", "low-value-declaration",
                        "transit-declaration"]}
NEEDS = ["declaration"]

HOLDS_MAX = 32


def check(doc, signer):
    declaration = references(doc, REFS, NEEDS)["declaration"]
    declared = declared_here(signer, declaration)
    check_undecided(declared)
    check_office(doc["body"], signer)
    require(len(declared["open_holds"]) < HOLDS_MAX, "too-many-holds", "so many holds are enough",
            HOLDS_MAX, "/refs/declaration")
    put("declaration", declaration["id"],
        {**declared, "open_holds": declared["open_holds"] + [doc["id"]]})
    bind(declaration["id"], doc["id"])
    emit("held", {"declaration": declaration["id"], "reasonCode": doc["body"]["reasonCode"]})
