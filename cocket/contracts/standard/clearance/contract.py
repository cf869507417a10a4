"""Clearance: customs release the goods of a declaration.

Signed by: customs of the country the declaration is addressed to.  Standard: WCO SAFE framework;
Kyoto convention, chapter 3 (release of goods); DCSA track and trace event CUSR (customs released).

RELEASED needs every hold released, what is assessed paid or covered by a customs bond, and, where
the border's table `findings` asks for them, the findings of its customs on what was hidden from the
ledger. SETTLED follows a release against a bond: the assessment is paid, the bond is free again.

Levels: check digit: MRN refused; registry: customs office of the signer's country.
"""

SIGNED_BY = ["customs"]
WRITES = ["bond", "declaration", "status"]
REFS = {"declaration": ["import-declaration", "low-value-declaration", "export-declaration"],
        "customsBond": ["customs-bond"], "inspectionReport": ["inspection-report"]}
NEEDS = ["declaration"]


def check_finding(doc, identity, rule):
    """Customs looked at what was hidden, ran the rule, and signed what came of it."""
    finding = get("finding", identity + "/" + doc["iss"]) or {"verdict": "none", "unchecked": []}
    require(finding["verdict"] != "refused", "finding-refused",
            "your own finding refuses the document", finding.get("code"), finding.get("finding"),
            "/refs/declaration")
    require(rule in finding["unchecked"], "finding-missing",
            "what this rule needs is hidden, and your customs ask for a finding of yours first: "
            "rule, document", rule, identity, "/refs/declaration")


def check_findings(doc, declaration, declared):
    """The table `findings` of the border names rules: each that the ledger left unchecked, of the
    declaration, what it refers to, and what it claims preference by, was run since."""
    table = table_on(declared["country"], "findings", date_of(doc["time"]))
    if table is None:
        return
    papers = {declaration["id"]: True}
    for identity in declaration["refs"].values():
        papers[identity] = True
    for claimed in get("preference", declaration["id"]) or []:
        papers[claimed["claim"]] = True
        papers[claimed["certificate"]] = True
    for identity in papers:
        for rule in get("unchecked", identity) or []:
            if rule in table["rules"]:
                check_finding(doc, identity, rule)


def cover(doc, refs, declaration, declared):
    """What was assessed is paid, as payment hubs confirmed, or a bond stands for the rest."""
    due = decimal(declared["duty_due"])
    if due == 0:
        return declared
    paid = paid_so_far(declared["assessment"], declared["currencyCode"], "/refs/declaration")
    if "customsBond" in refs and paid < due:
        importer = declaration["body"].get("importer", {}).get("organisation")
        bond = draw_bond(doc, refs["customsBond"], due - paid, declared["currencyCode"],
                         [declared["declarant"], importer], [declared["country"]])
        return {**declared, "bond": bond}
    require(paid >= due, "duty-unpaid", "the assessment is not paid yet: due, paid", due, paid,
            declared["assessment"])
    return declared


def release(doc, refs, declaration, declared):
    check_undecided(declared)
    require(declared["open_holds"] == [], "on-hold",
            "lift or answer these holds first", ", ".join(declared["open_holds"]))
    check_findings(doc, declaration, declared)
    bind(declaration["id"], doc["id"])
    return {**cover(doc, refs, declaration, declared), "state": "cleared", "clearance": doc["id"]}


def settle(declared):
    """After release against a bond: paid, so that the bond is free again."""
    require("bond" in declared, "no-bond", "no bond stands for this declaration",
            "/refs/declaration")
    due = decimal(declared["duty_due"])
    paid = decimal(0)
    if declared["assessment"] is not None:
        paid = paid_so_far(declared["assessment"], declared["currencyCode"], "/refs/declaration")
    require(paid >= due, "duty-unpaid", "the assessment is not paid yet: due, paid", due, paid,
            declared["assessment"])
    return restore_bond(declared)


def check(doc, signer):
    refs = references(doc, REFS, NEEDS)
    declaration = refs["declaration"]
    declared = declared_here(signer, declaration)
    check_office(doc["body"], signer)
    number = doc["body"].get("movementReferenceNumber")
    require(number is None or check_digit("mrn", number), "check-digit",
            "the movement reference number fails its check digit", number,
            "/body/movementReferenceNumber")
    if doc["body"]["decision"] == "SETTLED":
        put("declaration", declaration["id"], settle(declared))
    else:
        put("declaration", declaration["id"], release(doc, refs, declaration, declared))
