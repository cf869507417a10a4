"""Clearance: customs of the destination release the goods of a declaration.

Signed by: customs of the country the declaration is addressed to.  Standard: WCO SAFE framework;
DCSA track and trace event CUSR (customs released).
"""

SIGNED_BY = ["customs"]
WRITES = ["declaration"]


def check(doc, signer):
    require("declaration" in doc["refs"], "reference-missing",
            "name the declaration in the reference `declaration`", "/refs")
    declaration = document(doc["refs"]["declaration"], "import-declaration")
    require(signer["country"] == declaration["body"]["destinationCountry"], "not-your-border",
            "only customs of the destination country clears a declaration", "/refs/declaration")
    status = get("declaration", declaration["id"])
    require(status["state"] != "cleared", "already-cleared",
            "the goods were released before, by document", status.get("clearance"),
            "/refs/declaration")
    require(status["open_holds"] == [], "on-hold",
            "lift or answer these holds first", ", ".join(status["open_holds"]))
    require(decimal(status["duty_due"]) == 0, "duty-unpaid",
            "the assessment is not paid yet", status["duty_due"], status["assessment"])
    put("declaration", declaration["id"], {**status, "state": "cleared", "clearance": doc["id"]})
