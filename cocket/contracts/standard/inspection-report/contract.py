"""Inspection report: what was found when the goods of a declaration were examined.

Signed by: customs of the border, or an inspection company.  Standard: WCO Kyoto convention, chapter
3 (examination of goods); WCO SAFE framework, seal integrity programme.

It changes nothing of the declaration: what is done about it is another document. A transit
discharge reads which seals were broken and put on.

Levels: check digit: containers warned about; registry: customs of the border, UN/LOCODE's form.
"""

SIGNED_BY = ["inspection", "customs"]
WRITES = ["number", "status"]
REFS = {"declaration": ["import-declaration", "export-declaration", "low-value-declaration",
                        "transit-declaration"],
        "hold": ["hold"]}
NEEDS = ["declaration"]


def check_seals(body, containers):
    """Seals are on containers of the declaration; what was opened is sealed again."""
    broken = body.get("sealsBroken", [])
    affixed = body.get("sealsAffixed", [])
    for seal in broken + affixed:
        require(containers == [] or seal["equipmentReference"] in containers, "container-missing",
                "the declaration lists no such container, but", seal["equipmentReference"],
                ", ".join(containers[:5]), "/body/sealsAffixed")
    gone = {seal["number"]: True for seal in broken}
    require(all(seal["number"] not in gone for seal in affixed), "seal-reused",
            "a broken seal is not put on again", "/body/sealsAffixed")
    closed = {seal["equipmentReference"]: True for seal in affixed}
    if any(seal["equipmentReference"] not in closed for seal in broken):
        warn("not-resealed", "a container was opened, and no seal put on", "/body/sealsAffixed")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    declaration = refs["declaration"]
    if "customs" in signer["roles"]:
        declared_here(signer, declaration)
    take_number(doc, refs, body["reportNumber"], "/body/reportNumber")
    require(seconds(body["inspectedAt"]) <= doc["time"], "inspected-in-future",
            "the examination is still to come", body["inspectedAt"], "/body/inspectedAt")
    containers = declaration["body"].get("containers", [])
    opened = body.get("containers", [])
    check_containers(opened, "/body/containers")
    for number in opened:
        require(containers == [] or number in containers, "container-missing",
                "the declaration lists no such container, but", number, ", ".join(containers[:5]),
                "/body/containers")
    check_seals(body, containers)
    if body["result"] == "DIFFERS" and shown(body, "findings", "findings-missing"):
        require(body["findings"] != [], "findings-missing", "say what differs", "/body/findings")
    elif body["result"] == "DIFFERS":
        require("_sd" in body, "findings-missing", "say what differs", "/body/findings")
