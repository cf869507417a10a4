"""ATA carnet: goods go abroad for a while, to a fair, as samples or tools, and come back untaxed.

Signed by: the chamber of commerce that issues it, which guarantees the duty together with the
chambers of the countries it names.  Standard: ICC KTDDE, document 4; Istanbul convention, annex A
(ATA convention); the general list, in its columns.

Customs write on it with carnet vouchers, from which follows where each piece is
(`standard/common/carnet`). It holds for a year at most, for any number of trips. Once a voucher is
written, it is neither replaced nor revoked; the chamber discharges it, with a last voucher, when
everything is back or was put to home use.

Levels: format: item numbers, dates; check digit: LEI, GLN warned about; registry: countries,
currency, organisations. What the goods are worth is the holder's word.
"""

SIGNED_BY = ["chamber"]
WRITES = ["carnet", "number", "status"]
REFS = {"customsBond": ["customs-bond"], "supersedes": ["ata-carnet"]}

MONTHS_MAX = 12


def check_value(body):
    """The value of the list is the sum of its lines, where all of them are shown."""
    minor = currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement")
    total = decimal(0)
    hidden = False
    for item in body["goodsItems"]:
        if shown(item, "value", "value-total"):
            total += amount(item, "value", minor, "/body/goodsItems")
        else:
            hidden = True
    if shown(body, "totalValue", "value-total"):
        stated = amount(body, "totalValue", minor, "/body/totalValue")
        require(stated == total or (hidden and stated > total), "value-total",
                "the total value is not the sum of the list", stated, total, "/body/totalValue")


def check_bond(doc, bond):
    """Who holds the carnet, or the chamber, stands behind it with this bond."""
    body = doc["body"]
    state = get("bond", bond["id"])
    require(state["principal"] in [doc["iss"], body["holder"].get("organisation")],
            "bond-mismatch", "the bond is not the holder's, nor the chamber's", state["principal"],
            bond["id"], "/refs/customsBond")
    require(state["country"] in body["countries"] or state["country"] == body["country"],
            "bond-mismatch", "the bond is for customs of a country that the carnet does not name",
            state["country"], bond["id"], "/refs/customsBond")
    bind(bond["id"], doc["id"])


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_issue(doc, signer)
    take_number(doc, refs, body["carnetNumber"], "/body/carnetNumber")
    if not body["carnetNumber"].startswith(body["country"]):
        warn("number-form", "the number of a carnet begins with the country that issued it",
             "/body/carnetNumber")
    require(within_months(body["issueDate"], body["validUntil"], MONTHS_MAX), "period-too-long",
            "a carnet holds for a year at most", body["issueDate"], body["validUntil"],
            "/body/validUntil")
    require(body["country"] not in body["countries"], "home-country",
            "goods leave this country and come back: name those that they visit", body["country"],
            "/body/countries")
    check_person(doc, body, "representative", "/body")
    items = body["goodsItems"]
    check_listed(items)
    for item in items:
        check_country(item["originCountry"], "/body/goodsItems")
    pieces = sum([item["numberOfPieces"] for item in items])
    require(pieces == body["totalNumberOfPieces"], "piece-total",
            "the total number of pieces is not the sum of the list", body["totalNumberOfPieces"],
            pieces, "/body/totalNumberOfPieces")
    check_value(body)
    for bond in in_role(refs, "customsBond"):
        check_bond(doc, bond)
    open_carnet(doc, refs, "numberOfPieces", "home")
