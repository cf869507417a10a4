"""Trade licence: an authority allows a company to import or export so much of certain goods.

Signed by: the licensing authority of the country, customs or a chamber.  Standard: ICC KTDDE,
document 18; UN/CEFACT eLicence.

It makes licence/<document id>, from which declarations draw (`standard/common/customs`):
    country, holder   whose border; the organisation here that may use it, or None
    unitCode, left    what is left of the quantity; weights are in kilograms
One that supersedes another takes over what was drawn; "movedTo" then leads to it.

Levels: check digit: LEI, GLN warned about; registry: countries, organisation of the holder.
"""

SIGNED_BY = ["customs", "chamber"]
WRITES = ["licence", "number", "status"]
REFS = {"supersedes": ["trade-licence"]}

WEIGHTS = ["KGM", "LBR", "TNE"]


def quantity_of(body):
    """The unit in which the licence counts, and how much it allows."""
    unit = body["quantity"]["unitCode"]
    if unit in WEIGHTS:
        return "KGM", kilograms(body["quantity"])
    return unit, decimal(body["quantity"]["value"])


def left_after(doc, refs, unit, allowed):
    """What is left of it: of one that supersedes another, less what was drawn from that."""
    if "supersedes" not in refs:
        return allowed
    old = refs["supersedes"]
    state = get("licence", old["id"])
    before_unit, before = quantity_of(old["body"])
    drawn = before - decimal(state["left"])
    require(drawn == 0 or (unit == before_unit and drawn <= allowed), "quantity-drawn",
            "more than this was drawn from the licence that it supersedes", drawn, before_unit,
            "/body/quantity")
    put("licence", old["id"], {**state, "left": "0", "movedTo": doc["id"]})
    return allowed - drawn


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_countries(body, ["country", "originCountry", "destinationCountry"])
    require(body["country"] == signer["country"], "not-your-country",
            "an authority licenses trade with its own country", body["country"], signer["country"],
            "/body/country")
    take_number(doc, refs, body["licenceNumber"], "/body/licenceNumber")
    check_period(body)
    check_parties(body, ["holder"])
    if "unitPrice" in body:
        money(body["unitPrice"], "/body/unitPrice")
    unit, allowed = quantity_of(body)
    require(allowed > 0, "quantity-nothing", "a licence allows something", "/body/quantity")
    put("licence", doc["id"], {"country": body["country"],
                               "holder": body["holder"].get("organisation"), "unitCode": unit,
                               "left": str(left_after(doc, refs, unit, allowed))})
