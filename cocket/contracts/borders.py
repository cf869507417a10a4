"""Border rules: what customs of a country ask of documents addressed to them, beyond the contracts.

Customs publish a rule with a name and the day from which it holds, for some types of documents, in
their own country alone and with no vote (DESIGN §8). It runs after the contract of the document,
and the document is committed or refused as a whole.

**Addressed** to the customs of a country is a document that makes or changes a declaration whose
country that is: one that writes `declaration/<id>` with that "country" (`addressed_to`). So lodging
a declaration is, and what is done with it: a hold, an assessment, a clearance, an appeal. An
invoice, a bill of lading, a payment is not, whatever countries it names; nor what customs publish.

A rule is a contract without SIGNED_BY and WRITES. It is given the document, with one more member

    "border": {"country": "NL", "date": "2026-07-01", "rule": "flat-duty", "from": "2026-07-01"}

the date being the block's, in UTC, and may read the state, its own tables among it. It says

    nothing                       the document may pass
    refuse(code, …), warn(…)      as contracts do
    emit("hold", [{"code", "message"}, …])
    emit("assess", {"currencyCode", "lines": [{"amount": "6.00", …}, …]})

The last two are for the document that lodges a declaration, and go into declaration/<its id>: a
hold "<country>/<rule>" among its `open_holds`; what is due added to `duty_due`, with the document
itself as the `assessment` that is paid. How it came about stands in decided/<its id>: the rules
that ran, by the documents that published them; reasons; lines.

Rules run in the order of their names, and share 100,000 steps, 16 warnings and 16 events. One that
fails, or costs more, refuses the document (`border-rule-failed`), until its customs mend it: a
document is not let through on a rule that was not run. Other borders do not notice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from cocket.contracts.access import CODE, Caution, Event, Host
from cocket.contracts.language import Contract, Run, compile_contract
from cocket.contracts.meter import Failure
from cocket.contracts.numbers import CONTEXT, decimal, plain, rounded
from cocket.contracts.state import VALUE_BYTES_MAX, Layer
from cocket.ledger import canonical
from cocket.ledger.errors import Refusal, Refused

DECLARATION = "declaration"
STEPS_MAX = 100_000
"""For all rules of one border on one document."""
REMARKS_MAX = 16
"""Warnings, and events, of all rules of one border on one document."""
REASONS_MAX = 16
LINES_MAX = 100
AMOUNT_LIMIT = 10**15
MESSAGE_CHARACTERS_MAX = 400
FAILURES = frozenset({"contract-failed", "out-of-steps"})

_PREFIX = f"{DECLARATION}/"
_decode = msgspec.json.Decoder().decode


class _Country(msgspec.Struct):
    """What of a declaration says whose it is."""

    country: Any = None


_decode_country = msgspec.json.Decoder(_Country).decode


@dataclass(frozen=True, slots=True)
class Border:
    """What stands at `border/<country>`.

        {"flat-duty": {"2026-07-01": ["low-value-declaration"], "2028-07-01": []}}

    rules  name -> day from which it holds -> types of documents; none from the day it is retired
    """

    country: str
    rules: dict[str, dict[str, list[str]]]

    @classmethod
    def from_value(cls, country: str, value: Any) -> "Border":
        """The border of a JSON value; `Refused` otherwise."""
        if not _is_index(value):
            raise Refused("registry-entry", f"the rules of {country} are name -> day -> types")
        return cls(country, value)

    def in_force(self, date: str, document_type: str) -> Iterator[tuple[str, str]]:
        """Name and day of the rules that hold on `date` for documents of a type, by name."""
        for name, versions in sorted(self.rules.items()):
            since = max((day for day in versions if day <= date), default=None)
            if since is not None and document_type in versions[since]:
                yield name, since


@dataclass(frozen=True, slots=True)
class BorderRule:
    """A rule ready to run, and the id of the document that published it."""

    contract: Contract
    document: str


def compile_rule(name: str, value: Any) -> BorderRule:
    """The rule at `border-rule/<country>/<name>/<from>`; `Refused` says what is wrong with it."""
    if not isinstance(value, dict) or set(value) != {"source", "document"}:
        raise Refused("registry-entry", "a border rule is an object of source and document")
    if not isinstance(value["source"], str) or not isinstance(value["document"], str):
        raise Refused("registry-entry", "source and document of a border rule are texts")
    contract = compile_contract(value["source"], f"border rule {name}")
    if contract.writes or contract.signed_by:
        raise Refused(
            "border-rule-writes",
            "a border rule writes nothing, and says nothing of who signs: "
            "SIGNED_BY = [] and WRITES = []",
        )
    return BorderRule(contract, value["document"])


def addressed_to(writes: Mapping[str, bytes | None]) -> list[tuple[str, str]]:
    """The declarations that a document made or changed, by id, and whose customs decide on each."""
    found = []
    for key, data in writes.items():
        if data is not None and key.startswith(_PREFIX):
            try:
                country = _decode_country(data).country
            except msgspec.ValidationError:  # no object: a contract wrote what is no declaration
                continue
            if type(country) is str:
                found.append((key[len(_PREFIX) :], country))
    return sorted(found)


@dataclass(slots=True)
class Crossing:
    """A document at a border: its rules in turn, and what they came to.

    lodged  the key of the declaration that the document lodged, or None
    """

    country: str
    date: str
    document_type: str
    lodged: str | None
    layer: Layer
    warnings: list[Caution] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    decided: dict[str, Any] = field(default_factory=dict)
    steps: int = 0

    def cross(
        self,
        border: Border,
        rule: Callable[[str], BorderRule | None],
        claims: Callable[[], dict[str, Any]],
        signer: Callable[[], dict[str, Any]],
        host: Host,
    ) -> None:
        """Run the rules; `Refused` where one refuses or fails.

        rule            "<country>/<name>/<from>" -> the rule, ready to run
        claims, signer  make what a rule is given, anew for each: it may change what it gets
        """
        for name, since in border.in_force(self.date, self.document_type):
            found = rule(f"{self.country}/{name}/{since}")
            if found is None:
                raise self.failed(name, "it is not there")
            about = {"country": self.country, "date": self.date, "rule": name, "from": since}
            run = found.contract.run(
                {**claims(), "border": about}, signer(), host, STEPS_MAX - self.steps
            )
            self.steps += run.steps
            if run.refusal is not None:
                raise self.refused(name, run.refusal)
            try:
                self.take(name, run, host)
                self.decided.setdefault("rules", {})[name] = found.document
                self.keep()
            except Failure as failure:
                raise self.failed(name, str(failure)) from None

    def refused(self, name: str, refusal: Refusal) -> Refused:
        """What the submitter is told: whose rule it was."""
        if refusal.code in FAILURES:
            return self.failed(name, refusal.message)
        message = f"customs of {self.country}, rule {name}: {refusal.message}"
        return Refused(refusal.code, message, refusal.path)

    def failed(self, name: str, why: str) -> Refused:
        """The refusal where a rule has no result."""
        return Refused(
            "border-rule-failed",
            f"the rule {name} of customs of {self.country} failed, and they have to mend it: {why}",
        )

    def take(self, name: str, run: Run, host: Host) -> None:
        """What a rule said; `Failure` where that is more than it may say."""
        self.warnings += run.warnings
        self.unchecked += [each for each in run.unchecked if each not in self.unchecked]
        for event in run.events:
            if event.name == "hold":
                self.hold(name, _decode(event.value))
            elif event.name == "assess":
                self.assess(name, _decode(event.value), host.code_list("currency"))
            else:
                raise Failure('a rule emits "hold" and "assess" only')
            self.events.append(event)
        if max(len(self.warnings), len(self.events)) > REMARKS_MAX:
            raise Failure(f"rules of a border give at most {REMARKS_MAX} warnings and events")

    # What becomes of the declaration

    def declaration(self) -> dict[str, Any]:
        """The declaration as it is, the rules before this one counted in."""
        data = None if self.lodged is None else self.layer.get(self.lodged)
        if data is None:
            raise Failure("only where a declaration is lodged, a rule holds or assesses")
        return dict(_decode(data))

    def put(self, declaration: dict[str, Any]) -> None:
        """Write the declaration as a rule changed it."""
        assert self.lodged is not None, "there is one: it was read"
        self.layer.put(self.lodged, _encoded(declaration))

    def hold(self, name: str, reasons: Any) -> None:
        """Hold the goods until customs release the hold."""
        if not isinstance(reasons, list) or not 0 < len(reasons) <= REASONS_MAX:
            raise Failure(f"a hold is a list of 1 to {REASONS_MAX} reasons")
        for reason in reasons:
            if not isinstance(reason, dict) or set(reason) != {"code", "message"}:
                raise Failure('a reason to hold is {"code", "message"}')
            _check_reason(reason["code"], reason["message"])
            self.warnings.append(
                Caution(
                    "held",
                    f"customs of {self.country} hold the goods, rule {name}: "
                    f"{reason['message']} ({reason['code']})",
                    "",
                )
            )
        declaration = self.declaration()
        hold = f"{self.country}/{name}"
        holds = declaration.get("open_holds", [])
        if not isinstance(holds, list):
            raise Failure("the declaration has no list of holds")
        if hold not in holds:
            self.put({**declaration, "open_holds": [*holds, hold]})
        held = self.decided.setdefault("holds", {})
        held[name] = [*held.get(name, []), *reasons]

    def assess(self, name: str, assessment: Any, currencies: Mapping[str, int | None]) -> None:
        """Add what is due."""
        if not isinstance(assessment, dict) or set(assessment) != {"currencyCode", "lines"}:
            raise Failure('an assessment is {"currencyCode", "lines"}')
        currency, lines = assessment["currencyCode"], assessment["lines"]
        places = currencies.get(currency) if type(currency) is str else None
        if places is None or not isinstance(lines, list):
            raise Failure("an assessment is in a currency of ISO 4217, and has a list of lines")
        due = total(lines, places)
        kept = self.decided.setdefault("lines", [])
        kept += [{"rule": name, **line} for line in lines]
        if len(kept) > LINES_MAX:
            raise Failure(f"the rules of a border assess at most {LINES_MAX} lines")
        declaration = self.declaration()
        before = decimal(declaration.get("duty_due", "0"))
        if before and declaration.get("currencyCode") != currency:
            raise Failure("what is due is all in one currency")
        whole = CONTEXT.add(before, due)
        self.put(
            {
                **declaration,
                "duty_due": plain(whole),
                "currencyCode": currency,
                "assessment": self.lodged and self.lodged.partition("/")[2],
            }
        )
        self.decided |= {"currencyCode": currency, "totalDue": plain(whole)}
        self.warnings.append(
            Caution(
                "assessed",
                f"customs of {self.country} assess {plain(due)} {currency}, "
                f"rule {name}: a payment of it refers to this document",
                "",
            )
        )

    def keep(self) -> None:
        """Keep how it came about with the declaration that was lodged."""
        if self.lodged is not None and self.decided:
            identity = self.lodged.partition("/")[2]
            whole = {"country": self.country, "date": self.date, **self.decided}
            self.layer.put(f"decided/{identity}", _encoded(whole))


def total(lines: list[Any], places: int) -> Decimal:
    """The sum of the `amount`s of an assessment's lines, in a currency with so many places."""
    due = rounded(0, places)
    for line in lines:
        if not isinstance(line, dict) or "rule" in line:
            raise Failure('a line of an assessment is an object, without a member "rule"')
        amount = decimal(line.get("amount"))
        if not 0 <= amount < AMOUNT_LIMIT or rounded(amount, places) != amount:
            raise Failure(f"an amount that is due has {places} decimals, and is not negative")
        due = CONTEXT.add(due, amount)
    return due


def _check_reason(code: Any, message: Any) -> None:
    if type(code) is not str or len(code) > 64 or not CODE.fullmatch(code):
        raise Failure("the code of a reason is lower-case words joined by hyphens")
    if type(message) is not str or not 0 < len(message) <= MESSAGE_CHARACTERS_MAX:
        raise Failure(f"a reason is told in 1 to {MESSAGE_CHARACTERS_MAX} characters")


def _encoded(value: dict[str, Any]) -> bytes:
    data = canonical.encode(value)
    if len(data) > VALUE_BYTES_MAX:
        raise Failure(f"what is decided on a declaration has at most {VALUE_BYTES_MAX} bytes")
    return data


def _is_index(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(versions, dict)
        and all(
            isinstance(types, list) and all(isinstance(each, str) for each in types)
            for types in versions.values()
        )
        for versions in value.values()
    )
