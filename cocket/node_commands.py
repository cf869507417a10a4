"""`cocket node`: for those who run a node and look after it.

A running node is asked over its API: with the secret in its directory, where that is given, else as
a member, where a wallet is. Of a node that does not answer, the directory is read.
"""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cocket import terminal, views
from cocket.client import LedgerError, Patience, Wallet
from cocket.client.transport import Reply, Request, Transport, base_address
from cocket.options import Json, PasswordFile, WalletFile

POLL_SECONDS = 0.2
ANSWER_SECONDS = 5.0
"""An operator who asks why a node hangs must not hang with it."""

node_app = typer.Typer(help="Run a node, and look after it.", no_args_is_help=True)

Where = Annotated[str, typer.Argument(metavar="DIR|URL", help="A node's directory, or API.")]


@node_app.command("run")
def run(
    directory: Annotated[Path, typer.Argument(help="The organisation's directory.")],
) -> None:
    """Run an organisation's node until it is told to stop (Ctrl-C, SIGTERM)."""
    import uvloop

    from cocket.node.process import run

    uvloop.run(run(directory))


@node_app.command("status")
def status(
    where: Where,
    *,
    wait: Annotated[float, typer.Option(help="So many seconds, for the node to be ready.")] = 0,
    as_json: Json = False,
) -> None:
    """Say what a node does, what it waits for, how far behind it is; fail if it is not ready."""

    async def ask() -> dict[str, Any]:
        deadline = time.monotonic() + wait
        while True:
            url, secret = _reach(where)  # each time: a node that starts makes a new secret
            try:
                value = await _ask(url, "/v1/status", secret)
                if value.get("ready") or time.monotonic() > deadline:
                    return value
            except LedgerError:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(POLL_SECONDS)

    value = asyncio.run(ask())
    terminal.show(as_json, value, lambda: views.node_status(value))
    if not value.get("ready"):
        raise typer.Exit(terminal.REFUSED)


@node_app.command("why-stuck")
def why_stuck(
    where: Where,
    *,
    wallet: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Say in words what a node waits for, even if it is not running; fail if there is anything."""
    url, token = _reach(where)
    if token is None and wallet is not None:
        token = Wallet.load(wallet, terminal.password(password_file)).token()
    try:
        value = asyncio.run(_ask(url, "/v1/why-stuck", token))
    except LedgerError as error:
        if error.code != "unreachable" or url == where:
            raise
        value = _look(Path(where), error.message)
    terminal.show(as_json, value, lambda: views.why_stuck(value))
    if not value.get("well"):
        raise typer.Exit(terminal.REFUSED)


async def _ask(url: str, path: str, token: str | None) -> dict[str, Any]:
    """What the node answers, within seconds."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            Transport([url], Patience(attempts=1)) as transport,
        ):
            reply = await transport.send(Request("GET", path, headers))
    except TimeoutError:
        raise LedgerError(
            "unreachable", f"{url} did not answer within {ANSWER_SECONDS:g} s"
        ) from None
    if reply.status != 200:
        raise _not_answered(url, reply)
    try:
        return msgspec.json.decode(reply.body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise LedgerError("bad-answer", f"what answers at {url} is no node") from None


def _not_answered(url: str, reply: Reply) -> LedgerError:
    """What a reply that is no answer means for an operator, who may ask at the wrong door."""
    error = reply.error()
    if error.code.startswith("http-"):
        return LedgerError("bad-answer", f"what answers at {url} is no node: {error.message}")
    if error.code == "token-invalid":
        return LedgerError(
            error.code,
            f"the node that answers at {url} does not know what it was shown: it runs from another "
            "directory, has just been started, or is of another network",
        )
    return error


def _reach(where: str) -> tuple[str, str | None]:
    """Where the API of a node answers, and, where a directory is given, the operator's secret."""
    if where.startswith(("http://", "https://")):
        try:
            return base_address(where), None
        except ValueError as error:
            raise terminal.Misused(str(error)) from None
    if not Path(where).exists():
        raise terminal.Misused(
            f"{where} is neither a directory nor an address, which begins with http:// or https://"
        )
    from cocket.network.address import Address
    from cocket.node.config import load_config
    from cocket.node.secret import read_secret

    config = load_config(Path(where))
    return f"http://{Address(config.api_host, config.api_port)}", read_secret(config.data)


def _look(directory: Path, unanswered: str) -> dict[str, Any]:
    from cocket.node.config import load_config
    from cocket.node.stopped import look

    config = load_config(directory)
    findings = [each.value for each in look(config, unanswered)]
    about = {"organisation": config.organisation, "network": config.network}
    return {**about, "well": False, "findings": findings}
