"""What the contract of a document will say, before it is signed: the same contract, run here.

It is told what can be known from outside: the documents referred to, the members, the code lists,
which numbers are used. Of the rest of the ledger's state it is told nothing; where it asks for such
a thing and then refuses, nothing is foreseen: only the ledger can tell.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cocket.client import Ledger, TrustBundle, Wallet
from cocket.contracts.access import Caution
from cocket.contracts.codes import code_lists
from cocket.contracts.engine import signer_claims
from cocket.contracts.language import compile_contract
from cocket.forms.kinds import Kind
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.errors import Refusal
from cocket.ledger.organisations import Organisation
from cocket.ledger.sdjwt import conceal

ROUNDS_MAX = 8
"""How often the contract is run again, knowing what it asked for the time before."""
ID = "A" * 43
"""Stands for the id of a document that has none before it is signed."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the contract would say.

    refusal  None: it would take the document, or nobody can tell from outside
    certain  whether it was told all that it asked for
    """

    refusal: Refusal | None = None
    warnings: tuple[Caution, ...] = ()
    certain: bool = False


async def foreseen(
    kind: Kind,
    claims: Mapping[str, Any],
    documents: Mapping[str, Document],
    signer: Organisation,
    members: Mapping[str, Organisation],
    ledger: Ledger | None,
    hidden: Sequence[str] = (),
) -> Foreseen:
    """Run the contract of `kind` on a document that `signer` would sign.

    claims     those that the document will have (`claims_of`), with everything open
    documents  those referred to, by id
    hidden     JSON pointers into the body. The contract is run as the ledger will run it, and then
               as whoever is shown what is hidden (`contracts.disclosed`)
    """
    if kind.signed_by and not set(kind.signed_by) & set(signer.roles):
        roles = " or ".join(kind.signed_by)
        told = (
            f"a {kind.name} is signed by {roles}, and {signer.id} is {' and '.join(signer.roles)}"
        )
        return Foreseen(Refusal("wrong-role", told), certain=True)
    if not kind.source:
        return Foreseen()
    contract = compile_contract(kind.source, kind.urn)
    host = _Outside(members, dict(documents))
    for view in _as_told(claims, hidden):
        for _ in range(ROUNDS_MAX):
            host.begin()
            own = canonical.decode(canonical.encode(view))  # the contract may change its own
            run = contract.run(own, signer_claims(signer), host)
            if ledger is None or not host.asked:
                break
            for key in sorted(host.asked):
                await _find_out(ledger, key, host)
        if run.refusal is not None:
            break
    certain = not host.beyond  # `asked` without a ledger: free, as far as one knows
    return Foreseen(run.refusal if certain else None, run.warnings, certain)


def _as_told(claims: Mapping[str, Any], hidden: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What the contract is told on the ledger; and what by those who are shown what is hidden."""
    body, _ = conceal(claims["body"], hidden, lambda: bytes(16))  # nobody sees these digests
    yield {**claims, "body": body}
    if hidden:
        yield {**claims, "disclosed": True}


def claims_of(
    kind: Kind, wallet: Wallet, body: Mapping[str, Any], ucr: tuple[str, ...], refs: dict[str, str]
) -> dict[str, Any]:
    """What a contract is told of a document that is not signed yet."""
    now = int(time.time())
    return {
        **{"iss": wallet.organisation, "aud": wallet.network, "iat": now, "jti": ID[:22]},
        **{"vct": kind.urn, "ucr": list(ucr), "refs": refs, "body": dict(body)},
        **{"id": ID, "height": 0, "time": now},
    }


def members_of(bundle: TrustBundle) -> dict[str, Organisation]:
    """A network's members by id."""
    return {each.id: each for each in bundle.organisations}


async def _find_out(ledger: Ledger, key: str, host: "_Outside") -> None:
    """What the state has at `<number or title>/<type>/<issuer>/<number>`. Of a title that is there
    one learns no more than that."""
    collection, name, issuer, number = key.split("/", 3)
    found = await ledger.numbered(f"urn:cocket:{name}:1", issuer, number)
    if found is not None and collection == "title":
        host.beyond.add(key)
    host.values[key] = None if found is None else canonical.encode(found.document.id)


@dataclass(slots=True)
class _Outside:
    """The ledger as it can be known from outside (`access.Host`).

    values  what was found out;  asked: what can be;  beyond: what cannot;  written: by this run
    """

    members: Mapping[str, Organisation]
    documents: dict[str, Document]
    values: dict[str, bytes | None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    beyond: set[str] = field(default_factory=set)
    written: dict[str, bytes | None] = field(default_factory=dict)

    def begin(self) -> None:
        """Before a run: it knows what was found out, and nothing of what was written."""
        self.asked.clear()
        self.written.clear()

    def get(self, key: str) -> bytes | None:
        if key in self.written:
            return self.written[key]
        if key in self.values:
            return self.values[key]
        collection, _, rest = key.partition("/")
        if collection in ("number", "title") and rest.count("/") >= 2:
            self.asked.add(key)
        elif collection != "status":  # nothing there: in force, as nearly all are
            self.beyond.add(key)
        return None

    def put(self, key: str, value: bytes | None) -> None:
        self.written[key] = value

    def document(self, identity: str) -> Document | None:
        found = self.documents.get(identity)
        if found is None:
            self.beyond.add(identity)
        return found

    def organisation(self, identity: str) -> Organisation | None:
        return self.members.get(identity)

    def code_list(self, name: str) -> Mapping[str, int | None]:
        return _code_lists()[name]


@cache
def _code_lists() -> dict[str, dict[str, int | None]]:
    """As this machine's packages have them: the network's are of the day it was founded."""
    return code_lists()
