"""The options that several commands share, and the one argument that looks like an option."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from cocket import terminal
from cocket.client import files
from cocket.ledger.document import ID_PATTERN

_ID_LIKE_AN_OPTION = re.compile(r"-[A-Za-z0-9_-]{42}")


class TakesId(TyperCommand):
    """A command that is given a document id: one in 64 begins with a hyphen, and is no option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put such ids where they cannot be taken for options: behind `--`."""
        ids = [each for each in args if _ID_LIKE_AN_OPTION.fullmatch(each)]
        others = [each for each in args if each not in ids]
        return list(super().parse_args(ctx, [*others, "--", *ids] if ids else args))


Json = Annotated[
    bool,
    typer.Option("--json", help="Results and errors as JSON.", callback=terminal.remember_json),
]
To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="URL[,URL]",
        envvar="COCKET_NODE",
        help="A node's address; more of them are fall-backs.",
    ),
]
WalletFile = Annotated[
    Path | None,
    typer.Option("--wallet", envvar="COCKET_WALLET", help="Your organisation's wallet.json."),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="Holds the wallet's password; or set COCKET_PASSWORD."),
]
Type = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="commercial-invoice, bill-of-lading, …"),
]
Ucr = Annotated[
    list[str] | None, typer.Option("--ucr", help="A consignment it is about; may be repeated.")
]
Refs = Annotated[
    list[str] | None,
    typer.Option("--ref", metavar="ROLE=ID|FILE", help="A document it builds on."),
]
Confidential = Annotated[
    list[str] | None,
    typer.Option(
        "--confidential", metavar="/PATH", help="A member of the body to hide; may be repeated."
    ),
]
Members = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="/PATH=VALUE", help="A member that the file lacks; may be repeated."
    ),
]
Id = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE", help="A document's id, 43 characters; or the file it is kept in."
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")]


def document_id(text: str) -> str:
    """The id that was given for `Id`, or that of the document in the file that was given."""
    path = Path(text)
    if path.is_file():
        return files.read_first(path).id
    if not re.fullmatch(ID_PATTERN, text):
        raise terminal.Misused(f"{text} is neither a document's id, 43 characters, nor a file here")
    return text


def reference(text: str) -> tuple[str, str]:
    """The role and the id of one of `Refs`."""
    role, _, id = text.partition("=")
    if not role or not id:
        raise terminal.Misused(f"--ref {text}: say ROLE=ID, or ROLE=FILE of a signed document")
    return role, document_id(id)
