"""Who may write which collection of the state.

    collection/<name>    {"writers": ["import-declaration", "clearance", …]}   types, of any version
                         {"writers": ["*"]}                                    every type

At genesis the types that are there own what they write. Later a type becomes the owner of the
collections that nobody has; into others' it writes only if it stands among the writers before its
contract does. The network's own collections gain no writers: their rules are those of the founders.

A contract cannot write what its WRITES does not name (`access.Access.put`), so it is enough to look
at WRITES once, when the contract enters the state: whichever contract puts it there.
"""

from collections.abc import Iterable
from typing import Any

from cocket.contracts.language import compile_contract
from cocket.contracts.state import COMPILED, Layer, StateReader
from cocket.ledger import canonical
from cocket.ledger.errors import Refused
from cocket.ledger.genesis import ContractText

WRITERS_MAX = 200
EVERY_TYPE = "*"
SHARED = ("number", "status")
"""The life of documents is all types' own: `standard/common/contract.py` keeps it."""
RESERVED = frozenset(
    {
        *("border", "code-list", "collection", "decided", "key", "organisation", "parameter"),
        *("proposal", "proposals", "unchecked", "validators"),
        *COMPILED,
    }
)
"""What the network itself goes by, and how it is changed."""


def first_writers(contracts: Iterable[ContractText]) -> dict[str, bytes]:
    """The entries of the state that say who writes what, from the contracts of genesis."""
    writers: dict[str, set[str]] = {name: set() for name in RESERVED}
    for text in contracts:
        for collection in compile_contract(text.source, text.type).writes:
            writers.setdefault(collection, set()).add(type_name(text.type))
    writers |= {name: {EVERY_TYPE} for name in SHARED}
    return {f"collection/{name}": _entry(types) for name, types in writers.items()}


def check_writes(
    state: StateReader, vct: str, writes: Iterable[str], granted: Iterable[str] = ()
) -> list[str]:
    """The collections among `writes` that nobody owns yet.

    granted  those into which the type is to be let, though others own them

    Raises `Refused` (`collection-owned`, `collection-reserved`) where the type may not write, and
    (`collection-not-needed`) where more is granted than what it writes and others own.
    """
    name, free, unused = type_name(vct), [], set(granted)
    for collection in writes:
        owners = writers_of(state, collection)
        if owners is None and collection not in RESERVED:
            free.append(collection)
        elif owners and (name in owners or EVERY_TYPE in owners):
            continue
        elif collection in RESERVED:
            raise Refused(
                "collection-reserved", f"the collection {collection} is the network's own"
            )
        elif collection in unused:
            unused.remove(collection)
        else:
            raise Refused(
                "collection-owned",
                f"the collection {collection} is written by {', '.join(sorted(owners or ())[:8])}: "
                "a proposal names it in writesInto, so that approvers see it",
            )
    if unused:
        raise Refused(
            "collection-not-needed",
            f"it does not write, or others do not own: {', '.join(sorted(unused)[:8])}",
        )
    return free


def claim(layer: Layer, vct: str, writes: Iterable[str]) -> None:
    """A contract enters the state: what it writes and nobody owned is its own. `Refused` as above.

    The network's own collections were claimed at genesis, once and for all.
    """
    for collection in check_writes(layer, vct, writes):
        layer.put(f"collection/{collection}", _entry({type_name(vct)}))


def writers_of(state: StateReader, collection: str) -> frozenset[str] | None:
    """The names of the types that write it; None where it is nobody's."""
    data = state.get(f"collection/{collection}")
    return None if data is None else frozenset(canonical.decode(data)["writers"])


def check_writers(name: str, value: Any) -> None:
    """Raise `Refused` unless this can stand at `collection/<name>`."""
    writers = value.get("writers", 0) if isinstance(value, dict) and len(value) == 1 else 0
    if not (
        isinstance(writers, list)
        and all(isinstance(each, str) for each in writers)
        and len(set(writers)) == len(writers) <= WRITERS_MAX
    ):
        raise Refused("registry-entry", f"the writers of {name} are names of types, each once")


def type_name(vct: str) -> str:
    """`urn:cocket:clearance:1` -> `clearance`."""
    return vct.split(":")[2]


def _entry(types: set[str]) -> bytes:
    return canonical.encode({"writers": sorted(types)})
