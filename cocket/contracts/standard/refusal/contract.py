"""Refusal: customs do not let the declared goods pass, and say why and what is to become of them.

Signed by: customs whose border it is.  Standard: WCO SAFE framework; Kyoto convention, chapter 10:
the declarant is told the reasons, and may appeal.

What the declaration drew of licences is given back.

Levels: registry: customs office of the signer's country.
"""

SIGNED_BY = ["customs"]
WRITES = ["declaration", "licence", "status"]
REFS = {"declaration": ["import-declaration", "export-declaration", "low-value-declaration"],
        "inspectionReport": ["inspection-report"]}
NEEDS = ["declaration"]


def check(doc, signer):
    declaration = references(doc, REFS, NEEDS)["declaration"]
    declared = declared_here(signer, declaration)
    check_undecided(declared)
    check_office(doc["body"], signer)
    move_licences(declaration["id"], 1)
    put("declaration", declaration["id"], {**declared, "state": "refused", "refusal": doc["id"]})
    bind(declaration["id"], doc["id"])
