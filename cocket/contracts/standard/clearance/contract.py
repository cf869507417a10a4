"""Clearance: customs of the destination release the goods of a declaration.

Signed by: customs of the country the declaration is addressed to.  Standard: WCO SAFE framework;
DCSA track and trace event CUSR (customs released).
"""

SIGNED_BY = ["customs"]
WRITES = ["declaration", "status"]
REFS = {"declaration": ["import-declaration", "low-value-declaration", "export-declaration"]}
NEEDS = ["declaration"]


def check_paid(declared):
    """What was assessed is paid, as payment hubs confirmed."""
    due = decimal(declared["duty_due"])
    if due > 0:
        paid = paid_so_far(declared["assessment"], declared["currencyCode"], "/refs/declaration")
        require(paid >= due, "duty-unpaid", "the assessment is not paid yet: due, paid", due, paid,
                declared["assessment"])


def check(doc, signer):
    declaration = references(doc, REFS, NEEDS)["declaration"]
    declared = get("declaration", declaration["id"])
    require(signer["country"] == declared["country"], "not-your-border",
            "only customs of the country that it is declared to clear goods", declared["country"],
            "/refs/declaration")
    require(declared["state"] == "lodged", "already-decided",
            "the goods were released or refused before, by document",
            declared.get("clearance", declared.get("refusal")), "/refs/declaration")
    require(declared["open_holds"] == [], "on-hold",
            "lift or answer these holds first", ", ".join(declared["open_holds"]))
    check_paid(declared)
    put("declaration", declaration["id"], {**declared, "state": "cleared", "clearance": doc["id"]})
    bind(declaration["id"], doc["id"])
