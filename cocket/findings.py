"""What a document hides, judged by whoever holds its disclosures; findings made of it, and checked.

    case = await gathered(ledger, paper, others)     asks a node for what the contract needs
    case = read_case(path, paper, others)            or offline, what was kept of such a case
    body = finding_body(case)                        what a `finding` document says
    comparison = compared(case, finding)             reproduced, false, or more has to be shown

The contract and what it is run on: `cocket.contracts.disclosed`. What the state was and is, is
believed to the node that is asked; documents are not, for their ids are their hashes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cocket.client import Ledger, LedgerError, SdJwt, files
from cocket.contracts.disclosed import Basis, Missing, Verdict, basis_of, basis_value, judged
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.genesis import DEPTH_MAX

ROUNDS_MAX = 512
"""How often the contract is run again, knowing what it asked for the time before."""
ASKED_AT_ONCE = ("code-list/country", "code-list/currency")
"""What nearly every contract asks for."""
OF_THE_SCHEMA = ("hidden-not-allowed", "schema")
"""Codes of a refusal before the contract is run."""
REPRODUCED, FALSE, UNKNOWN = "reproduced", "false", "unknown"


@dataclass(slots=True)
class Case:
    """A document that was opened, all that its contract was run on, and the verdict.

    papers  the documents by id, with the disclosures that were given
    more    entries of the state that only the open document leads to
    """

    basis: Basis
    papers: dict[str, SdJwt]
    more: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def outcome(self) -> Verdict:
        """The verdict, once there is one."""
        assert self.verdict is not None, "a case is handed out when it is judged"
        return self.verdict

    def to_value(self) -> dict[str, Any]:
        """The case as JSON, without any disclosure: it can be handed on, and judged offline."""
        return {
            "document": self.basis.document.id,
            "basis": basis_value(self.basis),
            "documents": [each.document.jws.decode("ascii") for each in self.papers.values()],
            "more": self.more,
        }


async def gathered(ledger: Ledger, paper: SdJwt, others: Iterable[SdJwt]) -> Case:
    """The case of `paper`, judged; `others` are documents that it refers to, with disclosures.

    `LedgerError` unknown-document, nothing-hidden and the like; `Refused` of `disclosed.judged`.
    """
    held = {each.id: each for each in others}
    answer = await ledger.basis(paper.id, ASKED_AT_ONCE)
    if answer.read is None:
        raise LedgerError(
            "nothing-hidden",
            "the document hides nothing, so the ledger ran every rule on it; or its contract read "
            "more of the state than nodes keep",
        )
    value = {
        "height": answer.height,
        "time": answer.time,
        "signer": answer.signer,
        "contract": answer.contract,
        "read": answer.read,
        "unchecked": list(answer.unchecked),
    }
    case = Case(basis_of(value, paper.document), {paper.id: paper}, dict(answer.more))
    for _ in range(ROUNDS_MAX):
        try:
            case.verdict = judged(case.basis, case.papers, case.more)
        except Missing as missing:
            if missing.kind == "state":
                case.more |= (await ledger.basis(paper.id, [missing.name])).more
            else:
                found = await ledger.document(missing.name)
                case.papers[missing.name] = held.get(missing.name) or SdJwt(found.document)
        else:
            return case
    raise LedgerError("basis-incomplete", "the contract asks for ever more: the node is not sound")


def read_case(path: Path, paper: SdJwt, others: Iterable[SdJwt]) -> Case:
    """A case that was kept in a file (`Case.to_value`), judged with these disclosures. No node is
    asked. `Malformed`, or `Refused`, where the file is no such case or not of this document."""
    try:
        value = canonical.decode(files.read_small(path).strip(), DEPTH_MAX)
        documents = [Document.parse(text.encode("ascii")) for text in value["documents"]]
        more = dict(value["more"])
        identity = value["document"]
        basis = basis_of(value["basis"], paper.document)
    except (KeyError, TypeError, ValueError, AttributeError, Refused) as error:
        raise Malformed(f"{path} is not what `cocket check --disclosed --keep` wrote") from error
    if identity != paper.id:
        raise Refused("other-document", f"{path} is about the document {identity}")
    held = {each.id: each for each in others}
    papers = {each.id: held.get(each.id) or SdJwt(each) for each in documents}
    case = Case(basis, {**papers, paper.id: paper}, more)
    try:
        case.verdict = judged(case.basis, case.papers, case.more)
    except Missing as missing:
        raise Refused(
            "basis-incomplete",
            f"the contract asks for a {missing.kind} that the file lacks, {missing.name}: "
            "more was disclosed than when it was written; ask a node",
        ) from None
    return case


def write_case(path: Path, case: Case) -> None:
    """Keep a case for judging it again offline; `FileExistsError` rather than overwrite."""
    files.write_new(path, canonical.encode(case.to_value()).decode() + "\n")


def finding_body(case: Case) -> dict[str, Any]:
    """The body of the finding on a case; `Refused` nothing-unchecked where there is none."""
    verdict = case.outcome
    if not verdict.rules or not verdict.inputs:
        raise Refused(
            "nothing-unchecked",
            "no rule was run that the ledger left unchecked: there is nothing to find",
        )
    body: dict[str, Any] = {
        "contract": {"type": case.basis.document.type, "digest": case.basis.digest},
        "verdict": verdict.word,
        "rulesRun": list(verdict.rules),
        "inputs": [
            {"document": identity, "disclosuresDigest": digest}
            for identity, digest in sorted(verdict.inputs.items())
        ],
    }
    if verdict.code is not None:
        body["code"] = verdict.code
    unchecked = [rule for rule in verdict.unchecked if rule not in verdict.rules]
    if unchecked:
        body["unchecked"] = unchecked
    if verdict.warnings:
        body["warnings"] = [each.code for each in verdict.warnings]
    return body


@dataclass(frozen=True, slots=True)
class Comparison:
    """What repeating a finding showed: `word` is reproduced, false or unknown; `why` in a sentence.

    unknown  you were shown other members than who found it, and these decide
    """

    word: str
    why: str


def compared(case: Case, finding: Mapping[str, Any]) -> Comparison:
    """Whether the finding with this body is what comes out.

    A disclosure fits one digest of the signed document: who opens the same members runs the same
    contract on the same words. So two findings on the same inputs cannot both be true.
    """
    verdict = case.outcome
    own = {"type": case.basis.document.type, "digest": case.basis.digest}
    if finding.get("contract") != own:
        return Comparison(FALSE, "it names another contract than the document's")
    theirs = (finding.get("verdict"), finding.get("code"))
    ours = (verdict.word, verdict.code)
    rules = set(finding.get("rulesRun", ()))
    told = f"it says {_said(*theirs)}; the contract says {_said(*ours)}"
    inputs = {each["document"]: each["disclosuresDigest"] for each in finding.get("inputs", ())}
    if inputs == dict(verdict.inputs):
        if theirs != ours:
            return Comparison(FALSE, told)
        if rules != set(verdict.rules):
            return Comparison(
                FALSE,
                f"it says that {_list(rules)} was run; the contract runs {_list(verdict.rules)}",
            )
        return Comparison(REPRODUCED, f"the same disclosures, and the same: {_said(*ours)}")
    if theirs[0] == "accepted" and verdict.code in rules:
        return Comparison(FALSE, told)
    if theirs[0] == "refused" and verdict.word == "accepted" and not _left_open(case, theirs[1]):
        return Comparison(FALSE, told)
    if theirs == ours and rules <= set(verdict.rules):
        return Comparison(REPRODUCED, f"other disclosures, and the same: {_said(*ours)}")
    return Comparison(
        UNKNOWN, f"{told}; but it rests on other disclosures than you hold: ask for these"
    )


def _left_open(case: Case, code: Any) -> bool:
    """Whether more disclosures could bring about a refusal with this code. What the schema says of
    a hidden member is in no list of unchecked rules."""
    paper = case.papers.get(case.basis.document.id)
    of_the_schema = code in OF_THE_SCHEMA and paper is not None and paper.reveal().hidden > 0
    return bool(case.outcome.unchecked) or of_the_schema


def _said(word: Any, code: Any) -> str:
    return f"{word} ({code})" if code else str(word)


def _list(rules: Iterable[str]) -> str:
    return ", ".join(sorted(rules)) or "nothing"


def read_finding(path: Path) -> Document:
    """The finding in a file."""
    return files.read_first(path).document
