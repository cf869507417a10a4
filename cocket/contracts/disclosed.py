"""Running a contract again, with what its document hides laid open (DESIGN §8, hidden fields).

The ledger runs a contract on what is shown, and lists the rules that it could not run as
`unchecked`. Whoever holds the disclosures runs the very contract on the open document:

    basis    what the ledger ran it on: the document, who signed, block, contract, and the entries
             of the state that it read (`engine.Outcome.read`), as they were then
    papers   the documents that it refers to, with the disclosures that its holder has
    more     further entries of the state: those that only the open document leads to

    verdict = judged(basis, papers, more)          `Missing` says what else is needed

The contract is run twice. On the hidden document it has to say what the ledger said, or the basis
is not what the ledger had (`basis-differs`). On the open one it gives the verdict; there the
contract is told so by a member `disclosed`. What nobody disclosed stays hidden, and `unchecked`.
The ledger counts digests, which have no names: that one stands for a member which the type does not
mark confidential shows here only, and is refused (`hidden-not-allowed`) before the contract is run.
Nothing is written anywhere. Same documents, disclosures and state: same verdict, for everyone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from cocket.contracts.access import Caution, HostFailed
from cocket.contracts.engine import signer_claims
from cocket.contracts.language import Run
from cocket.contracts.registry import DocumentType, compile_type, type_digest
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.errors import Refusal, Refused
from cocket.ledger.genesis import DEPTH_MAX
from cocket.ledger.keys import base64url
from cocket.ledger.organisations import Organisation
from cocket.ledger.sdjwt import Disclosure, SdJwt


class Missing(Exception):
    """The contract asks for what it was not given: a `document` by id, or the `state` at a key."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind} {name}")
        self.kind = kind
        self.name = name


@dataclass(frozen=True, slots=True)
class Basis:
    """What the ledger ran a contract on, and what it said.

    contract   {"schema", "source"}, the entry of the state for the document's type
    read       key of the state -> value, None where there was nothing
    unchecked  the rules that the ledger left unchecked
    """

    document: Document
    height: int
    time_s: int
    signer: Organisation
    contract: Mapping[str, Any]
    read: Mapping[str, Any]
    unchecked: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What stands for the contract and its schema (`registry.type_digest`)."""
        source, schema = self.contract.get("source", ""), self.contract.get("schema")
        return type_digest(self.document.type, schema, source)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the contract says of the open document.

    refusal    None: the document is accepted
    rules      those that the ledger left unchecked and that were run here; of a refusal, its code
    unchecked  those that stay unchecked, for nobody disclosed what they need
    inputs     documents that were opened: id -> digest of their disclosures (`disclosures_digest`)
    """

    refusal: Refusal | None
    warnings: tuple[Caution, ...]
    rules: tuple[str, ...]
    unchecked: tuple[str, ...]
    inputs: Mapping[str, str]

    @property
    def word(self) -> str:
        """As a finding has it: accepted or refused."""
        return "accepted" if self.refusal is None else "refused"

    @property
    def code(self) -> str | None:
        """The code of the refusal."""
        return None if self.refusal is None else self.refusal.code


def disclosures_digest(disclosures: Iterable[Disclosure]) -> str:
    """What stands for disclosures of one document: base64url of the SHA-256 of their texts, sorted,
    a "~" behind each."""
    texts = sorted(each.text for each in disclosures)
    return base64url(sha256("".join(f"{text}~" for text in texts).encode("ascii")).digest())


def opened(value: Any, known: Mapping[str, Disclosure]) -> Any:
    """`value` with what is disclosed in its place; what is not stays hidden, its digest with it.

    Of a body that `ledger.sdjwt.reveal` accepted with these disclosures, by digest.
    """
    if isinstance(value, list):
        items = []
        for item in value:
            found = known.get(item["..."]) if isinstance(item, dict) and "..." in item else None
            items.append(opened(item if found is None else found.value, known))
        return items
    if not isinstance(value, dict):
        return value
    result = {name: opened(each, known) for name, each in value.items() if name != "_sd"}
    hidden = []
    for digest in value.get("_sd", ()):
        disclosure = known.get(digest)
        if disclosure is None or disclosure.name is None:
            hidden.append(digest)
        else:
            result[disclosure.name] = opened(disclosure.value, known)
    return {**result, "_sd": hidden} if hidden else result


@dataclass(frozen=True, slots=True)
class Open:
    """A committed document with its hidden members open (`access.Committed`)."""

    document: Document
    body: dict[str, Any]

    @property
    def claims(self) -> dict[str, Any]:
        """The claims, with the open body."""
        claims = self.document.claims
        claims["body"] = msgspec.json.decode(canonical.encode(self.body))
        return claims

    @property
    def payload(self) -> bytes:
        """As long as the open document is: reading it is charged by its size."""
        return canonical.encode(self.claims)

    @property
    def type_name(self) -> str:
        """The type of the document."""
        return self.document.type_name


def open_paper(paper: SdJwt) -> Open:
    """A document with what its holder disclosed; `Refused` where a disclosure is not of it."""
    paper.reveal()
    known = {each.digest: each for each in paper.disclosures}
    return Open(paper.document, opened(paper.document.body, known))


@dataclass(slots=True)
class _Host:
    """The ledger as it was, for a run that leaves nothing behind (`access.Host`)."""

    basis: Basis
    papers: Mapping[str, Document | Open]
    more: Mapping[str, Any]
    written: dict[str, bytes | None] = field(default_factory=dict)
    missing: Missing | None = None

    def get(self, key: str) -> bytes | None:
        if key in self.written:
            return self.written[key]
        value = self.value(key)
        return None if value is None else canonical.encode(value)

    def value(self, key: str) -> Any:
        for entries in (self.basis.read, self.more):
            if key in entries:
                return entries[key]
        raise self.lacking("state", key)

    def put(self, key: str, value: bytes | None) -> None:
        self.written[key] = value

    def document(self, identity: str) -> Document | Open | None:
        if identity not in self.papers:
            raise self.lacking("document", identity)
        return self.papers[identity]

    def organisation(self, identity: str) -> Organisation | None:
        value = self.value(f"organisation/{identity}")
        return None if value is None else Organisation.from_value(value)

    def code_list(self, name: str) -> Mapping[str, int | None]:
        codes: Mapping[str, int | None] = self.value(f"code-list/{name}") or {}
        return codes

    def lacking(self, kind: str, name: str) -> Missing:
        self.missing = Missing(kind, name)
        return self.missing


def judged(basis: Basis, papers: Mapping[str, SdJwt], more: Mapping[str, Any]) -> Verdict:
    """The verdict on a document, whose own disclosures are in `papers` as those of others are.

    `Missing` where more is needed; `Refused` basis-differs, no-contract, malformed-basis, or
    `sdjwt.reveal`'s codes.
    """
    identity = basis.document.id
    for entries in (basis.read, more):
        _check_state(entries)
    try:
        kind = compile_type(basis.document.type, dict(basis.contract))
    except Refused as refused:
        raise Refused("no-contract", f"its contract is not one: {refused}") from None
    hidden = {name: paper.document for name, paper in papers.items()}
    said = _run(basis, kind, hidden, more, basis.document)
    if said.refusal is not None or set(said.unchecked) - set(basis.unchecked):
        told = said.refusal.message if said.refusal else ", ".join(said.unchecked)
        raise Refused(
            "basis-differs",
            f"the contract says other than the ledger did, so this is not what it was run on: "
            f"{told}",
        )
    shown = {name: open_paper(paper) for name, paper in papers.items()}
    inputs = {
        name: disclosures_digest(paper.disclosures)
        for name, paper in sorted(papers.items())
        if paper.disclosures
    }
    revealed = papers[identity].reveal()
    try:
        kind.schema.check_hidden(revealed.body, revealed.paths)
    except Refused as refused:
        code = refused.refusal.code
        return Verdict(refused.refusal, (), (code,), said.unchecked, inputs)
    run = _run(basis, kind, shown, more, shown[identity])
    if run.refusal is not None:
        return Verdict(run.refusal, run.warnings, (run.refusal.code,), run.unchecked, inputs)
    rules = tuple(rule for rule in said.unchecked if rule not in run.unchecked)
    return Verdict(None, run.warnings, rules, run.unchecked, inputs)


def _check_state(entries: Mapping[str, Any]) -> None:
    """Raise `Refused` where this came from no ledger: a float, half a character, too deep."""
    try:
        canonical.decode(canonical.encode(dict(entries)), DEPTH_MAX)
    except (Refused, TypeError, ValueError, RecursionError) as error:
        raise Refused("malformed-basis", f"no ledger has such a state: {error}") from None


def _run(
    basis: Basis,
    kind: DocumentType,
    papers: Mapping[str, Document | Open],
    more: Mapping[str, Any],
    document: Document | Open,
) -> Run:
    """The schema, then the contract. What the host lacks is `Missing`."""
    claims = document.claims
    is_open = isinstance(document, Open)
    try:
        kind.schema.validate(claims["body"], basis.document.may_hide)
    except Refused as refused:
        return Run(refused.refusal, (), (), (), 0)
    claims |= {"id": basis.document.id, "height": basis.height, "time": basis.time_s}
    if is_open:
        claims["disclosed"] = True
    host = _Host(basis, papers, more)
    try:
        return kind.contract.run(claims, signer_claims(basis.signer), host)
    except HostFailed as failed:
        if host.missing is not None:
            raise host.missing from None
        raise Refused("malformed-basis", f"no ledger has such a state: {failed}") from None


def basis_of(value: Any, document: Document) -> Basis:
    """The basis in a node's answer, or in a file that was made of one (`basis_value`).

    `Refused` malformed-basis where it is not one.
    """
    try:
        return Basis(
            document,
            _integer(value["height"]),
            _integer(value["time"]),
            Organisation.from_value(value["signer"]),
            {"schema": value["contract"]["schema"], "source": value["contract"]["source"]},
            dict(value["read"]),
            tuple(map(str, value["unchecked"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("malformed-basis", f"this is not what a contract was run on: {error}") from (
            None
        )


def basis_value(basis: Basis) -> dict[str, Any]:
    """The basis as JSON, without the document."""
    return {
        "height": basis.height,
        "time": basis.time_s,
        "signer": basis.signer.to_value(),
        "contract": dict(basis.contract),
        "read": dict(basis.read),
        "unchecked": list(basis.unchecked),
    }


def _integer(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError("a height and a time are whole numbers")
    return value
