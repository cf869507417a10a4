"""What clients submit: signed documents of many kinds, some of which contracts refuse.

Documents come from numbers alone, so that each is signed once, however many simulations run.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from cocket.contracts.standard import example, type_urn
from cocket.ledger.document import Document, sign
from cocket.ledger.keys import base64url
from tests.simulation.nodes.members import CARRIER, CUSTOMS, MERCHANTS, NETWORK, TIME_MS, key

_examples = {name: example(name) for name in ("commercial-invoice", "bill-of-lading")}


def _sign(
    number: int,
    issuer: str,
    kind: str,
    body: dict[str, Any],
    refs: dict[str, str] | None = None,
    signer: str = "sign",
) -> Document:
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
    return sign(claims, key(issuer, signer))


@cache
def invoice(
    number: int, seller: str = "lotus", reference: int | None = None, signer: str = "sign"
) -> Document:
    """An invoice; two of one seller with one reference contradict each other."""
    body = deepcopy(_examples["commercial-invoice"])
    body["invoiceNumber"] = f"S-{number if reference is None else reference}"
    return _sign(number, seller, "commercial-invoice", body, signer=signer)


@cache
def bill(number: int) -> Document:
    """A bill of lading that lotus holds."""
    code = {"codeListProvider": "COCKET", "partyCode": "lotus"}
    body = deepcopy(_examples["bill-of-lading"])
    body["transportDocumentReference"] = f"SIM{number}"
    body["issueTo"] = {"partyName": "Lotus", "identifyingCodes": [code]}
    return _sign(number, CARRIER, "bill-of-lading", body)


@cache
def transfer(number: int, of: str, recipient: str) -> Document:
    """lotus gives a bill away: only the first of two such is accepted."""
    body = {"actionCode": "TRANSFER", "recipient": recipient}
    return _sign(number, "lotus", "title-action", body, {"document": of})


@cache
def new_key(number: int) -> Document:
    """noord gets a further key."""
    public = base64url(key("noord", f"further {number}").public_key)
    body = {"id": "noord", "addKeys": [{"use": "sign", "publicKey": public}]}
    return _sign(number, "noord", "organisation", body)


@cache
def forged(number: int) -> bytes:
    """An invoice that was changed after it was signed: of the right form, and wrong."""
    good, other = invoice(number).jws, invoice(number + 1).jws
    return good.rpartition(b".")[0] + b"." + other.rpartition(b".")[2]


@dataclass(slots=True)
class Clients:
    """Decides what is submitted next."""

    random: Random
    made: int = 0
    bills: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    before: list[bytes] = field(default_factory=list)
    """What was submitted before, and may be again."""

    def next(self) -> bytes:
        """A document, mostly one that has not been submitted before."""
        chance = self.random.random()
        if chance < 0.15 and self.before:
            return self.random.choice(self.before)
        self.made += 2
        jws = self._make(chance, self.made)
        self.before.append(jws)
        return jws

    def fresh(self) -> bytes:
        """A good document that was not submitted before."""
        self.made += 2
        return invoice(self.made, "lotus", 1_000_000 + self.made).jws

    def _make(self, chance: float, number: int) -> bytes:
        if chance < 0.55:
            return invoice(number, self.random.choice(MERCHANTS)).jws
        if chance < 0.65:  # a number that was or will be taken
            return invoice(number, "lotus", number + 2 * self.random.randint(-5, 2)).jws
        if chance < 0.72:
            self.bills.append(bill(number).id)
            return bill(number).jws
        if chance < 0.82 and self.bills:
            of = self.random.choice(self.bills[-3:])
            return transfer(number, of, self.random.choice([CUSTOMS, "noord"])).jws
        if chance < 0.86:
            self.keys.append(f"further {number}")
            return new_key(number).jws
        if chance < 0.94 and self.keys:
            return invoice(number, "noord", signer=self.random.choice(self.keys)).jws
        if chance < 0.96:
            return forged(number)
        if chance < 0.98:  # one that its issuer may not sign, and one with a key of nobody's
            return invoice(number, CARRIER).jws
        return invoice(number, signer=f"unknown {number}").jws
