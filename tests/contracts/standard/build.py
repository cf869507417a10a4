"""Build documents of the standard types and run them through the real engine, in memory.

    ledger = Ledger()
    invoice = ledger.commit("lotus", "commercial-invoice", totalPaymentDue="20318.15")
    assert ledger.refused("noord", "clearance", refs={"declaration": …}) == "not-customs"

A body is the type's example with the members given; a member that is `ABSENT` is left out.
Keys, ids and salts are made from names and counters: every run is the same.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from cocket.contracts.codes import code_lists
from cocket.contracts.engine import Engine, Outcome
from cocket.contracts.genesis import genesis_state
from cocket.contracts.lthash import LtHash
from cocket.contracts.standard import contract_texts, example, type_urn
from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Refusal
from cocket.ledger.genesis import PARAMETERS, Genesis
from cocket.ledger.keys import SigningKey, base64url
from cocket.ledger.organisations import Key, NodeInfo, Organisation
from cocket.ledger.sdjwt import conceal

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
VALIDATORS = ("customs-my", "customs-nl", "chamber-nl", "orient-star")


def signing_key(name: str) -> SigningKey:
    """The key with this name; an organisation's first is named as the organisation."""
    return SigningKey(sha256(name.encode()).digest())


def public_key(name: str) -> str:
    """The public half, as documents write it."""
    return base64url(signing_key(name).public_key)


def genesis() -> Genesis:
    """A network of `MEMBERS` with the standard contracts."""
    organisations = []
    for identity, country, role, chamber in MEMBERS:
        uses = ("sign", "vote", "cosign", "tls") if identity in VALIDATORS else ("sign",)
        keys = tuple(
            Key(signing_key(identity if use == "sign" else f"{identity} {use}").public_key, use)
            for use in uses
        )
        node = NodeInfo(f"{identity}.example:7000", b"der") if identity in VALIDATORS else None
        name = identity.replace("-", " ").title()
        organisations.append(
            Organisation(identity, name, country, (role,), chamber, keys, node=node)
        )
    return Genesis(
        NETWORK,
        TIME_MS,
        tuple(organisations),
        VALIDATORS,
        dict(PARAMETERS),
        contract_texts(),
        code_lists(),
    )


@cache
def first_state() -> tuple[dict[str, bytes], LtHash]:
    """The state that every `Ledger` starts from."""
    return genesis_state(genesis())


def party_of(organisation: str) -> dict[str, Any]:
    """A DCSA party that is a member of this ledger."""
    code = {"codeListProvider": "COCKET", "partyCode": organisation}
    return {"partyName": organisation, "identifyingCodes": [code]}


@dataclass(slots=True)
class Ledger:
    """A network of one process: a state, a log, and the engine on both of them."""

    state: dict[str, bytes] = field(default_factory=dict)
    log: dict[str, Document] = field(default_factory=dict)
    height: int = 0
    made: int = 0
    digest: LtHash = field(default_factory=LtHash)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        entries, self.digest = first_state()
        self.state.update(entries)
        self.engine = Engine(NETWORK, self, self)

    def get(self, key: str) -> bytes | None:
        return self.state.get(key)

    def document(self, identity: str) -> Document | None:
        return self.log.get(identity)

    # Documents

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
        self.made += 1
        whole = {**(deepcopy(example(name)) if body is None else body), **members}
        whole = {member: value for member, value in whole.items() if value is not ABSENT}
        whole, _ = conceal(whole, hide, self._salt)
        claims = {
            "iss": issuer,
            "aud": NETWORK,
            "iat": TIME_MS // 1000,
            "jti": base64url(self.made.to_bytes(16, "big")),
            "vct": type_urn(name),
            "ucr": ["26MY123456789LT0117"],
            "refs": refs or {},
            "body": whole,
        }
        return sign(claims, signing_key(key or issuer))

    def _salt(self) -> bytes:
        self.made += 1
        return self.made.to_bytes(16, "big")

    # Blocks

    def block(self, *documents: Document) -> list[Outcome]:
        """Run one block of these documents."""
        self.height += 1
        run = self.engine.begin(self.height, TIME_MS + self.height * 1000, self.digest)
        outcomes = [run.execute(document, None) for document in documents]
        result = run.finish()
        self.digest = result.digest
        for key, value in result.writes.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value
        for document, outcome in zip(documents, outcomes, strict=True):
            if outcome.refusal is None:
                self.log[document.id] = document
        return outcomes

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
