"""The network that is simulated: its members, and keys that come from their names."""

from functools import cache
from hashlib import sha256

from cocket.contracts.codes import code_lists
from cocket.contracts.standard import contract_texts
from cocket.ledger.genesis import PARAMETERS, Genesis
from cocket.ledger.keys import SigningKey
from cocket.ledger.organisations import Key, NodeInfo, Organisation
from cocket.network.tls import make_certificate

NETWORK = "green-lane"
TIME_MS = 1_772_600_000_000
MERCHANTS = ("lotus", "noord")
CARRIER = "orient-star"
CUSTOMS = "customs-my"
_COUNTRIES = {"noord": "NL", CARRIER: "SG"}
_ROLES = {CARRIER: "carrier", CUSTOMS: "customs"}


def validators(size: int) -> list[str]:
    """The members that have a node."""
    return [CARRIER, CUSTOMS, *(f"node-{n}" for n in range(3, size + 1))]


@cache
def key(organisation: str, use: str = "sign") -> SigningKey:
    """The key of a member for one use; other words than the uses of keys name further keys."""
    return SigningKey(sha256(f"{organisation} {use}".encode()).digest())


@cache
def certificate(organisation: str) -> bytes:
    """What its node shows its peers."""
    return make_certificate(organisation, key(organisation, "tls"))


@cache
def genesis(size: int) -> Genesis:
    """`size` validators and two merchants, with the standard contracts."""
    organisations = []
    nodes = validators(size)
    for name in (*nodes, *MERCHANTS):
        uses = ("sign", "vote", "cosign", "tls") if name in nodes else ("sign",)
        role = "merchant" if name in MERCHANTS else _ROLES.get(name, "observer")
        organisations.append(
            Organisation(
                id=name,
                legal_name=name.title(),
                country=_COUNTRIES.get(name, "MY"),
                roles=(role,),
                chamber="public" if role == "customs" else "private",
                keys=tuple(Key(key(name, use).public_key, use) for use in uses),
                node=NodeInfo(f"{name}.example:7000", certificate(name)) if name in nodes else None,
            )
        )
    return Genesis(
        NETWORK,
        TIME_MS,
        tuple(organisations),
        tuple(nodes),
        dict(PARAMETERS),
        contract_texts(),
        code_lists(),
    )
