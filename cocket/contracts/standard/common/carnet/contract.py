"""What carnets, ATA and TIR, have in common with their vouchers. No type of its own. They keep

    carnet/<carnet document id>    where the pieces of its list are; together always the list
        kind       its type
        country    whose chamber issued it
        until      the last day of the carnet
        home       pieces that have not left, or are back: {"1": 12, …} by item number
        way        pieces that have left a country, and have not come into another
        left       pieces that are not to come back: put to home use, or arrived
    stay/<voucher id>    pieces that came into a country with that voucher, and are there
        carnet     the carnet
        country    where they are
        kind       of the voucher: IMPORTATION or TRANSIT
        since      the day on which they came
        until      the last day on which they leave again, or arrive
        seals      numbers of the seals, where they were told
        pieces     {"1": 12, …}
"""


def check_listed(items):
    """The list is numbered from 1, as vouchers refer to it."""
    for place, item in enumerate(items):
        require(item["itemNumber"] == place + 1, "item-numbers",
                "items are numbered 1, 2, 3, … in their order", item["itemNumber"], place + 1,
                "/body/goodsItems")


def open_carnet(doc, refs, member, place):
    """The carnet's pieces, `member` of each item, are all in one place: `home`, or on the `way`."""
    body = doc["body"]
    if "supersedes" in refs:
        put("carnet", refs["supersedes"]["id"], None)
    pieces = {"home": {}, "way": {}, "left": {}}
    pieces[place] = {str(item["itemNumber"]): item[member] for item in body["goodsItems"]}
    put("carnet", doc["id"], {"kind": doc["vct"].split(":")[2], "country": body["country"],
                              "until": body["validUntil"], **pieces})


def check_issue(doc, signer):
    """A carnet is issued by a chamber of its country, today or earlier, and ends later."""
    body = doc["body"]
    require(body["country"] == signer["country"], "not-your-country",
            "a chamber issues carnets of its own country", body["country"], signer["country"],
            "/body/country")
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "a carnet is of today or earlier", body["issueDate"], "/body/issueDate")
    require(body["validUntil"] >= body["issueDate"], "period-reversed",
            "it would end before it is issued", body["issueDate"], body["validUntil"],
            "/body/validUntil")
    check_parties(body, ["holder"])
    for country in body["countries"]:
        check_country(country, "/body/countries")
