"""Reference table: customs publish rates, thresholds, prohibitions, lists, with the day of effect.

Signed by: customs, for their own country.  Standard: none; the law that the table names.

It keeps table/<country>/<name>/<from> and tables/<country>/<name>, all its days: tables of the past
stay, so that a rate of any day can be looked up for ever (`table_on`). Therefore a table takes the
place of another from tomorrow at the earliest; what held before the first day that is known here
may be told later, going backwards. Before its day a table can be superseded.

Levels: format: the tables that contracts read have a schema of their own; registry: the country.
"""

SIGNED_BY = ["customs"]
WRITES = ["number", "status", "table", "tables"]
REFS = {"supersedes": ["reference-table"]}

DAYS_MAX = 1000


def withdraw(refs, name, known, today):
    """A table whose day has not come makes room for the one that supersedes it."""
    old = refs["supersedes"]["body"]
    require(old["name"] == name, "other-table", "a table supersedes one of the same name",
            old["name"], "/refs/supersedes")
    require(days(old["from"]) > today, "already-in-effect",
            "it holds already: publish a table for a later day", old["from"], "/refs/supersedes")
    put("table", old["country"] + "/" + name + "/" + old["from"], None)
    return [day for day in known if day != old["from"]]


def check(doc, signer):
    body = doc["body"]
    country = body["country"]
    name = body["name"]
    day = body["from"]
    today = doc["time"] // DAY_S
    refs = references(doc, REFS, [])
    require(country == signer["country"], "not-your-border",
            "customs publish tables of their own border", country, signer["country"],
            "/body/country")
    key = country + "/" + name
    known = get("tables", key) or []
    if "supersedes" in refs:
        known = withdraw(refs, name, known, today)
    take_number(doc, refs, name + "/" + day, "/body/from")
    require(day not in known, "duplicate-number",
            "there is a table of that day by other customs of this country", "/body/from")
    require(known == [] or day < min(known) or days(day) > today, "effective-in-past",
            "what was decided by a table stays as it was: from tomorrow, or before the first that "
            "is known here", day, "/body/from")
    require(len(known) < DAYS_MAX, "too-many-tables", "go on under a new name", "/body/name")
    put("table", key + "/" + day, body["table"])
    put("tables", key, sorted(known + [day]))
    emit("reference-table", {"country": country, "name": name, "from": day})
