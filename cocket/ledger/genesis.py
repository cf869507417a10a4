"""Genesis: the one file a network starts from, agreed by its hash (DESIGN §4).

Canonical JSON (RFC 8785):

    {"codeLists":{"country":{"AD":null,…},"currency":{"AED":2,…}},
     "contracts":[{"schema":{…},"source":"…","type":"urn:cocket:…:1"}, …],
     "network":"green-lane","organisations":[…],"parameters":{…},
     "timeMs":1767225600000,"validators":["customs-my", …],"version":1}

hash = SHA-256 of exactly these bytes. It is the parent of block 1.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self

from cocket.ledger import canonical
from cocket.ledger.blocks import VALIDATORS_MAX, VALIDATORS_MIN
from cocket.ledger.committee import Committee, Validator
from cocket.ledger.document import NETWORK_PATTERN, TYPE_PATTERN
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.organisations import Organisation

VERSION = 1
EPOCH = 1
BYTES_MAX = 32 * 1024 * 1024
CONTRACT_BYTES_MAX = 64 * 1024
SCHEMA_BYTES_MAX = 64 * 1024
DEPTH_MAX = 64
"""Deeper than a document's: genesis holds whole JSON Schemas."""
PARAMETERS: dict[str, int] = {"deltaMs": 500, "blockIntervalMs": 50}
"""The parameters of a network and what they are unless its founders choose otherwise.

deltaMs          Δ, the time in which a message usually arrives: all time-outs are multiples of it
blockIntervalMs  under load, blocks follow each other no sooner than this
"""


@dataclass(frozen=True, slots=True)
class ContractText:
    """A document type's rules as they stand on the ledger: contract source and body schema.

    `type` is `urn:cocket:<name>:<version>`; source and schema have at most 64 KiB each.
    """

    type: str
    source: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Genesis:
    """What the founding members agreed on.

    time_ms     milliseconds since 1970; block 1 is later
    validators  organisation ids, in voting order
    parameters  those of `PARAMETERS`
    code_lists  list -> code -> minor units of a currency, or None
    """

    network: str
    time_ms: int
    organisations: tuple[Organisation, ...]
    validators: tuple[str, ...]
    parameters: dict[str, int]
    contracts: tuple[ContractText, ...]
    code_lists: dict[str, dict[str, int | None]] = field(default_factory=dict)
    data: bytes = field(init=False, repr=False, compare=False)
    hash: bytes = field(init=False)

    def __post_init__(self) -> None:
        data = canonical.encode(
            {
                "version": VERSION,
                "network": self.network,
                "timeMs": self.time_ms,
                "organisations": [each.to_value() for each in self.organisations],
                "validators": list(self.validators),
                "parameters": self.parameters,
                "contracts": [
                    {"type": each.type, "source": each.source, "schema": each.schema}
                    for each in self.contracts
                ],
                "codeLists": self.code_lists,
            }
        )
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "hash", sha256(data).digest())
        self._check()

    def _check(self) -> None:
        """What no founder may get wrong; `Malformed` names it."""
        if not re.match(NETWORK_PATTERN, self.network):
            raise Malformed("genesis: a network id is 2 to 63 of a-z, 0-9, hyphen")
        ids = [organisation.id for organisation in self.organisations]
        keys = [key.public_key for each in self.organisations for key in each.keys]
        types = [each.type for each in self.contracts]
        if len(set(ids)) != len(ids):
            raise Malformed("genesis: an organisation id stands twice")
        if len(set(keys)) != len(keys):
            raise Malformed("genesis: a public key stands twice; every key has one use and owner")
        if len(set(types)) != len(types) or not all(re.match(TYPE_PATTERN, t) for t in types):
            raise Malformed("genesis: a contract's type stands twice or is not urn:cocket:name:n")
        if type(self.time_ms) is not int or self.time_ms < 0:
            raise Malformed("genesis: timeMs is not milliseconds since 1970")
        self._check_validators(ids)
        self._check_contracts()
        self._check_code_lists()
        if set(self.parameters) != set(PARAMETERS):
            raise Malformed(f"genesis: parameters are exactly {', '.join(sorted(PARAMETERS))}")
        if not all(type(n) is int and 0 < n < 2**31 for n in self.parameters.values()):
            raise Malformed("genesis: parameters are positive integers")
        self.committee()

    def _check_validators(self, ids: list[str]) -> None:
        if not VALIDATORS_MIN <= len(set(self.validators)) == len(self.validators):
            raise Malformed(f"genesis: validators are {VALIDATORS_MIN} or more, each once")
        if len(self.validators) > VALIDATORS_MAX:
            raise Malformed(f"genesis: more than {VALIDATORS_MAX} validators")
        for each in self.validators:
            if each not in ids:
                raise Malformed(f"genesis: validator {each!r} is not among the organisations")
            if self.organisation(each).node is None:
                raise Malformed(f"genesis: validator {each!r} has no node")

    def _check_contracts(self) -> None:
        for contract in self.contracts:
            if not isinstance(contract.schema, dict):
                raise Malformed(f"genesis: the schema of {contract.type} is not an object")
            if len(contract.source.encode()) > CONTRACT_BYTES_MAX:
                raise Malformed(f"genesis: the contract of {contract.type} is over 64 KiB")
            if len(canonical.encode(contract.schema)) > SCHEMA_BYTES_MAX:
                raise Malformed(f"genesis: the schema of {contract.type} is over 64 KiB")

    def _check_code_lists(self) -> None:
        """Lists are agreed here because two releases of a package may differ about a code."""
        for name, codes in self.code_lists.items():
            if not isinstance(codes, dict) or not all(
                units is None or (type(units) is int and 0 <= units < 10)
                for units in codes.values()
            ):
                raise Malformed(f"genesis: the code list {name!r} is not code -> units or null")

    def organisation(self, identity: str) -> Organisation:
        """The founding organisation with this id; `KeyError` if there is none."""
        for each in self.organisations:
            if each.id == identity:
                return each
        raise KeyError(identity)

    def committee(self) -> Committee:
        """The validators of the first epoch; `Malformed` if one lacks a key."""
        validators = []
        for identity in self.validators:
            organisation = self.organisation(identity)
            try:
                vote, cosign = organisation.key("vote"), organisation.key("cosign")
                organisation.key("tls")
            except KeyError as error:
                raise Malformed(f"genesis: {error.args[0]}") from None
            validators.append(Validator(identity, vote.public_key, cosign.public_key))
        return Committee(self.network, EPOCH, tuple(validators))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The genesis in `data`; `Malformed` unless it is exactly what `.data` would be."""
        if len(data) > BYTES_MAX:
            raise Malformed(f"genesis: more than {BYTES_MAX} bytes")
        try:
            value = canonical.decode(data, DEPTH_MAX)
        except Refused as error:
            raise Malformed(f"genesis: {error.refusal.message}") from None
        try:
            genesis = cls(
                network=value["network"],
                time_ms=value["timeMs"],
                organisations=tuple(Organisation.from_value(o) for o in value["organisations"]),
                validators=tuple(value["validators"]),
                parameters=value["parameters"],
                contracts=tuple(
                    ContractText(each["type"], each["source"], each["schema"])
                    for each in value["contracts"]
                ),
                code_lists=value["codeLists"],
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise Malformed(
                f"genesis: a member is missing or of the wrong kind ({error})"
            ) from None
        if genesis.data != data:
            raise Malformed("genesis: has a version or members that are not known here")
        return genesis
