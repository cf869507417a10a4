"""Clearance: customs of the destination release the goods of a declaration.

Signed by: customs of the country the declaration is addressed to.  Standard: WCO SAFE framework;
DCSA track and trace event CUSR (customs released).
"""

SIGNED_BY = ["customs"]
WRITES = ["declaration", "status"]
REFS = {"declaration": ["import-declaration"]}


def check(doc, signer):
    declaration = references(doc, REFS, ["declaration"])["declaration"]
    require(signer["country"] == declaration["body"]["destinationCountry"], "not-your-border",
            "only customs of the destination country clears a declaration", "/refs/declaration")
    state = get("declaration", declaration["id"])
    require(state["state"] != "cleared", "already-cleared",
            "the goods were released before, by document", state.get("clearance"),
            "/refs/declaration")
    require(state["open_holds"] == [], "on-hold",
            "lift or answer these holds first", ", ".join(state["open_holds"]))
    require(decimal(state["duty_due"]) == 0, "duty-unpaid",
            "the assessment is not paid yet", state["duty_due"], state["assessment"])
    put("declaration", declaration["id"], {**state, "state": "cleared", "clearance": doc["id"]})
    bind(declaration["id"], doc["id"])
