"""Namespaces of our own: network, mounts and processes that end when this command ends.

The kernel removes them with the last process in them, and `unshare --kill-child` ends that one
with its parent: so nothing is left behind by Ctrl-C, by a failure, or by `kill -9`. There is no way
out of the network either: the only interfaces are those that `hosts` makes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSIDE = "COCKET_CHAOS_LAB"
TOOLS = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2", "mount": "mount"}
TUN = Path("/dev/net/tun")
NETNS = Path("/run/netns")


def enter(module: str) -> None:
    """Run `module` again inside the lab, unless this is the lab; `SystemExit` if it cannot be."""
    if os.environ.get(INSIDE) == str(os.getpid()) == "1":
        _private_names()
        return
    if os.geteuid() != 0:
        raise SystemExit(
            "chaos needs root: it makes network namespaces, mounts and slow disks of its own "
            "(sudo make chaos)"
        )
    missing = [f"{tool} ({package})" for tool, package in TOOLS.items() if not shutil.which(tool)]
    if not TUN.exists():
        missing.append(f"{TUN} (the kernel's tun module)")
    if missing:
        raise SystemExit(f"chaos needs what is not on this machine: {', '.join(missing)}")
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    os.execvpe(
        command[0],
        [*command, sys.executable, "-m", module, *sys.argv[1:]],
        {**os.environ, INSIDE: "1"},
    )


def _private_names() -> None:
    """`ip netns` keeps names in /run: let them be in a file system of ours."""
    NETNS.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", str(NETNS))
    run("ip", "link", "set", "lo", "up")


def run(*command: str) -> str:
    """Run a command of the system; its output, or `SystemExit` with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
