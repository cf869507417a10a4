"""Transit discharge: customs of the destination say that the goods of a transit arrived, and how.

Signed by: customs of the office of destination.  Standard: Convention on a common transit
procedure, NCTS messages of arrival and control results (codes A1, A2, A5, B1).

A1 (satisfactory) and A2 (considered satisfactory: not examined) need the seals as at departure, or
as the inspection reports leave them that are referred to. With A5 (discrepancies, settled) the
transit is discharged as well. Then the bond is free again. With B1 (not satisfactory) it stays open
and drawn, until a later discharge.

Levels: registry: customs office of the signer's country.
"""

SIGNED_BY = ["customs"]
WRITES = ["bond", "declaration", "status"]
REFS = {"transit": ["transit-declaration"], "inspectionReport": ["inspection-report"]}
NEEDS = ["transit"]


def seals_expected(transit, reports):
    """The seals at departure, less those broken on the way, and those put on instead."""
    numbers = [seal["number"] for seal in transit["body"]["seals"]]
    for report in reports:
        require(report["refs"]["declaration"] == transit["id"], "other-declaration",
                "the inspection report is about another declaration", report["id"],
                "/refs/inspectionReport")
        broken = {seal["number"]: True for seal in report["body"].get("sealsBroken", [])}
        numbers = [number for number in numbers if number not in broken]
        numbers.extend([seal["number"] for seal in report["body"].get("sealsAffixed", [])])
    return sorted(numbers)


def check_seals(body, transit, reports):
    expected = seals_expected(transit, reports)
    found = sorted(body["sealsFound"])
    if body["controlResult"] in ["A1", "A2"]:
        require(found == expected, "seal-mismatch", "the seals are not those of the departure: "
                "expected; found", ", ".join(expected), ", ".join(found), "/body/sealsFound")
    elif found != expected:
        warn("seal-mismatch", "the seals are not those of the departure", "/body/sealsFound")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    transit = refs["transit"]
    declared = get("declaration", transit["id"])
    require(signer["country"] == declared["country"], "not-your-border",
            "customs of the office of destination discharge a transit", declared["country"],
            "/refs/transit")
    check_office(body, signer)
    require(declared["state"] == "lodged", "already-decided", "it was discharged before, by",
            declared.get("discharge"), "/refs/transit")
    require(declared["open_holds"] == [], "on-hold", "lift or answer these holds first",
            ", ".join(declared["open_holds"]), "/refs/transit")
    require(days(body["arrivalDate"]) <= doc["time"] // DAY_S, "arrival-in-future",
            "the goods are still to arrive", body["arrivalDate"], "/body/arrivalDate")
    check_seals(body, transit, in_role(refs, "inspectionReport"))
    if body["arrivalDate"] > transit["body"]["timeLimit"]:
        warn("late-arrival", "the goods arrived after the time limit", "/body/arrivalDate")
    if body["controlResult"] == "B1":
        require("remarks" in body or "_sd" in body, "remarks-missing", "say what is wrong",
                "/body/remarks")
        emit("transit-not-satisfactory", {"declaration": transit["id"]})
    else:
        put("declaration", transit["id"],
            {**restore_bond(declared), "state": "discharged", "discharge": doc["id"]})
        bind(transit["id"], doc["id"])
