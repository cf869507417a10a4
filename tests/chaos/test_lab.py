"""What is said where chaos cannot be: before anything is made."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos import lab
from tests.chaos.__main__ import chosen
from tests.chaos.faults import FAULTS


def test_without_root_it_says_so_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="chaos needs root: it makes network namespaces"):
        lab.check_machine()


def test_tools_that_are_missing_are_named_with_their_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"nsenter \(util-linux\).*ip \(iproute2\)"):
        lab.check_machine()


def test_a_fault_that_is_not_there_is_refused_with_those_that_are() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--only", "fire"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "there is no fire; there are kill, rolling" in done.stderr


def test_faults_are_chosen_singly_or_by_group_and_played_in_the_order_of_the_schedule() -> None:
    assert chosen("clock-ahead,line,kill") == ["kill", "latency", "bulk", "behind", "clock-ahead"]
    assert chosen(None) == list(FAULTS)
    assert chosen(None)[-1] == "two-years"
