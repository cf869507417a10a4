"""What a document knows, by UN/CEFACT's names, whatever its type calls it."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

from cocket.forms.references import Found

Facts = dict[str, Any]

GOODS = ("itemsShipped", "goodsItems", "items")
SELLERS = ("seller", "exporter", "consignor", "shipper")
BUYERS = ("buyer", "importer", "consignee")
_NUMBERS = {
    "commercial-invoice": "invoiceNumber",
    "purchase-order": "orderNumber",
    "packing-list": "packingListNumber",
    "bill-of-lading": "transportDocumentNumber",
    "sea-waybill": "transportDocumentNumber",
    "air-waybill": "transportDocumentNumber",
}
"""The name under which the number of a document of this type is a fact."""


def facts(found: Found) -> Facts:
    """The facts of one document; its goods' lines under `goods`."""
    body = deepcopy(dict(found.body))
    try:
        known = _of_dcsa(body) if "consignmentItems" in body else dict(body)
        known.setdefault("goods", _lines(body))
        known.setdefault("containers", _containers(body))
    except (AttributeError, KeyError, IndexError, TypeError):
        return {}  # a file may hold anything under the name of a type
    number = found.number
    if number and found.document.type_name in _NUMBERS:
        known[_NUMBERS[found.document.type_name]] = number
    _reckon(known)
    return {name: value for name, value in known.items() if value not in (None, [], {}, "")}


def together(documents: Sequence[Facts]) -> Facts:
    """What several documents know: the first to say something is believed; of the goods' lines,
    each says what the ones before left open."""
    known: Facts = {}
    for each in documents:
        for line in each.get("goods", []):
            for other in known.get("goods", []):
                if _same_goods(line, other):
                    other.update({name: line[name] for name in line if name not in other})
        known = {**each, **known}
    return known


def _same_goods(line: Facts, other: Facts) -> bool:
    return (line.get("description"), str(line.get("hsCode", ""))[:6]) == (
        other.get("description"),
        str(other.get("hsCode", ""))[:6],
    )


def _lines(body: Facts) -> list[Facts]:
    """The goods' lines. A packing list has them within packages: those that hold one kind."""
    listed: list[Any] = next((body[name] for name in GOODS if isinstance(body.get(name), list)), [])
    lines = []
    for each in listed:
        if not isinstance(each, dict):
            continue
        within = each.get("includedTradeLineItems")
        if isinstance(within, list):
            several = len(within) > 1
            packed = {} if several else {**each, "numberOfPackages": each.get("packageQuantity")}
            lines += [{**packed, **line} for line in within if isinstance(line, dict)]
        else:
            lines.append(dict(each))
    return lines


def _containers(body: Facts) -> list[str]:
    equipment: Any = (
        body.get("transportEquipments") or body.get("utilizedTransportEquipments") or []
    )
    found = [each.get("equipment", each) for each in equipment if isinstance(each, dict)]
    return [each["equipmentReference"] for each in found if "equipmentReference" in each]


def _reckon(known: Facts) -> None:
    """What follows from other facts: never a sum, only other words for what was said."""
    currency, total = known.get("currencyOfSettlement"), known.get("totalPaymentDue")
    if isinstance(currency, str):
        known["currency"] = {"currencyCode": currency}
        if isinstance(total, str):
            known["due"] = {"value": total, "currencyCode": currency}
    described = [line["description"] for line in known.get("goods", []) if "description" in line]
    if described:
        known["described"] = "; ".join(map(str, described))
    for name, parties in (("exportationCountry", SELLERS), ("destinationCountry", BUYERS)):
        party: Any = next(
            (known[each] for each in parties if isinstance(known.get(each), dict)), {}
        )
        address = party.get("address")
        known.setdefault(name, address.get("addressCountry") if isinstance(address, dict) else None)


def _of_dcsa(body: Facts) -> Facts:
    """A bill of lading, a waybill or a notice of arrival in UN/CEFACT's words."""
    parties = body.get("documentParties", {})
    known: Facts = {
        name: _party_of_dcsa(parties[name]) for name in ("shipper", "consignee") if name in parties
    }
    transports: Any = body.get("transports") or body.get("transport") or {}
    for name in ("portOfLoading", "portOfDischarge"):
        known[name] = transports.get(name, {}).get("UNLocationCode")
    voyages = transports.get("vesselVoyages") or [{}]
    sailing = (voyages[0].get("vesselName"), voyages[0].get("carrierExportVoyageNumber"))
    known["conveyance"] = ", voyage ".join(filter(None, sailing))
    known["goods"] = [
        line for item in body["consignmentItems"] for line in _lines_of_dcsa(item)
    ]  # fmt: skip
    equipment = body.get("utilizedTransportEquipments", [])
    known["transportEquipments"] = [
        {**each.get("equipment", {}), "seals": each.get("seals", [])} for each in equipment
    ]
    known["transportDocumentNumber"] = body.get("transportDocumentReference")
    known["carrierBookingReference"] = body["consignmentItems"][0].get("carrierBookingReference")
    return known


def _lines_of_dcsa(item: Facts) -> Iterable[Facts]:
    codes = item.get("HSCodes", [])
    cargo = item.get("cargoItems", [{}])
    line: Facts = {"description": " ".join(item.get("descriptionOfGoods", []))}
    if len(codes) == 1:
        line["hsCode"] = codes[0]
    if len(cargo) == 1:
        packaging = cargo[0].get("outerPackaging", {})
        line |= {name: packaging[name] for name in packaging if name.endswith(("Packages", "Code"))}
        for name, weight in (("grossWeight", "cargoGrossWeight"), ("netWeight", "cargoNetWeight")):
            if isinstance(cargo[0].get(weight), dict):
                line[name] = {
                    "value": cargo[0][weight]["value"],
                    "unitCode": cargo[0][weight]["unit"],
                }
    yield line


def _party_of_dcsa(party: Facts) -> Facts:
    address = party.get("address", {})
    street = " ".join(filter(None, (address.get("street"), address.get("streetNumber"))))
    codes = {each.get("codeListProvider"): each for each in party.get("identifyingCodes", [])}
    found = {
        "name": party.get("partyName"),
        "organisation": codes.get("COCKET", {}).get("partyCode"),
        "address": {
            "streetAddress": street,
            "addressLocality": address.get("city"),
            "postalCode": address.get("postCode"),
            "addressCountry": address.get("countryCode"),
        },
    }
    found["address"] = {name: each for name, each in found["address"].items() if each}
    return {name: each for name, each in found.items() if each}
