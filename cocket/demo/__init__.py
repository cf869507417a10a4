"""`cocket demo`: four nodes and one consignment, told as it happens.

papers      what the documents say
processes   the nodes, and that none is left behind
story       what happens
stage       how it looks
"""

import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from cocket.client import Wallet, files
from cocket.demo import papers
from cocket.demo.processes import (
    LOG_FILE,
    NETWORK,
    LocalNetwork,
    found_locally,
    interruptible,
    undisturbed,
)
from cocket.demo.stage import Stage
from cocket.demo.story import CHINA, DemoFailed, Story, verify_folders
from cocket.node.config import SetupError

RECEIPTS = "receipts"
TITLE = (
    "Two customs authorities, a carrier and a payment hub share a ledger that none of them owns."
)

__all__ = ["DemoFailed", "run"]


def run(directory: Path | None, keep: bool, stage: Stage | None = None) -> None:
    """Tell the story in `directory`, a new one if None; with `keep`, leave the network running.

    Raises `DemoFailed`, and what its parts raise. Whatever happens, no process is left that was not
    asked for; and no file but the receipts, or, where it failed, what shows why.
    """
    stage = stage or Stage()
    home = _home(directory)
    password = secrets.token_urlsafe(12)
    network: LocalNetwork | None = None
    nodes_stay = files_stay = False
    with interruptible():
        try:
            stage.title("cocket demo", TITLE)
            network = found_locally(home / "network", password, lasting=keep)
            story = Story(stage, network, _merchants(home, password))
            asyncio.run(story.tell(home / RECEIPTS))
            if not keep:
                network.stop()
            _verify_offline(stage, home / RECEIPTS, network)
            if keep:
                files.write_new(home / "password", f"{password}\n", 0o600)
            _farewell(stage, home, story, keep)
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


def _home(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="cocket-demo-"))
    try:
        directory.mkdir(parents=True)
    except FileExistsError:
        raise SetupError(f"{directory} exists already; choose another name") from None
    return directory


def _merchants(home: Path, password: str) -> dict[str, Wallet]:
    """The wallets of the organisations without a node."""
    wallets = {}
    for identity, _, _ in (papers.EXPORTER, papers.IMPORTER):
        (home / identity).mkdir(mode=0o700)
        wallets[identity] = Wallet.create(identity, NETWORK)
        wallets[identity].save(home / identity / "wallet.json", password)
    return wallets


def _verify_offline(stage: Stage, receipts: Path, network: LocalNetwork) -> None:
    """Every receipt on disk, with nothing but what lies beside it."""
    running = sum(node.popen is not None for node in network.nodes.values())
    stage.chapter(
        "Verified offline",
        f"{running or 'no'} nodes are running, and none is asked: what counts lies in the folders",
    )
    verified = verify_folders(receipts)
    stage.verified(verified)
    bad = [name for name, verdicts in verified if not verdicts.ok]
    if bad:
        raise DemoFailed(f"these do not verify: {', '.join(bad)}")


def _farewell(stage: Stage, home: Path, story: Story, keep: bool) -> None:
    """The commands to go on with by hand."""
    started = Path(sys.argv[0])  # where it is, if a shell would not find it by its name
    cocket = "cocket" if shutil.which("cocket") or started.name != "cocket" else str(started)
    stage.end(f"{len(story.kept)} documents final, {story.refusals} attempts refused")
    invoice = next(each for each in story.kept if "invoice" in each.document.document.type)
    commands = [
        ("verify a receipt again", f"{cocket} verify {story.folder(home / 'receipts', invoice)}"),
    ]
    if not keep:
        stage.commands(
            "Go on by hand",
            *commands,
            ("the same story, and the network stays", f"{cocket} demo --keep"),
            ("found a network of your own", f"{cocket} network create --help"),
            ("remove what this demo left: the receipts", f"rm -r {home}"),
        )
        return
    nodes = story.network.nodes
    (home / "pids").write_text(" ".join(str(node.pid) for node in nodes.values()) + "\n")
    wallet = story.network.founded.directory / CHINA / "wallet.json"
    stage.commands(
        "The network is running. Go on by hand, as customs of China",
        (
            "which node, whose key, and its password",
            f"export COCKET_NODE={nodes[CHINA].url} COCKET_WALLET={wallet} "
            f"COCKET_PASSWORD=$(cat {home / 'password'})",
        ),
        ("what there is of the consignment", f"{cocket} consignment {story.papers.ucr}"),
        ("one document, as the ledger has it", f"{cocket} show {invoice.document.id}"),
        ("everything since the beginning, and what comes", f"{cocket} follow --after -1"),
        ("how a node is", f"{cocket} node status {nodes[CHINA].directory}"),
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
