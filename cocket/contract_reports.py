"""What is said of contracts to those who write them: values that `cocket contract` prints."""

from collections.abc import Iterator, Sequence
from typing import Any

from cocket.contract_folders import Folder
from cocket.contracts.cases import Case
from cocket.contracts.lint import remarks
from cocket.contracts.meter import STEPS_MAX
from cocket.contracts.rehearsal import Played, Stage


def checked(folder: Folder, stage: Stage) -> dict[str, Any]:
    """What `check` says of a type: `problems` have to be mended, `remarks` looked at."""
    value: dict[str, Any] = {"type": folder.urn, "problems": list(folder.problems)}
    sample, type = folder.sample, folder.type
    if sample is None or type is None:
        return value
    contract = type.contract
    value |= {
        "purpose": contract.docstring.split("\n")[0],
        "signedBy": list(contract.signed_by),
        "writes": list(contract.writes),
        "codes": sorted(contract.codes),
        "remarks": remarks(folder.source, sample.text.source, sample.text.schema),
        "example": None,
    }
    if not sample.cases:
        value["problems"].append("cases.txt is missing: its first case says who issues the example")
        return value
    played = stage.play(sample, sample.cases[0])
    value["problems"] += [f"cases.txt, {folder.problem(each)}" for each in played.problems]
    if played.outcomes:
        outcome = played.outcomes[-1][1]
        value["example"] = {"steps": outcome.steps, "stepsMax": STEPS_MAX}
    return value


def tested(folder: Folder, stage: Stage) -> dict[str, Any]:
    """What `test` says of a type: `failed` are its cases that do not come as they say."""
    value: dict[str, Any] = {
        "type": folder.urn,
        "problems": list(folder.problems),
        "cases": 0,
        "failed": [],
    }
    sample, type = folder.sample, folder.type
    if sample is None or type is None:
        return value
    if not sample.cases:
        value["problems"].append("cases.txt is missing, or empty")
    played = [(case, stage.play(sample, case)) for case in sample.cases]
    value |= {
        "cases": len(played),
        "failed": [
            {
                "line": case.line,
                "title": case.title,
                "problems": [folder.problem(each) for each in result.problems],
            }
            for case, result in played
            if result.problems
        ],
        "stepsMax": max(_steps(sample.name, played), default=0),
        "codesNotSeen": sorted(folder.own_codes - _codes(played)),
    }
    return value


def _steps(name: str, played: Sequence[tuple[Case, Played]]) -> Iterator[int]:
    for _, result in played:
        yield from (outcome.steps for issue, outcome in result.outcomes if issue.type == name)


def _codes(played: Sequence[tuple[Case, Played]]) -> set[str]:
    """The codes of refusals and warnings that some case comes to."""
    outcomes = [outcome for _, result in played for _, outcome in result.outcomes]
    warned = {warning.code for outcome in outcomes for warning in outcome.warnings}
    return warned | {each.refusal.code for each in outcomes if each.refusal is not None}
