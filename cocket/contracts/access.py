"""What a contract asks of the ledger, and what it says besides yes or no.

`Host` is the world as the engine (or a test, or `cocket check`) presents it; `Access` is the
functions of the contract language on top of it, bounded and metered.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn, Protocol, TypeVar

import msgspec

from cocket.contracts.codes import CODE_LISTS
from cocket.contracts.meter import CHARACTERS_PER_STEP, Failure, Meter
from cocket.contracts.numbers import plain
from cocket.contracts.operators import Operators
from cocket.contracts.state import (
    COMPILED,
    VALUE_BYTES_MAX,
    VALUE_NESTING_MAX,
    state_key,
    value_bytes_max,
)
from cocket.ledger import canonical
from cocket.ledger.errors import Refused
from cocket.ledger.organisations import Organisation

ACCESS_STEPS = 50
"""For a look into the ledger, before what is read is charged by its size."""
COMPILE_STEPS = 20_000
"""For a contract that is put (`state.COMPILED`)."""
CODE_LIST_STEPS = 10
CONTAINER_STEPS = 2
"""For each list or dict that is read."""
WARNINGS_MAX = 16
EVENTS_MAX = 16
UNCHECKED_MAX = 64
SENTENCE_CHARACTERS_MAX = 400
PATH_CHARACTERS_MAX = 256
DETAIL_CHARACTERS_MAX = 200
_MARKS = (",", ";", ":")
CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

T = TypeVar("T")

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Caution:
    """Accepted, but its submitter should know: a code, a sentence, a JSON pointer or ""."""

    code: str
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class Event:
    """What a contract tells followers: a name, and a value in canonical JSON."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """Words that stand in the contract itself among the details of a refusal: said as they are."""

    text: str


class Committed(Protocol):
    """What `document()` reads of a committed document: a `ledger.document.Document`, or one whose
    hidden members are open to whoever holds their disclosures."""

    @property
    def payload(self) -> bytes:
        """The claims as canonical JSON."""

    @property
    def claims(self) -> dict[str, Any]:
        """The claims, a new value each time."""

    @property
    def type_name(self) -> str:
        """`bill-of-lading`."""


class Host(Protocol):
    """The ledger as one run of a contract sees it."""

    def get(self, key: str) -> bytes | None:
        """The canonical JSON at "<collection>/<key>", this run's own writes included."""

    def put(self, key: str, value: bytes | None) -> None:
        """Write, or remove; `Refused` where the collection has rules of its own."""

    def document(self, identity: str) -> Committed | None:
        """A document that is committed, or was before this one in the same block."""

    def organisation(self, identity: str) -> Organisation | None:
        """A member, as registered when the block began."""

    def code_list(self, name: str) -> Mapping[str, int | None]:
        """This network's list of that name (`codes.CODE_LISTS`): code -> minor units, or None."""


class HostFailed(Exception):
    """The ledger could not answer. No fault of the contract, which has no result then."""


class NoHost:
    """The ledger outside of a run: nothing may be asked of it."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError("a contract runs only within Contract.run")


class Access:
    """The functions of the contract language that reach beyond the contract.

    `host`, `writes` and what the contract said are of the run at hand; `reset` starts the next.
    """

    __slots__ = (
        *("_lists", "_meter", "_operators"),
        *("events", "host", "unchecked", "warnings", "writes"),
    )

    def __init__(self, meter: Meter, operators: Operators) -> None:
        self._meter = meter
        self._operators = operators
        self.writes: tuple[str, ...] = ()
        self.reset(NoHost())

    def reset(self, host: Host) -> None:
        """Forget what was said; `host` answers from now on."""
        self.host = host
        self.warnings: list[Caution] = []
        self.events: list[Event] = []
        self.unchecked: list[str] = []
        self._lists: dict[str, Mapping[str, int | None]] = {}

    @property
    def names(self) -> dict[str, Callable[..., Any]]:
        """The functions by the names contracts call them."""
        return {
            "document": self.document,
            "emit": self.emit,
            "get": self.get,
            "known_code": self.known_code,
            "minor_units": self.minor_units,
            "organisation": self.organisation,
            "put": self.put,
            "refuse": self.refuse,
            "shown": self.shown,
            "warn": self.warn,
        }

    # Saying no, and saying more

    def refuse(self, code: Any, message: Any, *details: Any) -> NoReturn:
        """End the run with a refusal; see the guide for the details."""
        path, told, between = "", "", ""
        for detail in details:
            if not path and type(detail) is str and detail.startswith("/"):
                path = detail[:PATH_CHARACTERS_MAX]
            elif type(detail) is Words:
                self._operators.measure(detail.text)
                before = "" if not told or detail.text[:1] in _MARKS else " "
                told, between = f"{told}{before}{_cut(detail.text)}", " "
            else:
                told, between = f"{told}{between}{self._told(detail)}", ", "
        sentence = self._sentence(message)
        if told:
            sentence = f"{sentence.removesuffix(':')}: {told}"
        raise Refused(code, sentence, path)

    def warn(self, code: Any, message: Any, path: Any = "") -> None:
        """Accept, but tell the submitter."""
        if len(self.warnings) >= WARNINGS_MAX:
            raise Failure(f"a contract gives at most {WARNINGS_MAX} warnings")
        if type(path) is not str or len(path) > PATH_CHARACTERS_MAX:
            raise Failure("the path of a warning is text, a JSON pointer")
        self._meter.text(len(path))
        self.warnings.append(Caution(code, self._sentence(message), path))

    def emit(self, name: Any, value: Any) -> None:
        """Tell followers."""
        if type(name) is not str or len(name) > 64 or not CODE.fullmatch(name):
            raise Failure("an event's name is lower-case words joined by hyphens")
        if len(self.events) >= EVENTS_MAX:
            raise Failure(f"a contract emits at most {EVENTS_MAX} events")
        self.events.append(Event(name, self._encoded(value, VALUE_BYTES_MAX)))

    def shown(self, container: Any, member: Any, rule: Any) -> bool:
        """Whether `member` is there; if its issuer hid it, `rule` is listed as unchecked."""
        if type(container) is not dict or type(member) is not str or type(rule) is not str:
            raise Failure("shown() takes a dict, a member's name and a rule's name")
        if member in container:
            return True
        if "_sd" in container and rule not in self.unchecked:
            if len(self.unchecked) >= UNCHECKED_MAX or len(rule) > 64:
                raise Failure(f"at most {UNCHECKED_MAX} rules, of 64 characters, go unchecked")
            self._meter.step(UNCHECKED_MAX // 16)
            self.unchecked.append(rule)
        return False

    # The ledger

    def _ask(self, question: Callable[..., T], *details: Any) -> T:
        """The host's answer; what it raises must not pass for the contract's own failure."""
        try:
            return question(*details)
        except Refused:
            raise
        except Exception as error:
            raise HostFailed(f"{self.host} has no answer for {details}") from error

    def get(self, collection: Any, key: Any) -> Any:
        """A fresh copy of a value of the state, or None."""
        name = state_key(collection, key)
        self._meter.step(ACCESS_STEPS)
        data = self._ask(self.host.get, name)
        if data is None:
            return None
        self._read(data)
        return _decode(data)

    def put(self, collection: Any, key: Any, value: Any) -> None:
        """Write a value of the state; None removes it."""
        name = state_key(collection, key)
        if collection not in self.writes:
            raise Failure("WRITES does not name this collection")
        compiled = collection in COMPILED and value is not None
        self._meter.step(COMPILE_STEPS if compiled else ACCESS_STEPS)
        data = None if value is None else self._encoded(value, value_bytes_max(collection))
        self._ask(self.host.put, name, data)

    def document(self, identity: Any, types: Any) -> dict[str, Any]:
        """The claims of a committed document of this type, or of one of these types, and its id."""
        names = [types] if type(types) is str else types
        if type(identity) is not str or type(names) is not list or not all(map(_is_text, names)):
            raise Failure("document() takes a document's id and the name of a type, or names")
        self._meter.step(ACCESS_STEPS + len(names))
        found = self._ask(self.host.document, identity) if len(identity) == 43 else None
        if found is None:
            raise Refused(
                "unknown-reference", f"no document {identity[:43]!r} is committed: wait for it"
            )
        self._read(found.payload)
        if names and found.type_name not in names:
            wanted = " or ".join(name[:64] for name in names[:8])
            raise Refused(
                "wrong-reference-type",
                f"the document {identity} is a {found.type_name}, not a {wanted}",
            )
        claims = found.claims
        claims["id"] = identity
        return claims

    def organisation(self, identity: Any) -> dict[str, Any] | None:
        """What the registry says of a member, or None."""
        if type(identity) is not str:
            raise Failure("organisation() takes an organisation's id")
        self._meter.step(ACCESS_STEPS)
        found = self._ask(self.host.organisation, identity) if len(identity) <= 32 else None
        if found is None:
            return None
        return {
            "id": found.id,
            "legalName": found.legal_name,
            "country": found.country,
            "roles": list(found.roles),
            "chamber": found.chamber,
        }

    def known_code(self, code_list: Any, code: Any) -> bool:
        """Whether `code` is in a code list."""
        self._meter.step(CODE_LIST_STEPS)
        return type(code) is str and code in self._codes(code_list)

    def minor_units(self, currency: Any) -> int | None:
        """How many decimal places amounts in this currency have; None where it has none."""
        self._meter.step(CODE_LIST_STEPS)
        return self._codes("currency").get(currency) if type(currency) is str else None

    def _codes(self, name: Any) -> Mapping[str, int | None]:
        """A code list, which stays the same during a run."""
        if name not in CODE_LISTS:
            raise Failure(f"known_code() knows the lists {', '.join(CODE_LISTS)}")
        known = self._lists.get(name)
        if known is None:
            known = self._lists[name] = self._ask(self.host.code_list, name)
        return known

    def _read(self, data: bytes) -> None:
        """Charge for decoding JSON: a list takes room for 30 characters, and is written in two."""
        containers = data.count(b"{") + data.count(b"[")
        self._meter.step(len(data) // CHARACTERS_PER_STEP + CONTAINER_STEPS * containers)

    # Values that leave the contract

    def _sentence(self, message: Any) -> str:
        if type(message) is not str:
            raise Failure("a message is text")
        self._meter.text(len(message))
        return message[:SENTENCE_CHARACTERS_MAX]

    def _told(self, detail: Any) -> str:
        self._operators.measure(detail)
        return _cut(canonical.encode(_tellable(detail)).decode())

    def _encoded(self, value: Any, bytes_max: int) -> bytes:
        if type(value) is str:
            self._meter.step(1 + len(value) // CHARACTERS_PER_STEP)
        else:
            self._operators.measure(value)
            _check_json(value, VALUE_NESTING_MAX)
        data = canonical.encode(value)
        if len(data) > bytes_max:
            raise Failure(f"a value has at most {bytes_max} bytes")
        self._meter.text(len(data))
        return data


def _cut(text: str) -> str:
    if len(text) <= DETAIL_CHARACTERS_MAX:
        return text
    return text[:DETAIL_CHARACTERS_MAX] + "…"


def _is_text(value: Any) -> bool:
    return type(value) is str


def _check_json(value: Any, nesting: int) -> None:
    """Raise `Failure` unless `value` is canonical JSON to be; it is bounded already."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if nesting == 0:
        raise Failure(f"a value nests at most {VALUE_NESTING_MAX} deep")
    if kind is int and -(2**53) < value < 2**53:
        return
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                raise Failure("the members of a value have names in ASCII")
            _check_json(item, nesting - 1)
    elif kind is list:
        for item in value:
            _check_json(item, nesting - 1)
    else:
        raise Failure("a value holds text, integers below 2**53, true, false, None, lists, dicts")


def _tellable(value: Any) -> Any:
    """`value` with what JSON does not know as text; it is bounded already."""
    kind = type(value)
    if kind is Decimal:
        return plain(value)
    if kind is int and not -(2**53) < value < 2**53:
        return str(value)
    if kind is dict:
        return {str(name): _tellable(item) for name, item in value.items()}
    if kind is list or kind is tuple:
        return [_tellable(item) for item in value]
    return str(value) if kind is range else value
