"""A network of one process: its founding, and blocks that the real engine runs, in memory."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from cocket.contracts.codes import code_lists
from cocket.contracts.engine import Engine, Outcome
from cocket.contracts.lthash import LtHash
from cocket.ledger.document import Document
from cocket.ledger.genesis import PARAMETERS, ContractText, Genesis
from cocket.ledger.keys import SigningKey, base64url
from cocket.ledger.organisations import Key, NodeInfo, Organisation

VALIDATORS = ("customs-my", "customs-nl", "chamber-nl", "orient-star")

Member = tuple[str, str, str, str]
"""Id, country, role and chamber."""


def signing_key(name: str) -> SigningKey:
    """The key with this name; an organisation's first is named as the organisation."""
    return SigningKey(sha256(name.encode()).digest())


def founded(
    network: str, time_ms: int, members: Iterable[Member], contracts: Sequence[ContractText]
) -> Genesis:
    """The founding of a network by `members`, of whom `VALIDATORS` have nodes."""
    organisations = []
    for identity, country, role, chamber in members:
        keys = [Key(signing_key(identity).public_key, "sign")]
        node = None
        if identity in VALIDATORS:
            node = NodeInfo(f"{identity}.example:1", b"der")
            keys += [
                Key(signing_key(f"{identity} {use}").public_key, use)
                for use in ("vote", "cosign", "tls")
            ]
        name = identity.replace("-", " ").title()
        organisations.append(
            Organisation(identity, name, country, (role,), chamber, tuple(keys), node)
        )
    return Genesis(
        network,
        time_ms,
        tuple(organisations),
        VALIDATORS,
        dict(PARAMETERS),
        tuple(contracts),
        code_lists(),
    )


class Blocks:
    """State and log in dicts, and the engine on both of them; blocks are a second apart."""

    def __init__(self, network: str, time_ms: int, state: dict[str, bytes], digest: LtHash) -> None:
        self.time_ms = time_ms
        self.state = dict(state)
        self.digest = digest
        self.log: dict[str, Document] = {}
        self.height = 0
        self.made = 0
        self.engine = Engine(network, self, self)

    def get(self, key: str) -> bytes | None:
        return self.state.get(key)

    def document(self, identity: str) -> Document | None:
        return self.log.get(identity)

    def counted(self) -> bytes:
        """Sixteen bytes that were not given before."""
        self.made += 1
        return self.made.to_bytes(16, "big")

    def jti(self) -> str:
        """The `jti` of a document that is made now."""
        return base64url(self.counted())

    def block(self, *documents: Document, valid: bool | None = None) -> list[Outcome]:
        """Run a block of these documents and keep what it comes to."""
        self.height += 1
        run = self.engine.begin(self.height, self.time_ms + self.height * 1000, self.digest)
        outcomes = [run.execute(document, valid) for document in documents]
        result = run.finish()
        self.digest = result.digest
        for key, value in result.writes.items():
            if value is None:
                del self.state[key]
            else:
                self.state[key] = value
        for document, outcome in zip(documents, outcomes, strict=True):
            if outcome.committed:
                self.log[document.id] = document
        return outcomes
