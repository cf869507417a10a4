"""`python -m tests.chaos`: see `tests.chaos`. Ends with 1 if any promise was broken."""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cocket.demo.processes import interruptible, undisturbed
from tests.chaos import lab
from tests.chaos.api import Api, strangers
from tests.chaos.arena import Arena
from tests.chaos.checker import Finding, check, shown
from tests.chaos.collect import observe, trust_bundle, until_quiet, until_ready
from tests.chaos.disk import make_disk
from tests.chaos.faults import FAULTS, GROUPS, impossible
from tests.chaos.hosts import make_hosts
from tests.chaos.load import Book, Load
from tests.chaos.nodes import ROLES, Founded, Node, found_network
from tests.chaos.report import table, write_picture
from tests.chaos.schedule import Episode, late, play
from tests.chaos.watch import Watch
from tests.chaos.wire import Wire

START_S = 60.0
FINISH_S = 120.0
DISK_MEGABYTES = 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found."""

    episodes: list[Episode]
    watch: Watch
    book: Book
    findings: list[Finding]


def say(text: str) -> None:
    """Print a line with the time."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


async def run(
    founded: Founded, wire: Wire, directory: Path, names: Sequence[str], options: argparse.Namespace
) -> Outcome:
    """Start, load, disturb, calm down, check."""
    nodes = founded.nodes
    owner = nodes[-1]
    disk = make_disk(directory / "disk.image", owner.home / "data", DISK_MEGABYTES)
    for node in nodes:
        node.start()
    async with strangers() as api:
        await until_ready(api, nodes, START_S)
        trust = await trust_bundle(api, nodes[0])
        load = Load(api, nodes, founded.merchant, options.rate, options.seed)
        watch = Watch(api, nodes)
        arena = Arena(nodes, wire, disk, owner, watch, load, random.Random(options.seed))
        possible = [name for name in names if not _left_out(name, arena)]
        background = [asyncio.create_task(each.run()) for each in (watch, load)]
        try:
            episodes = await play(arena, possible, options.seconds, say)
            promised = await load.rest(FINISH_S)
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
        findings = await _findings(api, nodes, load, trust)
        if not promised:
            findings.append(Finding("not-taken", "sound documents that no node took at the end"))
        findings += late(episodes, arena.faulty)
    return Outcome(episodes, watch, load.book, findings)


async def _findings(api: Api, nodes: list[Node], load: Load, trust: str) -> list[Finding]:
    findings = [
        Finding("ended", f"{node.name} ended by itself:\n{end}")
        for node in nodes
        if (end := node.ended_by_itself())
    ]
    restless = await until_quiet(api, nodes, FINISH_S)
    if restless:
        return [*findings, Finding("restless", restless)]
    say("quiet; reading every node's log and receipts")
    return findings + check(await observe(api, nodes, load.book, trust))


def _left_out(name: str, arena: Arena) -> bool:
    reason = impossible(name, arena)
    if reason:
        say(f"{name:<13} left out: {reason}")
    return reason is not None


def chosen(text: str | None) -> list[str]:
    """The faults that `--only` names, singly or by group, in the schedule's order."""
    if text is None:
        return list(FAULTS)
    wanted: set[str] = set()
    for word in text.split(","):
        if word not in FAULTS and word not in GROUPS:
            raise SystemExit(f"there is no {word}; there are {', '.join([*FAULTS, *GROUPS])}")
        wanted.update(GROUPS.get(word, (word,)))
    return [name for name in FAULTS if name in wanted]


@contextlib.contextmanager
def everything(options: argparse.Namespace) -> Iterator[tuple[Founded, Wire, Path]]:
    """Hosts, a wire and a founded network; ended and removed whatever happens."""
    directory = Path(tempfile.mkdtemp(prefix="cocket-chaos-"))
    hosts = make_hosts(list(ROLES)[: options.nodes])
    wire = Wire(hosts, options.seed)
    founded = found_network(hosts[1:], directory)
    try:
        yield founded, wire, directory
    finally:
        with undisturbed():
            for node in founded.nodes:
                node.kill()
            wire.close()
            if options.keep:
                print(f"logs and data: {directory}")
            else:
                with contextlib.suppress(SystemExit):
                    lab.run("umount", str(founded.nodes[-1].home / "data"))
                shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    """Parse, enter the lab, run, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--only", help=f"of {', '.join([*FAULTS, *GROUPS])}")
    parser.add_argument("--nodes", type=int, choices=range(4, 8), default=4)
    parser.add_argument("--seconds", type=float, default=20, help="that each fault lasts")
    parser.add_argument("--rate", type=float, default=100, help="documents a second, in all")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="draws the victims")
    parser.add_argument("--write", action="store_true", help="draw docs/reliability-chaos.svg")
    parser.add_argument("--keep", action="store_true", help="keep logs and data")
    options = parser.parse_args()
    names = chosen(options.only)
    lab.enter("tests.chaos")
    try:
        with interruptible(), everything(options) as (founded, wire, directory):
            say(f"{options.nodes} nodes, {options.rate:.0f} documents/s, seed {options.seed}")
            outcome = asyncio.run(run(founded, wire, directory, names, options))
    except KeyboardInterrupt:
        print("interrupted; everything is ended and removed")
        sys.exit(130)
    title = f"{options.nodes} nodes, {options.rate:.0f} documents a second, seed {options.seed}"
    if options.write:
        write_picture(outcome.watch, outcome.episodes, title)
        print(table(outcome.episodes))
    for text in shown(outcome.findings):
        print(text)
    print(
        f"chaos: {title}: {len(outcome.episodes)} faults, {len(outcome.book.sent)} documents "
        f"handed in, {outcome.watch.leaves} committed, {len(outcome.book.receipts)} receipts kept, "
        f"{len(outcome.findings)} failures found"
    )
    sys.exit(1 if outcome.findings else 0)


if __name__ == "__main__":
    main()
