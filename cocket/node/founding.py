"""Founding a network: a directory for each organisation, and the genesis they all agree on.

What the founders decide is a `Plan`, read from a TOML file:

    network = "green-lane"

    documents = ["commercial-invoice"]  # optional: the types it begins with, else all there are

    [parameters]                        # optional, see cocket.ledger.genesis
    deltaMs = 500

    [[organisation]]
    id = "customs-my"
    legal_name = "Royal Malaysian Customs Department"
    country = "MY"
    roles = ["customs"]
    chamber = "public"                  # if absent: public for customs, private for the others
    peer = "node.customs.example:9101"  # where other nodes reach its node; absent: no node
    peer_listen = "0.0.0.0:9101"        # if it differs from `peer`
    api = "127.0.0.1:8101"              # where its node serves the organisation's own programs

Each directory that comes of it is all one organisation needs; none of them holds another's secret.
"""

import os
import shutil
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pycountry
from msgspec import Meta

from cocket.contracts.codes import code_lists
from cocket.contracts.standard import NAMES, contract_texts
from cocket.ledger.blocks import VALIDATORS_MAX, VALIDATORS_MIN
from cocket.ledger.document import NETWORK_PATTERN, ORGANISATION_PATTERN
from cocket.ledger.errors import Malformed
from cocket.ledger.genesis import PARAMETERS, Genesis
from cocket.ledger.keys import SigningKey
from cocket.ledger.organisations import (
    NAME_CHARACTERS_MAX,
    ROLES,
    Key,
    NodeInfo,
    Organisation,
)
from cocket.network.address import Address
from cocket.network.tls import make_certificate
from cocket.node import first_start
from cocket.node.config import (
    CONFIG_FILE,
    DATA_FOLDER,
    GENESIS_FILE,
    TLS_CERTIFICATE_FILE,
    Reads,
    SetupError,
    fault,
    key_text,
    read_toml,
)

WALLET_FILE = "wallet.json"
MEMBERS_MAX = 1000
ALWAYS = ("organisation", "contract-proposal", "contract-approval", "schema-definitions")
"""The types that a network is run by: how members change their keys, and how it takes in the next
type. Whatever the founders leave out can come later."""

MakeWallet = Callable[[Path, str, str], bytes]
"""Writes a new wallet: (path, organisation id, network id) -> its public `sign` key, 32 bytes."""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A founding organisation. `peer`, `peer_listen` and `api` are host:port."""

    id: Annotated[str, Meta(pattern=ORGANISATION_PATTERN)]
    legal_name: Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    roles: Annotated[tuple[str, ...], Meta(min_length=1)]
    chamber: Literal["public", "private"] | None = None
    peer: str | None = None
    peer_listen: str | None = None
    api: str | None = None
    reads: Reads = "members"

    def __post_init__(self) -> None:
        """`ValueError` names what no shape can say."""
        if pycountry.countries.get(alpha_2=self.country) is None:
            raise ValueError(
                f"{self.country} is not an ISO 3166 country; use two letters such as MY, CN, SG"
            )
        for role in self.roles:
            if role not in ROLES:
                raise ValueError(f"{role!r} is not a role; there are {', '.join(ROLES)}")
        if self.has_node and self.api is None:
            raise ValueError(f"{self.id} has a `peer` address, so a node: it needs `api` too")
        if self.api is not None and self.api in (self.peer, self.peer_listen):
            raise ValueError(f"{self.id}: `api` and `peer` need a port each, not both {self.api}")
        if not self.has_node and (self.api or self.peer_listen):
            raise ValueError(
                f"{self.id} has no `peer` address, so no node: give it one, "
                "or leave `api` and `peer_listen` out"
            )
        for address in (self.peer, self.peer_listen, self.api):
            if address is not None:
                Address.parse(address)

    @property
    def has_node(self) -> bool:
        """Whether the organisation runs a node, and so is a validator."""
        return self.peer is not None


class Plan(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"members": "organisation"}
):
    """What the founders of a network decided."""

    network: Annotated[str, Meta(pattern=NETWORK_PATTERN)]
    members: Annotated[tuple[Member, ...], Meta(max_length=MEMBERS_MAX)]
    parameters: dict[str, Annotated[int, Meta(ge=1, le=2**31 - 1)]] = {}
    documents: Annotated[tuple[str, ...], Meta(min_length=1)] = NAMES

    def __post_init__(self) -> None:
        """`ValueError` names what no shape can say."""
        for name in self.documents:
            if name not in NAMES:
                raise ValueError(f"{name!r} is not a document type; see docs/documents")
        twice = _first_twice(list(self.documents))
        if twice:
            raise ValueError(f"the document type {twice} stands twice; name each once")
        twice = _first_twice([member.id for member in self.members])
        if twice:
            raise ValueError(f"the organisation {twice} stands twice; each id is used once")
        twice = _first_twice([member.peer for member in self.members if member.peer is not None])
        if twice:
            raise ValueError(f"two nodes cannot both be reached at {twice}; see each `peer`")
        unknown = set(self.parameters) - set(PARAMETERS)
        if unknown:
            raise ValueError(
                f"the parameter {min(unknown)!r} does not exist; there are {', '.join(PARAMETERS)}"
            )
        nodes = sum(member.has_node for member in self.members)
        if not VALIDATORS_MIN <= nodes <= VALIDATORS_MAX:
            raise ValueError(
                f"{nodes} of the organisations have a node (a `peer` address); a network needs "
                f"{VALIDATORS_MIN} to {VALIDATORS_MAX} of them"
            )


def _first_twice(items: list[str]) -> str | None:
    return next((item for item in items if items.count(item) > 1), None)


@dataclass(frozen=True, slots=True)
class Founded:
    """A network as made: where, and the genesis whose hash its members compare."""

    directory: Path
    plan: Plan
    genesis: Genesis

    def directory_of(self, member: Member) -> Path:
        """The directory to hand to this organisation."""
        return self.directory / member.id


def read_plan(path: Path) -> Plan:
    """The plan in a TOML file; `SetupError` names what is wrong in it."""
    return read_toml(path, Plan)


def plan_for(network: str, api_ports: Sequence[int], peer_ports: Sequence[int]) -> Plan:
    """A plan to try things out with: as many organisations as there are ports, each with a node on
    this machine."""
    members = [
        {
            "id": identity,
            "legal_name": name,
            "country": country,
            "roles": [role],
            "api": f"127.0.0.1:{api_port}",
            "peer": f"127.0.0.1:{peer_port}",
        }
        for (identity, name, country, role), api_port, peer_port in zip(
            _examples(), api_ports, peer_ports, strict=False
        )
    ]
    value = {"network": network, "organisation": members}
    try:
        return msgspec.convert(value, Plan)
    except msgspec.ValidationError as error:
        raise SetupError(fault(error, value)) from None


def found(
    plan: Plan, directory: Path, make_wallet: MakeWallet, time_ms: int | None = None
) -> Founded:
    """Make `directory` with a directory for each organisation in it, all or nothing.

    The network begins at `time_ms`, since 1970; if None, now.
    `SetupError` if it exists already: what stands there may be keys that nobody else has.
    """
    if directory.exists():
        raise SetupError(f"{directory} exists already; choose another name, or move it away first")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    except OSError as error:
        raise SetupError(f"{directory} cannot be made: {error.strerror or error}") from None
    try:
        organisations = tuple(_make(plan, member, draft, make_wallet) for member in plan.members)
        began_ms = time.time_ns() // 1_000_000 if time_ms is None else time_ms
        genesis = _genesis(plan, organisations, began_ms)
        for member in plan.members:
            home = draft / member.id
            _write(home / GENESIS_FILE, genesis.data, 0o644)
            if member.has_node:
                (home / DATA_FOLDER).mkdir(mode=0o700)
                mark = home / DATA_FOLDER / first_start.MARK_FILE
                _write(mark, first_start.mark(genesis), 0o600)
        os.rename(draft, directory)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Founded(directory, plan, genesis)


def _make(plan: Plan, member: Member, draft: Path, make_wallet: MakeWallet) -> Organisation:
    """The organisation's directory, but for genesis; and what the network will know of it."""
    home = draft / member.id
    home.mkdir(mode=0o700)
    sign = make_wallet(home / WALLET_FILE, member.id, plan.network)
    keys = [Key(sign, "sign")]
    node = None
    if member.peer is not None:
        made = {use: SigningKey.generate() for use in ("vote", "cosign", "tls")}
        certificate = make_certificate(member.id, made["tls"])
        (home / "keys").mkdir(mode=0o700)
        for use, key in made.items():
            _write(home / "keys" / f"{use}.key", key_text(key).encode(), 0o600)
        pem = ssl.DER_cert_to_PEM_cert(certificate).encode()
        _write(home / "keys" / TLS_CERTIFICATE_FILE, pem, 0o644)
        _write(home / CONFIG_FILE, _config_text(plan, member).encode(), 0o644)
        keys += [Key(key.public_key, use) for use, key in made.items()]
        node = NodeInfo(member.peer, certificate)
    return Organisation(
        id=member.id,
        legal_name=member.legal_name,
        country=member.country,
        roles=member.roles,
        chamber=member.chamber or ("public" if "customs" in member.roles else "private"),
        keys=tuple(keys),
        node=node,
    )


def _genesis(plan: Plan, organisations: tuple[Organisation, ...], time_ms: int) -> Genesis:
    """Read back as every node will read it, so that a network that cannot start is not made."""
    try:
        made = Genesis(
            network=plan.network,
            time_ms=time_ms,
            organisations=organisations,
            validators=tuple(member.id for member in plan.members if member.has_node),
            parameters={**PARAMETERS, **plan.parameters},
            contracts=tuple(
                text
                for name, text in zip(NAMES, contract_texts(), strict=True)
                if name in plan.documents or name in ALWAYS
            ),
            code_lists=code_lists(),
        )
        return Genesis.parse(made.data)
    except Malformed as error:
        raise SetupError(str(error)) from None


def _config_text(plan: Plan, member: Member) -> str:
    return f"""\
# The node of {member.id} in the network {plan.network}.

[node]
organisation = "{member.id}"
network = "{plan.network}"

[api]
listen = "{member.api}"     # your own programs; put a TLS proxy before it to open it to others
reads = "{member.reads}"              # who may read documents: members (with a token) or open

[peer]
listen = "{member.peer_listen or member.peer}"     # other nodes; they reach it as {member.peer}
"""


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a new file that never has more permissions than `mode`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _examples() -> Iterator[tuple[str, str, str, str]]:
    """Members to try things out with: id, legal name, country, role."""
    known = (
        ("customs-my", "Royal Malaysian Customs Department", "MY", "customs"),
        ("customs-cn", "General Administration of Customs", "CN", "customs"),
        ("carrier", "Straits Container Line", "SG", "carrier"),
        ("payment-hub", "Harbour Payment Hub", "HK", "payment"),
        ("customs-sg", "Singapore Customs", "SG", "customs"),
        ("forwarder", "Klang Valley Forwarding", "MY", "forwarder"),
        ("chamber", "Hangzhou Chamber of Commerce", "CN", "chamber"),
        ("inspection", "Cold Chain Inspection", "SG", "inspection"),
    )
    yield from known
    for number in count(len(known) + 1):
        yield f"member-{number}", f"Member {number}", "SG", "observer"
