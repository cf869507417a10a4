"""`cocket new`, `cocket check` and forms handed to `issue` and `submit` (docs/merchants.md).

What a form is, how it is made and read: `cocket.forms`. Here it meets a person: the files of their
folder, their wallet, a node if one answers.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from cocket import terminal, views
from cocket.asking import HERE, ledger, wallet
from cocket.client import Answer, DocumentType, Ledger, LedgerError, SdJwt, Wallet, files
from cocket.client.display import safe
from cocket.contracts.shape import Shape
from cocket.forms import facts, foresight, guarding, known, reading, references, writing
from cocket.forms.kinds import Kind, kind
from cocket.forms.text import FORM_BYTES_MAX
from cocket.ledger.errors import Malformed, Refusal, Refused
from cocket.ledger.organisations import Organisation
from cocket.options import Json, Output, PasswordFile, To, Ucr, WalletFile

NUMBER_STEP_MAX = 2**20
_ID = re.compile(r'"?([A-Za-z0-9_-]{43})"?')
OWN_NUMBERS = ("#/$defs/number", "#/$defs/lrn")
"""Of such a number the issuer is free to choose."""

References = Annotated[
    list[str] | None,
    typer.Option(
        "--ref",
        metavar="ROLE[=NAME]",
        help="A document it builds on: invoice=LT-2026-0117, invoice='7 of lotus', "
        "invoice=invoice.sdjwt; invoice alone: the one in this folder.",
    ),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="NAME",
        help="A document to fill the form from, beside those it refers to; may be repeated.",
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Ask no node: standard types, and this folder's files.")
]

Anyway = Annotated[
    bool,
    typer.Option("--anyway", help="Sign it although cocket check foresees a refusal."),
]


@dataclass(slots=True)
class Surroundings:
    """What a form is written or read in.

    offered  the network's types, None where no node was asked: the standard ones
    members  the network's organisations by id
    papers   the signed documents in the folder
    """

    ledger: Ledger | None
    wallet: Wallet | None
    papers: Sequence[references.Found]
    offered: Sequence[DocumentType] | None = None
    members: dict[str, Organisation] = field(default_factory=dict)

    @property
    def organisation(self) -> str:
        """Whose form it is, "" where nobody said."""
        return self.wallet.organisation if self.wallet is not None else ""

    def finder(self, consignments: Sequence[str], folder: Path) -> references.Finder:
        """Finds documents for this person."""
        return references.Finder(self.ledger, self.organisation, self.papers, consignments, folder)


@asynccontextmanager
async def _surroundings(
    to: str, signer: Wallet | None, folder: Path, offline: bool
) -> AsyncIterator[Surroundings]:
    papers = references.papers(folder)
    if offline:
        yield Surroundings(None, signer, papers)
        return
    async with ledger(to, signer) as asked:
        try:
            types, bundle = await asked.types(), await asked.trust_bundle()
        except LedgerError as error:
            if error.code == "unreachable":
                raise LedgerError(
                    error.code, f"{error.message}; with --offline no node is asked"
                ) from None
            raise
        members = foresight.members_of(bundle)
        yield Surroundings(asked, signer, papers, types, members)


# --- new ------------------------------------------------------------------------------------------


def new(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="commercial-invoice, …")],
    *,
    ref: References = None,
    source: Sources = None,
    ucr: Ucr = None,
    to: To = HERE,
    wallet_file: WalletFile = None,
    password_file: PasswordFile = None,
    offline: Offline = False,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Write a form of a document, filled with what is known already: edit it, then submit it."""
    signer = wallet(wallet_file, password_file)

    async def work() -> tuple[Kind, str, dict[str, Any]]:
        async with _surroundings(to, signer, Path(), offline) as around:
            found = kind(type, around.offered)
            return await _drafted(found, around, ref or (), source or (), ucr or ())

    found, text, made = asyncio.run(work())
    path = output or Path(f"{found.name}{_in_file_name(made['number'])}.yaml")
    try:
        files.write_new(path, text)
    except FileExistsError:
        raise terminal.Misused(f"{path} is there already: name another file with -o") from None
    value = {"form": str(path), **made}
    terminal.show(as_json, value, lambda: views.facts(_made(value)))


def _made(value: dict[str, Any]) -> dict[str, Any]:
    """What a person is told of a form that was made."""
    told = {
        "form": value["form"],
        "number": value["number"],
        "refers to": tuple(f"{role}: {called}" for role, called in value["refs"].items()),
        "filled in": ", ".join(value["filled"]),
        "hidden, as there": ", ".join(value["hidden"]),
        "left out, for it is hidden there": ", ".join(value["leftOut"]),
        "now": f"fill in the rest, then  cocket submit {value['form']}",
    }
    return {name: each for name, each in told.items() if each}


async def _drafted(
    found: Kind,
    around: Surroundings,
    refs: Sequence[str],
    others: Sequence[str],
    ucr: Sequence[str],
) -> tuple[Kind, str, dict[str, Any]]:
    """The form's text, and what a person should know of it."""
    referred = await _referred(found, around, refs, ucr)
    anything = writing.Role("from", (), False)
    finder = around.finder(ucr, Path())
    sources = [*referred.values(), *[await finder.find(anything, each) for each in others]]
    consignments = list(ucr) or list(
        dict.fromkeys(each for one in sources for each in one.document.ucr)
    )
    own = around.members.get(around.organisation)
    replaced = referred.get("supersedes")
    told = facts.together([facts.facts(each) for each in sources])
    party = known.own_party(own, around.organisation, around.papers)
    body = known.filled(found, told, party, replaced.body if replaced is not None else {})
    secrets = frozenset[str]().union(*(each.secrets for each in sources))
    body, hidden, withheld = guarding.guarded(found.schema, body, secrets)
    filled = list(body)
    number = "" if replaced is not None else await _next_number(found, around)
    if number:
        body = {found.number: number, **body}
    if replaced is not None:
        body["amendmentReason"] = None  # to be filled in
    else:
        body |= {each: date.today().isoformat() for each in _dates_of_issue(found)}
    text = writing.form(
        writing.Draft(
            type=found.written,
            schema=found.schema,
            signed_by=found.signed_by,
            body=body,
            sample=found.sample,
            roles=found.roles,
            references={role: each.called for role, each in referred.items()},
            consignments=consignments,
            hidden=hidden,
        )
    )
    return found, text, {
        "type": found.written,
        "number": number,
        "refs": {role: each.called for role, each in referred.items()},
        "from": [each.called for each in sources],
        "filled": filled,
        "hidden": hidden,
        "leftOut": withheld,
    }  # fmt: skip


def _dates_of_issue(found: Kind) -> list[str]:
    members = found.schema.get("properties", {})
    return [
        name for name in ("issueDate", "invoiceDate")
        if members.get(name, {}).get("$ref") == "#/$defs/date"
    ]  # fmt: skip


async def _referred(
    found: Kind, around: Surroundings, refs: Sequence[str], ucr: Sequence[str]
) -> dict[str, references.Found]:
    """The documents that `--ref` names, by role."""
    finder = around.finder(ucr, Path())
    referred: dict[str, references.Found] = {}
    for each in refs:
        name, _, called = each.partition("=")
        role = _role(found, name)
        referred[name] = await finder.find(role, called or _only(role, around.papers))
    return referred


def _role(found: Kind, name: str) -> writing.Role:
    """The role with this name, `-2` and so on apart; `Refused` where the type knows no such."""
    base = name.partition("-")[0]
    known_roles = {role.name: role for role in found.roles}
    if found.source and base not in known_roles:
        names = ", ".join(known_roles) or "no document at all"
        raise Refused(
            "reference-unexpected",
            f"a {found.name} has no reference {name[:40]!r}: it refers to {names}; "
            "to fill a form from any other document, say --from",
            f"/refs/{name}",
        )
    types = known_roles[base].types if base in known_roles else ()
    return writing.Role(name, types, False)


def _only(role: writing.Role, papers: Sequence[references.Found]) -> str:
    """The one document in the folder that could be meant."""
    fitting = [
        each for each in papers
        if each.document.type_name in role.types
        or (not role.types and each.document.type_name.endswith(role.name.lower()))
    ]  # fmt: skip
    if len(fitting) == 1:
        return fitting[0].paper
    names = ", ".join(each.paper for each in fitting[-8:]) or "there is none in this folder"
    raise terminal.Misused(f"--ref {role.name}=NAME: say which one ({names})")


async def _next_number(found: Kind, around: Surroundings) -> str:
    """A number that is not used yet; "" where the type has none, or numbers are given otherwise."""
    if found.schema.get("properties", {}).get(found.number, {}).get("$ref") not in OWN_NUMBERS:
        return ""
    newest = next(reversed(known.own_numbers(found, around.organisation, around.papers)), "")
    first = known.number_after(newest, date.today().year)
    if around.ledger is None or not around.organisation or around.wallet is None:
        return first

    async def is_taken(steps: int) -> bool:
        number = known.number_after(first, 0, steps) if steps else first
        assert around.ledger is not None
        return await around.ledger.numbered(found.urn, around.organisation, number) is not None

    free, taken = 0, -1
    while free < NUMBER_STEP_MAX and await is_taken(free):
        taken, free = free, max(1, 2 * free)
    while free - taken > 1:  # of a run of numbers, the first after it
        middle = (free + taken) // 2
        if await is_taken(middle):
            taken = middle
        else:
            free = middle
    return known.number_after(first, 0, free) if free else first


def _in_file_name(number: str) -> str:
    kept = "".join(each if each.isalnum() and each.isascii() else "-" for each in number)
    return f"-{kept}" if kept else ""


# --- check, issue, submit -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """A form as it would be signed, with what there is to mend, and what to know.

    refs     role -> document id
    refusal  the contract's, if `foresight` sees one coming: no problem else is there then
    """

    kind: Kind
    form: reading.Form
    refs: dict[str, str]
    expires: int | None
    problems: list[reading.Problem]
    notes: list[reading.Problem]
    foreseen: bool
    refusal: reading.Problem | None = None

    @property
    def to_mend(self) -> list[reading.Problem]:
        """What is wrong with the form, and what its contract will not take."""
        return self.problems if self.refusal is None else [self.refusal]


def is_form(path: Path) -> bool:
    """Whether a file that is not signed is a form, and not a body in JSON."""
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return not start.startswith((b"{", b"["))


def check(path: Path, to: str, signer: Wallet | None, offline: bool, as_json: bool) -> None:
    """Say what is wrong with a form, line by line."""
    if files.is_signed(path):
        raise terminal.Misused(
            f"{path} is signed already: submit it; or, to judge what it hides, check --disclosed"
        )
    ready = asyncio.run(_read(path, to, signer, offline))
    terminal.show(as_json, _value(path, ready), lambda: _view(path, ready, signer))
    if ready.to_mend:
        raise typer.Exit(terminal.REFUSED)


def sign(path: Path, to: str, signer: Wallet, offline: bool, anyway: bool, as_json: bool) -> SdJwt:
    """The document that a form makes; where there is something to mend, that is said instead.

    anyway  what is foreseen of the contract stops nobody: it is the ledger that decides
    """
    ready = asyncio.run(_read(path, to, signer, offline))
    if ready.problems or (ready.refusal is not None and not anyway):
        terminal.show(as_json, _value(path, ready), lambda: _view(path, ready, signer))
        raise typer.Exit(terminal.REFUSED)
    form = ready.form
    return signer.issue(
        ready.kind.urn, form.body, form.head.consignments, ready.refs, form.hidden,
        expires=ready.expires,
    )  # fmt: skip


def refused(path: Path, kept: Path, answer: Answer) -> None:
    """Say which line of a form a node's refusal is about; put away what was signed of a form or
    body, unless it was turned away for load alone: mended, it is signed anew."""
    told = f"see {path}"
    if answer.path and is_form(path):
        form = reading.filled(reading.head(path.read_bytes()), {})
        told = f"that is line {form.line(answer.path)} of {path}"
    if not answer.worth_repeating:
        number = 1
        while (aside := kept.with_suffix(f".refused-{number}")).exists():
            number += 1
        kept.rename(aside)
        told += f"; what was signed is put away as {aside}"
    terminal.err.print(safe(told))


async def _read(path: Path, to: str, signer: Wallet | None, offline: bool) -> Ready:
    with path.open("rb") as file:
        data = file.read(FORM_BYTES_MAX + 1)
    try:
        head = reading.head(data)
        async with _surroundings(to, signer, path.parent, offline) as around:
            found = kind(head.type, around.offered)
            return await _judged(found, reading.filled(head, found.schema), around, path.parent)
    except Malformed as error:
        raise Malformed(f"{path}, {error}") from None


async def _judged(found: Kind, form: reading.Form, around: Surroundings, folder: Path) -> Ready:
    """The form with all that can be said about it before it is signed."""
    problems = reading.problems(form, found.schema)
    shape = Shape(found.schema)
    finder = around.finder(form.head.consignments, folder)
    referred: dict[str, references.Found] = {}
    for role, called in form.head.references.items():
        try:
            referred[role] = await finder.find(_role(found, role), called)
            await _check_committed(role, referred[role], around)
        except Refused as refused:
            problems.append(reading.problem(form, shape, refused.refusal))
    refs = {role: each.document.id for role, each in referred.items()}
    notes: list[reading.Problem] = []
    expires = _expires(form)
    owner = around.members.get(around.organisation)
    is_foreseen = False
    refusal: reading.Problem | None = None
    if not problems and around.wallet is not None and owner is not None:
        claims = foresight.claims_of(found, around.wallet, form.body, form.head.consignments, refs)
        documents = {each.document.id: each.document for each in referred.values()}
        told = await foresight.foreseen(
            found, claims, documents, owner, around.members, around.ledger, form.hidden
        )
        names = {each.document.id: each.called for each in [*around.papers, *referred.values()]}
        if told.refusal is not None:
            refusal = reading.problem(form, shape, _named(told.refusal, names))
        notes = [
            reading.problem(form, shape, _named(Refusal(each.code, each.message, each.path), names))
            for each in told.warnings
        ]
        is_foreseen = told.certain
    return Ready(
        found, form, refs, expires, sorted(problems), sorted(notes), is_foreseen, refusal
    )  # fmt: skip


def _named(refusal: Refusal, names: dict[str, str]) -> Refusal:
    """A refusal in which documents are called as people call them, where that is known."""
    message = _ID.sub(lambda match: names.get(match[1], match[0]), refusal.message)
    return Refusal(refusal.code, message, refusal.path)


async def _check_committed(role: str, found: references.Found, around: Surroundings) -> None:
    """A document of which one has the file alone may not be on the ledger yet."""
    if not found.paper or around.ledger is None or around.wallet is None:
        return
    try:
        await around.ledger.document(found.document.id)
    except LedgerError as error:
        if error.code not in ("unknown-document", "not-yet-final"):
            raise
        raise Refused(
            "unknown-reference",
            f"{found.called} is not on the ledger yet: submit {found.paper} first",
            f"/refs/{role}",
        ) from None


def _expires(form: reading.Form) -> int | None:
    if not form.head.expires:
        return None
    try:
        moment = datetime.fromisoformat(form.head.expires)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        line = form.line("/exp")
        raise Malformed(f"line {line}: expires: a day and time such as 2026-04-01T12:00:00Z")
    return int(moment.astimezone(UTC).timestamp())


def _value(path: Path, ready: Ready) -> dict[str, Any]:
    def told(found: Sequence[reading.Problem]) -> list[dict[str, Any]]:
        return [
            {"line": each.line, "title": each.title, "code": each.code,
             "message": each.message, "path": each.path}
            for each in found
        ]  # fmt: skip

    return {
        "form": str(path),
        "type": ready.kind.urn,
        "problems": told(ready.to_mend),
        "notes": told(ready.notes),
        "contractRun": ready.foreseen,
    }


def _view(path: Path, ready: Ready, signer: Wallet | None) -> RenderableType:
    count = len(ready.to_mend)
    if count:
        start = f"{path} has {count} thing{'s' if count > 1 else ''} to mend:"
    elif ready.foreseen:
        start = f"{path} is ready: its schema and its contract take it"
    elif signer is None:
        start = f"{path} is of the form it has to be; give --wallet, and its contract is asked too"
    else:
        start = f"{path} is of the form it has to be; the rest only the ledger can tell"
    lines = [*map(_line, ready.to_mend), *(_line(each, "note, ") for each in ready.notes)]
    hidden = ready.form.hidden
    if hidden and not count:
        lines.append(Text(f"  hidden: {safe(', '.join(hidden))}"))
    if ready.refusal is not None:
        lines.append(Text(safe(f"if you think otherwise:  cocket submit {path} --anyway")))
    return Group(Text(safe(start)), *lines)


def _line(problem: reading.Problem, start: str = "") -> Text:
    goes_on = problem.message.startswith(("is ", "has ", "needs "))
    between = "" if not problem.title else " " if goes_on else ": "
    place = f"  {start}line {problem.line}: "
    return Text.assemble((place, "bold"), safe(f"{problem.title}{between}{problem.message}"))
