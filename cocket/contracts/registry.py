"""The network's own collections of the state, as values: members, keys, document types, code lists.

    organisation/<id>    `Organisation.to_value`
    key/<kid>            `Key.to_value` with "organisation", the id of its owner
    contract/<vct>       {"schema": JSON Schema of the body, "source": text of the contract}
    validators/<epoch>   ids of organisations, in voting order
    parameter/<name>     an integer
    code-list/<name>     code -> minor units or null (`codes.code_lists`)

A block sees all of these as they were when it began: what it changes holds from the next block on.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from cocket.contracts.codes import CODE_LISTS
from cocket.contracts.language import Contract, compile_contract
from cocket.contracts.schema import Schema
from cocket.contracts.state import StateReader
from cocket.ledger import canonical
from cocket.ledger.document import TYPE_PATTERN
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.genesis import DEPTH_MAX, ContractText
from cocket.ledger.organisations import Key, Organisation

ENTRIES_CACHED = 20_000
TYPES_CACHED = 256

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A key and the id of the organisation it belongs to."""

    organisation: str
    key: Key

    def to_value(self) -> dict[str, Any]:
        """The JSON value at `key/<kid>`."""
        return {**self.key.to_value(), "organisation": self.organisation}

    @classmethod
    def from_value(cls, value: Any) -> "RegisteredKey":
        """The entry of a JSON value; `Malformed` otherwise."""
        if not isinstance(value, dict) or not isinstance(value.get("organisation"), str):
            raise Malformed("key: it belongs to no organisation")
        plain = {name: member for name, member in value.items() if name != "organisation"}
        return cls(value["organisation"], Key.from_value(plain))


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A document type ready to run: its contract and the schema of its body."""

    contract: Contract
    schema: Schema


class Registry:
    """Reads the collections above; remembers what it parsed and compiled.

    Whoever changes the state calls `forget` with the keys that changed, once it is changed.
    """

    def __init__(self, state: StateReader) -> None:
        self._state = state
        self._entries: OrderedDict[str, Any] = OrderedDict()
        self._types: OrderedDict[bytes, DocumentType] = OrderedDict()

    def organisation(self, identity: str) -> Organisation | None:
        """A member."""
        return self._entry(f"organisation/{identity}", Organisation.from_value)

    def key(self, kid: str) -> RegisteredKey | None:
        """A member's key, whatever its use and validity."""
        return self._entry(f"key/{kid}", RegisteredKey.from_value)

    def document_type(self, vct: str) -> DocumentType | None:
        """The contract and schema for documents of this type."""
        return self._entry(f"contract/{vct}", lambda value: self._compiled(vct, value))

    def code_list(self, name: str) -> Mapping[str, int | None]:
        """A code list; empty where this network has none of that name."""
        found: Mapping[str, int | None] | None = self._entry(f"code-list/{name}", _code_list)
        return found or {}

    def forget(self, keys: Iterable[str]) -> None:
        """Read these again when they are asked for again."""
        for key in keys:
            self._entries.pop(key, None)

    def _entry(self, key: str, parse: Callable[[Any], T]) -> T | None:
        if key in self._entries:
            self._entries.move_to_end(key)
            known: T | None = self._entries[key]
            return known
        data = self._state.get(key)
        entry = None if data is None else parse(canonical.decode(data, DEPTH_MAX))
        self._entries[key] = entry
        if len(self._entries) > ENTRIES_CACHED:
            self._entries.popitem(last=False)
        return entry

    def _compiled(self, vct: str, value: Any) -> DocumentType:
        """By the hash of its text: a text that comes back is not compiled again."""
        identity = sha256(canonical.encode([vct, value])).digest()
        found = self._types.get(identity)
        if found is None:
            found = self._types[identity] = compile_type(vct, value)
            if len(self._types) > TYPES_CACHED:
                self._types.popitem(last=False)
        return found


def compile_type(vct: str, value: Any) -> DocumentType:
    """The document type at `contract/<vct>`; `Refused` says what is wrong with it."""
    if not re.match(TYPE_PATTERN, vct):
        raise Refused("contract-type", "a document type is urn:cocket:<name>:<version>")
    if not isinstance(value, dict) or set(value) != {"schema", "source"}:
        raise Refused("contract-entry", "a contract is an object of schema and source")
    if not isinstance(value["source"], str):
        raise Refused("contract-entry", "the source of a contract is text")
    return DocumentType(compile_contract(value["source"], vct), Schema(value["schema"]))


def entries_of(organisation: Organisation) -> dict[str, bytes]:
    """What the state holds of a member: itself, and each of its keys."""
    entries = {f"organisation/{organisation.id}": canonical.encode(organisation.to_value())}
    for key in organisation.keys:
        entry = RegisteredKey(organisation.id, key)
        entries[f"key/{key.kid}"] = canonical.encode(entry.to_value())
    return entries


def entry_of(contract: ContractText) -> dict[str, bytes]:
    """What the state holds of a document type."""
    value = {"schema": contract.schema, "source": contract.source}
    return {f"contract/{contract.type}": canonical.encode(value)}


def is_registry(key: str) -> bool:
    """Whether this key of the state is of the network's own collections."""
    return key.partition("/")[0] in _CHECKS


def check_entry(key: str, data: bytes | None) -> None:
    """Raise `Refused` where a contract writes what the network could not read back.

    Members, keys and document types are changed, never removed: documents name them for ever.
    """
    collection, _, name = key.partition("/")
    if collection not in _CHECKS:
        return
    if data is None:
        raise Refused("registry-entry", f"{key} cannot be removed")
    try:
        _CHECKS[collection](name, canonical.decode(data, DEPTH_MAX))
    except Malformed as error:
        raise Refused("registry-entry", f"{key} cannot be written: {error}") from None


def _check_organisation(name: str, value: Any) -> None:
    if Organisation.from_value(value).id != name:
        raise Malformed("an organisation stands under its own id")


def _check_key(name: str, value: Any) -> None:
    if RegisteredKey.from_value(value).key.kid != name:
        raise Malformed("a key stands under its own thumbprint")


def _check_validators(name: str, value: Any) -> None:
    texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if not re.fullmatch("[1-9][0-9]{0,8}", name) or not texts or len(set(value)) != len(value):
        raise Malformed("validators stand under an epoch, ids of organisations, each once")


def _check_parameter(name: str, value: Any) -> None:
    if type(value) is not int or not 0 < value < 2**31:
        raise Malformed("a parameter is a positive integer")


def _code_list(value: Any) -> dict[str, int | None]:
    if not isinstance(value, dict) or not all(
        units is None or type(units) is int for units in value.values()
    ):
        raise Malformed("a code list is an object: code -> minor units or null")
    return value


def _check_code_list(name: str, value: Any) -> None:
    if name not in CODE_LISTS:
        raise Malformed(f"the code lists are {', '.join(CODE_LISTS)}")
    _code_list(value)


_CHECKS: dict[str, Callable[[str, Any], object]] = {
    "organisation": _check_organisation,
    "key": _check_key,
    "contract": compile_type,
    "validators": _check_validators,
    "parameter": _check_parameter,
    "code-list": _check_code_list,
}
