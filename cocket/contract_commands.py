"""`cocket contract`: for those who write contracts. What is checked is `cocket.contracts`'s.

A type is a folder: contract.py, schema.json, example.json, cases.txt (docs/contracts.md). A command
is given one, its contract.py, or a folder of such folders. The types beside it and the standard
ones are there as well, so that documents can refer to them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType

from cocket import terminal, views
from cocket.contracts import standard
from cocket.contracts.cases import Case, parse
from cocket.contracts.language import Contract
from cocket.contracts.meter import STEPS_MAX
from cocket.contracts.registry import compile_type
from cocket.contracts.rehearsal import Played, Sample, Stage
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.genesis import ContractText
from cocket.options import Json

FILE_CHARACTERS_MAX = 1024 * 1024

contract_app = typer.Typer(help="Write contracts: check them, test them.", no_args_is_help=True)

Where = Annotated[
    Path, typer.Argument(metavar="FOLDER|FILE", help="A type's folder, its contract.py, or many.")
]


@contract_app.command("check")
def check(where: Where, as_json: Json = False) -> None:
    """Compile contracts, validate their schemas, run their examples; print what they cost."""
    folders, stage = _staged(where)
    values = [_checked(folder, stage) for folder in folders]
    terminal.show(as_json, values, lambda: Group(*map(_check_view, values)))
    if any(value["problems"] for value in values):
        raise typer.Exit(terminal.REFUSED)


@contract_app.command("test")
def test(where: Where, as_json: Json = False) -> None:
    """Play the cases of contracts (cases.txt), and say which do not come as they say."""
    folders, stage = _staged(where)
    values = [_tested(folder, stage) for folder in folders]
    terminal.show(as_json, values, lambda: Group(*map(_test_view, values)))
    if any(value["failed"] or value["problems"] for value in values):
        raise typer.Exit(terminal.REFUSED)


# --- what the folders hold ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Folder:
    """A type as it was found; `sample` is None where a file has no such form: see `problems`."""

    path: Path
    type: str
    sample: Sample | None
    problems: tuple[str, ...]


def _staged(where: Path) -> tuple[list[_Folder], Stage]:
    """The folders that are meant, and a network of their types, their neighbours', the standard."""
    paths = _paths(where)
    meant = [_folder(path) for path in paths]
    beside = [_folder(path) for path in _neighbours(paths[0].parent) if path not in paths]
    samples = {
        folder.sample.name: folder.sample for folder in meant + beside if folder.sample is not None
    }
    here = {folder.path.name for folder in meant + beside}
    others = [
        Sample(text, standard.example(name), parse(standard.cases(name)))
        for name, text in zip(standard.NAMES, standard.contract_texts(), strict=True)
        if name not in here
    ]
    return meant, Stage([*others, *samples.values()])


def _paths(where: Path) -> list[Path]:
    folder = where.resolve() if where.is_dir() else where.resolve().parent
    if not where.exists():
        raise terminal.Misused(f"{where} is not there")
    if (folder / "contract.py").is_file():
        return [folder]
    found = _neighbours(folder) if where.is_dir() else []
    if not found:
        raise terminal.Misused(f"{where} is no folder of a document type: it has no contract.py")
    return found


def _neighbours(folder: Path) -> list[Path]:
    return sorted(
        path.parent
        for path in folder.glob("*/contract.py")
        if (path.parent / "schema.json").is_file() and path.parent.name != standard.COMMON
    )


def _folder(path: Path) -> _Folder:
    urn, problems = standard.type_urn(path.name), []
    try:
        source = _text(path / "contract.py")
        schema, example = (_json(path / name) for name in ("schema.json", "example.json"))
        file = path / "cases.txt"
        cases: tuple[Case, ...] = ()
        if file.exists():
            try:
                cases = parse(_text(file))
            except Malformed as error:
                raise Malformed(f"{file.name}, {error}") from None
        source, schema = standard.assembled_source(source), standard.assembled_schema(schema)
        compile_type(urn, {"schema": schema, "source": source})
        sample = Sample(ContractText(urn, source, schema), example, cases)
    except Malformed as error:
        problems.append(str(error))
    except Refused as refused:
        refusal = refused.refusal
        file_name = "schema.json" if refusal.code.startswith("schema") else "contract.py"
        problems.append(f"{file_name}, {refusal.message} {refusal.path}".rstrip())
    return _Folder(path, urn, None if problems else sample, tuple(problems))


def _text(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"{path.name} is not text in UTF-8") from None
    except FileNotFoundError:
        raise Malformed(f"{path.name} is missing") from None
    if len(text) > FILE_CHARACTERS_MAX:
        raise Malformed(f"{path.name} has more than {FILE_CHARACTERS_MAX} characters")
    return text


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise Malformed(f"{path.name} is not JSON: {error}") from None


# --- check ----------------------------------------------------------------------------------------


def _checked(folder: _Folder, stage: Stage) -> dict[str, Any]:
    """What `check` says of a type; its `problems` are what has to be mended."""
    value: dict[str, Any] = {"type": folder.type, "problems": list(folder.problems)}
    if folder.sample is None:
        return value
    text = folder.sample.text
    contract = compile_type(text.type, {"schema": text.schema, "source": text.source}).contract
    value |= {
        "purpose": contract.docstring.split("\n")[0],
        "signedBy": list(contract.signed_by),
        "writes": list(contract.writes),
        "codes": sorted(contract.codes),
        "example": None,
    }
    if not folder.sample.cases:
        value["problems"].append("cases.txt is missing: its first case says who issues the example")
        return value
    played = stage.play(folder.sample, folder.sample.cases[0])
    value["problems"] += [f"cases.txt, {problem}" for problem in played.problems]
    if played.outcomes:
        value["example"] = {"steps": played.outcomes[-1][1].steps, "stepsMax": STEPS_MAX}
    return value


def _check_view(value: dict[str, Any]) -> RenderableType:
    example = value.get("example")
    facts = {
        "type": value["type"],
        "purpose": value.get("purpose"),
        "signed by": ", ".join(value.get("signedBy", ())) or "any member",
        "writes": ", ".join(f"{name}/" for name in value.get("writes", ())) or "nothing",
        "refuses": ", ".join(value.get("codes", ())) or "nothing of its own",
        "example": f"{example['steps']} of {STEPS_MAX} steps" if example else None,
        "to mend": tuple(value["problems"]),
    }
    return Group(views.facts(facts), "")


# --- test -----------------------------------------------------------------------------------------


def _tested(folder: _Folder, stage: Stage) -> dict[str, Any]:
    """What `test` says of a type."""
    sample = folder.sample
    cases = sample.cases if sample is not None else ()
    played = [(case, stage.play(sample, case)) for case in cases] if sample is not None else []
    problems = list(folder.problems)
    if sample is not None and not cases:
        problems.append("cases.txt is missing or empty")
    failed = [
        {"line": case.line, "title": case.title, "problems": list(each.problems)}
        for case, each in played
        if each.problems
    ]
    return {
        "type": folder.type,
        "problems": problems,
        "cases": len(cases),
        "failed": failed,
        "stepsMax": max((steps for steps in _steps(folder.type, played)), default=0),
        "codesNotSeen": sorted(_codes_not_seen(folder, played)),
    }


def _steps(type: str, played: Sequence[tuple[Case, Played]]) -> Iterator[int]:
    for _, each in played:
        for issue, outcome in each.outcomes:
            if standard.type_urn(issue.type) == type:
                yield outcome.steps


def _codes_not_seen(folder: _Folder, played: Sequence[tuple[Case, Played]]) -> set[str]:
    """The contract's own refusals and warnings that no case comes to."""
    if folder.sample is None:
        return set()
    text = folder.sample.text
    contract: Contract = compile_type(
        text.type, {"schema": text.schema, "source": text.source}
    ).contract
    seen: set[str] = set()
    for _, each in played:
        for _, outcome in each.outcomes:
            seen.update(warning.code for warning in outcome.warnings)
            if outcome.refusal is not None:
                seen.add(outcome.refusal.code)
    return set(contract.codes) - seen


def _test_view(value: dict[str, Any]) -> RenderableType:
    count, failed = value["cases"], len(value["failed"])
    facts = {
        "type": value["type"],
        "cases": f"{count}, all as they say"
        if not failed
        else f"{count}, {failed} not as they say",
        "steps at most": value["stepsMax"],
        "no case of": ", ".join(value["codesNotSeen"]),
        "to mend": tuple(value["problems"]) + tuple(map(_failed_view, value["failed"])),
    }
    return Group(views.facts(facts), "")


def _failed_view(case: dict[str, Any]) -> str:
    return f"{case['title']}: cases.txt, {'; '.join(case['problems'])}"
