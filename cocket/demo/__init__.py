"""`cocket demo`: four nodes and one story, told as it happens.

stories     what happens, one story a file
cast        who takes part
calendar    how days pass in a story
papers      what several stories' documents say
telling     how a script becomes documents, answers and lines
evidence    the receipts, and that they verify
processes   the nodes, and that none is left behind
stage       how it looks
"""

import asyncio
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cocket.client import Wallet, files
from cocket.demo.cast import CUSTOMS_CN, Company
from cocket.demo.evidence import folder_of, keep_receipts, verify_offline
from cocket.demo.processes import (
    LOG_FILE,
    NETWORK,
    LocalNetwork,
    found_locally,
    interruptible,
    undisturbed,
)
from cocket.demo.stage import Stage
from cocket.demo.stories import DEFAULT, STORIES
from cocket.demo.telling import DemoFailed, Story, Teller
from cocket.node.config import SetupError

RECEIPTS = "receipts"

__all__ = ["DEFAULT", "STORIES", "DemoFailed", "run"]


def run(
    directory: Path | None, keep: bool, name: str = DEFAULT, stage: Stage | None = None
) -> None:
    """Tell the story of that name in `directory`, a new one if None; with `keep`, leave the network
    running.

    Raises `DemoFailed`, and what its parts raise. Whatever happens, no process is left that was not
    asked for; and no file but the receipts, or, where it failed, what shows why.
    """
    story = _story(name, keep)
    stage = stage or Stage()
    home = _home(directory)
    password = secrets.token_urlsafe(12)
    network: LocalNetwork | None = None
    nodes_stay = files_stay = False
    with interruptible():
        try:
            stage.title(story.title, story.summary)
            network = found_locally(
                home / "network", password, keep, story.founders, story.days_pass
            )
            teller = Teller(stage, network, _wallets(story.companies, home, password))
            asyncio.run(_tell(story, teller, home / RECEIPTS))
            if not keep:
                network.stop()
            verify_offline(teller, home / RECEIPTS)
            if keep:
                files.write_new(home / "password", f"{password}\n", 0o600)
            _farewell(teller, home, name, keep)
            nodes_stay = files_stay = keep
        except Exception:
            files_stay = True
            stage.end(f"It failed; what the nodes said is in {home}/network/*/{LOG_FILE}")
            raise
        finally:
            with undisturbed():
                if network is not None and not nodes_stay:
                    network.stop()
                if not files_stay:
                    _clear(home)


def _story(name: str, keep: bool) -> Story:
    if name not in STORIES:
        raise SetupError(f"there is no story {name!r}; there are {', '.join(STORIES)}")
    if keep and STORIES[name].days_pass:
        lasting = ", ".join(each for each, story in STORIES.items() if not story.days_pass)
        raise SetupError(
            f"days pass in the story {name}, and its nodes are ahead of your calendar: they cannot "
            f"stay; those of other stories can: {lasting}"
        )
    return STORIES[name]


async def _tell(story: Story, teller: Teller, receipts: Path) -> None:
    """All of it, as far as it needs nodes. Evidence goes to folders in `receipts`."""
    async with teller:
        await teller.nodes_start()
        await teller.join(story.companies)
        await story.script(teller)
        await keep_receipts(teller, receipts)


def _home(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="cocket-demo-"))
    try:
        directory.mkdir(parents=True)
    except FileExistsError:
        raise SetupError(f"{directory} exists already; choose another name") from None
    return directory


def _wallets(companies: tuple[Company, ...], home: Path, password: str) -> Mapping[str, Wallet]:
    """The wallets of those who join, each in a folder of its own."""
    wallets = {}
    for each in companies:
        (home / each.id).mkdir(mode=0o700)
        wallets[each.id] = Wallet.create(each.id, NETWORK)
        wallets[each.id].save(home / each.id / "wallet.json", password)
    return wallets


def _farewell(teller: Teller, home: Path, name: str, keep: bool) -> None:
    """The commands to go on with by hand."""
    started = Path(sys.argv[0])  # where it is, if a shell would not find it by its name
    cocket = "cocket" if shutil.which("cocket") or started.name != "cocket" else str(started)
    teller.stage.end(f"{len(teller.kept)} documents final, {teller.refusals} attempts refused")
    papers = (k for k in teller.kept if k.document.document.type_name != "organisation")
    paper = next(papers)
    folder = folder_of(teller, paper, home / RECEIPTS)
    commands = [("verify a receipt again", f"{cocket} verify {folder}")]
    if not keep:
        lasting = DEFAULT if STORIES[name].days_pass else name
        teller.stage.commands(
            "Go on by hand",
            *commands,
            ("a story whose network stays", f"{cocket} demo --story {lasting} --keep"),
            ("other stories", f"{cocket} demo --help"),
            ("found a network of your own", f"{cocket} network create --help"),
            ("remove what this demo left: the receipts", f"rm -r {home}"),
        )
        return
    nodes = teller.network.nodes
    (home / "pids").write_text(" ".join(str(node.pid) for node in nodes.values()) + "\n")
    node = nodes[CUSTOMS_CN.id]
    teller.stage.commands(
        "The network is running. Go on by hand, as customs of China",
        (
            "which node, whose key, and its password",
            f"export COCKET_NODE={node.url} COCKET_WALLET={node.directory / 'wallet.json'} "
            f"COCKET_PASSWORD=$(cat {home / 'password'})",
        ),
        ("what there is of the consignment", f"{cocket} consignment {teller.ucr}"),
        ("one document, as the ledger has it", f"{cocket} show {paper.document.id}"),
        ("everything since the beginning, and what comes", f"{cocket} follow --after -1"),
        ("how a node is", f"{cocket} node status {node.directory}"),
        *commands,
        ("stop the nodes, and remove everything", f"kill $(cat {home / 'pids'}) && rm -r {home}"),
    )


def _clear(home: Path) -> None:
    """Remove everything but the receipts."""
    for path in home.iterdir():
        if path.is_dir() and path.name != RECEIPTS:
            shutil.rmtree(path)
    if not any(home.iterdir()):
        home.rmdir()
