"""`cocket check`: a form before it is signed; with --disclosed, what a document hides, afterwards.

The ledger runs a contract on what is shown. Who holds the disclosures runs it on the rest, and may
sign what came out as a finding, which any other holder reproduces or exposes (docs/rules.md).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from cocket import findings, form_commands, terminal, views
from cocket.asking import HERE, ledger, must_sign, wallet
from cocket.client import Answer, DocumentRefused, Ledger, LedgerError, SdJwt, Wallet, files
from cocket.ledger.document import Document
from cocket.options import Json, Output, PasswordFile, To, WalletFile

WORD_STYLES = {
    "accepted": "green",
    "refused": "red",
    findings.REPRODUCED: "green",
    findings.FALSE: "red",
    findings.UNKNOWN: "yellow",
}


def check(
    file: Annotated[
        Path, typer.Argument(help="A form that `cocket new` made; or a document with disclosures.")
    ],
    *,
    disclosed: Annotated[
        bool,
        typer.Option(
            "--disclosed", help="Run the contract of a document with what it hides laid open."
        ),
    ] = False,
    others: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", metavar="FILE", help="A document it refers to, with disclosures; repeatable."
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="ID|FILE", help="A finding: say whether it is true."),
    ] = None,
    finding: Annotated[
        bool, typer.Option("--finding", help="Sign what came out as a finding, and hand it in.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Why this finding takes the place of your earlier one.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep in a file what the contract was run on; no disclosures."),
    ] = None,
    basis: Annotated[
        Path | None, typer.Option(help="A file that --keep wrote: no node is asked.")
    ] = None,
    output: Output = None,
    to: To = HERE,
    wallet_file: WalletFile = None,
    password_file: PasswordFile = None,
    offline: form_commands.Offline = False,
    as_json: Json = False,
) -> None:
    """Say what there is to mend in a form, line by line; or judge what a document hides."""
    signer = wallet(wallet_file, password_file)
    if not disclosed:
        if others or against or finding or reason or keep or basis or output:
            raise terminal.Misused("--with, --against, --finding and the like go with --disclosed")
        form_commands.check(file, to, signer, offline, as_json)
        return
    if finding:
        must_sign(signer, "a finding")
    if offline and basis is None:
        raise terminal.Misused("without a node, give what --keep wrote as --basis")
    if against is not None and basis is None and Path(against).is_file():
        against = findings.read_finding(Path(against)).id  # what counts is the one on the ledger
    wanted = _Wanted(
        _paper(file), tuple(map(_paper, others or ())), against, finding, reason, keep, output
    )
    value = _offline(wanted, basis, signer) if basis else asyncio.run(_online(wanted, to, signer))
    terminal.show(as_json, value, lambda: _view(value))
    result = value["against"]["result"] if "against" in value else value["state"]
    if result not in ("accepted", findings.REPRODUCED):
        raise typer.Exit(terminal.REFUSED)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for."""

    paper: SdJwt
    others: tuple[SdJwt, ...]
    against: str | None
    finding: bool
    reason: str | None
    keep: Path | None
    output: Path | None


def _paper(path: Path) -> SdJwt:
    if not files.is_signed(path):
        raise terminal.Misused(f"{path} is no signed document: --disclosed takes a .sdjwt file")
    return files.read_first(path)


async def _online(wanted: _Wanted, to: str, signer: Wallet | None) -> dict[str, Any]:
    async with ledger(to, signer) as asked:
        case = await findings.gathered(asked, wanted.paper, wanted.others)
        value = _value(case)
        if wanted.against is not None:
            found = await asked.document(wanted.against)
            value["against"] = _compared(case, found.document)
        if wanted.finding and signer is not None:
            earlier = await _earlier(asked, wanted.paper, signer)
            signed, path = _signed(case, wanted, signer, earlier)
            value |= {"finding": signed.id, "file": str(path)}
            value |= _became(await _handed_in(asked, signed))
    if wanted.keep is not None:
        findings.write_case(wanted.keep, case)
        value["kept"] = str(wanted.keep)
    return value


def _offline(wanted: _Wanted, basis: Path, signer: Wallet | None) -> dict[str, Any]:
    case = findings.read_case(basis, wanted.paper, wanted.others)
    value = _value(case)
    if wanted.against is not None:
        if not Path(wanted.against).is_file():
            raise terminal.Misused("without a node, --against takes the file of a finding")
        value["against"] = _compared(case, findings.read_finding(Path(wanted.against)))
    if wanted.finding and signer is not None:
        signed, path = _signed(case, wanted, signer, None)
        value |= {"finding": signed.id, "file": str(path)}
    return value


def _compared(case: findings.Case, finding: Document) -> dict[str, Any]:
    if finding.type_name != "finding" or finding.refs.get("document") != case.basis.document.id:
        raise terminal.Misused(f"{finding.id} is not a finding on this document")
    found = findings.compared(case, finding.body)
    about = {"finding": finding.id, "by": finding.issuer}
    return {**about, "result": found.word, "why": found.why}


async def _earlier(asked: Ledger, paper: SdJwt, signer: Wallet) -> str | None:
    """The own finding on this document that there is already."""
    key = f"finding/{paper.id}/{signer.organisation}"
    kept = (await asked.basis(paper.id, [key])).more[key]
    return kept["finding"] if kept else None


def _signed(
    case: findings.Case, wanted: _Wanted, signer: Wallet, earlier: str | None
) -> tuple[SdJwt, Path]:
    """The finding, signed, and the file it is kept in."""
    body = findings.finding_body(case)
    refs = {"document": case.basis.document.id}
    if earlier is not None:
        if wanted.reason is None:
            raise terminal.Misused(
                f"you have a finding on this document, {earlier}: say with --reason why this one "
                "takes its place"
            )
        refs["supersedes"] = earlier
        body["amendmentReason"] = wanted.reason
    signed = signer.issue("finding", body, case.basis.document.ucr, refs)
    name = f"finding-{case.basis.document.id[:8]}{files.SIGNED_SUFFIX}"
    try:
        return signed, files.write_new(wanted.output or Path(name), f"{signed}\n")
    except FileExistsError:
        raise terminal.Misused(
            f"{wanted.output or name} is there already: name another file with -o"
        ) from None


async def _handed_in(asked: Ledger, signed: SdJwt) -> Answer:
    try:
        return await asked.submit(signed)
    except DocumentRefused as refused:
        return refused.answer


def _became(answer: Answer) -> dict[str, Any]:
    if answer.state in ("refused", "unknown"):
        raise LedgerError(answer.code, answer.message, answer.path)
    return {"findingState": answer.state}


def _value(case: findings.Case) -> dict[str, Any]:
    """The verdict, for programs."""
    verdict = case.outcome
    basis = case.basis
    value: dict[str, Any] = {
        "id": basis.document.id,
        "type": basis.document.type,
        "height": basis.height,
        "leftUnchecked": list(basis.unchecked),
        "state": verdict.word,
        "rulesRun": list(verdict.rules),
        "unchecked": list(verdict.unchecked),
        "warnings": [
            {"code": each.code, "message": each.message, "path": each.path}
            for each in verdict.warnings
        ],
        "contract": basis.digest,
        "inputs": dict(verdict.inputs),
    }
    if verdict.refusal is not None:
        value |= {
            "code": verdict.refusal.code,
            "message": verdict.refusal.message,
            "path": verdict.refusal.path,
        }
    return value


def _view(value: dict[str, Any]) -> RenderableType:
    """The verdict, for people."""
    why = ""
    if "code" in value:
        place = f" (at {value['path']})" if value["path"] else ""
        why = f"{value['code']}: {value['message']}{place}"
    shown: dict[str, Any] = {
        "document": f"{views.type_name(value['type'])} {value['id']}",
        "on the ledger": f"accepted in block {value['height']}",
        "left unchecked": ", ".join(value["leftUnchecked"]) or "nothing",
        "laid open": Text(value["state"], f"bold {WORD_STYLES[value['state']]}"),
        "because": why,
        "rules run": ", ".join(value["rulesRun"]) or "none that the ledger left",
        "opened": tuple(value["inputs"]),
        "still unchecked": ", ".join(value["unchecked"]),
        "warnings": tuple(f"{each['code']}: {each['message']}" for each in value["warnings"]),
        "kept": value.get("kept"),
    }
    if "against" in value:
        about = value["against"]
        result = Text(f"the finding is {about['result']}", f"bold {WORD_STYLES[about['result']]}")
        shown |= {f"finding of {about['by']}": result, "why": about["why"]}
    if "finding" in value:
        shown |= {"your finding": value["finding"], "in": value["file"]}
        shown["it is"] = value.get("findingState", "not handed in yet: cocket submit it")
    return views.facts(shown)
