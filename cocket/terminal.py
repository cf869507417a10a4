"""What the `cocket` command says: results to stdout, everything else to stderr, exit codes.

    0  done            1  refused, or a verdict that does not hold
    2  wrong usage     3  no node could be reached

With --json, results are JSON on stdout (one value, or one a line where they keep coming), and so
is the error on stderr: {"code": …, "message": …, "path": …}.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console, Group, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from typer.core import TyperGroup

from cocket.client.display import json_text, safe
from cocket.client.errors import ClientError
from cocket.ledger.errors import Malformed, Refused
from cocket.node.problems import NodeError

REFUSED = 1
EXIT_CODES = {"usage": 2, "unreachable": 3}
HINTS = {"token-needed": "give --wallet, or set COCKET_WALLET"}
PASSWORD_VARIABLE = "COCKET_PASSWORD"

_JSON = "cocket.json"

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Misused(Exception):
    """The command was given what does not go together; the message says what does."""


class Commands(TyperGroup):
    """The commands, with every error that a person can act on shown as one paragraph."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit with the code that its error has."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _nobody_reads()
            raise typer.Exit(REFUSED) from None
        except (ClientError, NodeError, Malformed, Refused, Misused, OSError) as error:
            code, message, path = explain(error)
            if wants_json(ctx):
                problem = {"code": code, "message": message, "path": path}
                print(json_text(problem), file=sys.stderr)
            else:
                place = f" (at {path})" if path else ""
                hint = f"; {HINTS[code]}" if code in HINTS else ""
                sentence = safe(f"{message}{place}{hint}")
                err.print(Text.assemble((f"{safe(code)}: ", "bold red"), sentence))
            raise typer.Exit(EXIT_CODES.get(code, REFUSED)) from None
        except KeyboardInterrupt:
            err.print("stopped")
            raise typer.Exit(130) from None


def _nobody_reads() -> None:
    """Whoever read stdout, such as `head`, has enough: what is left to be flushed goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explain(error: Exception) -> tuple[str, str, str]:
    """An error's stable code, a sentence, and the JSON pointer it is about ("" if none)."""
    if isinstance(error, Refused):
        return error.refusal.code, error.refusal.message, error.refusal.path
    if isinstance(error, ClientError | NodeError):
        return error.code, error.message, getattr(error, "path", "")
    if isinstance(error, Misused):
        return "usage", str(error), ""
    if isinstance(error, OSError) and error.filename is not None:
        return "file", f"{error.filename}: {error.strerror}", ""
    return ("malformed" if isinstance(error, Malformed) else "system"), str(error), ""


def wants_json(ctx: typer.Context) -> bool:
    """Whether --json was given to the command that runs."""
    return bool(ctx.meta.get(_JSON))


def remember_json(ctx: typer.Context, value: bool) -> bool:
    """The callback of every --json option: errors are JSON too."""
    ctx.meta[_JSON] = value
    return value


def show(as_json: bool, value: Any, render: Callable[[], RenderableType]) -> None:
    """Print a result: `value` as JSON for programs, or what `render` makes of it for people."""
    if as_json:
        print(json_text(value, indent=2))
    else:
        out.print(Group(render()), crop=False)  # what is not to be broken stays whole


def line(value: Any) -> None:
    """Print one JSON value as one line, at once: results that keep coming."""
    print(json_text(value), flush=True)


def verbatim(text: str) -> None:
    """Print a file's content: as it is for whoever reads a pipe, without steering a terminal."""
    shown = "\n".join(map(safe, text.split("\n"))) if sys.stdout.isatty() else text
    print(shown, end="")  # not typer.echo, which cuts escape sequences out


@contextmanager
def progress(total: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on stderr for work on `total` things; yields the call that says some are done."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, advance=done)


def password(file: Path | None, confirm: bool = False) -> str:
    """The wallet's password: from a file, from COCKET_PASSWORD, or asked for; never from argv.

    With `confirm`, for a wallet that is made: asked for twice, and not empty.
    """
    if file is None and PASSWORD_VARIABLE in os.environ:
        given = _utf8(os.fsencode(os.environ[PASSWORD_VARIABLE]), PASSWORD_VARIABLE)
        return _chosen(given, PASSWORD_VARIABLE) if confirm else given
    return _secret(file, "Password of the wallet", "--password-file", confirm)


def new_password(file: Path | None) -> str:
    """The password that a wallet is to have from now on: from a file, or asked for twice."""
    return _secret(file, "New password", "--new-password-file", confirm=True)


def _secret(file: Path | None, prompt: str, option: str, confirm: bool) -> str:
    if file is not None:
        given = _utf8(file.read_bytes(), str(file)).rstrip("\r\n")
        return _chosen(given, str(file)) if confirm else given
    if not sys.stdin.isatty():
        also = f", or set {PASSWORD_VARIABLE}" if option == "--password-file" else ""
        raise Misused(f"a password is needed and nobody is here to be asked: give {option}{also}")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm))


def _chosen(given: str, source: str) -> str:
    """A password that is to seal a wallet: an empty one is a slip, such as of an unset variable."""
    if not given:
        raise Misused(f"{source} is empty, and would seal the wallet with no password: choose one")
    return given


def _utf8(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Misused(f"{source} is not text in UTF-8: a password is") from None
