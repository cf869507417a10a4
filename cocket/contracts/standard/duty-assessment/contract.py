"""Duty assessment: customs say what is due for declared goods, line by line with the working.

Signed by: customs whose border it is.  Standard: Single Administrative Document, box 47; WCO
Kyoto convention, chapter 4; preference by agreement: RCEP, CPTPP, EUSFTA and the like.

A line is a tax base times a rate in per cent, or a quantity times an amount for each unit; a half
of the smallest coin may be rounded either way. Rates are those of the border's own tables on the
day on which the goods were declared: of the rows whose `hs` begins the code the longest counts,
then the agreement, then the origin. Preference is applied only where it was claimed
(preference/<declaration>), and claim and certificate of origin are still in force; customs may also
deny it, and assess at the general rate.

The declaration then owes `totalDue`: duty_due, paid in paid/<this document>. An assessment that is
paid can be followed by another of what is still due; one that is not, by one that supersedes it.

Levels: format: tax types of box 47; registry: currency, tables.
"""

SIGNED_BY = ["customs"]
WRITES = ["declaration", "number", "status"]
REFS = {"declaration": ["import-declaration", "export-declaration", "low-value-declaration"],
        "table": ["reference-table"], "inspectionReport": ["inspection-report"],
        "supersedes": ["duty-assessment"]}
NEEDS = ["declaration"]

CUSTOMS_DUTY = "A00"


def check_open(refs, declaration, declared):
    """One assessment at a time: it takes the place of one that nobody paid, or follows one paid."""
    require(declared["state"] != "refused", "already-decided", "the goods were refused",
            declared.get("refusal"), "/refs/declaration")
    before = declared["assessment"]
    if before is None:
        return
    currency = declared["currencyCode"]
    paid = paid_so_far(before, currency, "/refs/declaration")
    if "supersedes" in refs or before == declaration["id"]:
        replaced = refs["supersedes"]["id"] if "supersedes" in refs else before
        if replaced == before and paid == 0:
            return
    require(paid >= decimal(declared["duty_due"]), "already-assessed", "it is assessed, and that "
            "is not paid yet: supersede it while nothing is paid, or wait", before,
            "/refs/declaration")


def check_line(line, minor, path):
    """What a line comes to, or None where that is hidden."""
    if not shown(line, "amount", "assessment-total"):
        return None
    due = amount(line, "amount", minor, path)
    flat = "perUnit" in line
    require(flat != ("rate" in line), "line-basis",
            "a line has a rate in per cent, or an amount perUnit, not both", path)
    member = "quantity" if flat else "taxBase"
    if shown(line, member, "line-total"):
        exact = decimal(line[member]) * decimal(line["perUnit" if flat else "rate"])
        if not flat:
            exact = exact / 100
        require(exact == due or round(exact - due, minor) == 0, "line-total",
                "base times rate is not this amount, but", round(exact, minor), due, path)
    else:
        require("_sd" in line, "line-basis", "say what the amount is reckoned on", member, path)
    return due


def table_of(line, country, date, tables, path):
    """The rows by prefix of the table that a line names, which has to be the one of that day."""
    name = line["table"]
    if name not in tables:
        table = table_on(country, name, date)
        require(table is not None, "rate-mismatch", f"customs of {country} publish no such table "
                "for that day", name, date, path)
        tables[name] = {"from": table_day(country, name, date),
                        "rows": by_prefix(table.get("rows", [])), "rate": table.get("rate")}
    require(line.get("from", tables[name]["from"]) == tables[name]["from"], "rate-mismatch",
            f"on {date} another version of the table held, that of", tables[name]["from"], path)
    return tables[name]


def check_rate(line, item, agreement, table, path):
    """The rate is the table's."""
    if table["rate"] is not None:
        right = {"rate": table["rate"]}
    else:
        right = row_for(table["rows"], item, agreement)
    require(right is not None, "rate-mismatch", "the table has no rate for these goods",
            item["hsCode"], item["originCountry"], path)
    if "rate" in right:
        require("rate" in line and decimal(line["rate"]) == decimal(right["rate"]),
                "rate-mismatch", "the table says, in per cent", right["rate"], line.get("rate"),
                path)
    else:
        require("perUnit" in line
                and decimal(line["perUnit"]) == decimal(right["perUnit"]["value"]),
                "rate-mismatch", "the table says, for each unit", right["perUnit"]["value"],
                line.get("perUnit"), path)


def check_claimed(claimed, agreement, path):
    """Preference was claimed under this agreement; claim and certificate were not taken back."""
    require(claimed.get("agreement") == agreement, "no-preference", "no preference under this "
            "agreement was claimed for the item", agreement, claimed.get("agreement"), path)
    for name in ["claim", "certificate"]:
        status = get("status", claimed[name])
        require(status is None or status["state"] not in ["revoked", "superseded"],
                "no-preference", f"the {name} of the preference is no longer in force, by document",
                claimed[name], (status or {}).get("by"), path)


def check_lines(doc, declaration, declared, minor):
    """Each line is right. Gives their sum, or None where an amount is hidden."""
    items = declaration["body"]["goodsItems"]
    claims = {item: each for each in get("preference", declaration["id"]) or []
              for item in each["items"]}
    tables = {}
    total = decimal(0)
    for number, line in enumerate(doc["body"]["lines"]):
        path = f"/body/lines/{number}"
        require(line["item"] <= len(items), "item-unknown", "the declaration has items up to",
                len(items), line["item"], path)
        item = items[line["item"] - 1]
        agreement = line.get("agreement")
        if agreement is not None:
            check_claimed(claims.get(line["item"], {}), agreement, path)
        if "table" in line:
            table = table_of(line, declared["country"], declared["lodgedOn"], tables, path)
            check_rate(line, item, agreement, table, path)
        elif line["type"] == CUSTOMS_DUTY:
            name = "tariff-" + item["hsCode"][:2]
            require(table_day(declared["country"], name, declared["lodgedOn"]) is None,
                    "rate-mismatch", "say by which table: customs publish", name, path)
        due = check_line(line, minor, path)
        total = None if due is None or total is None else total + due
    return total


def check_due(body, total, minor):
    """What is due is the sum of the lines."""
    due = amount(body, "totalDue", minor, "/body/totalDue")
    if total is not None:
        require(due == total, "assessment-total", "the lines sum up to", total, due,
                "/body/totalDue")
    return due


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    declaration = refs["declaration"]
    declared = declared_here(signer, declaration)
    check_open(refs, declaration, declared)
    take_number(doc, refs, body["assessmentNumber"], "/body/assessmentNumber")
    check_office(body, signer)
    minor = currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement")
    due = check_due(body, check_lines(doc, declaration, declared, minor), minor)
    put("declaration", declaration["id"], {
        **declared, "duty_due": str(due), "currencyCode": body["currencyOfSettlement"],
        "assessment": doc["id"]})
    if declared["state"] == "lodged":
        bind(declaration["id"], doc["id"])
