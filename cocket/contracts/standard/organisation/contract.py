"""Organisation: registers an organisation, or changes the name or the keys of one.

Signed by: customs or a chamber of the same country, who vouch for a new organisation and for a new
name; the organisation itself, for its keys.  Roles that bind others come by governance, and so do
keys of nodes.
"""

SIGNED_BY = []
WRITES = ["organisation", "key"]

VOUCHED_ROLES = ["merchant", "forwarder", "carrier", "inspection", "observer"]
VOUCHED_USES = ["sign", "encrypt"]
KEYS_MAX = 64


def is_voucher(signer):
    voucher = "customs" in signer["roles"] or "chamber" in signer["roles"]
    return voucher and signer["chamber"] == "public"


def vouched_for(body, signer):
    for member in ["legalName", "country", "roles", "chamber"]:
        require(member in body, "member-missing", "a new organisation needs its", member, "/body")
    require(known_code("country", body["country"]),
            "unknown-country", "not a country of ISO 3166", body["country"], "/body/country")
    require(is_voucher(signer), "not-a-voucher",
            "customs or a chamber of commerce of the public chamber vouch for an organisation")
    require(signer["country"] == body["country"], "not-your-country",
            "a voucher vouches for organisations of its own country", "/body/country")
    require(body["chamber"] == "private",
            "needs-governance", "the public chamber is joined by governance", "/body/chamber")
    for role in body["roles"]:
        require(role in VOUCHED_ROLES,
                "needs-governance", "this role is given by governance", role, "/body/roles")
    return {"id": body["id"], "legalName": body["legalName"], "country": body["country"],
            "roles": body["roles"], "chamber": body["chamber"], "keys": []}


def new_name(body, known, signer):
    """A name is what others go by: whoever vouches for the organisation vouches for its name."""
    require(is_voucher(signer) and "legalName" in body
            and "addKeys" not in body and "revokeKeys" not in body,
            "not-yours", "this id is taken; an organisation's keys are changed by itself, its name "
            "by customs or a chamber of its country", "/body/id")
    require(signer["country"] == known["country"], "not-your-country",
            "a voucher vouches for organisations of its own country", "/body/id")
    require(known["chamber"] == "private", "needs-governance",
            "the public chamber changes by governance", "/body/id")
    for member in ["country", "roles", "chamber"]:
        require(member not in body or body[member] == known[member],
                "needs-governance", "a voucher does not change this", member, "/body")


def own_change(body, known):
    for member in ["legalName", "country", "roles", "chamber"]:
        require(member not in body or body[member] == known[member],
                "needs-governance", "an organisation does not change this itself", member, "/body")


def revoke_keys(kids, known, height):
    for kid in kids:
        entry = get("key", kid)
        require(entry is not None and entry["organisation"] == known["id"],
                "not-your-key", "no key of this organisation", kid, "/body/revokeKeys")
        require(entry["use"] in VOUCHED_USES,
                "needs-governance", "keys of nodes change by governance", kid, "/body/revokeKeys")
        require("until" not in entry,
                "key-revoked", "this key has an end already", kid, "/body/revokeKeys")
        put("key", kid, {**entry, "until": height})
        for key in known["keys"]:
            if key["publicKey"] == entry["publicKey"]:
                key["until"] = height


def add_keys(keys, known, height):
    for key in keys:
        require(key["use"] in VOUCHED_USES,
                "needs-governance", "keys of nodes come by governance", key["use"], "/body/addKeys")
        kid = thumbprint(key["publicKey"])
        require(get("key", kid) is None,
                "key-taken", "a key belongs to one organisation for ever", kid, "/body/addKeys")
        entry = {"publicKey": key["publicKey"], "use": key["use"], "from": height}
        known["keys"].append(entry)
        put("key", kid, {**entry, "organisation": known["id"]})
    require(len(known["keys"]) <= KEYS_MAX,
            "too-many-keys", "an organisation has at most 64 keys, revoked ones counted")


def check(doc, signer):
    body = doc["body"]
    if "lei" in body and not check_digit("lei", body["lei"]):
        warn("check-digit", "the LEI fails its check digits (ISO 17442)", "/body/lei")
    known = get("organisation", body["id"])
    if known is None:
        known = vouched_for(body, signer)
    elif signer["organisation"] == body["id"]:
        own_change(body, known)
    else:
        new_name(body, known, signer)
    if "legalName" in body:
        require(legible(body["legalName"]), "name-characters",
                "control characters, and those that turn or hide text, are not for names",
                "/body/legalName")
        known["legalName"] = body["legalName"]
    revoke_keys(body.get("revokeKeys", []), known, doc["height"] + 1)
    add_keys(body.get("addKeys", []), known, doc["height"] + 1)
    require(any(key["use"] == "sign" and "until" not in key for key in known["keys"]),
            "no-sign-key", "at least one key to sign with must remain", "/body/addKeys")
    put("organisation", body["id"], known)
