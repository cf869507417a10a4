"""Carnet voucher: customs write down what crossed their border under a carnet, and until when.

Signed by: customs of the country whose border it is; the last one by the chamber of the carnet.
Standard: Istanbul convention, annex A (ATA carnet, its vouchers and counterfoils); TIR convention
1975 (TIR carnet, vouchers 1 and 2).

    EXPORTATION    leaves home              home → on the way
    IMPORTATION    comes in for a while     on the way → a stay, until `reexportBy`
    REEXPORTATION  leaves again             that stay → on the way
    REIMPORTATION  is back                  on the way → home
    HOME_USE       is not to come back: sold, cleared and taxed    that stay → left
    TRANSIT        comes in on its way      on the way → a stay, until `reexportBy`
    TRANSIT_END    leaves again, or is at an office inland    that stay → on the way
    ARRIVAL        of a TIR carnet: is at its destination     that stay → left
    DISCHARGE      of an ATA carnet: the chamber closes it, as nothing is abroad

So no more pieces are ever anywhere than the carnet lists, and no more come back than went. A TIR
carnet ends when all has arrived. Bringing goods back is never too late to be written down, only
warned about: it is then for the guarantee. Who shares a customs territory with a country, by that
country's table `customs-union`, {"countries": […]}, writes for it as well: goods that came to
Rotterdam may leave from Hamburg.

Levels: format: office, its country; registry: none but the carnet itself.
"""

SIGNED_BY = ["customs", "chamber"]
WRITES = ["carnet", "number", "status", "stay"]
REFS = {"carnet": ["ata-carnet", "tir-carnet"], "entry": ["carnet-voucher"],
        "clearance": ["clearance"]}
NEEDS = ["carnet"]

KINDS = {"ata-carnet": ["EXPORTATION", "IMPORTATION", "REEXPORTATION", "REIMPORTATION", "HOME_USE",
                        "TRANSIT", "TRANSIT_END", "DISCHARGE"],
         "tir-carnet": ["TRANSIT", "TRANSIT_END", "ARRIVAL"]}
FROM = {"EXPORTATION": "home", "IMPORTATION": "way", "TRANSIT": "way", "REIMPORTATION": "way"}
TO = {"EXPORTATION": "way", "REEXPORTATION": "way", "TRANSIT_END": "way", "REIMPORTATION": "home",
      "HOME_USE": "left", "ARRIVAL": "left"}
ENDS = {"REEXPORTATION": "IMPORTATION", "HOME_USE": "IMPORTATION", "TRANSIT_END": "TRANSIT",
        "ARRIVAL": "TRANSIT"}
SETS_OUT = ["EXPORTATION", "IMPORTATION", "TRANSIT"]


# When and where


def as_of(doc):
    """The document at a time when the carnet has to hold: now, where goods set out or come in.

    Not later than its last day where goods come back; nor for a TIR carnet that is under way, which
    holds until they arrive (TIR convention, article 9).
    """
    carnet = get("carnet", doc["refs"].get("carnet", "none"))
    if carnet is None:
        return doc
    under_way = carnet["kind"] == "tir-carnet" and get("status", doc["refs"]["carnet"]) is not None
    if doc["body"]["voucherKind"] in SETS_OUT and not under_way:
        return doc
    return {**doc, "time": min(doc["time"], days(carnet["until"]) * DAY_S)}


def check_territory(signer, country, today):
    """Customs write for their own country, or for one whose territory they share."""
    mine = signer["country"]
    if mine != country:
        union = table_on(country, "customs-union", today)
        require(union is not None and mine in union["countries"], "not-your-country",
                "this is for customs of another country to write", country, mine,
                "/body/customsOffice")


def check_country_of(doc, signer, carnet, state):
    """The border is one that the carnet is for: home, or a country that it names."""
    body = doc["body"]
    kind = body["voucherKind"]
    today = date_of(doc["time"])
    if kind == "DISCHARGE":
        require(carnet["iss"] == doc["iss"], "not-the-issuer", "the chamber that issued a carnet "
                "discharges it", carnet["iss"], "/refs/carnet")
        return
    require("customs" in signer["roles"], "not-customs", "borders are for customs", "/body")
    require("customsOffice" in body, "office-missing", "say at which customs office",
            "/body/customsOffice")
    check_office(body, signer)
    if kind in ["EXPORTATION", "REIMPORTATION"]:
        check_territory(signer, state["country"], today)
    elif kind in SETS_OUT:
        require(signer["country"] in carnet["body"]["countries"], "country-not-covered",
                "the carnet does not name your country, but", signer["country"],
                ", ".join(carnet["body"]["countries"]), "/refs/carnet")
    if kind == "ARRIVAL":
        offices = carnet["body"]["officesOfDestination"]
        require(body["customsOffice"] in offices, "not-the-destination",
                "goods arrive at an office of destination of the carnet, which are",
                body["customsOffice"], ", ".join(offices), "/body/customsOffice")


def check_deadline(doc, state):
    """Who lets goods in says until when: in the future, and no later than an ATA carnet holds."""
    body = doc["body"]
    if body["voucherKind"] not in ["IMPORTATION", "TRANSIT"]:
        require("reexportBy" not in body, "deadline-unexpected",
                "only goods that come in have a day by which they leave", "/body/reexportBy")
        return
    require("reexportBy" in body, "deadline-missing", "say until when the goods may stay",
            "/body/reexportBy")
    require(days(body["reexportBy"]) >= doc["time"] // DAY_S, "deadline-past",
            "the goods would be late when they come", body["reexportBy"], "/body/reexportBy")
    require(state["kind"] != "ata-carnet" or body["reexportBy"] <= state["until"],
            "deadline-after-carnet", "goods stay no longer than the carnet holds",
            body["reexportBy"], state["until"], "/body/reexportBy")


def warn_late(body, until):
    """By the day on which it happened, whenever customs come to write it down."""
    if body["endorsedOn"] > until:
        warn("late-reexport", f"the goods were to be there by {until}: what is due for the delay "
             "is for customs and the guarantee", "/body/voucherKind")


# What


def moved(body, listed, source):
    """The pieces that move: those that the voucher names, or all that there are."""
    if "items" not in body:
        return source
    pieces = {}
    for item in body["items"]:
        key = str(item["itemNumber"])
        require(item["itemNumber"] <= listed, "not-on-the-list",
                "the carnet lists no such item: it has", listed, key, "/body/items")
        require(key not in pieces, "item-twice", "an item is named twice", key, "/body/items")
        pieces[key] = item["numberOfPieces"]
    return pieces


def without(source, pieces):
    """What stays where pieces were taken."""
    rest = {key: source[key] - pieces.get(key, 0) for key in source}
    return {key: rest[key] for key in rest if rest[key] > 0}


def with_more(target, pieces):
    more = {key: target.get(key, 0) + pieces[key] for key in pieces}
    return {**target, **more}


def check_enough(kind, source, pieces):
    """Nobody moves pieces that are not there."""
    require(len(pieces) > 0, "nothing-to-move", "no piece is where this voucher would take it from",
            "/body/items")
    for key in pieces:
        have = source.get(key, 0)
        more = pieces[key]
        require(kind != "EXPORTATION" or more <= have, "not-on-the-list", "more pieces than the "
                "carnet lists would have left home: item, pieces, at home", key, more, have,
                "/body/items")
        require(kind in ENDS or more <= have, "not-exported", "more pieces than are on the way: "
                "item, pieces, on the way", key, more, have, "/body/items")
        require(more <= have, "not-imported", "more pieces than came in with that voucher and are "
                "still there: item, pieces, there", key, more, have, "/body/items")


def check_home_use(doc, refs):
    """What stays for good is declared and released as any import, by the same customs."""
    require("clearance" in refs, "clearance-missing",
            "goods that stay are cleared as an import: name the clearance", "/refs")
    require(refs["clearance"]["iss"] == doc["iss"], "clearance-mismatch",
            "another authority has released these goods", refs["clearance"]["iss"],
            "/refs/clearance")


def stay_of(doc, signer, refs):
    """The stay that this voucher ends or shortens, by the voucher with which the goods came."""
    body = doc["body"]
    kind = body["voucherKind"]
    require("entry" in refs, "entry-missing",
            "name the voucher with which the goods came in, in the reference", "entry", "/refs")
    entry = refs["entry"]
    require(entry["refs"]["carnet"] == refs["carnet"]["id"], "other-carnet",
            "the goods came in with another carnet", entry["refs"]["carnet"], "/refs/entry")
    stay = get("stay", entry["id"])
    require(stay is not None, "not-imported", "with this voucher nothing came in that is still "
            "there", entry["id"], "/refs/entry")
    require(stay["kind"] == ENDS[kind], "other-voucher",
            "goods in transit end it, goods that came in for a while are re-exported",
            stay["kind"], kind, "/body/voucherKind")
    check_territory(signer, stay["country"], date_of(doc["time"]))
    require(body["endorsedOn"] >= stay["since"], "left-before", "goods leave after they came: "
            "came, left", stay["since"], body["endorsedOn"], "/body/endorsedOn")
    warn_late(body, stay["until"])
    if "seals" in stay and sorted(body.get("seals", stay["seals"])) != stay["seals"]:
        warn("seal-mismatch", "the seals are not those with which the goods came in",
             "/body/seals")
    return stay


def leave(doc, signer, refs, state):
    """Pieces leave a stay; gives them."""
    body = doc["body"]
    stay = stay_of(doc, signer, refs)
    pieces = moved(body, len(refs["carnet"]["body"]["goodsItems"]), stay["pieces"])
    check_enough(body["voucherKind"], stay["pieces"], pieces)
    if body["voucherKind"] == "HOME_USE":
        check_home_use(doc, refs)
    rest = without(stay["pieces"], pieces)
    put("stay", refs["entry"]["id"], {**stay, "pieces": rest} if rest else None)
    return pieces


def set_out(doc, signer, refs, state):
    """Pieces leave home or the way; gives them, and keeps the stay that they come to."""
    body = doc["body"]
    kind = body["voucherKind"]
    place = FROM[kind]
    pieces = moved(body, len(refs["carnet"]["body"]["goodsItems"]), state[place])
    check_enough(kind, state[place], pieces)
    if kind == "REIMPORTATION":
        warn_late(body, state["until"])
    state[place] = without(state[place], pieces)
    if kind in ["IMPORTATION", "TRANSIT"]:
        stay = {"carnet": refs["carnet"]["id"], "country": signer["country"], "kind": kind,
                "since": body["endorsedOn"], "until": body["reexportBy"], "pieces": pieces}
        if "seals" in body:
            stay["seals"] = sorted(body["seals"])
        put("stay", doc["id"], stay)
    return pieces


def all_accounted(carnet, state):
    """Whether no piece of the list is on the way or in a stay."""
    member = "numberOfPieces" if state["kind"] == "ata-carnet" else "numberOfPackages"
    listed = sum([item[member] for item in carnet["body"]["goodsItems"]])
    return sum(state["home"].values()) + sum(state["left"].values()) == listed


def check(doc, signer):
    body = doc["body"]
    kind = body["voucherKind"]
    refs = references(as_of(doc), REFS, NEEDS)
    carnet = refs["carnet"]
    state = get("carnet", carnet["id"])
    require(kind in KINDS[state["kind"]], "voucher-kind", "such a carnet has no such voucher",
            state["kind"], kind, "/body/voucherKind")
    check_country_of(doc, signer, carnet, state)
    require(days(body["endorsedOn"]) <= doc["time"] // DAY_S, "endorsed-in-future",
            "customs write what has happened", body["endorsedOn"], "/body/endorsedOn")
    check_deadline(doc, state)
    take_number(doc, refs, body["voucherNumber"], "/body/voucherNumber")
    if kind != "DISCHARGE":
        pieces = (leave(doc, signer, refs, state) if kind in ENDS
                  else set_out(doc, signer, refs, state))
        if kind in TO:
            state[TO[kind]] = with_more(state[TO[kind]], pieces)
        put("carnet", carnet["id"], state)
    done = kind in ["ARRIVAL", "DISCHARGE"] and all_accounted(carnet, state)
    require(done or kind != "DISCHARGE", "goods-abroad", "there are pieces abroad, that were "
            "neither brought back nor put to home use", "/refs/carnet")
    if done:
        end(carnet["id"], doc["id"])
    else:
        bind(carnet["id"], doc["id"])
