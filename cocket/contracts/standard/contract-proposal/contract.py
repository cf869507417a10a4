"""Contract proposal: a new type of document, or a new version of one, put to the validators.

Signed by: an organisation that runs a validator.  Standard: none; how this network changes its
rules without stopping.

What is proposed is compiled at once, so that nobody approves what cannot run. It keeps
draft/<id> with the text, proposal/<id> with who approved, and holds for 30 days. Large schemas
come in parts: documents of type schema-definitions, by the same issuer, hold what is in "$defs".

Levels: format: the schema; digest: the SHA-256 of type, schema and source is reckoned again.
"""

SIGNED_BY = []
WRITES = ["draft", "proposal", "proposals"]
REFS = {"definitions": ["schema-definitions"]}

LAPSE_S = 2592000
OPEN_MAX = 8


def still_open(issuer, now):
    """An issuer's proposals that can still be approved; drafts of the others are let go."""
    found = []
    for identity in get("proposals", issuer) or []:
        status = get("status", identity)
        if status is None and get("proposal", identity)["until"] >= now:
            found.append(identity)
        elif status is None or status["state"] == "revoked":
            put("draft", identity, None)
    return found


def whole_schema(doc, refs):
    """The schema with the definitions that came before it, the proposal's own going first."""
    schema = doc["body"]["schema"]
    if not refs:
        return schema
    definitions = {}
    for part in refs.values():
        require(part["iss"] == doc["iss"], "not-the-issuer",
                "who proposes a schema issues its definitions", part["id"], "/refs")
        definitions = {**definitions, **part["body"]["definitions"]}
    return {**schema, "$defs": {**definitions, **schema.get("$defs", {})}}


def check_version(name, version):
    """A version is new, and there are all before it."""
    require(get("contract", f"urn:cocket:{name}:{version}") is None, "version-exists",
            "this version of the type is in force; propose the next", f"{name}:{version}",
            "/body/version")
    before = version - 1
    require(before == 0 or get("contract", f"urn:cocket:{name}:{before}") is not None,
            "version-gap", "versions follow each other: there is none before this one",
            f"{name}:{before}", "/body/version")


def check(doc, signer):
    body = doc["body"]
    name = body["name"]
    version = body["version"]
    refs = references(doc, REFS, [])
    require(doc["iss"] in validators(), "not-a-validator",
            "contracts are proposed by organisations that run a validator")
    check_version(name, version)
    opened = still_open(doc["iss"], doc["time"])
    require(len(opened) < OPEN_MAX, "too-many-proposals",
            "so many proposals of one organisation are open at a time", OPEN_MAX)
    writes_into = body.get("writesInto", [])
    vct = f"urn:cocket:{name}:{version}"
    put("draft", doc["id"], {
        "type": vct, "schema": whole_schema(doc, refs), "source": body["source"],
        "digest": body["digest"], "writesInto": writes_into})
    put("proposal", doc["id"], {
        "type": vct, "digest": body["digest"], "writesInto": writes_into,
        "until": doc["time"] + LAPSE_S, "approvals": []})
    put("proposals", doc["iss"], opened + [doc["id"]])
    emit("contract-proposed", {"type": vct, "proposal": doc["id"]})
