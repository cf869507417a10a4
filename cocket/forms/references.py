"""Documents called as people call them, and found: in one's own files, or through a node.

LT-2026-0117 of lotus      the number that its issuer gave it
LT-2026-0117               likewise, of one's own
invoice.sdjwt              a file that one has of it
clearance of customs-nl    the last of this type, in the consignments at hand
<43 characters>            its id, as programs write it
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocket.client import Ledger, LedgerError, SdJwt, files
from cocket.forms.kinds import number_member
from cocket.forms.writing import Role
from cocket.ledger.document import ID_PATTERN, Document
from cocket.ledger.errors import Malformed, Refused

SOURCES = (
    *("commercial-invoice", "packing-list", "purchase-order", "order-confirmation", "booking"),
    *("bill-of-lading", "sea-waybill", "air-waybill", "delivery-note", "import-declaration"),
    *("export-declaration", "road-consignment-note", "rail-consignment-note"),
)
"""The types that a number may be of, where nobody says which."""
PAPERS_MAX = 1000
PAPER_BYTES_MAX = 1024 * 1024

_OF = re.compile(r"(.+?) +of +([a-z0-9-]{2,32})")


@dataclass(frozen=True, slots=True)
class Found:
    """A document that is referred to.

    body     with what its file discloses, where one has the file
    paper    the file's name, "" where it came from a node
    secrets  the texts in it that its issuer hid
    """

    document: Document
    body: Mapping[str, Any]
    paper: str = ""
    secrets: frozenset[str] = frozenset()

    @property
    def number(self) -> str:
        """The number its issuer gave it, "" where it has none that one can see."""
        value = self.body.get(number_member(self.document.type_name))
        return value if isinstance(value, str) else ""

    @property
    def called(self) -> str:
        """As a form calls it."""
        if self.number:
            return f"{self.number} of {self.document.issuer}"
        return self.paper or f"{self.document.type_name} of {self.document.issuer}"


def papers(folder: Path) -> list[Found]:
    """The signed documents in a folder's files, newest last; what cannot be read is left out."""
    found = []
    paths = (path for path in folder.iterdir() if path.suffix in (files.SIGNED_SUFFIX, ".jwt"))
    for path in sorted(paths)[:PAPERS_MAX]:
        if path.is_file() and path.stat().st_size <= PAPER_BYTES_MAX:
            try:
                found.append(paper(path))
            except (Malformed, Refused, OSError):
                continue
    return sorted(found, key=lambda each: each.document.issued_at)


def paper(path: Path) -> Found:
    """The document in a file, with all that the file discloses."""
    for signed in files.read_signed(path):
        return found_in(signed, path.name)
    raise Malformed(f"{path} holds no document")


class Finder:
    """Finds what is referred to, for one person: their own organisation, papers and consignments.

    ledger  None: no node is asked
    """

    def __init__(
        self,
        ledger: Ledger | None,
        organisation: str,
        own: Sequence[Found],
        consignments: Sequence[str],
        folder: Path,
    ) -> None:
        self.ledger = ledger
        self.organisation = organisation
        self.own = own
        self.consignments = list(consignments)
        self.folder = folder

    async def find(self, role: Role, called: str) -> Found:
        """The document that is called so; `Refused` says what to do where there is none."""
        path = self.folder / called
        if "\0" not in called and len(called) < 256 and path.is_file():
            return paper(path)
        if re.match(ID_PATTERN, called):
            found = await self._by_id(called)
        else:
            match = _OF.fullmatch(called)
            name, issuer = (match[1], match[2]) if match else (called, self.organisation)
            found = await self._by_number(role, name, issuer) or await self._by_type(name, issuer)
        if found is not None:
            return found
        wanted = " or ".join(role.types[:4]) or "document"
        raise Refused(
            "unknown-reference",
            f"no {wanted} is known as {called[:80]!r}: write its number and who issued it, as "
            "in  2026-0117 of lotus, or the name of the file you have of it",
            f"/refs/{role.name}",
        )

    async def _by_id(self, identity: str) -> Found | None:
        for each in self.own:
            if each.document.id == identity:
                return each
        if self.ledger is None:
            return None
        try:
            document = (await self.ledger.document(identity)).document
        except LedgerError as error:
            if error.code == "unknown-document":
                return None
            raise
        return Found(document, document.body)

    async def _by_number(self, role: Role, number: str, issuer: str) -> Found | None:
        types = role.types
        first, _, rest = number.partition(" ")
        if rest and (first in role.types or not role.types):
            types, number = (first,), rest  # "commercial-invoice LT-2026-0117 of lotus"
        for each in reversed(self.own if issuer else ()):
            document = each.document
            if (document.issuer, each.number.lower()) == (issuer, number.lower()) and (
                not types or document.type_name in types
            ):
                return each
        if self.ledger is None or not issuer:
            return None
        for name in types or SOURCES:
            found = await self.ledger.numbered(f"urn:cocket:{name}:1", issuer, number)
            if found is not None:
                return self._with_disclosures(found.document)
        return None

    async def _by_type(self, name: str, issuer: str) -> Found | None:
        """The last of this type and issuer, in the consignments of the form."""
        matching = [
            each for each in self.own
            if (each.document.type_name, each.document.issuer) == (name, issuer)
            and set(each.document.ucr) & set(self.consignments)
        ]  # fmt: skip
        if self.ledger is not None:
            for ucr in self.consignments:
                for each in await self.ledger.consignment(ucr):
                    if (each.document.type_name, each.document.issuer) == (name, issuer):
                        matching.append(self._with_disclosures(each.document))
        return matching[-1] if matching else None

    def _with_disclosures(self, document: Document) -> Found:
        own = (each for each in self.own if each.document.id == document.id)
        return next(own, Found(document, document.body))


def found_in(signed: SdJwt, name: str) -> Found:
    """A signed document as it is found in the file `name`."""
    revealed = signed.reveal()
    hidden = {text for each in revealed.paths.values() for text in texts(each.value)}
    secrets = frozenset(hidden - texts(signed.document.body))
    return Found(signed.document, revealed.body, name, secrets)


def texts(value: Any) -> set[str]:
    """All texts within a value, names of members apart."""
    found: set[str] = set()
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            found.add(each)
        elif isinstance(each, dict):
            rest += each.values()
        elif isinstance(each, list):
            rest += each
    return found
