"""The network's own collections of the state, as values: members, keys, document types, code lists.

    organisation/<id>    `Organisation.to_value`
    key/<kid>            `Key.to_value` with "organisation", the id of its owner
    contract/<vct>       {"schema": JSON Schema of the body, "source": text of the contract}
    validators/<epoch>   ids of organisations, in voting order
    parameter/<name>     an integer
    code-list/<name>     code -> minor units or null (`codes.code_lists`)
    collection/<name>    {"writers": […]}: who may write it (`ownership`)
    draft/<document id>  {"type", "schema", "source", "digest", "writesInto"}: a contract proposed
    border/<country>     the rules of a border by name (`borders.Border`)
    border-rule/<country>/<name>/<from>    {"source", "document"}: the text of one of them

A block sees all of these as they were when it began: what it changes holds from the next block on.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from cocket.contracts.borders import Border, BorderRule, compile_rule
from cocket.contracts.codes import CODE_LISTS
from cocket.contracts.language import Contract, compile_contract
from cocket.contracts.ownership import check_writers, check_writes, claim
from cocket.contracts.schema import Schema
from cocket.contracts.state import Layer, StateReader, is_collection
from cocket.ledger import canonical
from cocket.ledger.document import TYPE_PATTERN
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.genesis import DEPTH_MAX, ContractText
from cocket.ledger.keys import base64url
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
        self._entries: dict[str, dict[str, Any]] = {}  # by collection and name
        self._count = 0
        self._types: OrderedDict[bytes, DocumentType] = OrderedDict()

    def organisation(self, identity: str) -> Organisation | None:
        """A member."""
        return self._entry("organisation", identity, Organisation.from_value)

    def key(self, kid: str) -> RegisteredKey | None:
        """A member's key, whatever its use and validity."""
        return self._entry("key", kid, RegisteredKey.from_value)

    def document_type(self, vct: str) -> DocumentType | None:
        """The contract and schema for documents of this type."""
        return self._entry("contract", vct, lambda value: self._compiled(vct, value))

    def code_list(self, name: str) -> Mapping[str, int | None]:
        """A code list; empty where this network has none of that name."""
        found: Mapping[str, int | None] | None = self._entry("code-list", name, _code_list)
        return found or {}

    def border(self, country: str) -> Border | None:
        """What customs of a country ask; None where they have published no rule."""
        return self._entry("border", country, lambda value: Border.from_value(country, value))

    def border_rule(self, name: str) -> BorderRule | None:
        """The rule "<country>/<name>/<from>", ready to run."""
        return self._entry("border-rule", name, lambda value: compile_rule(name, value))

    def forget(self, keys: Iterable[str]) -> None:
        """Read these again when they are asked for again."""
        for key in keys:
            collection, _, name = key.partition("/")
            self._entries.get(collection, {}).pop(name, None)

    def _entry(self, collection: str, name: str, parse: Callable[[Any], T]) -> T | None:
        try:
            known: T | None = self._entries[collection][name]
        except KeyError:
            data = self._state.get(f"{collection}/{name}")
            known = None if data is None else parse(canonical.decode(data, DEPTH_MAX))
            if self._count >= ENTRIES_CACHED:  # begin anew: keeping the newest costs every reader
                self._entries.clear()
                self._count = 0
            self._entries.setdefault(collection, {})[name] = known
            self._count += 1
        return known

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
    if not isinstance(vct, str) or not re.match(TYPE_PATTERN, vct):
        raise Refused("contract-type", "a document type is urn:cocket:<name>:<version>")
    if not isinstance(value, dict) or set(value) != {"schema", "source"}:
        raise Refused("contract-entry", "a contract is an object of schema and source")
    if not isinstance(value["source"], str):
        raise Refused("contract-entry", "the source of a contract is text")
    return DocumentType(compile_contract(value["source"], vct), Schema(value["schema"]))


def type_digest(vct: str, schema: Any, source: str) -> str:
    """What stands for a document type: base64url of the SHA-256 of its name, schema and source.

    Of canonical JSON: {"schema":{…},"source":"…","type":"urn:cocket:…"}.
    """
    value = {"type": vct, "schema": schema, "source": source}
    return base64url(sha256(canonical.encode(value)).digest())


def compile_draft(value: Any) -> DocumentType:
    """The document type of a draft; `Refused` says what is wrong with it."""
    members = ("type", "schema", "source", "digest", "writesInto")
    if not isinstance(value, dict) or set(value) != set(members):
        raise Refused("registry-entry", f"a draft has the members {', '.join(members)}")
    granted = value["writesInto"]
    if not isinstance(granted, list) or not all(map(is_collection, granted)):
        raise Refused("registry-entry", "a draft writes into collections, of a-z, 0-9, hyphen")
    compiled = compile_type(value["type"], {name: value[name] for name in ("schema", "source")})
    if value["digest"] != type_digest(value["type"], value["schema"], value["source"]):
        raise Refused("digest-mismatch", "the digest is not that of this type, schema and source")
    return compiled


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


def claim_entry(layer: Layer, key: str, data: bytes | None) -> None:
    """What it brings that a contract wrote this entry: the type owns what it is to write.

    Raises `Refused` where a type, or one that is proposed, may not write what it names in WRITES.
    """
    collection, _, name = key.partition("/")
    if data is None or collection not in ("contract", "draft"):
        return
    value = canonical.decode(data, DEPTH_MAX)
    if collection == "contract":
        claim(layer, name, compile_contract(value["source"], name).writes)
    else:
        writes = compile_contract(value["source"], value["type"]).writes
        check_writes(layer, value["type"], writes, value["writesInto"])


def is_registry(key: str) -> bool:
    """Whether this key of the state is of the network's own collections."""
    return key.partition("/")[0] in _CHECKS


def check_entry(key: str, data: bytes | None) -> None:
    """Raise `Refused` where a contract writes what the network could not read back.

    Members, keys and document types are changed, never removed: documents name them for ever.
    Drafts are, and rules of borders before their day.
    """
    collection, _, name = key.partition("/")
    if collection not in _CHECKS:
        return
    if data is None:
        if collection in _REMOVABLE:
            return
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
    "collection": check_writers,
    "draft": lambda _, value: compile_draft(value),
    "border": Border.from_value,
    "border-rule": compile_rule,
}
_REMOVABLE = frozenset({"draft", "border-rule"})
