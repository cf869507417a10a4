"""Veterinary certificate: live animals, or products of animals, are healthy and may be traded.

Signed by: the veterinary authority of the country that sends them, which is here as customs or as
an inspection body.  Standard: ICC KTDDE, document 35; WOAH Terrestrial Animal Health Code, chapters
5.1, 5.2 and 5.10 (model certificates); names of Regulation (EU) 2020/2235 where WOAH has none.

Live animals are each identified, or counted as a lot, and are examined within a day of loading.

Levels: format: HS code, approval numbers; check digit: LEI, GLN, containers warned about; registry:
countries.
"""

SIGNED_BY = ["customs", "inspection"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"],
        "transportDocument": ["bill-of-lading", "sea-waybill", "air-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "supersedes": ["veterinary-certificate"]}


def check_animals(item):
    """Animals that are identified one by one are as many as the certificate says, each once."""
    marks = item.get("identification", [])
    distinct = {mark: True for mark in marks}
    require(len(distinct) == len(marks), "animal-twice",
            "two animals have one identification", "/body/goodsItems")
    require(marks == [] or len(marks) == item["numberOfAnimals"], "animal-count",
            "not as many animals as identifications: animals, identifications",
            item["numberOfAnimals"], len(marks), "/body/goodsItems")


def check_live(body):
    """Live animals: how many, and examined just before they leave (WOAH 5.4; EU: 24 hours)."""
    for item in body["goodsItems"]:
        require("numberOfAnimals" in item, "animals-missing", "say how many animals there are",
                "/body/goodsItems")
        check_animals(item)
    if days(body["issueDate"]) - days(body["inspectionDate"]) > 1:
        warn("inspection-old", "live animals are examined within a day of loading, which most "
             "destinations ask for", "/body/inspectionDate")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_health(doc, signer, refs)
    if body["certificateType"] == "LIVE_ANIMALS":
        check_live(body)
        return
    require(not any("numberOfAnimals" in item for item in body["goodsItems"]),
            "animals-unexpected", "products of animals are weighed, not counted as animals",
            "/body/goodsItems")
    if body["originCountry"] != body["country"]:
        warn("other-origin", "products of another country: you certify what you know of it from "
             "its own certificate", "/body/originCountry")
