"""What a node is told by the files of its organisation's directory, read strictly.

    cocket.toml    [node] organisation, network · [api] listen, reads · [peer] listen · [limits]
    genesis.json   the network's first agreement, the same bytes on every node
    keys/          vote.key, cosign.key, tls.key: one line, base64url of the 32 byte seed
                   tls.crt: PEM, self-signed, without an end
    data/          what the node writes; from founding on, the mark of its first start

A name that is not known, a value out of range or a key that others can read stops the node before
it starts: a setting that is silently ignored is worse than none.
"""

import re
import ssl
import stat
import tomllib
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from cocket.ledger.document import NETWORK_PATTERN, ORGANISATION_PATTERN
from cocket.ledger.errors import Malformed
from cocket.ledger.genesis import BYTES_MAX as GENESIS_BYTES_MAX
from cocket.ledger.genesis import Genesis
from cocket.ledger.keys import SigningKey, base64url
from cocket.network.address import Address
from cocket.network.tls import check_certificate
from cocket.node.problems import NodeError

CONFIG_FILE = "cocket.toml"
GENESIS_FILE = "genesis.json"
DATA_FOLDER = "data"
TLS_CERTIFICATE_FILE = "tls.crt"
CONFIG_BYTES_MAX = 512 * 1024
"""A thousand founders fit in. As values, TOML takes up to 150 times the memory."""
CERTIFICATE_PEM_BYTES_MAX = 64 * 1024

MEANT = {
    "network": "2 to 63 of a-z, 0-9 and hyphen, beginning with a letter or a digit",
    "organisation[].id": "2 to 32 of a-z, 0-9 and hyphen, beginning with a letter or a digit",
    "organisation[].legal_name": "1 to 200 characters",
    "organisation[].country": "two capital letters, such as MY, CN, SG (ISO 3166)",
    "organisation[].roles": 'a list of one role or more, such as ["customs"]',
    "organisation[].chamber": "public or private",
    "organisation[].reads": "members or open",
    "parameters[]": "a whole number from 1 on",
    "node.network": "the network's id, as genesis.json has it",
    "node.organisation": "the organisation's id, as genesis.json has it",
    "api.reads": "members or open",
}
"""What has to be at a place of a file, where its shape alone would only name a pattern."""

Reads = Literal["members", "open"]
"""Who may read documents: members, with a token, or anyone who reaches the API."""


class SetupError(NodeError):
    """A file of an organisation's directory is missing or wrong; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__("setup", message)


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much a node takes on before it says 429 or 503 with Retry-After (DESIGN §12)."""

    pending_documents_max: Annotated[int, Meta(ge=1, le=10_000_000)] = 100_000
    pending_per_organisation_max: Annotated[int, Meta(ge=1, le=10_000_000)] = 50_000
    connections_max: Annotated[int, Meta(ge=1, le=1_000_000)] = 2048
    connections_per_address_max: Annotated[int, Meta(ge=1, le=1_000_000)] = 256
    """Of clients: raise it where they all come through one proxy."""


@dataclass(frozen=True, slots=True)
class Config:
    """A node's settings: `api` is where clients are served, `peer` where other nodes are."""

    directory: Path
    organisation: str
    network: str
    api_host: str
    api_port: int
    peer_host: str
    peer_port: int
    reads: Reads
    limits: Limits = field(default_factory=Limits)

    @property
    def data(self) -> Path:
        """The folder that the node writes to."""
        return self.directory / DATA_FOLDER

    @property
    def genesis(self) -> Path:
        """The network's genesis file."""
        return self.directory / GENESIS_FILE


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """What a node signs with: votes, checkpoints, and its end of a TLS session."""

    vote: SigningKey
    cosign: SigningKey
    tls: SigningKey
    tls_certificate_pem: bytes


class _Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: Annotated[str, Meta(pattern=ORGANISATION_PATTERN)]
    network: Annotated[str, Meta(pattern=NETWORK_PATTERN)]


class _Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    listen: str
    reads: Reads = "members"


class _Peer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    listen: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    node: _Node
    api: _Api
    peer: _Peer
    limits: Limits = Limits()


def load_config(directory: Path) -> Config:
    """The settings in `directory`/cocket.toml; `SetupError` names the file and what is wrong."""
    path = directory / CONFIG_FILE
    if not path.is_file():
        raise SetupError(
            f"{path} does not exist: give the directory of an organisation that has a node, "
            "as `cocket network create` makes it"
        )
    file = read_toml(path, _File)
    api = _address(path, "[api] listen", file.api.listen)
    peer = _address(path, "[peer] listen", file.peer.listen)
    if api == peer:
        raise SetupError(f"{path}: [api] and [peer] both listen on {api}; give each its own port")
    return Config(
        directory=directory,
        organisation=file.node.organisation,
        network=file.node.network,
        api_host=api.host,
        api_port=api.port,
        peer_host=peer.host,
        peer_port=peer.port,
        reads=file.api.reads,
        limits=file.limits,
    )


def load_keys(config: Config) -> NodeKeys:
    """The node's keys; `SetupError` for one that is missing, malformed or readable by others."""
    keys = config.directory / "keys"
    tls = read_key(keys / "tls.key")
    certificate = keys / TLS_CERTIFICATE_FILE
    pem = _read(certificate, CERTIFICATE_PEM_BYTES_MAX)
    try:
        check_certificate(ssl.PEM_cert_to_DER_cert(pem.decode("ascii")), tls.public_key)
    except ValueError as error:
        raise SetupError(
            f"{certificate} does not go with {keys / 'tls.key'}: {error}; "
            "restore both from the same backup"
        ) from None
    return NodeKeys(
        vote=read_key(keys / "vote.key"),
        cosign=read_key(keys / "cosign.key"),
        tls=tls,
        tls_certificate_pem=pem,
    )


def key_text(key: SigningKey) -> str:
    """The content of a key file: one line of base64url."""
    return base64url(key.seed) + "\n"


def read_key(path: Path) -> SigningKey:
    """The key in a file that only its owner may read; `SetupError` otherwise."""
    data = _read(path, 256)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SetupError(
            f"{path} can be read by others (mode {mode:04o}): run `chmod 600 {path}`, "
            "and replace the key if someone may have copied it"
        )
    try:
        key = SigningKey(urlsafe_b64decode(data.strip() + b"=" * (-len(data.strip()) % 4)))
    except ValueError:
        key = None
    if key is None or key_text(key).encode() != data:
        raise SetupError(f"{path} is not a key: one line, the base64url of a 32 byte seed")
    return key


_Shape = TypeVar("_Shape")


def read_toml(path: Path, shape: type[_Shape]) -> _Shape:
    """The TOML file as `shape`, a msgspec.Struct; `SetupError` names the file, place and fault."""
    try:
        value = tomllib.loads(_read(path, CONFIG_BYTES_MAX).decode())
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, a number without end
        raise SetupError(f"{path} is not TOML: {error}") from None
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise SetupError(f"{path}: {fault(error, value)}") from None


def fault(error: msgspec.ValidationError, value: dict[str, Any]) -> str:
    """Where the fault in the TOML `value` is, in its own names, and what has to be there."""
    message, _, where = str(error).partition(" - at `$")
    place = where.rstrip("`").lstrip(".")
    meant = MEANT.get(re.sub(r"\[.*?\]", "[]", place))
    sentence = message.replace("Object", "the table", 1).replace("field", "key")
    if meant is not None:
        wrong = sentence.partition("enum value ")[2]
        sentence = f"{wrong} has to be {meant}".lstrip()
    return f"{_named(place, value)}: {sentence}" if place else sentence


def _named(place: str, value: dict[str, Any]) -> str:
    """`organisation[0].country` as a person finds it: by the id of the table, or its number."""
    list_name, found, rest = place.partition("[")
    number, _, member = rest.partition("]")
    if not found or not number.isdigit():
        return place.replace("[...]", "")
    table = value[list_name][int(number)]
    id = table.get("id") if isinstance(table, dict) else None
    called = f"{list_name} {id}" if isinstance(id, str) else f"{list_name} number {int(number) + 1}"
    return f"{called}, {member.lstrip('.')}" if member else called


def check_keys(config: Config, keys: NodeKeys, genesis: Genesis) -> None:
    """`SetupError` unless the keys are those that genesis names for the organisation: what another
    key signs nobody counts, and it may be another node's."""
    try:
        organisation = genesis.organisation(config.organisation)
    except KeyError:
        return  # what it is not, the node says
    for use in ("vote", "cosign", "tls"):
        key: SigningKey = getattr(keys, use)
        if key.public_key not in {each.public_key for each in organisation.keys if each.use == use}:
            raise SetupError(
                f"{config.directory / 'keys' / use}.key is not the key that {config.genesis} names "
                f"for {config.organisation}: put that one back, from the directory that was made "
                "when the network was founded; never use another node's"
            )


def load_genesis(config: Config) -> Genesis:
    """The network's genesis; `SetupError` where the file is missing, wrong or another network's."""
    try:
        genesis = Genesis.parse(_read(config.genesis, GENESIS_BYTES_MAX))
    except Malformed as error:
        raise SetupError(
            f"{config.genesis} is not a genesis file: {error}; copy it again from another member"
        ) from None
    if genesis.network != config.network:
        raise SetupError(
            f"{config.genesis} is of the network {genesis.network}, "
            f"but {config.directory / CONFIG_FILE} names {config.network}"
        )
    return genesis


def _address(path: Path, where: str, text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise SetupError(f"{path}: {where}: {error}") from None


def _read(path: Path, bytes_max: int) -> bytes:
    """The bytes of a file of at most `bytes_max`; `SetupError` where that fails."""
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as error:
        reason: Any = error.strerror or error
        raise SetupError(f"{path} cannot be read: {reason}") from None
    if len(data) > bytes_max:
        raise SetupError(f"{path} has more than {bytes_max} bytes, which it never should")
    return data
