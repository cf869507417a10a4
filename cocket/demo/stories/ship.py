"""Ship: a container of rubberwood chairs, Port Klang to Rotterdam, from booking to the last box.

Everybody who touches it says so, and is held to it. The container is packed too heavy, and weighed
again. The packing list and the bill of lading do not agree, and both are named. The carrier's
papers follow the ship. The title is sold once and not twice; the terminal hands out nothing before
the bill is surrendered, and then only to whoever the delivery order is for.
"""

from typing import Any

from cocket.client import SdJwt
from cocket.demo.cast import CARRIER, CUSTOMS_MY, CUSTOMS_NL, Company
from cocket.demo.papers import (
    ACCEPT_SURRENDER,
    SURRENDER,
    Carriage,
    Goods,
    invoice,
    kilograms,
    transfer,
)
from cocket.demo.telling import Story, Teller

MAKER = Company(
    "muar-chairs", "Muar Rubberwood Furniture Sdn Bhd", "MY", city="Muar", voucher=CUSTOMS_MY
)
BUYER = Company("zaan-meubel", "Zaan Meubel B.V.", "NL", city="Zaandam", voucher=CUSTOMS_NL)
RIVAL = Company("maas-wonen", "Maas Wonen B.V.", "NL", city="Rotterdam", voucher=CUSTOMS_NL)
HAULIER = Company("delta-haulage", "Delta Haulage B.V.", "NL", ("forwarder",), voucher=CUSTOMS_NL)
TERMS = {"incoterm": "CIF", "namedPlace": "Rotterdam", "unLocode": "NLRTM"}
CHAIRS = Goods("Dining chairs, rubberwood", "940169", "1180", "H87", "31.00", origin="MY")
BOXES, NET, GROSS, TARE = 590, "9440", "10620", "3900"
CARRIAGE = Carriage(
    booking="SCL26117730",
    bill="SCLPKG0050733",
    container="STRU2603113",
    container_type="45G1",
    seal="SCL771904",
    vessel="Straits Zenith",
    imo="9321495",
    voyage="021W",
    loading=("MYPKG", "Port Klang"),
    discharge=("NLRTM", "Rotterdam"),
    packages=BOXES,
    package=("4G", "Cartons"),
    gross=GROSS,
    description="DINING CHAIRS, RUBBERWOOD",
    hs=CHAIRS.hs,
)


async def tell(t: Teller) -> None:
    t.consignment("MYMUAR-ZAAN-0733")
    booked = await it_is_booked(t)
    await it_is_weighed(t, booked)
    bill = await it_is_loaded(t, booked)
    await it_sails(t, bill)
    await buyer_is_told(t, bill)
    await it_is_sold_once(t, bill)
    await it_is_delivered(t, bill)


async def it_is_booked(t: Teller) -> SdJwt:
    t.chapter(
        "Booked",
        f"consignment {t.ucr}: {CHAIRS.quantity} chairs in {BOXES} cartons, one container",
    )
    ports = ((CARRIAGE.loading, "POL"), (CARRIAGE.discharge, "POD"))
    wanted = {"ISOEquipmentCode": CARRIAGE.container_type, "units": 1}
    return await t.commit(
        CARRIER,
        "booking",
        {
            "carrierBookingReference": CARRIAGE.booking,
            "bookingStatus": "CONFIRMED",
            "receiptTypeAtOrigin": "CY",
            "deliveryTypeAtDestination": "CY",
            "cargoMovementTypeAtOrigin": "FCL",
            "cargoMovementTypeAtDestination": "FCL",
            "freightPaymentTermCode": "PRE",
            "vessel": {"name": CARRIAGE.vessel, "vesselIMONumber": CARRIAGE.imo},
            "carrierExportVoyageNumber": CARRIAGE.voyage,
            "expectedDepartureDate": t.day(),
            "isEquipmentSubstitutionAllowed": False,
            "documentParties": {"shipper": MAKER.dcsa_party, "consignee": BUYER.dcsa_party},
            "shipmentLocations": [
                {"location": {"UNLocationCode": port[0]}, "locationTypeCode": code}
                for port, code in ports
            ],
            "requestedEquipments": [
                {
                    **wanted,
                    "isShipperOwned": False,
                    "commodities": [
                        {
                            "commodityType": CHAIRS.description,
                            "HSCodes": [CHAIRS.hs],
                            "cargoGrossWeight": {"value": GROSS, "unit": "KGM"},
                        }
                    ],
                }
            ],
            "confirmedEquipments": [wanted],
        },
        f"confirms booking {CARRIAGE.booking}: {CARRIAGE.vessel}, voyage {CARRIAGE.voyage}",
    )


async def it_is_weighed(t: Teller, booked: SdJwt) -> None:
    t.chapter("Weighed: no container is loaded without its verified gross mass")
    weighed = {
        "equipmentReference": CARRIAGE.container,
        "carrierBookingReference": CARRIAGE.booking,
        "weighingDate": t.day(),
        "weighingPlace": {"unLocode": "MYPKG", "name": "Westports weighbridge"},
        "responsibleParty": MAKER.party,
    }
    await t.refused(
        MAKER,
        "verified-gross-mass",
        {**weighed, "method": "SM1", "verifiedGrossMass": kilograms("34140")},
        "verifies 34,140 kg: the weighbridge had the lorry on it",
        "overweight",
        booking=booked,
    )
    mass = kilograms(int(TARE) + int(GROSS))
    parts = {"tareWeight": kilograms(TARE), "cargoGrossWeight": kilograms(GROSS)}
    await t.refused(
        MAKER,
        "verified-gross-mass",
        {**weighed, "method": "SM2", "verifiedGrossMass": kilograms(GROSS), **parts},
        "reckons it from its parts, and forgets the empty container",
        "mass-implausible",
        booking=booked,
    )
    await t.commit(
        MAKER,
        "verified-gross-mass",
        {**weighed, "method": "SM2", "verifiedGrossMass": mass, **parts},
        f"verifies {mass['value']} kg: goods, cartons and container",
        booking=booked,
    )


def packing_list(t: Teller, gross: str) -> dict[str, Any]:
    """What is in the container, of so many kilograms gross."""
    return {
        "packingListNumber": "MRF-PL-0733",
        "issueDate": t.day(),
        "seller": MAKER.party,
        "buyer": BUYER.party,
        "billOfLadingNumber": CARRIAGE.bill,
        "transportEquipments": [CARRIAGE.equipment],
        "items": [
            {
                "packageQuantity": BOXES,
                "packageCode": "4G",
                "perPackageUnitQuantity": 2,
                "includedTradeLineItems": [
                    {"description": CHAIRS.description, **CHAIRS.code, "itemCount": 1180}
                ],
                "netWeight": kilograms(NET),
                "grossWeight": kilograms(gross),
                "equipmentReference": CARRIAGE.container,
            }
        ],
        "totalNetWeight": kilograms(NET),
        "totalGrossWeight": kilograms(gross),
        "totalNumberOfPackages": BOXES,
    }


async def it_is_loaded(t: Teller, booked: SdJwt) -> SdJwt:
    t.chapter("Loaded: the bill of lading, and a packing list that has to agree with it")
    invoiced = await t.commit(
        MAKER,
        "commercial-invoice",
        invoice(
            "MRF-26-0733",
            t.day(),
            MAKER,
            BUYER,
            "NL",
            TERMS,
            "EUR",
            [CHAIRS],
            freightCost="2240.00",
            insuranceCost="194.10",
        ),
        "invoices the chairs",
    )
    bill = await t.commit(
        CARRIER,
        "bill-of-lading",
        CARRIAGE.bill_of_lading(MAKER, t.day(), t.day(27)),
        f"issues bill of lading {CARRIAGE.bill} to {MAKER}",
        booking=booked,
    )
    await t.refused(
        MAKER,
        "packing-list",
        packing_list(t, "10260"),
        "lists the cartons with two digits of the weight swapped",
        "bill-mismatch",
        invoice=invoiced,
        transportDocument=bill,
    )
    await t.commit(
        MAKER,
        "packing-list",
        packing_list(t, GROSS),
        f"lists {BOXES} cartons, {GROSS} kg, as the bill has them",
        invoice=invoiced,
        transportDocument=bill,
    )
    return bill


def event(t: Teller, number: int, port: tuple[str, str], code: str, days: float) -> dict[str, Any]:
    """What happens to the container (LOAD, DISC) or the ship (DEPA, ARRI), so many days hence."""
    if code in ("LOAD", "DISC"):
        kind, member = "EQUIPMENT", "equipmentEventTypeCode"
        about = {"equipmentDetails": {**CARRIAGE.equipment, "emptyIndicatorCode": "LADEN"}}
    else:
        kind, member = "TRANSPORT", "transportEventTypeCode"
        about = {}
    return {
        "eventID": f"SCL-EV-0733-{number}",
        "eventDateTime": t.moment(days=days),
        "eventUpdatedDateTime": t.moment(),
        "eventLocation": {"locationName": port[1], "UNLocationCode": port[0]},
        "eventClassification": {
            "eventTypeCode": kind,
            "eventClassifierCode": "ACT",
            member: code,
        },
        "shipmentDetails": {"documentReference": {"typeCode": "TRD", "reference": CARRIAGE.bill}},
        "transportDetails": {
            "transportCall": {
                "modeOfTransport": "VESSEL",
                "exportVoyageNumberOrReference": {"carrierVoyageNumber": CARRIAGE.voyage},
                "vesselTransport": {
                    "vesselName": CARRIAGE.vessel,
                    "vesselIMONumber": CARRIAGE.imo,
                },
            }
        },
        **about,
    }


async def it_sails(t: Teller, bill: SdJwt) -> None:
    t.chapter("Under way: what happened, and what did not happen yet")
    loading, discharge = CARRIAGE.loading, CARRIAGE.discharge
    await t.commit(
        CARRIER,
        "transport-event",
        event(t, 1, loading, "LOAD", -0.2),
        f"reports: loaded in {loading[1]}",
        transportDocument=bill,
    )
    await t.commit(
        CARRIER,
        "transport-event",
        event(t, 2, loading, "DEPA", -0.1),
        "reports: the ship has left",
        transportDocument=bill,
    )
    await t.refused(
        CARRIER,
        "transport-event",
        event(t, 3, discharge, "ARRI", 27),
        "reports as done what is planned in 27 days",
        "event-in-future",
        transportDocument=bill,
    )
    t.days_pass(27, f"{CARRIAGE.vessel} is at sea")
    await t.commit(
        CARRIER,
        "transport-event",
        event(t, 3, discharge, "ARRI", -0.1),
        f"reports: arrived in {discharge[1]}",
        transportDocument=bill,
    )


async def buyer_is_told(t: Teller, bill: SdJwt) -> None:
    journey = {
        "portOfLoading": {"UNLocationCode": CARRIAGE.loading[0]},
        "portOfDischarge": {"UNLocationCode": CARRIAGE.discharge[0]},
        "portOfDischargeArrivalDate": {"value": t.day(), "classifier": "ACT"},
        "legs": [{"vesselVoyage": {"vesselName": CARRIAGE.vessel}}],
    }
    notice = {
        "issueDateTime": t.moment(),
        "carrierCode": "SCL",
        "carrierCodeListProvider": "SMDG",
        "carrierContactInformation": [{"name": "Import desk", "email": "import@scl.example"}],
        "deliveryTypeAtDestination": "CY",
        "transportDocumentReference": CARRIAGE.bill,
        "transportDocumentTypeCode": "BOL",
        "documentParties": [{"partyFunction": "N1", "partyName": BUYER.legal_name}],
        "transport": journey,
        "utilizedTransportEquipments": [
            {"equipment": CARRIAGE.equipment, "seals": [{"number": CARRIAGE.seal}]}
        ],
        "consignmentItems": [
            {key: item[key] for key in ("descriptionOfGoods", "cargoItems")}
            for item in CARRIAGE.consignment_items
        ],
    }
    elsewhere = {**journey, "portOfDischarge": {"UNLocationCode": "BEANR"}}
    await t.refused(
        CARRIER,
        "arrival-notice",
        {**notice, "transport": elsewhere},
        "tells the buyer to come to Antwerp",
        "port-mismatch",
        transportDocument=bill,
    )
    await t.commit(
        CARRIER,
        "arrival-notice",
        notice,
        f"tells the buyer to come to {CARRIAGE.discharge[1]}",
        transportDocument=bill,
    )


async def it_is_sold_once(t: Teller, bill: SdJwt) -> None:
    t.chapter("Sold: the title has one holder")
    await t.commit(
        MAKER, "title-action", transfer(BUYER), f"transfers the title to {BUYER}", document=bill
    )
    await t.refused(
        MAKER,
        "title-action",
        transfer(RIVAL),
        f"transfers it to {RIVAL} as well, who would pay more",
        "not-controller",
        document=bill,
    )


async def it_is_delivered(t: Teller, bill: SdJwt) -> None:
    t.chapter("Delivered: against the bill, to whom the order says")
    order = {
        "deliveryOrderNumber": "SCL-DO-0733",
        "issueDate": t.day(),
        "issueTo": BUYER.party,
        "releaseTo": HAULIER.party,
        "isToOrder": False,
        "terminal": {"unLocode": "NLRTM", "name": "Maasvlakte terminal 2"},
        "transportEquipments": [CARRIAGE.equipment],
        "validUntil": t.day(14),
    }
    await t.refused(
        CARRIER,
        "delivery-order",
        order,
        "would release the chairs to a buyer it knows well",
        "bill-not-surrendered",
        transportDocument=bill,
    )
    await t.commit(BUYER, "title-action", SURRENDER, "surrenders the bill of lading", document=bill)
    await t.commit(
        CARRIER, "title-action", ACCEPT_SURRENDER, "accepts: the title has ended", document=bill
    )
    ordered = await t.commit(
        CARRIER,
        "delivery-order",
        order,
        f"orders its terminal to hand the container to {HAULIER}",
        transportDocument=bill,
    )
    proof = {
        "proofOfDeliveryNumber": "SCL-POD-0733",
        "deliveryDateTime": t.moment(),
        "place": {"unLocode": "NLRTM", "name": "Maasvlakte terminal 2"},
        "receivedBy": HAULIER.party,
        "condition": "GOOD",
        "transportEquipments": [CARRIAGE.equipment],
        "totalNumberOfPackages": BOXES,
    }
    await t.refused(
        CARRIER,
        "proof-of-delivery",
        {**proof, "receivedBy": RIVAL.party},
        f"has handed it to {RIVAL}, and would prove that",
        "no-release",
        transportDocument=bill,
        deliveryOrder=ordered,
    )
    await t.commit(
        CARRIER,
        "proof-of-delivery",
        proof,
        f"proves delivery to {HAULIER}, in good condition",
        transportDocument=bill,
        deliveryOrder=ordered,
    )


STORY = Story(
    "Ship: chairs from Muar to Zaandam",
    "One container, from the booking to the gate of the terminal: who has it, what it weighs, "
    "where it is and whose it is.",
    tell,
    (MAKER, BUYER, RIVAL, HAULIER),
    founders=(CUSTOMS_NL,),
    days_pass=True,
)
