"""Manifests, entry summaries and certificates of origin of the W3C traceability vocabulary."""

from collections.abc import Iterable

from cocket.client.traceability.reading import (
    Body,
    Object,
    Purse,
    hs_code,
    present,
    signed,
)
from cocket.ledger.errors import Malformed

MODES = {"Ocean": "1", "Rail": "2", "Truck": "3", "Air": "4", "Mail": "5"}
"""UN/ECE recommendation 19."""
LEVELS = {"MasterBillOfLading": "MASTER", "HouseBillOfLading": "HOUSE"}
BILL_PARTIES = {"consignor": "shipper", "consignee": "consignee", "notifyParty": "notifyParty"}
"""Parties of a transport document in a manifest, and what the vocabulary calls them."""
SUMMARY_NUMBERS = (
    *("suretyCode", "bondType", "importingCarrier", "billOfLadingNumber", "manufacturerId"),
    *("immediateTransportationNumber", "missingDocuments", "consigneeNumber", "referenceNumber"),
    *("otherFeeSummary", "declarationOfImporter"),
)
SUMMARY_TIMES = (
    *("summaryDate", "entryDate", "importDate", "exportDate", "immediateTransportationDate"),
)
SUMMARY_AMOUNTS = ("totalEnteredValue", "duty", "tax", "other", "total")


# A manifest


def manifest(manifest: Object, issuer: Body | None) -> Body:
    """SeaCargoManifest, from the carrier."""
    ship = manifest.words("vesselNumber")
    counts = (
        *("totalNumberOfTransportDocuments", "transportEquipmentQuantity"),
        "totalNumberOfPackages",
    )
    return {
        "carrier": issuer,
        "vesselName": manifest.take("vesselName"),
        "vesselNumber": ship.removeprefix("IMO") if ship is not None else None,
        "vesselFlag": manifest.take("registrationCountry"),
        "voyageNumber": manifest.take("voyageNumber"),
        "netTonnage": _tonnage(manifest, "netTonnage"),
        "grossTonnage": _tonnage(manifest, "grossTonnage"),
        "portOfDeparture": manifest.place("portOfDeparture"),
        "portOfArrival": manifest.place("portOfArrival"),
        "plannedDepartureDateTime": manifest.time("plannedDepartureDateTime"),
        "plannedArrivalDateTime": manifest.time("plannedArrivalDateTime"),
        "transportDocumentInformation": [
            _bill(each, issuer) for each in manifest.objects("transportDocumentInformation")
        ],
        **{name: manifest.take(name) for name in counts},
    }


def _tonnage(of: Object, name: str) -> str | None:
    """A ship's tonnage, which is a number without unit (Tonnage Convention 1969, article 2)."""
    measure = of.measure(name)
    if measure is not None and measure["unitCode"] != "TNE":
        raise Malformed(f"{of.path}/{name} is in {measure['unitCode']}: a tonnage has no unit")
    return None if measure is None else measure["value"]


def _bill(bill: Object, issuer: Body | None) -> Body:
    """A bill of lading in a few words; its carrier is the manifest's."""
    if bill.party("carrier") not in (None, issuer):
        raise Malformed(f"{bill.path}/carrier is another than the manifest's")
    goods = bill.only("includedConsignmentItems")
    if goods is None:
        raise Malformed(f"{bill.path} names no goods")
    code, description = goods.commodity("commodity")
    equipments = [_equipment(each) for each in bill.objects("utilizedTransportEquipment")]
    parties = {name: bill.party(other) for name, other in BILL_PARTIES.items()}
    made = {
        "transportDocumentNumber": bill.take("billOfLadingNumber"),
        "billOfLadingLevel": LEVELS.get(next(iter(bill.classes), "")),
        "bookingNumbers": bill.take("bookingNumber"),
        "remarks": _remarks(parties.values()),
        **parties,
        "placeOfLoading": bill.place("portOfLoading"),
        "placeOfUnloading": bill.place("portOfDischarge"),
        "mainCarriage": _movement(bill.object("mainCarriageTransportMovement")),
        "description": description,
        "hsCode": code,
        "shippingMarks": goods.take("marksAndNumbers"),
        "netWeight": goods.measure("netWeight"),
        "grossWeight": goods.measure("grossWeight"),
        "grossVolume": goods.measure("grossVolume"),
        "numberOfPackages": _agreed(bill, "totalNumberOfPackages", goods, "packageQuantity"),
        "transportEquipmentQuantity": bill.take("transportEquipmentQuantity"),
        "transportEquipments": equipments or None,
        "freightAndCharges": [_charge(each) for each in bill.objects("freightAndCharges")] or None,
        "declaredValue": bill.money("declaredValue"),
        "shippedOnBoardDate": bill.time("shippedOnBoardDate"),
        "termsAndConditions": bill.take("termsAndConditions"),
    }
    goods.end()
    bill.end()
    return present(made)


def _remarks(parties: Iterable[Body | None]) -> str | None:
    """What the vocabulary describes parties with, which are names and addresses here; each once."""
    described = [party for party in parties if party is not None and "description" in party]
    lines = [f"{party.get('name')}: {party.pop('description')}" for party in described]
    return "\n".join(dict.fromkeys(lines)) or None


def _agreed(one: Object, name: str, other: Object, other_name: str) -> object:
    """What is said in two places, and has to be the same in both."""
    here, there = one.take(name), other.take(other_name)
    if None not in (here, there) and here != there:
        raise Malformed(f"{one.path}/{name} is {here}, {other.path}/{other_name} is {there}")
    return there if here is None else here


def _movement(movement: Object | None) -> Body | None:
    if movement is None:
        return None
    names = ("vesselName", "vesselNumber", "voyageNumber")
    made = present({name: movement.take(name) for name in names})
    movement.end()
    return made


def _equipment(equipment: Object) -> Body:
    seals = []
    for seal in equipment.objects("seals"):
        seals.append({"number": seal.take("sealNumber")})
        seal.end()
    made = {
        "equipmentReference": equipment.take("equipmentReference"),
        "ISOEquipmentCode": equipment.take("ISOEquipmentCode"),
        "seals": seals or None,
    }
    equipment.end()
    return present(made)


def _charge(charge: Object) -> Body:
    names = ("chargeCode", "chargeText", "paymentTerm", "calculationBasis")
    made = {
        **{name: charge.take(name) for name in names},
        "rate": charge.money("rate"),
        "appliedAmount": charge.money("appliedAmount"),
    }
    charge.end()
    return present(made)


# An entry summary


def entry_summary(entry: Object, issuer: Body | None) -> Body:
    """CBPEntrySummary (CBP form 7501), from the importer of record: an import declaration."""
    purse = Purse()
    mode = entry.words("transportMode")
    origin = entry.words("countryOfOrigin")
    importer_number = entry.object("importerNumber") or Object({}, "/importerNumber")
    summary = {
        **{name: entry.take(name) for name in SUMMARY_NUMBERS},
        **{name: entry.time(name) for name in SUMMARY_TIMES},
        "portOfLoading": entry.place("portOfLoading"),
        "portOfUnlading": _us_port(entry, "portOfUnlading"),
        "importerNumber": importer_number.take("number"),
        "importerNumberType": importer_number.take("identifierType"),
        "ultimateConsignee": entry.party("ultimateConsignee"),
        **{name: entry.money(name) for name in SUMMARY_AMOUNTS},
    }
    importer_number.end()
    lines = entry.objects("descriptionOfMerchandise")
    return {
        "localReferenceNumber": entry.take("entryNumber"),
        "declarationType": entry.take("entryType"),
        "destinationCountry": "US",
        "exportationCountry": entry.take("exportingCountry"),
        "customsOfficeOfEntry": _us_port(entry, "portCode"),
        "importer": signed(entry.party("importerOfRecord"), issuer),
        "locationOfGoods": _us_port(entry, "locationOfGoods"),
        "modeOfTransport": MODES.get(mode or "", mode),
        "goodsItems": [_entered(each, origin, purse) for each in lines],
        "currencyOfSettlement": purse.currency,
        "entrySummary": present(summary),
    }


def _us_port(of: Object, name: str) -> str | None:
    """A port of the United States by its code in schedule D, as customs offices are written."""
    code = of.place(name, "usPortCode")
    return None if code is None else "US" + code


def _entered(line: Object, origin: str | None, purse: Purse) -> Body:
    """CBPEntrySummaryLineItem."""
    code, description = line.commodity("commodity")
    names = (
        *("adCvdNumber", "categoryNumber", "visaNumber", "manifestQuantity"),
        *("relationship", "htsRate"),
    )
    amounts = ("charges", "dutyAndIRTax")
    made = {
        "description": description,
        "hsCode": code,
        "originCountry": origin,
        "customsValue": purse.amount(line, "enteredValue"),
        "grossWeight": line.measure("grossWeight"),
        "netWeight": line.measure("netQuantity"),
        "entrySummaryLine": present(
            {name: line.take(name) for name in names} | {name: line.money(name) for name in amounts}
        ),
    }
    line.end()
    return present(made)


# A certificate of origin


def usmca_certificate(claims: Object, issuer: Body | None, signatory: Object | None) -> Body:
    """USMCAClaims, from the exporter, which certifies itself (USMCA, annex 5-A)."""
    importer = claims.party("importerDetails")
    exporter = claims.party("exporterDetails")
    certifier = "EXPORTER" if _same(issuer, exporter) else None
    goods = claims.objects("goods")
    origins = {each.words("countryOfOrigin") for each in goods}
    if len(origins) != 1:
        raise Malformed("/goods are of several countries: each has a certificate of its own")
    return {
        "certifier": certifier,
        "country": _country_of(exporter),
        "originCountry": origins.pop(),
        "destinationCountry": _country_of(importer),
        "agreement": "USMCA",
        "exporter": signed(exporter, issuer) if certifier else exporter,
        "producer": claims.party("producerDetails"),
        "importer": importer,
        "variousImporters": claims.take("variousImporters"),
        "signatory": _person(signatory),
        "invoiceNumber": claims.take("invoiceNumber"),
        "goodsItems": [_originating(each) for each in goods],
    }


def _country_of(party: Body | None) -> str | None:
    country: str | None = (party or {}).get("address", {}).get("addressCountry")
    return country


def _same(one: Body | None, other: Body | None) -> bool:
    return one is not None and other is not None and one.get("name") == other.get("name")


def _person(person: Object | None) -> Body | None:
    if person is None:
        return None
    names = [person.words("firstName"), person.words("lastName")]
    made = {
        "name": " ".join(name for name in names if name is not None),
        **{name: person.take(name) for name in ("jobTitle", "email", "phoneNumber")},
    }
    person.end()
    return present(made)


def _originating(goods: Object) -> Body:
    made = {
        "description": goods.take("description"),
        "hsCode": hs_code(goods),
        "originCriterion": goods.take("originCriterion"),
    }
    goods.end()
    return present(made)
