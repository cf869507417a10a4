"""Document types as forms need them: the schema, and what the contract's text tells of it.

A network's types come from a node; the standard ones are at hand without one. The standard type of
the same name tells which documents it refers to, which member is its number, which party signs it;
its contract is the network's only where the schema is the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from cocket.client import DocumentType
from cocket.contracts import standard
from cocket.contracts.outline import constants
from cocket.forms.writing import Role
from cocket.ledger.errors import Refused

_NUMBER = re.compile(r'take_number\(doc, refs, body\["(\w+)"\]')
_SIGNER = re.compile(r'check_signer\(doc, (?:doc\["body"\]|body)\["(\w+)"\]')
_TITLES = {
    "bill-of-lading": "transportDocumentReference",
    "sea-waybill": "transportDocumentReference",
    "arrival-notice": "transportDocumentReference",
    "air-waybill": "airWaybillNumber",
    "warehouse-receipt": "warehouseReceiptNumber",
    "promissory-note": "promissoryNoteNumber",
    "bill-of-exchange": "billOfExchangeNumber",
    "delivery-order": "deliveryOrderNumber",
}
"""The numbers of those whose contracts take them by way of a common function."""


ANY_DOCUMENT = {"revocation": "document"}
"""Types that refer to a document of any type, in this role: they have no table of REFS."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A document type.

    source  the contract's text as it goes on the ledger; "" where it is not known here
    hints   the text of the standard contract of this name, of this version or another, or ""
    """

    urn: str
    schema: dict[str, Any]
    signed_by: tuple[str, ...]
    source: str
    hints: str

    @property
    def name(self) -> str:
        """`commercial-invoice`."""
        return self.urn.split(":")[2]

    @property
    def written(self) -> str:
        """How a form names it: without the urn's frame, if it is version 1."""
        return self.name if self.urn.endswith(":1") else self.urn

    @property
    def sample(self) -> dict[str, Any]:
        """The example's body; {} where there is none here."""
        return standard.example(self.name) if self.hints else {}

    @property
    def number(self) -> str:
        """The member with the number that the issuer gives, "" where none is known."""
        return number_member(self.name, self.hints)

    @property
    def signer(self) -> str:
        """The party that signs, if one does: `seller`."""
        found = _SIGNER.search(self.hints)
        return found[1] if found else ""

    @property
    def roles(self) -> tuple[Role, ...]:
        """The references it takes."""
        if self.hints and self.name in ANY_DOCUMENT:
            return (Role(ANY_DOCUMENT[self.name], (), True),)
        written = constants(self.hints)
        needs = written.get("NEEDS", [])
        return tuple(
            Role(name, tuple(types), name in needs)
            for name, types in written.get("REFS", {}).items()
        )


def number_member(name: str, source: str = "") -> str:
    """The member with a document's own number, of a type with this name."""
    if not source and name in standard.NAMES:
        source = _standard(name).source
    found = _NUMBER.search(source)
    return _TITLES.get(name) or (found[1] if found else "")


def kind(type: str, offered: Sequence[DocumentType] | None) -> Kind:
    """The type with this name or urn. offered: the network's; None: the standard's.

    Of a name alone, the newest version. `Refused` where there is none.
    """
    if offered is None:
        name = type.split(":")[2] if type.startswith("urn:cocket:") else type
        if name in standard.NAMES and type in (name, standard.type_urn(name)):
            return _standard(name)
        names: Sequence[str] = standard.NAMES
    else:
        matching = [each for each in offered if type in (each.type, each.type.split(":")[2])]
        if matching:
            return _of_network(max(matching, key=lambda each: int(each.type.split(":")[3])))
        names = sorted({each.type.split(":")[2] for each in offered})
    near = get_close_matches(type[:64], names, 3) or names
    raise Refused("unknown-type", f"{type[:64]} is no document type here: {', '.join(near)}?")


def _of_network(found: DocumentType) -> Kind:
    name = found.type.split(":")[2]
    if name not in standard.NAMES:
        return Kind(found.type, found.schema, found.signed_by, "", "")
    known = _standard(name)
    same = (known.urn, known.schema) == (found.type, found.schema)
    return known if same else Kind(found.type, found.schema, found.signed_by, "", known.hints)


def _standard(name: str) -> Kind:
    text = standard.contract_texts()[standard.NAMES.index(name)]
    signed_by = constants(text.source).get("SIGNED_BY", [])
    return Kind(text.type, text.schema, tuple(signed_by), text.source, text.source)
