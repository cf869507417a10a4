"""Verified gross mass: what a packed container weighs, without which it is not loaded.

Signed by: the shipper, or who weighs for it: a forwarder, a surveyor.
Standard: SOLAS regulation VI/2, IMO MSC.1/Circ.1475; SMDG VERMAS; methods as DCSA names them.

There is one for each container of a booking: vgm/<booking id>/<container> is the id of it.

Levels: check digit: the container is warned about; registry: organisations. That the goods weigh
what is said remains the shipper's word: it is compared with other papers, not weighed here.
"""

SIGNED_BY = ["merchant", "forwarder", "inspection"]
WRITES = ["status", "vgm"]
REFS = {"booking": ["booking"], "supersedes": ["verified-gross-mass"]}
NEEDS = ["booking"]
HEAVIEST_KG = 32500
LIGHTEST_TARE_KG = 1000


def check_mass(body):
    """It is the sum of its parts by method 2; no container is lighter than goods and tare."""
    mass = kilograms(body["verifiedGrossMass"])
    require(mass <= HEAVIEST_KG, "overweight",
            "more than the 32,500 kg that a container in road and rail traffic may have: kilograms",
            mass, "/body/verifiedGrossMass")
    tare = kilograms(body["tareWeight"]) if "tareWeight" in body else decimal(LIGHTEST_TARE_KG)
    least = tare
    if "cargoGrossWeight" in body:
        least += kilograms(body["cargoGrossWeight"])
    require(mass >= least, "mass-implausible",
            "less than the goods and the empty container: kilograms", mass, least,
            "/body/verifiedGrossMass")
    if body["method"] == "SM2":
        require("tareWeight" in body and "cargoGrossWeight" in body, "parts-missing",
                "by method SM2 the mass is goods and tare: say both", "/body/method")
        require(mass == least, "mass-total", "by method SM2 the mass is goods and tare: kilograms",
                mass, least, "/body/verifiedGrossMass")


def take_container(doc, refs):
    """One for each container of the booking; a correction supersedes it."""
    key = refs["booking"]["id"] + "/" + doc["body"]["equipmentReference"]
    first = get("vgm", key)
    if first is not None:
        require("supersedes" in refs and refs["supersedes"]["id"] == first, "duplicate-number",
                "the mass of this container is verified in document", first,
                "/body/equipmentReference")
    put("vgm", key, doc["id"])
    if "supersedes" in refs or "amendmentReason" in doc["body"]:
        old = refs.get("supersedes", doc)["body"]["equipmentReference"]
        require(old == doc["body"]["equipmentReference"], "container-mismatch",
                "a correction is about the same container", old, "/body/equipmentReference")
        supersede(doc, refs)


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    booking = refs["booking"]["body"]["carrierBookingReference"]
    require(body.get("carrierBookingReference", booking) == booking, "booking-mismatch",
            "the booking has another number", body.get("carrierBookingReference"), booking,
            "/body/carrierBookingReference")
    check_parties(body, ["responsibleParty"])
    check_containers([body["equipmentReference"]], "/body/equipmentReference")
    require(days(body["weighingDate"]) <= doc["time"] // DAY_S + 1, "weighing-in-future",
            "a mass is verified after weighing", body["weighingDate"], "/body/weighingDate")
    check_mass(body)
    take_container(doc, refs)
