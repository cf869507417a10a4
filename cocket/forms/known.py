"""What a form is filled with: what the documents referred to, the registry and own papers know.

Data is entered once. A fact (`facts`) goes into every member of the new body that asks for it, by
its own name or by one that means the same (`_SAME`), in the words of the member's schema. What does
not fit is left out, and so is what each document says for itself, such as a result or a reason: the
form asks for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cocket.contracts.schema import Schema
from cocket.contracts.schema_rules import Pointer
from cocket.contracts.shape import Shape
from cocket.forms.facts import BUYERS, GOODS, SELLERS, Facts
from cocket.forms.kinds import Kind
from cocket.forms.references import Found
from cocket.ledger.organisations import Organisation

_FROM = ("portOfLoading", "portOfDeparture", "placeOfDeparture", "placeOfLoading")
_TO = ("portOfDischarge", "portOfEntry", "portOfArrival", "placeOfDestination", "placeOfUnloading")
_SAME: dict[str, tuple[str, ...]] = {
    "seller": SELLERS,
    "exporter": ("exporter", *SELLERS),
    "consignor": ("consignor", *SELLERS),
    "shipper": ("shipper", *SELLERS),
    "sender": SELLERS,
    "insured": ("insured", *SELLERS),
    "creditor": ("creditor", *SELLERS),
    "drawer": SELLERS,
    "payee": SELLERS,
    "buyer": BUYERS,
    "importer": ("importer", *BUYERS),
    "consignee": ("consignee", *BUYERS),
    "recipient": ("consignee", *BUYERS),
    "debtor": ("debtor", *BUYERS),
    "drawee": BUYERS,
    "notifyParty": BUYERS,
    "notifyParties": BUYERS,
    "purchaseOrderNumbers": ("purchaseOrderNumbers", "orderNumber"),
    "billOfLadingNumber": ("billOfLadingNumber", "transportDocumentNumber"),
    "transportDocumentReference": ("billOfLadingNumber",),
    "totalWeight": ("totalWeight", "totalGrossWeight"),
    "totalGrossWeight": ("totalGrossWeight", "totalWeight"),
    "packageQuantity": ("packageQuantity", "totalNumberOfPackages"),
    "totalNumberOfPackages": ("totalNumberOfPackages", "packageQuantity"),
    "amount": ("due",),
    "instructedAmount": ("due",),
    "insuredValue": ("currency",),
    "goodsDescription": ("goodsDescription", "described"),
    **dict.fromkeys(("portOfLoading", "placeOfDispatch", *_FROM), _FROM),
    **dict.fromkeys(("portOfDischarge", "pointOfEntry", *_TO), _TO),
}
_CARRIED = frozenset(
    {
        *("originCountry", "exportationCountry", "destinationCountry", "currencyOfSettlement"),
        *("termsOfDelivery", "termsOfPayment", "modeOfTransport", "meansOfTransport", "conveyance"),
        *("containers", "transportEquipments", "equipmentReference", "carrierBookingReference"),
        *("totalNetWeight", "totalGrossVolume", "totalItemQuantity", "freightPaymentTermCode"),
        *("invoiceNumber", "orderNumber", "packingListNumber", "letterOfCreditNumber"),
        *("transportDocumentNumber", "movementReferenceNumber", "customsOffice", "locationOfGoods"),
        *("producer", "manufacturer", "issuingParty", "shipFromParty", "shipToParty", "agreement"),
        *("creditorAccount", "debtorAccount", "endToEndIdentification", "remittanceInformation"),
    }
)
"""What goes over under its own name."""
_OF_THE_LINE = frozenset(
    {
        *("preference", "procedureCode", "documentsProduced", "valuationMethod", "customsValue"),
        *("statisticalValue", "supplementaryUnits", "supplementaryUnitCode", "originCriterion"),
    }
)
"""What each document says for itself of a line of goods."""
_GROUPS = ("documentParties", "transports")
"""Objects of DCSA's whose members are asked for one by one."""


def own_party(organisation: Organisation | None, identity: str, own: Sequence[Found]) -> Facts:
    """The signer as a party: as its newest paper says it, else as the registry has it."""
    if organisation is None:
        return {"organisation": identity} if identity else {}
    for each in reversed([each for each in own if each.document.issuer == identity]):
        for value in each.body.values():
            if isinstance(value, dict) and value.get("name") == organisation.legal_name:
                return {**value, "organisation": identity}
    address = {"addressCountry": organisation.country}
    return {"name": organisation.legal_name, "organisation": identity, "address": address}


def filled(kind: Kind, known: Facts, own: Facts, replaced: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a new document of this kind, as far as it is known.

    own       the party that signs, by UN/CEFACT's names
    replaced  the body of the document that this one supersedes, {} where it supersedes none
    """
    if replaced:
        return {name: value for name, value in replaced.items() if name != "amendmentReason"}
    filler = _Filler(kind.schema, {**known, "issuingParty": own} if own.get("name") else known)
    body = filler.object((), skip=frozenset({kind.number, kind.signer}))
    named = (known[each] for each in _SAME.get(kind.signer, ()) if each in known)
    party: Facts = next(named, {})
    if kind.signer and own:
        same = party.get("name") == own.get("name")
        said = filler.adapted({**own, **(party if same else {})}, (kind.signer,))
        body = {kind.signer: said, **body}
    for name, value in body.items():
        if isinstance(value, dict) and own and value.get("name") == own.get("name"):
            body[name] = {**filler.adapted({"organisation": own["organisation"]}, (name,)), **value}
    return _fitting(kind.schema, body)


class _Filler:
    """Fills members of one schema with facts."""

    def __init__(self, schema: dict[str, Any], known: Facts) -> None:
        self.shape = Shape(schema)
        self.known = known

    def object(self, place: Pointer, skip: frozenset[str] = frozenset()) -> Facts:
        value = {}
        view = self.shape.at(place)
        for name in view.members:
            found = None if name in skip else self.member(name, (*place, name))
            codes = self.shape.at((*place, name)).codes
            if found is None and name in view.required and len(codes) == 1:
                found = codes[0]
            if found not in (None, {}, []):
                value[name] = found
        return value

    def member(self, name: str, place: Pointer) -> Any:
        """What is known of a member, None if nothing."""
        if name in _GROUPS:
            return self.object(place)
        if name in GOODS or name == "consignmentItems":
            return [each for line in self.goods(name) if (each := self.adapted(line, (*place, 0)))]
        if name == "utilizedTransportEquipments":
            return [self.adapted(each, (*place, 0)) for each in self.equipments()]
        if name == "consignee" and place[0] == "documentParties":
            return None  # of a straight bill alone: whoever issues it decides
        names = _SAME.get(name, (name,) if name in _CARRIED else ())
        value = next((self.known[each] for each in names if each in self.known), None)
        return None if value is None else self.adapted(value, place)

    def goods(self, name: str) -> list[Facts]:
        """The goods' lines as a list of this name has them."""
        lines: list[Facts] = self.known.get("goods", [])
        if name == "consignmentItems":
            return self.consignment_items(lines)
        if "includedTradeLineItems" in self.shape.at((name, 0)).members:
            return [
                {**line, "packageQuantity": line.get("numberOfPackages"),
                 "includedTradeLineItems": [line]} for line in lines
            ]  # fmt: skip
        return [
            {
                **{each: line[each] for each in line if each not in _OF_THE_LINE},
                "intrinsicValue": line.get("lineItemTotalPrice"),
            }
            for line in lines
        ]

    def consignment_items(self, lines: list[Facts]) -> list[Facts]:
        """DCSA's one item of all the goods: what they are, how heavy, how packed, in which box."""
        if not lines:
            return []
        codes = dict.fromkeys(str(line["hsCode"])[:6] for line in lines if "hsCode" in line)
        weight = self.known.get("totalGrossWeight", self.known.get("totalWeight"))
        packages = self.known.get("totalNumberOfPackages", self.known.get("packageQuantity"))
        packings = {line.get("packageCode") for line in lines}
        containers = self.known.get("containers", [])
        cargo = {
            "equipmentReference": containers[0] if len(containers) == 1 else None,
            "cargoGrossWeight": weight,
            "outerPackaging": {
                "numberOfPackages": packages,
                "packageCode": packings.pop() if len(packings) == 1 else None,
            },
        }
        return [
            {
                "carrierBookingReference": self.known.get("carrierBookingReference"),
                "descriptionOfGoods": [
                    line["description"] for line in lines if "description" in line
                ],
                "HSCodes": list(codes),
                "cargoItems": [cargo],
            }
        ]

    def equipments(self) -> list[Facts]:
        known = self.known.get("transportEquipments") or [
            {"equipmentReference": each} for each in self.known.get("containers", [])
        ]
        return [{"equipment": each, "seals": each.get("seals", [])} for each in known]

    def adapted(self, value: Any, place: Pointer) -> Any:
        """A fact in the words of the schema at `place`; None where it has none for it."""
        view = self.shape.at(place)
        if isinstance(value, dict) and view.members:
            value = _in_words_of(value, frozenset(view.members))
            found = {name: self.adapted(value[name], (*place, name)) for name in view.members
                     if value.get(name) is not None}  # fmt: skip
            return {name: each for name, each in found.items() if each not in (None, {}, [])}
        if "array" in view.types:
            items = [self.adapted(each, (*place, 0)) for each in
                     (value if isinstance(value, list) else [value])]  # fmt: skip
            return [each for each in items if each not in (None, {}, [])]
        if isinstance(value, dict):
            return value.get("unLocode")
        if isinstance(value, str) and view.members:
            code = next((n for n in ("unLocode", "UNLocationCode") if n in view.members), None)
            return {code: value} if code else None
        kind = {str: "string", bool: "boolean", int: "integer"}.get(type(value))
        return value if not view.types or kind in view.types else None


def _in_words_of(value: Facts, members: frozenset[str]) -> Facts:
    """UN/CEFACT's parties, addresses, weights as DCSA says them, where that is asked for."""
    if "partyName" in members and "name" in value:
        codes = [("COCKET", value.get("organisation"), None), ("GLEIF", value.get("lei"), "LEI")]
        return {
            "partyName": value["name"],
            "address": value.get("address"),
            "identifyingCodes": [
                {"codeListProvider": provider, "partyCode": code, "codeListName": name}
                for provider, code, name in codes if code
            ],
        }  # fmt: skip
    if "countryCode" in members and "addressCountry" in value:
        return {
            "street": value.get("streetAddress"),
            "city": value.get("addressLocality"),
            "postCode": value.get("postalCode"),
            "countryCode": value["addressCountry"],
        }
    if "unit" in members and "unitCode" in value:
        return {**value, "unit": value["unitCode"]}
    return value


def _fitting(schema: dict[str, Any], body: Facts) -> Facts:
    """`body` without the values that the schema would refuse; what is missing stays missing."""
    compiled = Schema(schema)
    for refusal, missing in compiled.problems(body):
        if not missing and refusal.path.startswith("/body/"):
            _remove(body, refusal.path.split("/")[2:])
    return body


def _remove(body: Any, parts: Sequence[str]) -> None:
    """Remove a single value; a list or an object is left to whoever fills the form in."""
    for part in parts[:-1]:
        body = body[int(part)] if isinstance(body, list) else body[part]
    if isinstance(body, dict) and not isinstance(body.get(parts[-1]), dict | list):
        body.pop(parts[-1], None)


def number_after(newest: str, year: int, steps: int = 1) -> str:
    """The number `steps` after one's newest: its last digits go up; `2026-0001` to begin with."""
    start = newest.rstrip("0123456789")
    digits = newest[len(start) :]
    if not newest:
        return f"{year}-0001"
    return f"{start}{int(digits) + steps:0{len(digits)}d}" if digits else f"{newest}-0001"


def own_numbers(kind: Kind, identity: str, own: Sequence[Found]) -> list[str]:
    """The numbers of one's own papers of this kind, oldest first."""
    mine = [each for each in own if each.document.issuer == identity and each.number]
    return [each.number for each in mine if each.document.type_name == kind.name]
