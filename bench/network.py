"""A network of four nodes on this machine, as four processes, made and removed by the bench."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from cocket.demo.processes import free_ports
from cocket.ledger.keys import SigningKey
from cocket.node.founding import Member, Plan, found

START_S = 30
MERCHANT = "bench-trading"
NETWORK = "bench"


@dataclass
class BenchNode:
    """One node: where it answers, its process and its directory."""

    url: str
    process: subprocess.Popen[bytes]
    directory: Path

    def memory_bytes(self) -> int:
        """Resident memory of the node's process and of those that it started."""
        own = Path(f"/proc/{self.process.pid}")
        pids = [own.name, *(own / "task" / own.name / "children").read_text().split()]
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")

    def disk_bytes(self) -> int:
        """What its data directory takes on the disk."""
        return sum(f.stat().st_blocks * 512 for f in (self.directory / "data").rglob("*"))


@dataclass
class BenchNetwork:
    """Four nodes and the key of the merchant whose invoices are measured."""

    nodes: list[BenchNode]
    merchant_key: SigningKey


@contextlib.asynccontextmanager
async def bench_network() -> AsyncIterator[BenchNetwork]:
    """A running network; everything it left behind is removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="cocket-bench-"))
    processes: list[subprocess.Popen[bytes]] = []
    try:
        ports = free_ports(8)
        keys: dict[str, SigningKey] = {}

        def make_wallet(path: Path, organisation: str, network: str) -> bytes:
            keys[organisation] = SigningKey.generate()
            path.write_bytes(b"{}")
            return keys[organisation].public_key

        names = ["customs-my", "customs-cn", "carrier", "hub"]
        roles = ["customs", "customs", "carrier", "payment"]
        members = [
            Member(
                id=name,
                legal_name=name.title(),
                country="CN" if name == "customs-cn" else "MY",
                roles=(role,),
                peer=f"127.0.0.1:{ports[i]}",
                api=f"127.0.0.1:{ports[4 + i]}",
                reads="open",
            )
            for i, (name, role) in enumerate(zip(names, roles, strict=True))
        ]
        members.append(
            Member(id=MERCHANT, legal_name="Bench Trading", country="MY", roles=("merchant",))
        )
        plan = Plan(network=NETWORK, members=tuple(members))
        found(plan, directory / "net", make_wallet)
        nodes = []
        for i, name in enumerate(names):
            home = directory / "net" / name
            command = [sys.executable, "-m", "cocket", "node", "run", str(home)]
            with (directory / f"{name}.log").open("wb") as log:
                process = subprocess.Popen(command, stdout=log, stderr=log)
            processes.append(process)
            nodes.append(BenchNode(f"http://127.0.0.1:{ports[4 + i]}", process, home))
        await _ready(nodes, directory)
        yield BenchNetwork(nodes, keys[MERCHANT])
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(directory)


async def _ready(nodes: list[BenchNode], directory: Path) -> None:
    deadline = time.monotonic() + START_S
    async with aiohttp.ClientSession() as session:
        for node in nodes:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{node.url}/readyz") as answer:
                        if answer.status == 200:
                            break
                if time.monotonic() > deadline or node.process.poll() is not None:
                    logs = "".join(p.read_text()[-2000:] for p in directory.glob("*.log"))
                    raise SystemExit(f"{node.url} did not become ready:\n{logs}")
                await asyncio.sleep(0.1)
