"""Build documents of the standard types and run them through the real engine, in memory.

    ledger = Ledger()
    invoice = ledger.commit("lotus", "commercial-invoice", totalPaymentDue="20318.15")
    assert ledger.refused("noord", "clearance", refs={"declaration": …}) == "not-customs"

A body is the type's example with the members given; a member that is `ABSENT` is left out.
Keys, ids and salts are made from names and counters: every run is the same.
"""

from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from typing import Any

from cocket.contracts.engine import Outcome
from cocket.contracts.genesis import genesis_state
from cocket.contracts.lthash import LtHash
from cocket.contracts.standard import contract_texts, example, type_urn
from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Refusal
from cocket.ledger.genesis import Genesis
from cocket.ledger.keys import base64url
from cocket.ledger.sdjwt import conceal
from tests.contracts.blocks import Blocks, founded, signing_key

NETWORK = "green-lane"
TIME_MS = 1_772_600_000_000
ABSENT = object()

MEMBERS = (
    # id, country, role, chamber
    ("customs-my", "MY", "customs", "public"),
    ("customs-nl", "NL", "customs", "public"),
    ("chamber-nl", "NL", "chamber", "public"),
    ("orient-star", "SG", "carrier", "private"),
    ("north-line", "NL", "carrier", "private"),
    ("lotus", "MY", "merchant", "private"),
    ("noord", "NL", "merchant", "private"),
    ("swift-freight", "NL", "forwarder", "private"),
    ("bank", "SG", "payment", "private"),
    ("bank-nl", "NL", "payment", "private"),
)


def public_key(name: str) -> str:
    """The public half of the key with this name, as documents write it."""
    return base64url(signing_key(name).public_key)


def genesis() -> Genesis:
    """A network of `MEMBERS` with the standard contracts."""
    return founded(NETWORK, TIME_MS, MEMBERS, contract_texts())


@cache
def first_state() -> tuple[dict[str, bytes], LtHash]:
    """The state that every `Ledger` starts from."""
    return genesis_state(genesis())


def party_of(organisation: str) -> dict[str, Any]:
    """A DCSA party that is a member of this ledger."""
    code = {"codeListProvider": "COCKET", "partyCode": organisation}
    return {"partyName": organisation, "identifyingCodes": [code]}


class Ledger(Blocks):
    """The network, from its founding on."""

    def __init__(self) -> None:
        super().__init__(NETWORK, TIME_MS, *first_state())

    def make(
        self,
        issuer: str,
        name: str,
        refs: dict[str, str] | None = None,
        *,
        hide: Iterable[str] = (),
        key: str | None = None,
        body: dict[str, Any] | None = None,
        **members: Any,
    ) -> Document:
        """A signed document: the type's example (or `body`), with `members`, `hide`ing paths."""
        whole = {**(deepcopy(example(name)) if body is None else body), **members}
        whole = {member: value for member, value in whole.items() if value is not ABSENT}
        whole, _ = conceal(whole, hide, self.counted)
        claims = {
            "iss": issuer,
            "aud": NETWORK,
            "iat": TIME_MS // 1000,
            "jti": self.jti(),
            "vct": type_urn(name),
            "ucr": ["26MY123456789LT0117"],
            "refs": refs or {},
            "body": whole,
        }
        return sign(claims, signing_key(key or issuer))

    def outcome(self, issuer: str, name: str, /, *args: Any, **members: Any) -> Outcome:
        """What becomes of such a document in a block of its own."""
        return self.block(self.make(issuer, name, *args, **members))[0]

    def commit(self, issuer: str, name: str, /, *args: Any, **members: Any) -> str:
        """The id of such a document, which must be accepted."""
        document = self.make(issuer, name, *args, **members)
        (outcome,) = self.block(document)
        assert outcome.refusal is None, outcome.refusal
        return document.id

    def refusal(self, issuer: str, name: str, /, *args: Any, **members: Any) -> Refusal:
        """Why such a document is refused, which it must be; and it leaves no write behind."""
        before = dict(self.state)
        refusal = self.outcome(issuer, name, *args, **members).refusal
        assert refusal is not None, "accepted"
        assert self.state == before
        return refusal

    def refused(self, issuer: str, name: str, /, *args: Any, **members: Any) -> str:
        """The code with which such a document is refused."""
        return self.refusal(issuer, name, *args, **members).code

    def warned(self, issuer: str, name: str, /, *args: Any, **members: Any) -> list[str]:
        """The codes of the warnings with which such a document is accepted."""
        outcome = self.outcome(issuer, name, *args, **members)
        assert outcome.refusal is None, outcome.refusal
        return [warning.code for warning in outcome.warnings]
