"""`cocket contract`: for those who write contracts (docs/contracts.md).

A command is given a type's folder, its contract.py, or a folder of such folders. The types beside
it and the standard ones are there as well, so that documents can refer to them.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType

from cocket import terminal, views
from cocket.options import Json

contract_app = typer.Typer(help="Write contracts: check them, test them.", no_args_is_help=True)

Where = Annotated[
    Path, typer.Argument(metavar="FOLDER|FILE", help="A type's folder, its contract.py, or many.")
]


@contract_app.command("check")
def check(where: Where, as_json: Json = False) -> None:
    """Compile contracts, validate their schemas, run their examples; print what they cost."""
    from cocket.contract_folders import staged
    from cocket.contract_reports import checked

    folders, stage = staged(where)
    values = [checked(folder, stage) for folder in folders]
    terminal.show(as_json, values, lambda: Group(*map(_check_view, values)))
    if any(value["problems"] for value in values):
        raise typer.Exit(terminal.REFUSED)


@contract_app.command("test")
def test(where: Where, as_json: Json = False) -> None:
    """Play the cases of contracts (cases.txt), and say which do not come as they say."""
    from cocket.contract_folders import staged
    from cocket.contract_reports import tested

    folders, stage = staged(where)
    values = [tested(folder, stage) for folder in folders]
    terminal.show(as_json, values, lambda: Group(*map(_test_view, values)))
    if any(value["failed"] or value["problems"] for value in values):
        raise typer.Exit(terminal.REFUSED)


@contract_app.command("pages")
def pages(
    where: Where,
    into: Annotated[
        Path, typer.Option("--into", help="Where the pages go, and README.md with the table.")
    ],
) -> None:
    """Write a page in Markdown for each type, and the table of all into the README.md beside."""
    from cocket.contract_folders import staged
    from cocket.contract_pages import page, with_table

    folders, _ = staged(where)
    broken = [folder for folder in folders if folder.problems]
    if broken:
        raise terminal.Misused(f"{broken[0].path.name}: {broken[0].problems[0]}")
    for folder in folders:
        (into / f"{folder.path.name}.md").write_text(page(folder), "utf-8")
    readme = into / "README.md"
    readme.write_text(with_table(readme.read_text("utf-8"), folders), "utf-8")
    terminal.verbatim(f"{len(folders)} pages written to {into}\n")


def _check_view(value: dict[str, Any]) -> RenderableType:
    facts: dict[str, Any] = {"type": value["type"]}
    if "codes" in value:
        example = value["example"]
        facts |= {
            "purpose": value["purpose"],
            "signed by": ", ".join(value["signedBy"]) or "any member",
            "writes": ", ".join(f"{name}/" for name in value["writes"]) or "nothing",
            "refuses": ", ".join(value["codes"]) or "nothing of its own",
            "example": f"{example['steps']} of {example['stepsMax']} steps" if example else None,
            "look at": tuple(f"contract.py, {each}" for each in value["remarks"]),
        }
    facts["to mend"] = tuple(value["problems"])
    return Group(views.facts(facts), "")


def _test_view(value: dict[str, Any]) -> RenderableType:
    count, failed = value["cases"], value["failed"]
    facts = {
        "type": value["type"],
        "cases": f"{count}, all as they say" if not failed else f"{count}, {len(failed)} otherwise",
        "steps at most": value.get("stepsMax"),
        "no case of": ", ".join(value.get("codesNotSeen", ())),
        "to mend": (*value["problems"], *map(_failed_view, failed)),
    }
    return Group(views.facts(facts), "")


def _failed_view(case: dict[str, Any]) -> str:
    return f"{case['title']}: cases.txt, {'; '.join(case['problems'])}"
