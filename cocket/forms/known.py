"""What a form is filled with: what the documents referred to, the registry and own papers know.

Data is entered once. A document's body is read as facts under UN/CEFACT's names (`facts`); a fact
goes into every member of the new body that asks for it, by its own name or by one that means the
same (`_SAME`), in the words of the member's schema (`filled`). What does not fit is left out: the
form asks for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from cocket.contracts.schema import Schema
from cocket.contracts.schema_rules import Pointer
from cocket.contracts.shape import Shape
from cocket.forms.kinds import Kind
from cocket.forms.references import Found, texts
from cocket.ledger.organisations import Organisation

Facts = dict[str, Any]

SECRET_CHARACTERS = 6
"""A hidden text as long as this is looked for within longer texts too."""
GOODS = ("itemsShipped", "goodsItems", "items")
_SELLERS = ("seller", "exporter", "consignor", "shipper")
_BUYERS = ("buyer", "importer", "consignee")
_FROM = ("portOfLoading", "portOfDeparture", "placeOfDeparture", "placeOfLoading")
_TO = ("portOfDischarge", "portOfEntry", "portOfArrival", "placeOfDestination", "placeOfUnloading")
_NUMBERS = {
    "commercial-invoice": "invoiceNumber",
    "purchase-order": "orderNumber",
    "packing-list": "packingListNumber",
    "bill-of-lading": "transportDocumentNumber",
    "sea-waybill": "transportDocumentNumber",
    "air-waybill": "transportDocumentNumber",
}
"""The name under which the number of a document of this type is a fact."""
_SAME: dict[str, tuple[str, ...]] = {
    "seller": _SELLERS,
    "exporter": ("exporter", *_SELLERS),
    "consignor": ("consignor", *_SELLERS),
    "shipper": ("shipper", *_SELLERS),
    "sender": _SELLERS,
    "insured": ("insured", *_SELLERS),
    "creditor": ("creditor", *_SELLERS),
    "drawer": _SELLERS,
    "payee": _SELLERS,
    "buyer": _BUYERS,
    "importer": ("importer", *_BUYERS),
    "consignee": ("consignee", *_BUYERS),
    "recipient": ("consignee", *_BUYERS),
    "debtor": ("debtor", *_BUYERS),
    "drawee": _BUYERS,
    "notifyParty": _BUYERS,
    "notifyParties": _BUYERS,
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
_GROUPS = ("documentParties", "transports")
"""Objects of DCSA's whose members are asked for one by one."""
_NEVER = frozenset({"amendmentReason", "remarks", "validFrom", "validUntil", "issueDate"})
"""Of each document its own, whatever another says under the same name."""


# --- facts ----------------------------------------------------------------------------------------


def facts(found: Found) -> Facts:
    """What a document knows, by UN/CEFACT's names; its goods' lines under `goods`."""
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
    for name, parties in (("exportationCountry", _SELLERS), ("destinationCountry", _BUYERS)):
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


# --- bodies ---------------------------------------------------------------------------------------


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
    body = filler.object((), skip=frozenset({kind.number, kind.signer} | _NEVER))
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
        names = _SAME.get(name, (name,))
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
        return [{**line, "intrinsicValue": line.get("lineItemTotalPrice")} for line in lines]

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


def guarded(
    schema: dict[str, Any], body: Facts, secrets: frozenset[str]
) -> tuple[Facts, list[str], list[str]]:
    """`body`, with what was hidden where it comes from hidden again, or left out.

    Gives the body, JSON pointers into it of what is to be hidden, and the names of the members
    that are left out, whole or in part, because they may not be: whoever wants them open has to
    write them.
    """
    guard = _Guard(Shape(schema), secrets)
    kept, withheld = {}, []
    for name, value in body.items():
        told = guard.kept((name,), value)
        if told != value:
            withheld.append(name)
        if told is not None:
            kept[name] = told
    return kept, guard.hidden, withheld


class _Guard:
    """Keeps secrets out of the open members of a new body. `hidden`: what it hides, so far."""

    def __init__(self, shape: Shape, secrets: frozenset[str]) -> None:
        self.shape = shape
        self.secrets = secrets
        self.hidden: list[str] = []

    def kept(self, place: Pointer, value: Any) -> Any:
        """The value with its secrets hidden, without those that cannot be; None if nothing is
        left of it."""
        hidings = self.hidings(place, value)
        if hidings is not None:
            self.hidden += hidings
            return value
        if not isinstance(value, dict):
            return None
        below = {name: self.kept((*place, name), each) for name, each in value.items()}
        return {name: each for name, each in below.items() if each is not None} or None

    def hidings(self, place: Pointer, value: Any) -> list[str] | None:
        """What to hide within a value so that no secret is told: as little as does it; None where
        nothing does."""
        if not any(_tells(each, text) for text in texts(value) for each in self.secrets):
            return []
        members: list[tuple[str | int, Any]] = []
        if isinstance(value, dict):
            members = list(value.items())
        elif isinstance(value, list):
            members = list(enumerate(value))
        below = [self.hidings((*place, name), each) for name, each in members]
        inner = [each for each in below if each is not None]
        if members and len(inner) == len(below):
            return [pointer for each in inner for pointer in each]
        hideable = place[-1] in self.shape.at(place[:-1]).confidential
        return ["".join(f"/{part}" for part in place)] if hideable else None


def _tells(secret: str, text: str) -> bool:
    """Whether a text tells a secret: it is that, or has it within, if that can be no chance."""
    return secret == text or (len(secret) >= SECRET_CHARACTERS and secret in text)


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
