"""`cocket contract`: for those who write contracts (docs/contracts.md).

A command is given a type's folder, its contract.py, or a folder of such folders. The types beside
it and the standard ones are there as well, so that documents can refer to them.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType

from cocket import terminal, views
from cocket.asking import HERE, ledger, must_sign, wallet
from cocket.client import Wallet
from cocket.options import Json, PasswordFile, TakesId, To, WalletFile, document_id

contract_app = typer.Typer(
    help="Write contracts: check them, test them, put them in force.", no_args_is_help=True
)

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
    """Play the cases of contracts, or of a border (cases.txt); say which come otherwise."""
    from cocket import border_folders
    from cocket.contract_folders import staged
    from cocket.contract_reports import tested

    if border_folders.is_border(where):
        values = [border_folders.tested(where.resolve())]
    else:
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


@contract_app.command("deploy")
def deploy(
    folder: Where,
    *,
    writes_into: Annotated[
        list[str] | None,
        typer.Option(help="A collection of other types that it writes too; may be repeated."),
    ] = None,
    summary: Annotated[str | None, typer.Option(help="Why; else what its docstring says.")] = None,
    to: To = HERE,
    wallet_file: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Propose a document type, or its next version, to the validators of a running network."""
    from cocket import deployment
    from cocket.contract_folders import staged

    folders, _ = staged(folder)
    if len(folders) > 1:
        raise terminal.Misused(f"{folder} has {len(folders)} types: propose them one by one")
    signer = _signer(wallet_file, password_file)

    async def work() -> dict[str, Any]:
        async with ledger(to, signer) as asked:
            version = await deployment.next_version(asked, folders[0].path.name)
            text = deployment.text_of(folders[0], version, writes_into or ())
            about = summary or deployment.summary_of(text.source)
            identity = await deployment.propose(asked, signer, text, about)
        return {"proposal": identity, "type": text.vct, "digest": text.digest, "summary": about}

    value = asyncio.run(work())
    hint = f"cocket contract approve {value['proposal']}"
    terminal.show(as_json, value, lambda: views.facts({**value, "validators now": hint}))


@contract_app.command("approve", cls=TakesId)
def approve(
    proposal: Annotated[str, typer.Argument(metavar="ID", help="The id of a contract proposal.")],
    *,
    to: To = HERE,
    wallet_file: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Approve a proposal; the approval that makes the quorum puts it in force."""
    from cocket import deployment

    signer = _signer(wallet_file, password_file)

    async def work() -> dict[str, Any]:
        async with ledger(to, signer) as asked:
            found, text = await deployment.proposed(asked, document_id(proposal))
            document = await deployment.approve(asked, signer, found.document.id, text)
            in_force = any(each.type == text.vct for each in await asked.types())
        return {
            "approval": document.id,
            "type": text.vct,
            "by": found.document.issuer,
            "summary": found.document.body["summary"],
            "writesInto": list(text.writes_into),
            "inForce": in_force,
        }

    value = asyncio.run(work())
    terminal.show(as_json, value, lambda: views.facts(_approved(value)))


def _approved(value: dict[str, Any]) -> dict[str, Any]:
    """What a validator is told of its approval."""
    waiting = "not yet: cocket contract list  tells who approved"
    return {
        "approval": value["approval"],
        "type": value["type"],
        "proposed by": value["by"],
        "summary": value["summary"],
        "writes into": ", ".join(value["writesInto"]),
        "in force": "yes" if value["inForce"] else waiting,
    }


@contract_app.command("list")
def list_(
    to: To = HERE,
    wallet_file: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """List the document types in force, and what is proposed."""
    from cocket import deployment

    signer = wallet(wallet_file, password_file)

    async def work() -> dict[str, Any]:
        async with ledger(to, signer) as asked:
            return await deployment.listed(asked)

    value = asyncio.run(work())
    terminal.show(as_json, value, lambda: _list_view(value))


@contract_app.command("publish")
def publish(
    file: Annotated[
        list[Path], typer.Argument(help="Bodies of border rules and reference tables, JSON.")
    ],
    *,
    to: To = HERE,
    wallet_file: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Publish rules and tables of your own border, signed by customs: nobody votes on them."""
    from cocket.border_folders import border_document

    documents = [border_document(path) for path in file]
    signer = _signer(wallet_file, password_file)

    async def work() -> list[dict[str, Any]]:
        values = []
        async with ledger(to, signer) as asked:
            for kind, body in documents:
                answer = await asked.submit(signer.issue(kind, body))
                about = {name: body[name] for name in ("country", "name", "from")}
                values.append({"id": answer.id, "type": kind, **about})
        return values

    values = asyncio.run(work())
    terminal.show(as_json, values, lambda: Group(*map(views.facts, values)))


def _signer(path: Path | None, password_file: Path | None) -> Wallet:
    return must_sign(wallet(path, password_file), "this")


def _list_view(value: dict[str, Any]) -> RenderableType:
    types = [(each["type"], ", ".join(each["signedBy"]) or "any member") for each in value["types"]]
    parts: list[RenderableType] = [views.columns(types, ("type", "signed by"))]
    rows = [
        (
            each["type"],
            each["id"],
            "in force" if each["versionInForce"] else "open",
            f"{len(each['approvals'])} of {value['quorum']}",
            ", ".join(each["approvals"]),
        )
        for each in value["proposals"]
    ]
    if rows:
        header = ("proposed", "proposal", "version", "approvals", "by")
        parts += ["", views.columns(rows, header)]
    return Group(*parts)


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
