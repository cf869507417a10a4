"""A network of one process with small contracts of its own: state, log, engine."""

from typing import Any

from cocket.contracts.genesis import genesis_state
from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Refusal
from cocket.ledger.genesis import ContractText, Genesis
from tests.contracts.blocks import Blocks, founded, signing_key

NETWORK = "test-lane"
TIME_S = 1_772_600_000
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


def genesis() -> Genesis:
    """The founding of the network."""
    open_schema: dict[str, Any] = {"type": "object"}
    contracts = (
        ContractText("urn:cocket:goods:1", GOODS, GOODS_SCHEMA),
        ContractText("urn:cocket:follow:1", FOLLOW, open_schema),
        ContractText("urn:cocket:change:1", CHANGE, open_schema),
    )
    return founded(NETWORK, TIME_S * 1000, MEMBERS, contracts)


class Ledger(Blocks):
    """The network, from its founding on."""

    def __init__(self) -> None:
        super().__init__(NETWORK, TIME_S * 1000, *genesis_state(genesis()))

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
        whole = {
            "iss": issuer,
            "aud": NETWORK,
            "iat": TIME_S,
            "jti": self.jti(),
            "vct": f"urn:cocket:{name}:1",
            "ucr": [],
            "refs": {},
            "body": body,
            **claims,
        }
        return sign(whole, signing_key(key or issuer))

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
