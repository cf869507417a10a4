"""The demo, run as a newcomer runs it: it tells the whole story and leaves no process behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cocket.client import files, verify
from cocket.demo.processes import free_ports

SECONDS_MAX = 60
COCKET = (sys.executable, "-m", "cocket")


def processes_of(directory: Path) -> list[int]:
    """The processes with this directory on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(directory) in line:
                found.append(int(entry.name))
    return found


def wait_for_none(directory: Path, seconds: float = 15) -> list[int]:
    deadline = time.monotonic() + seconds
    while (left := processes_of(directory)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COCKET, "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
    )


@pytest.mark.slow
def test_the_demo_tells_its_story_in_a_minute_and_leaves_receipts_and_nothing_else(
    tmp_path: Path,
) -> None:
    home = tmp_path / "durian"
    began = time.monotonic()
    story = start("--directory", str(home))
    text, _ = story.communicate(timeout=2 * SECONDS_MAX)
    assert story.returncode == 0, text
    assert time.monotonic() - began < SECONDS_MAX
    assert re.findall(r"^ +(\w+(?:-\w+)+): ", text, re.MULTILINE) == [
        "not-controller",
        "wrong-role",
        "bad-signature",
    ]
    assert "caught up from block" in text
    assert [path.name for path in home.iterdir()] == ["receipts"]
    for folder in (home / "receipts").iterdir():
        evidence = files.read_evidence(folder)
        assert verify(evidence.document, evidence.receipt, evidence.trust).ok
    assert wait_for_none(home) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_the_demo_is_stopped_no_node_outlives_it(tmp_path: Path, number: int) -> None:
    home = tmp_path / "durian"
    story = start("--directory", str(home))
    deadline = time.monotonic() + SECONDS_MAX
    while len(processes_of(home / "network")) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    story.send_signal(number)
    text, _ = story.communicate(timeout=SECONDS_MAX)
    assert wait_for_none(home) == []
    if number != signal.SIGKILL:
        assert story.returncode == 130, text
        assert "Traceback" not in text
        assert not home.exists()


@pytest.mark.slow
def test_a_network_that_is_kept_answers_until_it_is_stopped_as_the_demo_says(
    tmp_path: Path,
) -> None:
    home = tmp_path / "tea"
    story = start("--story", "buy", "--keep", "--directory", str(home))
    text, _ = story.communicate(timeout=2 * SECONDS_MAX)
    pids = [int(each) for each in (home / "pids").read_text().split()]
    try:
        assert story.returncode == 0, text
        assert f"kill $(cat {home / 'pids'})" in text
        status = subprocess.run(
            [*COCKET, "node", "status", str(home / "network" / "carrier"), "--json"],
            capture_output=True,
            check=True,
        )
        assert json.loads(status.stdout)["ready"]
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
    assert wait_for_none(home) == []


def test_the_directory_of_a_demo_is_never_one_that_exists(tmp_path: Path) -> None:
    story = start("--directory", str(tmp_path))
    text, _ = story.communicate(timeout=SECONDS_MAX)
    assert story.returncode == 1
    assert "exists already" in text
    assert tmp_path.exists()


def test_free_ports_are_distinct_and_not_those_of_outgoing_connections() -> None:
    ports = free_ports(8)
    assert len(set(ports)) == 8
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(ports) < max(lowest, 32_768)
