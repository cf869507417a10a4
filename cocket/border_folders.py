"""Folders of a border, as its customs keep them: what they publish, and what comes of it.

<rule>.json  <rule>.py    the body of a border rule without its source, and the source
<table>.json              the body of a reference table
cases.txt                 what becomes of declarations (`cocket.contracts.cases`): each case
                          begins with the `time` at which all of it is published
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from cocket import terminal
from cocket.contract_folders import located
from cocket.contracts import standard
from cocket.contracts.borders import compile_rule
from cocket.contracts.cases import Case, Change, Clock, Issue, parse
from cocket.contracts.rehearsal import Played, Sample, Stage
from cocket.ledger.errors import Malformed, Refused

CASES = "cases.txt"


def is_border(folder: Path) -> bool:
    """Whether a folder is a border's, and not a document type's."""
    has_cases = (folder / CASES).is_file() and not (folder / "contract.py").exists()
    return has_cases and any(folder.glob("*.json"))


def border_document(path: Path) -> tuple[str, dict[str, Any]]:
    """The type and body of what a file of JSON publishes; a rule's source is put in.

    `Misused` names what has to be mended, in the lines of the rule as its author wrote it.
    """
    try:
        body = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise terminal.Misused(f"{path.name} is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise terminal.Misused(f"{path.name} is the body of a document: a JSON object")
    if "table" in body:
        return "reference-table", body
    if "documents" in body and "source" not in body:
        beside = path.with_suffix(".py")
        source = beside.read_text("utf-8")
        body["source"] = standard.assembled_source(source)
        try:
            compile_rule(str(body.get("name")), {"source": body["source"], "document": ""})
        except Refused as refused:
            sentence = located(refused.refusal.message, source, body["source"])
            raise terminal.Misused(f"{beside.name}, {sentence}") from None
    return "border-rule", body


def publications(folder: Path) -> list[Issue]:
    """Everything that the border publishes, later days first: tables are told backwards."""
    found = [(path, *border_document(path)) for path in folder.glob("*.json")]
    found.sort(key=lambda each: (str(each[2].get("from")), each[0].name), reverse=True)
    return [
        Issue(
            line=0,
            name=path.stem,
            type=kind,
            issuer=f"customs-{str(body.get('country')).lower()}",
            changes=(Change(0, "", "verbatim", body),),
            ucr=[],
        )
        for path, kind, body in found
    ]


def played(folder: Path) -> list[tuple[Case, Played]]:
    """The cases of a border, each with what came of it."""
    try:
        cases = parse((folder / CASES).read_text("utf-8"))
    except Malformed as error:
        raise Malformed(f"{CASES}, {error}") from None
    samples = [
        Sample(text, standard.example(name), parse(standard.cases(name)))
        for name, text in zip(standard.NAMES, standard.contract_texts(), strict=True)
    ]
    stage = Stage(samples)
    rule = next(sample for sample in samples if sample.name == "border-rule")
    first = publications(folder)
    return [(case, stage.play(rule, _with(case, first))) for case in cases]


def tested(folder: Path) -> dict[str, Any]:
    """What `cocket contract test` says of a border, as it does of a type."""
    results = played(folder)
    outcomes = [outcome for _, result in results for _, outcome in result.outcomes]
    return {
        "type": f"border {folder.name}",
        "problems": [] if results else [f"{CASES} is empty"],
        "cases": len(results),
        "failed": [
            {"line": case.line, "title": case.title, "problems": list(result.problems)}
            for case, result in results
            if result.problems
        ],
        "stepsMax": max((outcome.steps for outcome in outcomes), default=0),
        "codesNotSeen": [],
    }


def _with(case: Case, publications: list[Issue]) -> Case:
    """The case, with what is published right after its first `time`, or at its beginning."""
    clocks = [place for place, step in enumerate(case.steps) if isinstance(step, Clock)]
    at = clocks[0] + 1 if clocks else 0
    return replace(case, steps=(*case.steps[:at], *publications, *case.steps[at:]))
