"""What contracts have in common. No type of its own: a contract that calls one of these functions
goes on the ledger with that function in front of its own (`cocket.contracts.assembly`).

The life of documents, for all types alike. Collections of the state, which a contract that calls
the function has to name in WRITES:

    number/<type>/<issuer>/<number in small letters>    id of the document that has the number
    status/<document id>    {"state", "by"}: what became of a document; nothing while it is in force
        bound         in force; `by` relies on it, so its issuer cannot end it any more
        superseded    by the document `by` took its place
        revoked       by the revocation `by`
        ended         it has done what it was for, or its record has; `by` did that
"""

SIGNED_BY = []
WRITES = ["number", "status"]

DAY_S = 86400
POUND_KG = "0.45359237"
TITLE_NUMBERS = {"bill-of-lading": "transportDocumentReference",
                 "warehouse-receipt": "warehouseReceiptNumber",
                 "promissory-note": "promissoryNoteNumber",
                 "bill-of-exchange": "billOfExchangeNumber",
                 "delivery-order": "deliveryOrderNumber"}


# When


def days(date):
    """Days from 1970-01-01 to a date, YYYY-MM-DD or the start of a date-time.

    A year that begins in March has its leap day at the end (Howard Hinnant, days_from_civil).
    """
    year = int(date[:4])
    month = int(date[5:7])
    day = int(date[8:10])
    if month < 3:
        year -= 1
        month += 12
    return (365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5
            + day - 719469)


def seconds(moment):
    """Seconds from 1970 to a date-time with its offset: 2026-03-04T10:15:00+08:00."""
    total = (days(moment) * DAY_S + int(moment[11:13]) * 3600 + int(moment[14:16]) * 60
             + int(moment[17:19]))
    if moment.endswith("Z"):
        return total
    at = len(moment) - 6
    offset = int(moment[at + 1:at + 3]) * 3600 + int(moment[at + 4:at + 6]) * 60
    return total - offset if moment[at] == "+" else total + offset


def within_months(first, last, months):
    """Whether `last` is no later than so many months after `first`: the same day of that month."""
    reach = (int(first[:4]) * 12 + int(first[5:7]) + months) * 32 + int(first[8:10])
    return (int(last[:4]) * 12 + int(last[5:7])) * 32 + int(last[8:10]) <= reach


def date_of(moment):
    """The day, YYYY-MM-DD in UTC, of seconds since 1970 (Howard Hinnant, civil_from_days)."""
    day = moment // DAY_S + 719468
    era = day // 146097
    day = day % 146097
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day += 1 - (153 * month + 2) // 5
    month += 3 if month < 10 else -9
    year += era * 400 + (1 if month < 3 else 0)
    return "-".join([str(year), str(100 + month)[1:], str(100 + day)[1:]])


def check_period(body):
    """`validFrom` is not after `validUntil`, where both are there."""
    if "validFrom" in body and "validUntil" in body:
        require(body["validFrom"] <= body["validUntil"], "period-reversed",
                "it would end before it begins", body["validFrom"], body["validUntil"],
                "/body/validUntil")


# The life of documents


def check_in_force(doc, role, found):
    """Nobody builds on a document that is revoked, superseded, ended, expired or not valid yet."""
    path = "/refs/" + role
    about = f"the {role}"
    status = get("status", found["id"])
    if status is not None:
        state = status["state"]
        require(state != "revoked", "reference-revoked", f"{about} was revoked", found["id"],
                "by", status["by"], path)
        require(state != "superseded", "reference-superseded",
                f"{about} was superseded: refer to what took its place", found["id"], "by",
                status["by"], path)
        require(state == "bound", "reference-ended", f"{about} has served its purpose",
                found["id"], "by", status["by"], path)
    now = doc["time"]
    require(found.get("exp", now + 1) > now, "reference-expired", f"{about} has expired",
            found["id"], path)
    body = found["body"]
    if "validUntil" in body:
        require(days(body["validUntil"]) >= now // DAY_S, "reference-expired",
                f"{about} was valid until", body["validUntil"], found["id"], path)
    if "validFrom" in body:
        require(days(body["validFrom"]) <= now // DAY_S, "reference-not-yet-valid",
                f"{about} is valid from", body["validFrom"], found["id"], path)


def check_consignment(doc, role, found):
    """A document and what it builds on are about the same goods, where both are about some."""
    if found["ucr"]:
        require(any(ucr in found["ucr"] for ucr in doc["ucr"]), "other-consignment",
                f"this names none of the consignments of the {role}", found["ucr"], found["id"],
                "/ucr")


def references(doc, allowed, needed):
    """The documents in `doc`'s references: role -> claims, each in force and of the consignment.

    allowed  role -> types a document in that role may have. What comes after a hyphen tells several
             in one role apart: `invoice`, `invoice-2`
    needed   roles that there must be
    """
    refs = doc["refs"]
    for role in needed:
        require(role in refs, "reference-missing", "name the document that this is about in the "
                "reference", role, "/refs")
    found = {}
    for role in refs:
        types = allowed.get(role.split("-")[0])
        require(types is not None, "reference-unexpected", "this type has no such reference", role,
                "/refs/" + role)
        claims = document(refs[role], types)
        check_in_force(doc, role, claims)
        check_consignment(doc, role, claims)
        found[role] = claims
    return found


def in_role(refs, role):
    """All of `references`' documents in one role, `role-2` and so on among them."""
    if not refs:
        return []
    return [claims for name, claims in refs.items() if name.split("-")[0] == role]


def bind(identity, by):
    """Keep a document in force: its issuer cannot revoke or replace what `by` relies on."""
    put("status", identity, {"state": "bound", "by": by})


def end(identity, by):
    """A document has served its purpose: nothing can build on it any more."""
    put("status", identity, {"state": "ended", "by": by})


def supersede(doc, refs):
    """This document takes the place of the one it `supersedes`: the issuer's own, and free."""
    require("supersedes" in refs, "amendment-unexpected",
            "only what supersedes a document has a reason for it", "/body/amendmentReason")
    old = refs["supersedes"]
    require(old["iss"] == doc["iss"], "not-the-issuer", "who issued a document replaces it: issuer",
            old["iss"], old["id"], "/refs/supersedes")
    require("amendmentReason" in doc["body"], "amendment-reason-missing",
            "say why the document is replaced", "/body")
    status = get("status", old["id"])
    if status is not None:
        refuse("reference-bound", "it cannot be replaced, for this document relies on it",
               status["by"], "/refs/supersedes")
    put("status", old["id"], {"state": "superseded", "by": doc["id"]})


def claim_number(doc, refs, key, path):
    """What stands under this key is one document's, and passes on only to what supersedes it."""
    first = get("number", key)
    if first is not None:
        require("supersedes" in refs and refs["supersedes"]["id"] == first, "duplicate-number",
                "this number was used before, by document", first, path)
    put("number", key, doc["id"])


def take_number(doc, refs, number, path):
    """A number is its issuer's, of one type, once; who supersedes a document may keep its number.

    refs  of `references`, where `supersedes` is looked for
    """
    name = doc["vct"].split(":")[2]
    issuer = doc["iss"]
    folded = number.lower()
    claim_number(doc, refs, f"{name}/{issuer}/{folded}", path)
    if "supersedes" in refs or "amendmentReason" in doc["body"]:
        supersede(doc, refs)


# Where, how much


def check_country(code, path):
    require(known_code("country", code), "unknown-country", "not a country of ISO 3166", code, path)


def check_countries(body, members):
    """`check_country` for those that are there."""
    for member in members:
        if member in body and not known_code("country", body[member]):
            check_country(body[member], "/body/" + member)


def currency_units(code, path):
    """The decimal places of amounts in a currency."""
    minor = minor_units(code)
    require(minor is not None, "unknown-currency",
            "not a currency of ISO 4217 that amounts are in", code, path)
    return minor


def amount(of, member, minor, path):
    """An amount of money, which has no more decimals than its currency."""
    value = decimal(of[member])
    require(value == round(value, minor), "minor-units", "more decimals than the currency has",
            value, path)
    return value


def money(value, path):
    """The amount of {"value", "currencyCode"}, which has no more decimals than its currency."""
    minor = currency_units(value["currencyCode"], path + "/currencyCode")
    return amount(value, "value", minor, path + "/value")


def kilograms(weight):
    """A weight of UN/CEFACT {"value", "unitCode"} or of DCSA {"value", "unit"} in kilograms."""
    value = decimal(weight["value"])
    unit = weight["unit"] if "unit" in weight else weight["unitCode"]
    if unit == "LBR":
        return value * decimal(POUND_KG)
    return value * 1000 if unit == "TNE" else value


def check_weights(of, net, gross, path):
    """Goods without their packaging weigh no more than with it."""
    if net in of and gross in of:
        require(kilograms(of[net]) <= kilograms(of[gross]), "net-over-gross",
                "net weight is more than gross weight", of[net]["value"], of[gross]["value"], path)


# Who


def check_signer(doc, party, path):
    """A party that is named with its organisation signs for itself."""
    require(party.get("organisation", doc["iss"]) == doc["iss"], "wrong-signer",
            "the organisation named here signs this document itself", party.get("organisation"),
            path + "/organisation")


def check_name(name, path):
    """A name is what it looks like."""
    require(legible(name), "name-characters",
            "control characters, and those that turn or hide text, are not for names", path)


def check_party(party, path):
    """Name and country are refused where they are wrong, check digits of others warned about."""
    require(legible(party["name"]), "name-characters",
            "control characters, and those that turn or hide text, are not for names",
            path + "/name")
    if "address" in party:
        require(known_code("country", party["address"]["addressCountry"]), "unknown-country",
                "not a country of ISO 3166", party["address"]["addressCountry"],
                path + "/address/addressCountry")
    if "organisation" in party:
        require(organisation(party["organisation"]) is not None, "unknown-organisation",
                "no organisation of this ledger", party["organisation"], path + "/organisation")
    if "lei" in party and not check_digit("lei", party["lei"]):
        warn("check-digit", "the LEI fails its check digits (ISO 17442)", path + "/lei")
    if "gln" in party and not check_digit("gln", party["gln"]):
        warn("check-digit", "the GLN fails its check digit (GS1)", path + "/gln")


def check_parties(body, members):
    """`check_party` for those that are there."""
    for member in members:
        if member in body:
            check_party(body[member], "/body/" + member)


def check_person(doc, of, member, path):
    """A natural person is hidden on the ledger, which forgets nothing; `of` is what holds it.

    Whoever holds the disclosures runs the contract on a document with a member `disclosed`: there
    the person is read, and has a name that is what it looks like and a country's nationality.
    """
    if shown(of, member, "name-characters"):
        place = path + "/" + member
        require("disclosed" in doc, "personal-data",
                "hide the person from the ledger, where it could be read for ever", place)
        check_name(of[member]["name"], place + "/name")
        if "nationality" in of[member]:
            check_country(of[member]["nationality"], place + "/nationality")


# What


def hs6(lines):
    """The goods of lines as HS editions and six digits: {"2022 620610": True}."""
    return {line["hsEdition"] + " " + line["hsCode"][:6]: True
            for line in lines if "hsCode" in line}


def check_same_goods(lines, others, name, path):
    """Every HS-6 of `lines` is one of `others`, which a document called `name` lists.

    What is coded in an edition that the other does not use is warned about, not compared.
    """
    known = hs6(others)
    editions = {code[:4]: True for code in known}
    for code in hs6(lines):
        if code[:4] in editions:
            require(code in known, "hs-mismatch", f"no line of the {name} has this HS code",
                    code[5:], path)
        elif known:
            warn("hs-edition", f"the {name} uses another HS edition: not compared", path)


def check_invoiced_goods(lines, refs, path):
    """Goods are those of each invoice in the role `invoice`, as `check_same_goods` compares."""
    for invoice in in_role(refs, "invoice"):
        if shown(invoice["body"], "itemsShipped", "hs-mismatch"):
            check_same_goods(lines, invoice["body"]["itemsShipped"], "invoice", path)


def check_containers(numbers, path):
    """Containers that fail ISO 6346 are warned about: others painted those numbers."""
    odd = [number for number in numbers if not check_digit("iso6346", number)]
    if odd:
        listed = ", ".join(odd[:5])
        warn("check-digit", f"container numbers that fail ISO 6346: {listed}", path)


def check_carried(body, refs):
    """Containers declared are on the transport documents, where these list containers."""
    containers = body.get("containers", [])
    check_containers(containers, "/body/containers")
    listed = [each["equipment"]["equipmentReference"]
              for claims in in_role(refs, "transportDocument")
              for each in claims["body"].get("utilizedTransportEquipments", [])]
    if listed:
        missing = [number for number in containers if number not in listed]
        require(missing == [], "container-missing", "these are not on the transport document, "
                "which lists", ", ".join(missing[:5]), ", ".join(listed[:5]), "/body/containers")


# The network


def validators():
    """The organisations that run a validator in the newest epoch."""
    epoch = 1
    while get("validators", str(epoch + 1)) is not None:
        epoch += 1
    return get("validators", str(epoch))


# What other documents did


def title_key(found):
    """Where the title of a bill of lading, a warehouse receipt … is kept: title/<this>."""
    name = found["vct"].split(":")[2]
    return name + "/" + found["iss"] + "/" + found["body"][TITLE_NUMBERS[name]].lower()


def held(title, now):
    """A title as it is at `now`: out of an escrow that lapsed it is the seller's again."""
    escrow = title.get("escrow")
    if escrow is None or now <= escrow["until"]:
        return title
    kept = {name: value for name, value in title.items() if name != "escrow"}
    return {**kept, "controller": escrow["seller"]}


def paid_so_far(identity, currency, path):
    """What payment hubs confirmed for an invoice, an assessment …, all in its own currency."""
    paid = get("paid", identity)
    if paid is None:
        return decimal(0)
    require(paid["currencyCode"] == currency, "currency-mismatch",
            "it was paid in another currency", paid["currencyCode"], currency, path)
    return decimal(paid["total"])


def table_on(country, name, date):
    """The reference table that customs of a country had in effect on a date; None without one."""
    dates = [start for start in get("tables", country + "/" + name) or [] if start <= date]
    return get("table", country + "/" + name + "/" + max(dates)) if dates else None


def table_day(country, name, date):
    """The day from which that table holds; None without one. An assessment says it."""
    starts = [start for start in get("tables", country + "/" + name) or [] if start <= date]
    return max(starts) if starts else None


def may_act_for(doc, refs, principal, act, country):
    """Whether the issuer is the principal, or has its power of attorney for this."""
    if doc["iss"] == principal:
        return True
    for power in in_role(refs, "powerOfAttorney"):
        body = power["body"]
        if (power["iss"] == principal and body["agent"]["organisation"] == doc["iss"]
                and act in body["acts"] and country in body["countries"]):
            return True
    return False


def check_certificate(doc, signer, refs):
    """What all certificates of authorities have in common: own country, period, goods invoiced."""
    body = doc["body"]
    require(body["country"] == signer["country"], "not-your-country",
            "an authority certifies for its own country", body["country"], signer["country"],
            "/body/country")
    check_countries(body, ["country", "destinationCountry"])
    check_period(body)
    check_invoiced_goods(body["goodsItems"], refs, "/body/goodsItems")


def check(doc, signer):
    """No document is of this type."""
    refuse("unknown-type", "this is what other types have in common")
