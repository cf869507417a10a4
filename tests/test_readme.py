"""Every command and every example of the README does what it says, in the order it says it."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cocket.demo.processes import free_ports

README = Path(__file__).parents[1] / "README.md"
SECONDS_MAX = 120


def four_free_ports_in_a_row() -> int:
    """The first of them: `cocket network create` counts on from it."""
    for first in free_ports(100):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + 4):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise OSError("no four free ports in a row on this machine")


def script(text: str) -> str:
    """The blocks below "Try it by hand" as one script, for bash."""
    blocks = re.findall(r"^```(sh|python)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    parts = ["set -eu"]
    for language, block in blocks:
        parts.append(block if language == "sh" else f"python3 - <<'PYTHON'\n{block}PYTHON\n")
    return "\n".join(parts)


@pytest.mark.slow
def test_the_readme_can_be_followed_from_top_to_bottom(tmp_path: Path) -> None:
    commands = script(README.read_text().partition("## Try it by hand")[2])
    api, peer = four_free_ports_in_a_row(), four_free_ports_in_a_row()
    commands = (
        commands.replace(
            "cocket network create ", f"cocket network create --api-port {api} --peer-port {peer} "
        )
        .replace(":8101", f":{api}")
        .replace(":8103", f":{api + 2}")
        .replace("cocket follow", "timeout 3 cocket follow")
        .replace("# each document as it becomes final", "|| test $? = 124")
    )
    bin_ = Path(sys.executable).parent
    ran = subprocess.run(
        ["bash", "-c", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{commands}"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("committed") >= 3
    (form,) = tmp_path.glob("packing-list-*.yaml")
    assert "invoice: LT-2026-0117 of lotus" in form.read_text()
    for verdict in ("integrity", "issuer", "inclusion"):  # by the command, and from Python
        assert len(re.findall(rf"^{verdict} +pass ", ran.stdout, re.MULTILINE)) == 2
