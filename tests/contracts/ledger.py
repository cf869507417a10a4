"""A network of one process with small contracts of its own: state, log, engine."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cocket.contracts.codes import code_lists
from cocket.contracts.engine import Engine, Outcome
from cocket.contracts.genesis import genesis_state
from cocket.contracts.lthash import LtHash
from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Refusal
from cocket.ledger.genesis import PARAMETERS, ContractText, Genesis
from cocket.ledger.keys import SigningKey, base64url
from cocket.ledger.organisations import Key, NodeInfo, Organisation

NETWORK = "test-lane"
TIME_S = 1_772_600_000
VALIDATORS = ("customs-my", "customs-nl", "chamber-nl", "orient-star")
MEMBERS = (
    ("customs-my", "MY", "customs", "public"),
    ("customs-nl", "NL", "customs", "public"),
    ("chamber-nl", "NL", "chamber", "public"),
    ("orient-star", "SG", "carrier", "private"),
    ("lotus", "MY", "merchant", "private"),
)

GOODS_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["number", "price"],
    "properties": {
        "number": {"type": "string", "minLength": 1, "maxLength": 8},
        "price": {"type": "string", "pattern": "^[0-9]{1,9}$", "x-confidential": True},
        "goods": {
            "type": "array",
            "maxItems": 9,
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string", "maxLength": 20, "x-confidential": True}},
            },
        },
        "notes": {"type": "object"},
    },
}
GOODS = '''"""Goods: each number once; a price of 13 is bad luck."""
SIGNED_BY = ["merchant", "carrier"]
WRITES = ["goods", "count"]

def check(doc, signer):
    body = doc["body"]
    number = body["number"]
    taken = get("goods", number)
    put("goods", number, {"document": doc["id"], "by": signer["organisation"]})
    put("count", "all", (get("count", "all") or 0) + 1)
    require(taken is None, "number-taken", "this number was used by", taken["document"],
            "/body/number")
    if shown(body, "price", "price-rule"):
        require(body["price"] != "13", "bad-luck", "no goods for 13", "/body/price")
    if number == "last":
        put("count", "all", None)
    if number == "crash":
        put("goods", "x", doc["nothing"])
    emit("arrived", {"number": number})
    if number == "short":
        warn("short", "a short number", "/body/number")
'''
FOLLOW = '''"""Follow: what follows goods."""
SIGNED_BY = []
WRITES = ["followed"]

def check(doc, signer):
    goods = document(doc["refs"]["goods"], "goods")
    number = goods["body"]["number"]
    put("followed", goods["id"], {"number": number, "at": doc["height"], "time": doc["time"]})
'''
CHANGE = '''"""Change: anything of the registry, so that tests need no governance."""
SIGNED_BY = []
WRITES = ["contract", "organisation", "key", "parameter", "validators", "code-list"]

def check(doc, signer):
    body = doc["body"]
    put(body["collection"], body["key"], body.get("value"))
'''


def key_of(name: str) -> SigningKey:
    """The signing key with this name."""
    return SigningKey(sha256(name.encode()).digest())


def genesis() -> Genesis:
    """The founding of the network."""
    organisations = []
    for identity, country, role, chamber in MEMBERS:
        keys = [Key(key_of(identity).public_key, "sign")]
        node = None
        if identity in VALIDATORS:
            node = NodeInfo(f"{identity}.example:1", b"der")
            keys += [
                Key(key_of(f"{identity} {use}").public_key, use)
                for use in ("vote", "cosign", "tls")
            ]
        organisations.append(
            Organisation(identity, identity.upper(), country, (role,), chamber, tuple(keys), node)
        )
    open_schema: dict[str, Any] = {"type": "object"}
    return Genesis(
        NETWORK,
        TIME_S * 1000,
        tuple(organisations),
        VALIDATORS,
        dict(PARAMETERS),
        (
            ContractText("urn:cocket:goods:1", GOODS, GOODS_SCHEMA),
            ContractText("urn:cocket:follow:1", FOLLOW, open_schema),
            ContractText("urn:cocket:change:1", CHANGE, open_schema),
        ),
        code_lists(),
    )


@dataclass(slots=True)
class Ledger:
    """State and log in dicts; blocks one second apart."""

    state: dict[str, bytes] = field(default_factory=dict)
    log: dict[str, Document] = field(default_factory=dict)
    height: int = 0
    made: int = 0
    digest: LtHash = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.state, self.digest = genesis_state(genesis())
        self.engine = Engine(NETWORK, self, self)

    def get(self, key: str) -> bytes | None:
        return self.state.get(key)

    def document(self, identity: str) -> Document | None:
        return self.log.get(identity)

    def make(
        self,
        issuer: str,
        name: str,
        body: dict[str, Any],
        *,
        key: str | None = None,
        **claims: Any,
    ) -> Document:
        """A signed document; `key` names the key if it is not the issuer's first."""
        self.made += 1
        whole = {
            "iss": issuer,
            "aud": NETWORK,
            "iat": TIME_S,
            "jti": base64url(self.made.to_bytes(16, "big")),
            "vct": f"urn:cocket:{name}:1",
            "ucr": [],
            "refs": {},
            "body": body,
            **claims,
        }
        return sign(whole, key_of(key or issuer))

    def block(self, *documents: Document, valid: bool | None = None) -> list[Outcome]:
        """Run and store a block."""
        self.height += 1
        run = self.engine.begin(self.height, (TIME_S + self.height) * 1000, self.digest)
        outcomes = [run.execute(document, valid) for document in documents]
        result = run.finish()
        self.digest = result.digest
        for name, value in result.writes.items():
            if value is None:
                del self.state[name]
            else:
                self.state[name] = value
        for document, outcome in zip(documents, outcomes, strict=True):
            if outcome.committed:
                self.log[document.id] = document
        return outcomes

    def refusal(self, document: Document, valid: bool | None = None) -> Refusal:
        """Why a block refuses this document, which must leave nothing behind."""
        before, digest = dict(self.state), self.digest
        (outcome,) = self.block(document, valid=valid)
        assert outcome.refusal is not None, "accepted"
        assert (self.state, self.digest) == (before, digest)
        return outcome.refusal

    def commit(self, document: Document) -> str:
        """Run a block that must accept this document; its id."""
        (outcome,) = self.block(document)
        assert outcome.refusal is None, outcome.refusal
        return document.id

    def change(self, collection: str, key: str, value: Any) -> Refusal | None:
        """What a contract's write to a collection of the network comes to."""
        body = {"collection": collection, "key": key, "value": value}
        (outcome,) = self.block(self.make("lotus", "change", body))
        return outcome.refusal
