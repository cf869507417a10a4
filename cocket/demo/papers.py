"""The papers that several stories need, with what is theirs put in.

Names are DCSA's, UN/CEFACT's and the W3C traceability vocabulary's, as the standard contracts want
them. Companies, ships and prices are invented; check digits of containers and ships hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cocket.demo.cast import CARRIER, Company

HS_EDITION = "2022"
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of an order or invoice: so much of something, at so much for each unit.

    unit, price   a unit of UN/CEFACT Rec 20 (KGM, H87: pieces); the price of one, in decimals
    origin        the country that it is of; "" where a paper does not say
    """

    description: str
    hs: str
    quantity: str
    unit: str
    price: str
    origin: str = ""

    @property
    def sum(self) -> Decimal:
        """What all of it costs."""
        return (Decimal(self.quantity) * Decimal(self.price)).quantize(CENT)

    @property
    def code(self) -> dict[str, str]:
        """Its code in the Harmonized System."""
        return {"hsCode": self.hs, "hsEdition": HS_EDITION}

    @property
    def line(self) -> dict[str, Any]:
        """As orders and invoices have it."""
        origin = {"originCountry": self.origin} if self.origin else {}
        return {
            "description": self.description,
            **self.code,
            **origin,
            "quantity": self.quantity,
            "unitCode": self.unit,
            "unitPrice": self.price,
            "lineItemTotalPrice": str(self.sum),
        }


def total(goods: Sequence[Goods]) -> Decimal:
    """What goods cost in all."""
    return sum((each.sum for each in goods), Decimal())


def money(value: Decimal | str, currency: str) -> dict[str, str]:
    """An amount with its currency."""
    return {"value": str(value), "currencyCode": currency}


def kilograms(value: Decimal | str | int) -> dict[str, str]:
    """A weight of UN/CEFACT."""
    return {"value": str(value), "unitCode": "KGM"}


def invoice(
    number: str,
    day: str,
    seller: Company,
    buyer: Company | dict[str, Any],
    destination: str,
    terms: dict[str, str],
    currency: str,
    goods: Sequence[Goods],
    **charges: str,
) -> dict[str, Any]:
    """A commercial invoice. `charges` are its `freightCost`, `insuranceCost` and the like."""
    goods_sum = total(goods)
    return {
        "invoiceNumber": number,
        "invoiceDate": day,
        "seller": seller.party,
        "buyer": buyer.party if isinstance(buyer, Company) else buyer,
        "destinationCountry": destination,
        "termsOfDelivery": terms,
        "currencyOfSettlement": currency,
        "itemsShipped": [each.line for each in goods],
        "invoiceSubtotal": str(goods_sum),
        **charges,
        "totalPaymentDue": str(goods_sum + sum(map(Decimal, charges.values()))),
    }


@dataclass(frozen=True, slots=True)
class Carriage:
    """A container on a ship: what the carrier's papers about it say.

    loading, discharge   ports, as UN/LOCODE and name
    packages, package    how many, and of which kind (code of UN/CEFACT Rec 21, and word)
    gross                kilograms
    """

    booking: str
    bill: str
    container: str
    container_type: str
    seal: str
    vessel: str
    imo: str
    voyage: str
    loading: tuple[str, str]
    discharge: tuple[str, str]
    packages: int
    package: tuple[str, str]
    gross: str
    description: str
    hs: str

    @property
    def equipment(self) -> dict[str, str]:
        """The container, as all papers name it."""
        return {"equipmentReference": self.container, "ISOEquipmentCode": self.container_type}

    @property
    def consignment_items(self) -> list[dict[str, Any]]:
        """What is in the container, in DCSA's words."""
        kind, word = self.package
        cargo = {
            "equipmentReference": self.container,
            "cargoGrossWeight": {"value": self.gross, "unit": "KGM"},
            "outerPackaging": {
                "packageCode": kind,
                "numberOfPackages": self.packages,
                "description": word,
            },
        }
        return [
            {
                "carrierBookingReference": self.booking,
                "descriptionOfGoods": [self.description],
                "HSCodes": [self.hs],
                "cargoItems": [cargo],
            }
        ]

    def bill_of_lading(self, shipper: Company, day: str, arrival: str) -> dict[str, Any]:
        """The carrier's negotiable bill, DCSA eBL 3, issued to the shipper; endorsed in blank."""
        return {
            "transportDocumentReference": self.bill,
            "transportDocumentStatus": "ISSUED",
            "transportDocumentTypeCode": "BOL",
            "isShippedOnBoardType": True,
            "isElectronic": True,
            "isToOrder": True,
            "freightPaymentTermCode": "PRE",
            "shippedOnBoardDate": day,
            "issueDate": day,
            "invoicePayableAt": {"UNLocationCode": self.loading[0]},
            "partyContactDetails": [{"name": "Documentation desk", "email": "docs@scl.example"}],
            "documentParties": {
                "shipper": shipper.dcsa_party,
                "issuingParty": {"partyName": CARRIER.legal_name},
            },
            "consignmentItems": self.consignment_items,
            "utilizedTransportEquipments": [
                {
                    "equipment": self.equipment,
                    "isShipperOwned": False,
                    "seals": [{"number": self.seal}],
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
                "plannedDepartureDate": day,
                "plannedArrivalDate": arrival,
                "portOfLoading": _port(self.loading),
                "portOfDischarge": _port(self.discharge),
                "vesselVoyages": [
                    {
                        "vesselName": self.vessel,
                        "vesselIMONumber": self.imo,
                        "carrierExportVoyageNumber": self.voyage,
                    }
                ],
            },
        }


def _port(port: tuple[str, str]) -> dict[str, str]:
    return {"UNLocationCode": port[0], "locationName": port[1]}


def declared(
    goods: Goods, origin: str, value: Decimal | str, net: str, gross: str, packages: int
) -> dict[str, Any]:
    """A line of an import declaration. `value` is for customs, in the declaration's currency; net
    and gross are kilograms."""
    return {
        "description": goods.description,
        **goods.code,
        "originCountry": origin,
        "customsValue": str(value),
        "valuationMethod": "1",
        "grossWeight": kilograms(gross),
        "netWeight": kilograms(net),
        "numberOfPackages": packages,
    }


def import_declaration(
    number: str,
    day: str,
    countries: tuple[str, str],
    office: str,
    parties: dict[str, dict[str, Any]],
    terms: dict[str, str],
    currency: str,
    items: Sequence[dict[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    """A declaration to customs of where goods go. `countries`: from where, to where; `parties`:
    the importer, and the exporter where it is named."""
    return {
        "declarationType": "IM",
        "localReferenceNumber": number,
        "issueDate": day,
        "exportationCountry": countries[0],
        "destinationCountry": countries[1],
        "customsOfficeOfEntry": office,
        **parties,
        "termsOfDelivery": terms,
        "currencyOfSettlement": currency,
        "goodsItems": list(items),
        **more,
    }


def reference_table(
    country: str, name: str, since: str, basis: str, table: dict[str, Any]
) -> dict[str, Any]:
    """What customs publish: thresholds, rates, lists, by which law and from which day."""
    return {
        "country": country,
        "name": name,
        "from": since,
        "legalBasis": basis,
        "table": table,
    }


def duty_line(kind: str, base: Decimal, rate: str, **more: Any) -> dict[str, Any]:
    """A line of an assessment, for the first item: per cent of a base, with its working."""
    charge = (base * Decimal(rate) / 100).quantize(CENT)
    return {
        "item": 1,
        "type": kind,
        "taxBase": str(base),
        "rate": rate,
        "amount": str(charge),
        "working": f"{base} x {rate} % = {charge}",
        **more,
    }


def assessment(
    number: str, day: str, currency: str, lines: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """What customs say is due for declared goods, line by line."""
    return {
        "assessmentNumber": number,
        "assessedOn": day,
        "currencyOfSettlement": currency,
        "lines": list(lines),
        "totalDue": str(sum(Decimal(each["amount"]) for each in lines)),
    }


def transfer(recipient: Company) -> dict[str, str]:
    """A title action: possession of the title goes to another."""
    return {"actionCode": "TRANSFER", "recipient": recipient.id}


SURRENDER = {"actionCode": "SURRENDER_FOR_DELIVERY"}
"""A title action: the holder hands the title back to the carrier, against the goods."""

ACCEPT_SURRENDER = {"actionCode": "SACC"}
"""The carrier's answer to a surrender: the title has ended, the goods go out."""

RELEASED = {"decision": "RELEASED"}
"""A clearance: customs of the destination release the goods."""


def payment(
    uetr: str, amount: dict[str, str], day: str, debtor: Company, creditor: Company
) -> dict[str, Any]:
    """What a payment hub confirms: money arrived. `uetr` is the payment's end-to-end reference."""
    return {
        "uetr": uetr,
        "amount": amount,
        "bookingDate": day,
        "debtor": debtor.party,
        "creditor": creditor.party,
    }
