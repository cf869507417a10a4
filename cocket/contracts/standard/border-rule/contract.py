"""Border rule: customs publish what they ask of documents that are addressed to them.

Signed by: customs, for their own country alone; nobody votes on it.  Standard: none; DESIGN of this
network, and the law that the rule names.

It holds from 00:00 UTC of the day `from`, for documents that make or change a declaration of that
country and are of the types that `documents` lists; see `cocket.contracts.borders`. A newer version
of the same name takes its place from its own day on; one without source and documents retires it.
Before its day, and on it, a version can be superseded, also by one for another day: so a rule that
fails is mended at once.

It keeps border/<country>, name -> day -> types, and border-rule/<country>/<name>/<day>, the text.

Levels: format: the schema; the rule is compiled; registry: the country.
"""

SIGNED_BY = ["customs"]
WRITES = ["border", "border-rule", "number", "status"]
REFS = {"supersedes": ["border-rule"]}

RULES_MAX = 16
VERSIONS_MAX = 4


def rule_key(country, name, day):
    return country + "/" + name + "/" + day


def withdraw(doc, refs, rules, today):
    """A version whose day is not over makes room for the one that supersedes it."""
    old = refs["supersedes"]["body"]
    require(old["name"] == doc["body"]["name"], "other-rule",
            "a version supersedes one of the same name", old["name"], "/refs/supersedes")
    require(days(old["from"]) >= today, "already-in-effect",
            "it has held since an earlier day: publish a newer version", old["from"],
            "/refs/supersedes")
    rules[old["name"]].pop(old["from"])
    if "source" in old:
        put("border-rule", rule_key(old["country"], old["name"], old["from"]), None)


def still_needed(rules, today):
    """The rules without versions that are over, and without those that are retired for good."""
    kept = {}
    for name in rules:
        begun = [day for day in rules[name] if days(day) <= today]
        first = max(begun) if begun else ""
        versions = {day: types for day, types in rules[name].items() if day >= first}
        if any(types != [] for types in versions.values()):
            kept[name] = versions
    return kept


def check(doc, signer):
    body = doc["body"]
    country = body["country"]
    name = body["name"]
    day = body["from"]
    today = doc["time"] // DAY_S
    refs = references(doc, REFS, [])
    require(country == signer["country"], "not-your-border",
            "customs make rules for their own border", country, signer["country"], "/body/country")
    require(days(day) >= today, "effective-in-past", "a rule holds from today at the earliest", day,
            "/body/from")
    require(("source" in body) == ("documents" in body), "rule-in-part",
            "a rule has a source and the types of documents it is for; to retire it, neither",
            "/body")
    rules = get("border", country) or {}
    if "supersedes" in refs:
        withdraw(doc, refs, rules, today)
    take_number(doc, refs, name + "/" + day, "/body/from")
    versions = rules.get(name, {})
    require(day not in versions, "duplicate-number", "there is a version of that day by other "
            "customs of this country", "/body/from")
    versions[day] = body.get("documents", [])
    rules[name] = versions
    rules = still_needed(rules, today)
    require(len(rules) <= RULES_MAX and len(rules.get(name, {})) <= VERSIONS_MAX, "too-many-rules",
            "a border has at most 16 rules, each with 4 versions that hold or are to come",
            "/body/name")
    put("border", country, rules)
    if "source" in body:
        put("border-rule", rule_key(country, name, day),
            {"source": body["source"], "document": doc["id"]})
    emit("border-rule", {"country": country, "name": name, "from": day})
