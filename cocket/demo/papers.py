"""The documents of the demo's consignment: frozen durian, Port Klang to Hangzhou.

Names are DCSA's, UN/CEFACT's and the W3C traceability vocabulary's, as the standard contracts want
them. HS 0811.90 is frozen fruit; MYPKG Port Klang, CNNGB Ningbo, CNHGH Hangzhou. The companies are
invented; the check digits of their container and vessel hold.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

EXPORTER = ("orchard", "Raub Hills Orchard Sdn Bhd", "MY")
IMPORTER = ("westlake", "West Lake Fruit Trading Co., Ltd.", "CN")
CARRIER_NAME = "Straits Container Line"
CONTAINER = "STRU2601173"
BILL = "SCLPKG0042117"
VESSEL = {"vesselName": "Straits Harvest", "vesselIMONumber": "9074729"}
HS = {"hsCode": "081190", "hsEdition": "2022"}
GOODS = "Frozen durian, Musang King, whole fruit"
CARTONS = 1500
NET_KG, GROSS_KG = "18000", "19350"
UNIT_PRICE, LINE, FREIGHT, INSURANCE, TOTAL = (
    "9.25",
    "166500.00",
    "4850.00",
    "376.92",
    "171726.92",
)
DELIVERY = {"incoterm": "CIF", "namedPlace": "Ningbo", "unLocode": "CNNGB"}
PRICES = (
    "/itemsShipped/0/unitPrice",
    "/itemsShipped/0/lineItemTotalPrice",
    "/invoiceSubtotal",
    "/totalPaymentDue",
)
"""What the exporter tells customs and the buyer, and nobody else."""


@dataclass(frozen=True, slots=True)
class Papers:
    """The bodies of the consignment's documents, dated from `today`."""

    today: date

    @property
    def ucr(self) -> str:
        """The WCO unique consignment reference: year, country, trader, the trader's own."""
        return f"{self.today.year % 10}MY202601004217-DUR0042"

    def invoice(self) -> dict[str, Any]:
        """The exporter's commercial invoice; `PRICES` are its confidential members."""
        return {
            "invoiceNumber": "RHO-2026-0042",
            "invoiceDate": self.today.isoformat(),
            "seller": {
                "name": EXPORTER[1],
                "organisation": EXPORTER[0],
                "address": {"addressLocality": "Raub", "addressCountry": "MY"},
            },
            "buyer": {"name": IMPORTER[1], "organisation": IMPORTER[0]},
            "destinationCountry": "CN",
            "portOfEntry": "CNNGB",
            "termsOfDelivery": DELIVERY,
            "currencyOfSettlement": "USD",
            "itemsShipped": [
                {
                    "description": GOODS,
                    **HS,
                    "originCountry": "MY",
                    "quantity": NET_KG,
                    "unitCode": "KGM",
                    "unitPrice": UNIT_PRICE,
                    "lineItemTotalPrice": LINE,
                }
            ],
            "packageQuantity": CARTONS,
            "invoiceSubtotal": LINE,
            "freightCost": FREIGHT,
            "insuranceCost": INSURANCE,
            "totalPaymentDue": TOTAL,
        }

    def bill_of_lading(self) -> dict[str, Any]:
        """The carrier's negotiable bill of lading, DCSA eBL 3, issued to the exporter."""
        on_ledger = [{"codeListProvider": "COCKET", "partyCode": EXPORTER[0]}]
        return {
            "transportDocumentReference": BILL,
            "transportDocumentStatus": "ISSUED",
            "transportDocumentTypeCode": "BOL",
            "isShippedOnBoardType": True,
            "isElectronic": True,
            "isToOrder": True,
            "freightPaymentTermCode": "PRE",
            "shippedOnBoardDate": self.today.isoformat(),
            "issueDate": self.today.isoformat(),
            "invoicePayableAt": {"UNLocationCode": "MYPKG"},
            "partyContactDetails": [{"name": "Documentation desk", "email": "docs@scl.example"}],
            "documentParties": {
                "shipper": {"partyName": EXPORTER[1], "identifyingCodes": on_ledger},
                "issuingParty": {"partyName": CARRIER_NAME},
            },
            "consignmentItems": [
                {
                    "carrierBookingReference": "SCL26110042",
                    "descriptionOfGoods": ["FROZEN DURIAN, REEFER AT -18 C"],
                    "HSCodes": [HS["hsCode"]],
                    "cargoItems": [
                        {
                            "equipmentReference": CONTAINER,
                            "cargoGrossWeight": {"value": GROSS_KG, "unit": "KGM"},
                            "outerPackaging": {
                                "packageCode": "4G",
                                "numberOfPackages": CARTONS,
                                "description": "Cartons",
                            },
                        }
                    ],
                }
            ],
            "utilizedTransportEquipments": [
                {
                    "equipment": {"equipmentReference": CONTAINER, "ISOEquipmentCode": "45R1"},
                    "isShipperOwned": False,
                    "seals": [{"number": "MY0042117"}],
                }
            ],
            "termsAndConditions": "As of the carrier's published terms.",
            "receiptTypeAtOrigin": "CY",
            "deliveryTypeAtDestination": "CY",
            "cargoMovementTypeAtOrigin": "FCL",
            "cargoMovementTypeAtDestination": "FCL",
            "carrierCode": "SCL",
            "carrierCodeListProvider": "SMDG",
            "transports": {
                "plannedDepartureDate": self.today.isoformat(),
                "plannedArrivalDate": (self.today + timedelta(days=8)).isoformat(),
                "portOfLoading": {"UNLocationCode": "MYPKG", "locationName": "Port Klang"},
                "portOfDischarge": {"UNLocationCode": "CNNGB", "locationName": "Ningbo"},
                "placeOfDelivery": {"UNLocationCode": "CNHGH", "locationName": "Hangzhou"},
                "vesselVoyages": [{**VESSEL, "carrierExportVoyageNumber": "042E"}],
            },
        }

    def declaration(self) -> dict[str, Any]:
        """The importer's declaration; the customs value is confidential."""
        return {
            "declarationType": "IM",
            "localReferenceNumber": "WLF-2026-0042",
            "issueDate": self.today.isoformat(),
            "destinationCountry": "CN",
            "exportationCountry": "MY",
            "customsOfficeOfEntry": "CN2900",
            "importer": {"name": IMPORTER[1], "organisation": IMPORTER[0]},
            "exporter": {"name": EXPORTER[1], "organisation": EXPORTER[0]},
            "modeOfTransport": "1",
            "termsOfDelivery": DELIVERY,
            "currencyOfSettlement": "USD",
            "containers": [CONTAINER],
            "goodsItems": [
                {
                    "description": GOODS,
                    **HS,
                    "originCountry": "MY",
                    "customsValue": TOTAL,
                    "valuationMethod": "1",
                    "grossWeight": {"value": GROSS_KG, "unitCode": "KGM"},
                    "netWeight": {"value": NET_KG, "unitCode": "KGM"},
                    "numberOfPackages": CARTONS,
                }
            ],
        }


def transfer(recipient: str) -> dict[str, Any]:
    """A title action that hands the bill of lading over."""
    return {"actionCode": "TRANSFER", "recipient": recipient}


def surrender() -> dict[str, Any]:
    """A title action that hands the bill back to the carrier, against the goods."""
    return {"actionCode": "SURRENDER_FOR_DELIVERY"}


def accept_surrender() -> dict[str, Any]:
    """The carrier's answer to a surrender: the title has ended, the goods go out."""
    return {"actionCode": "SACC"}


def clearance() -> dict[str, Any]:
    """Customs of the destination release the goods."""
    return {"decision": "RELEASED"}
