"""TIR carnet: goods go by road through several countries under seal, duty unpaid, on one paper.

Signed by: the national association that issues it and guarantees, which is here as a chamber.
Standard: ICC KTDDE, document 33; TIR convention 1975: articles 9 and 18, explanatory note 0.8.3.

Customs on the way write on it with carnet vouchers, TRANSIT where the goods come under their
control, TRANSIT_END where they leave it, ARRIVAL at the destination; from them follows where each
package is (`standard/common/carnet`). Its last day is for the first customs to take it; once under
way it holds until the goods arrive. It is for one transport, and ends with it.

Levels: format: number, offices, plates; check digit: containers, LEI, GLN warned about; registry:
countries. Whether a vehicle is approved for sealing is for the authority that says so.
"""

SIGNED_BY = ["chamber"]
WRITES = ["carnet", "number", "status"]
REFS = {"invoice": ["commercial-invoice"], "transportDocument": ["road-consignment-note"],
        "supersedes": ["tir-carnet"]}

OFFICES_MAX = 8
EXCLUDED = ["220710", "2208", "240210", "240220", "240311", "240319"]


def check_offices(body):
    """From where to where: at most eight offices in all, in countries on the way (article 18)."""
    offices = body["officesOfDeparture"] + body["officesOfDestination"]
    require(len(offices) <= OFFICES_MAX, "too-many-offices", "a TIR transport has at most eight "
            "offices of departure and destination together", len(offices),
            "/body/officesOfDestination")
    for office in offices:
        require(office[:2] in body["countries"], "country-not-covered",
                "an office is in a country that is not on the way", office,
                ", ".join(body["countries"]), "/body/countries")


def check_goods(items):
    """Spirits and tobacco do not go under TIR (explanatory note 0.8.3)."""
    for item in items:
        if "hsCode" in item:
            require(not any(item["hsCode"].startswith(code) for code in EXCLUDED),
                    "goods-excluded", "alcohol and tobacco do not go under a TIR carnet: HS",
                    item["hsCode"], "/body/goodsItems")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_issue(doc, signer)
    take_number(doc, refs, body["carnetNumber"], "/body/carnetNumber")
    for vehicle in body["vehicles"]:
        check_country(vehicle["registrationCountry"], "/body/vehicles")
    check_containers(body.get("containers", []), "/body/containers")
    check_offices(body)
    items = body["goodsItems"]
    check_listed(items)
    check_goods(items)
    check_totals(body, items, "/body")
    check_invoiced_goods([item for item in items if "hsEdition" in item], refs, "/body/goodsItems")
    if shown(body, "totalValue", "minor-units"):
        money(body["totalValue"], "/body/totalValue")
    open_carnet(doc, refs, "numberOfPackages", "way")
