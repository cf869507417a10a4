"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from cocket import terminal

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
    typer.Option("--ref", metavar="ROLE=ID", help="A document it builds on; may be repeated."),
]
Confidential = Annotated[
    list[str] | None,
    typer.Option(
        "--confidential", metavar="/PATH", help="A member of the body to hide; may be repeated."
    ),
]
Id = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE", help="A document's id, 43 characters; or the file it is kept in."
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")]
