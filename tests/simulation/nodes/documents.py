"""What clients submit: signed documents of many kinds, some of which contracts refuse.

A paper says in numbers what a document is to be; each is signed once, however many simulations run.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from cocket.contracts.standard import example, type_urn
from cocket.ledger.document import document_id, sign
from cocket.ledger.keys import base64url
from tests.simulation.nodes.members import CARRIER, CUSTOMS, MERCHANTS, NETWORK, TIME_MS, key
from tests.simulation.nodes.printed import Printed

LATE = 1_000_000
"""Papers from this number on are not drawn, but handed in by a story itself; and from"""
FORGED = 2_000_000
"""this number on, made by a faulty member."""

_examples = {name: example(name) for name in ("commercial-invoice", "bill-of-lading")}


@dataclass(frozen=True, slots=True, repr=False)
class Invoice(Printed):
    """Two of one seller with one `reference` (its number, if None) contradict each other."""

    number: int
    seller: str = "lotus"
    reference: int | None = None
    signer: str = "sign"

    def signed(self) -> bytes:
        body = deepcopy(_examples["commercial-invoice"])
        body["invoiceNumber"] = f"S-{self.number if self.reference is None else self.reference}"
        return _sign(self.number, self.seller, "commercial-invoice", body, signer=self.signer)


@dataclass(frozen=True, slots=True, repr=False)
class Bill(Printed):
    """A bill of lading that lotus holds."""

    number: int

    def signed(self) -> bytes:
        code = {"codeListProvider": "COCKET", "partyCode": "lotus"}
        body = deepcopy(_examples["bill-of-lading"])
        body["transportDocumentReference"] = f"SIM{self.number}"
        body["issueTo"] = {"partyName": "Lotus", "identifyingCodes": [code]}
        return _sign(self.number, CARRIER, "bill-of-lading", body)


@dataclass(frozen=True, slots=True, repr=False)
class Transfer(Printed):
    """lotus gives a bill away: only the first of two such is accepted."""

    number: int
    bill: int
    recipient: str

    def signed(self) -> bytes:
        body = {"actionCode": "TRANSFER", "recipient": self.recipient}
        of = document_id(jws(Bill(self.bill)))
        return _sign(self.number, "lotus", "title-action", body, {"document": of})


@dataclass(frozen=True, slots=True, repr=False)
class NewKey(Printed):
    """noord gets a further key."""

    number: int

    def signed(self) -> bytes:
        public = base64url(key("noord", f"further {self.number}").public_key)
        body = {"id": "noord", "addKeys": [{"use": "sign", "publicKey": public}]}
        return _sign(self.number, "noord", "organisation", body)


@dataclass(frozen=True, slots=True, repr=False)
class Forged(Printed):
    """An invoice that was changed after it was signed: of the right form, and wrong."""

    number: int

    def signed(self) -> bytes:
        good, other = jws(Invoice(self.number)), jws(Invoice(self.number + 1))
        return good.rpartition(b".")[0] + b"." + other.rpartition(b".")[2]


Paper = Invoice | Bill | Transfer | NewKey | Forged


@cache
def jws(paper: Paper) -> bytes:
    """The document itself."""
    return paper.signed()


def _sign(
    number: int,
    issuer: str,
    kind: str,
    body: dict[str, Any],
    refs: dict[str, str] | None = None,
    signer: str = "sign",
) -> bytes:
    claims = {
        "iss": issuer,
        "aud": NETWORK,
        "iat": TIME_MS // 1000,
        "jti": base64url(number.to_bytes(16, "big")),
        "vct": type_urn(kind),
        "ucr": [f"SIM{number // 4}"],
        "refs": refs or {},
        "body": body,
    }
    return sign(claims, key(issuer, signer)).jws


@dataclass(slots=True)
class Clients:
    """Draws what is submitted next."""

    random: Random
    made: int = 0
    bills: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    before: list[Paper] = field(default_factory=list)
    """What was submitted before, and may be again."""

    def next(self) -> Paper:
        """A paper, mostly one that has not been submitted before."""
        chance = self.random.random()
        if chance < 0.15 and self.before:
            return self.random.choice(self.before)
        self.made += 2
        paper = self._make(chance, self.made)
        self.before.append(paper)
        return paper

    def _make(self, chance: float, number: int) -> Paper:
        if chance < 0.55:
            return Invoice(number, self.random.choice(MERCHANTS))
        if chance < 0.65:  # a number that was or will be taken
            return Invoice(number, reference=number + 2 * self.random.randint(-5, 2))
        if chance < 0.72:
            self.bills.append(number)
            return Bill(number)
        if chance < 0.82 and self.bills:
            bill = self.random.choice(self.bills[-3:])
            return Transfer(number, bill, self.random.choice([CUSTOMS, "noord"]))
        if chance < 0.86:
            self.keys.append(number)
            return NewKey(number)
        if chance < 0.94 and self.keys:
            return Invoice(number, "noord", signer=f"further {self.random.choice(self.keys)}")
        if chance < 0.96:
            return Forged(number)
        if chance < 0.98:  # one that its issuer may not sign, and one with a key of nobody's
            return Invoice(number, CARRIER)
        return Invoice(number, signer=f"unknown {number}")
