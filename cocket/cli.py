"""The `cocket` command: what the packages below do, in words of a terminal.

Results, errors and exit codes are `cocket.terminal`'s; what is shown is `cocket.views`'s; asking a
node is `cocket.client`'s; making and running one is `cocket.node`'s.
"""

import asyncio
import json
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from cocket import check_command, form_commands, hiding, terminal, views
from cocket.asking import HERE, must_sign
from cocket.asking import ledger as _ledger
from cocket.asking import wallet as _wallet
from cocket.client import Answer, DocumentRefused, SdJwt, Wallet, files, payloads
from cocket.client import verify as verify_offline
from cocket.client.forms import registration
from cocket.contract_commands import contract_app
from cocket.ledger.keys import base64url
from cocket.ledger.organisations import ROLES
from cocket.node_commands import node_app
from cocket.options import (
    Confidential,
    Id,
    Json,
    Members,
    Output,
    PasswordFile,
    Refs,
    TakesId,
    To,
    Type,
    Ucr,
    WalletFile,
    document_id,
    reference,
)

STILL_PENDING = (
    "Pending documents are kept by the node that took them. Submit the same file again to see what "
    "became of them: nothing is taken twice. cocket node why-stuck tells what is waited for."
)

app = typer.Typer(
    cls=terminal.Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
network_app = typer.Typer(help="Found a network.", no_args_is_help=True)
organisation_app = typer.Typer(help="Join a network without a node.", no_args_is_help=True)
app.add_typer(network_app, name="network")
app.add_typer(organisation_app, name="org")
app.add_typer(node_app, name="node")
app.add_typer(contract_app, name="contract")
app.command("new")(form_commands.new)
app.command("check")(check_command.check)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cocket {metadata.version('cocket')}")
        raise typer.Exit


@app.callback()
def cocket(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """cocket: a permissioned ledger for cross-border trade documents."""


@app.command()
def demo(
    story: Annotated[
        str, typer.Option(help="durian, buy, sell, pay, ship, travel or clear.")
    ] = "durian",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the network running.")] = False,
    directory: Annotated[
        Path | None, typer.Option(help="Where to work; a new directory, if absent.")
    ] = None,
) -> None:
    """See it work: four nodes, one story of trade that goes wrong and ends well. In a minute."""
    from cocket.demo import run

    run(directory, keep, story)


# --- networks, organisations, nodes ---------------------------------------------------------------


@network_app.command("create")
def network_create(
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="[PLAN]", help="What you decided, TOML: docs/founding.md."),
    ] = None,
    *,
    directory: Annotated[Path, typer.Option(help="The directory to make.")] = Path("network"),
    organisations: Annotated[int, typer.Option(help="Without a plan: how many, all here.")] = 4,
    name: Annotated[str, typer.Option(help="Without a plan: the network's id.")] = "green-lane",
    api_port: Annotated[int, typer.Option(help="Without a plan: the first node's API.")] = 8101,
    peer_port: Annotated[int, typer.Option(help="Without a plan: the first node's peers.")] = 9101,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Found a network: a directory for each organisation, with all that it needs."""
    from cocket.node.founding import found, plan_for, read_plan

    if plan_file is not None:
        plan = read_plan(plan_file)
    else:
        count = max(organisations, 0)
        plan = plan_for(
            name, range(api_port, api_port + count), range(peer_port, peer_port + count)
        )
    password = terminal.password(password_file, confirm=True)

    def make_wallet(path: Path, organisation: str, network: str) -> bytes:
        wallet = Wallet.create(organisation, network)
        wallet.save(path, password)
        return wallet.public_key

    network = found(plan, directory, make_wallet)
    value = {
        "network": plan.network,
        "genesis": base64url(network.genesis.hash),
        "directories": {each.id: str(network.directory_of(each)) for each in plan.members},
        "nodes": [str(network.directory_of(each)) for each in plan.members if each.has_node],
    }
    terminal.show(as_json, value, lambda: views.founded(value))


@organisation_app.command("init")
def organisation_init(
    identity: Annotated[str, typer.Argument(metavar="ID", help="2 to 32 of a-z, 0-9, hyphen.")],
    *,
    legal_name: Annotated[str, typer.Option(help="As in the company register.")],
    country: Annotated[str, typer.Option(help="ISO 3166, two letters.")],
    role: Annotated[list[str], typer.Option(help="merchant, forwarder, …; may be repeated.")],
    network: Annotated[str, typer.Option(help="The network's id.")] = "green-lane",
    wallet: Annotated[Path, typer.Option(help="The wallet to make.")] = Path("wallet.json"),
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The registration to hand to your voucher.")
    ] = Path("organisation.json"),
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Make a wallet, and the registration that customs or a chamber of your country will sign."""
    for each in role:
        if each not in ROLES:
            raise terminal.Misused(f"{each!r} is not a role; there are {', '.join(ROLES)}")
    made = Wallet.create(identity, network)
    body = registration(identity, legal_name, country, role, made.public_key)
    made.issue("organisation", body)  # refuses an id or a network that no document could carry
    if output.exists():
        raise FileExistsError(17, "is there already: name another with -o", str(output))
    made.save(wallet, terminal.password(password_file, confirm=True))
    files.write_new(output, json.dumps(body, ensure_ascii=False, indent=2) + "\n")
    value = {"wallet": str(wallet), "registration": str(output), "key": made.key.thumbprint}
    terminal.show(as_json, value, lambda: views.initialised(value))


@organisation_app.command("password")
def organisation_password(
    wallet: Annotated[Path, typer.Argument(help="The wallet.")] = Path("wallet.json"),
    *,
    password_file: PasswordFile = None,
    new_password_file: Annotated[Path | None, typer.Option(help="Holds the new one.")] = None,
) -> None:
    """Give a wallet another password."""
    opened = Wallet.load(wallet, terminal.password(password_file))
    opened.save(wallet, terminal.new_password(new_password_file), overwrite=True)


# --- documents ------------------------------------------------------------------------------------


@app.command()
def issue(
    body: Annotated[Path, typer.Argument(help="A form; or the body, JSON.")],
    *,
    type: Type = None,
    to: To = HERE,
    wallet: WalletFile = None,
    password_file: PasswordFile = None,
    ucr: Ucr = None,
    ref: Refs = None,
    confidential: Confidential = None,
    members: Members = None,
    offline: form_commands.Offline = False,
    anyway: form_commands.Anyway = False,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Sign a document, and keep it in a file; nothing is sent."""
    signer = _wallet(wallet, password_file)
    if form_commands.is_form(body):
        _form_alone(type, ucr, ref, confidential, members)
        documents, path = _sign_form(body, signer, output, to, offline, anyway, as_json)
    else:
        documents, path = _sign(
            body, signer, output, members, None,
            type=type, ucr=ucr, ref=ref, confidential=confidential,
        )  # fmt: skip
    for document in documents:
        value = {"id": document.id, "file": str(path), "disclosures": len(document.disclosures)}
        terminal.show(as_json, value, partial(views.facts, value))


@app.command()
def submit(
    file: Annotated[
        list[Path], typer.Argument(help="Signed documents; or one form, or one body, to sign.")
    ],
    *,
    type: Type = None,
    to: To = HERE,
    wallet: WalletFile = None,
    password_file: PasswordFile = None,
    ucr: Ucr = None,
    ref: Refs = None,
    confidential: Confidential = None,
    members: Members = None,
    anyway: form_commands.Anyway = False,
    output: Output = None,
    wait: Annotated[bool, typer.Option(help="Wait until they are final.")] = True,
    as_json: Json = False,
) -> None:
    """Hand documents in: signed ones; or a form or body, signed here and kept as .sdjwt.

    A body may be as DCSA or the W3C traceability vocabulary write it.
    """
    unsigned = [path for path in file if not files.is_signed(path)]
    if unsigned:
        if len(file) > 1:
            raise terminal.Misused(f"{unsigned[0]} is not signed: bodies are submitted one by one")
        signer = _wallet(wallet, password_file)
        if form_commands.is_form(file[0]):
            _form_alone(type, ucr, ref, confidential, members)
            _, kept = _sign_form(file[0], signer, output, to, False, anyway, as_json)
        else:
            _, kept = _sign(
                file[0], signer, output, members, to,
                type=type, ucr=ucr, ref=ref, confidential=confidential,
            )  # fmt: skip
        file = [kept]
    elif type or ucr or ref or confidential or members or anyway or output:
        raise terminal.Misused("signed documents go as they are: --type and the like say nothing")
    if sum(map(files.signed_count, file)) == 1:
        answer = asyncio.run(_submit_one(files.read_first(file[0]), to, wait, as_json))
        failed = answer.state in ("refused", "unknown")
        if failed and unsigned:
            form_commands.refused(unsigned[0], file[0], answer)
    else:
        counts = asyncio.run(_submit_many(file, to, wait, as_json))
        failed = counts["refused"] > 0 or (wait and counts["pending"] > 0)
    if failed:
        raise typer.Exit(terminal.REFUSED)


def _sign(
    path: Path,
    wallet: Wallet | None,
    output: Path | None,
    members: list[str] | None,
    to: str | None,
    *,
    type: str | None,
    ucr: list[str] | None,
    ref: list[str] | None,
    confidential: list[str] | None,
) -> tuple[list[SdJwt], Path]:
    """The documents with the bodies in `path`, one as a rule, signed; and where they are kept.

    By default that is one of the same name in the current folder. What the type lets be hidden,
    the node at `to` is asked; None: the standard type tells.
    """
    if type is None:
        raise terminal.Misused(f"{path} is the body of a document: say of which --type")
    signer = must_sign(wallet, str(path))
    refs = dict(map(reference, ref or ()))
    found = payloads.bodies(type, files.read_body(path))
    bodies = [payloads.with_members(body, members or ()) for body in found]
    documents = [signer.issue(type, body, ucr or (), refs, confidential or ()) for body in bodies]
    if confidential:
        types = asyncio.run(hiding.offered(to)) if to is not None else None
        hiding.check_hidden(type, bodies, confidential, types)
    return documents, _kept(documents, path, output)


def _sign_form(
    path: Path,
    wallet: Wallet | None,
    output: Path | None,
    to: str,
    offline: bool,
    anyway: bool,
    as_json: bool,
) -> tuple[list[SdJwt], Path]:
    """The document that a form makes, checked and signed, and the file it is kept in."""
    signer = must_sign(wallet, str(path))
    documents = [form_commands.sign(path, to, signer, offline, anyway, as_json)]
    return documents, _kept(documents, path, output)


def _form_alone(*options: object) -> None:
    if any(options):
        raise terminal.Misused("a form says itself what --type, --ucr, --ref and the like say")


def _kept(documents: list[SdJwt], path: Path, output: Path | None) -> Path:
    """Write signed documents, one a line: by default under the name of `path`, here."""
    kept = output or Path(path.name).with_suffix(files.SIGNED_SUFFIX)
    try:
        return files.write_new(kept, "".join(f"{document}\n" for document in documents))
    except FileExistsError:
        raise terminal.Misused(
            f"{kept} is there already: submit that one again, or name another file with -o"
        ) from None


async def _submit_one(document: SdJwt, to: str, wait: bool, as_json: bool) -> Answer:
    async with _ledger(to) as ledger:
        try:
            answer = await ledger.submit(document, wait=wait)
        except DocumentRefused as refused:
            answer = refused.answer
    terminal.show(as_json, views.answer_value(answer), lambda: views.answer(answer))
    return answer


async def _submit_many(paths: list[Path], to: str, wait: bool, as_json: bool) -> dict[str, int]:
    """Answers as lines of JSON; or a bar, what was refused, and a summary."""
    counts = {"committed": 0, "pending": 0, "refused": 0}
    documents = (document for path in paths for document in files.read_signed(path))
    try:
        with terminal.progress(sum(map(files.signed_count, paths)), as_json) as advance:
            async with _ledger(to) as ledger:
                async for answer in ledger.submit_many(documents, wait=wait):
                    counts["refused" if answer.state == "unknown" else answer.state] += 1
                    advance(1)
                    if as_json:
                        terminal.line(views.answer_value(answer))
                    elif answer.state in ("refused", "unknown"):
                        terminal.out.print(views.answer(answer))
    finally:  # also when it ends in the middle: so far it came
        if not as_json:
            terminal.out.print(views.facts(counts))
            if wait and counts["pending"]:
                terminal.err.print(STILL_PENDING)
    return counts


@app.command()
def example(type: Annotated[str, typer.Argument(metavar="TYPE")]) -> None:
    """Print an example body of a standard document type, to begin with."""
    from cocket.contracts import standard

    if type not in standard.NAMES:
        raise terminal.Misused(f"{type} is no standard type; there are {', '.join(standard.NAMES)}")
    typer.echo(json.dumps(standard.example(type), ensure_ascii=False, indent=2))


@app.command(cls=TakesId)
def show(
    id: Id,
    to: To = HERE,
    wallet: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Show a document and what became of it."""

    async def ask() -> Any:
        async with _ledger(to, _wallet(wallet, password_file)) as ledger:
            return await ledger.document(document_id(id))

    found = asyncio.run(ask())
    terminal.show(as_json, views.document_value(found), lambda: views.document(found))


@app.command()
def consignment(
    ucr: Annotated[str, typer.Argument(metavar="UCR")],
    to: To = HERE,
    wallet: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """List every document of a consignment, in the order in which they became final."""

    async def ask() -> Any:
        async with _ledger(to, _wallet(wallet, password_file)) as ledger:
            return await ledger.consignment(ucr)

    found = asyncio.run(ask())
    terminal.show(
        as_json, [views.document_value(each) for each in found], lambda: views.consignment(found)
    )


@app.command()
def follow(
    after: Annotated[
        int | None, typer.Option(help="From this place of the log on; if absent, from now on.")
    ] = None,
    to: To = HERE,
    wallet: WalletFile = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Follow the ledger: a line for each document as it becomes final, until Ctrl-C."""

    async def watch() -> None:
        async with _ledger(to, _wallet(wallet, password_file)) as ledger:
            async for event in ledger.follow(after):
                if as_json:
                    terminal.line(views.event_value(event))
                else:
                    terminal.out.print(views.event(event), soft_wrap=True)

    asyncio.run(watch())


@app.command(cls=TakesId)
def receipt(id: Id, output: Output = None, to: To = HERE, as_json: Json = False) -> None:
    """Get a document's receipt: what proves, to anyone and offline, that it was accepted."""

    async def ask() -> Any:
        async with _ledger(to) as ledger:
            return await ledger.receipt(document_id(id))

    _deliver(str(asyncio.run(ask())), output, {"id": document_id(id)}, "receipt", as_json)


@app.command("trust-bundle")
def trust_bundle(output: Output = None, to: To = HERE, as_json: Json = False) -> None:
    """Get the network's trust bundle: whose signatures count. Compare its digest out of band."""

    async def ask() -> Any:
        async with _ledger(to) as ledger:
            return await ledger.trust_bundle()

    bundle = asyncio.run(ask())
    facts = {"network": bundle.network, "digest": bundle.digest}
    _deliver(bundle.data.decode(), output, facts, "trustBundle", as_json)


def _deliver(
    text: str, output: Path | None, facts: dict[str, Any], name: str, as_json: bool
) -> None:
    """A file's content to `output`, or to stdout as it is."""
    if output is not None:
        files.write_new(output, text)
        value = {**facts, "file": str(output)}
        terminal.show(as_json, value, lambda: views.facts(value))
    elif as_json:
        terminal.show(True, {**facts, name: text}, lambda: "")
    else:
        terminal.verbatim(text)


@app.command()
def verify(
    document: Annotated[
        Path, typer.Argument(help="The document; or a directory with the three files, and no more.")
    ],
    receipt: Annotated[Path | None, typer.Argument(help="Its receipt.")] = None,
    trust: Annotated[Path | None, typer.Argument(help="The trust bundle.")] = None,
    as_json: Json = False,
) -> None:
    """Verify a document offline: no node, no network, no trust in whoever handed it over."""
    if document.is_dir() and receipt is None:
        evidence = files.read_evidence(document)
    elif receipt is not None and trust is not None:
        evidence = files.Evidence(*map(files.read_small, (document, receipt, trust)))
    else:
        raise terminal.Misused("give DOCUMENT RECEIPT TRUST, or a directory with these three")
    verdicts = verify_offline(evidence.document, evidence.receipt, evidence.trust)
    value = views.verdicts_value(verdicts, evidence.trust)
    terminal.show(as_json, value, lambda: views.verdicts(value))
    if not verdicts.ok:
        raise typer.Exit(terminal.REFUSED)


def main() -> None:
    """The `cocket` command."""
    app()
