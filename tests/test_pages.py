"""What docs/submitters.md and docs/merchants.md tell to type does what they say, in their order."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.client import Wallet
from cocket.demo.processes import free_ports
from cocket.node.founding import Founded, found, plan_for
from tests.test_readme import script

DOCS = Path(__file__).parents[1] / "docs"
PASSWORD = "correct horse"
SECONDS_MAX = 120


def make_wallet(path: Path, organisation: str, network: str) -> bytes:
    wallet = Wallet.create(organisation, network)
    wallet.save(path, PASSWORD)
    return wallet.public_key


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Founded]:
    """Four nodes that run."""
    ports = free_ports(8)
    founded = found(plan_for("green-lane", ports[:4], ports[4:]), tmp_path / "net", make_wallet)
    processes = []
    try:
        for member in founded.plan.members:
            home = str(founded.directory_of(member))
            command = [sys.executable, "-m", "cocket", "node", "run", home]
            with (tmp_path / f"{member.id}.log").open("wb") as log:
                processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        yield founded
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_the_pages_can_be_followed_from_top_to_bottom(network: Founded, tmp_path: Path) -> None:
    customs, *_ = network.plan.members
    here = tmp_path / "here"
    (here / "customs").mkdir(parents=True)
    shutil.copy(network.directory_of(customs) / "wallet.json", here / "customs")
    pages = (DOCS / "submitters.md", DOCS / "merchants.md")
    commands = "\n".join(script(page.read_text("utf-8")) for page in pages)
    commands = commands.replace("https://node.example", f"http://{customs.api}")
    assert not re.search(r"https?://(?!127\.0\.0\.1)", commands)
    ran = subprocess.run(
        ["bash", "-c", f"cocket node status http://{customs.api} --wait 60\n{commands}"],
        check=False,
        cwd=here,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COCKET_PASSWORD": PASSWORD,
        },
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "committed leaf" in ran.stdout
    assert "unknown" not in ran.stdout.partition("integrity")[0]
    for verdict in ("integrity", "issuer", "inclusion"):
        assert len(re.findall(rf"^{verdict} +pass ", ran.stdout, re.MULTILINE)) == 2, ran.stdout
