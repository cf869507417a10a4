"""Namespaces of our own: network, mounts and processes that end when this command ends.

    this command ─▶ unshare ─▶ the same command as process 1 of the lab ─▶ nodes, wire

The kernel removes the namespaces with the last process in them, ends that one with `unshare`, and
`unshare` with this command: so nothing is left behind by Ctrl-C, by a failure or by `kill -9`, but
for the directory in /tmp. There is no way out of the network either: the only interfaces are those
that `hosts` makes.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from cocket.demo.processes import interruptible, undisturbed

INSIDE = "COCKET_CHAOS_LAB"
TIDY_S = 20.0
TOOLS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ip": "iproute2",
    "mount": "mount",
    "mkfs.ext4": "e2fsprogs",
}
TUN = Path("/dev/net/tun")
NETNS = Path("/run/netns")


def enter(module: str) -> None:
    """Return in the lab; outside, run `module` again inside and exit as it does.

    `SystemExit` with a sentence if there can be no lab here.
    """
    if os.environ.get(INSIDE) == str(os.getpid()) == "1":
        _private_names()
        return
    check_machine()
    command = (
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *(sys.executable, "-m", module, *sys.argv[1:]),
    )
    with subprocess.Popen(command, env={**os.environ, INSIDE: "1"}) as lab:
        with interruptible():
            try:
                sys.exit(lab.wait())
            except KeyboardInterrupt:
                _interrupt_first_process(lab.pid)
        with undisturbed():
            try:
                sys.exit(lab.wait(TIDY_S))
            except subprocess.TimeoutExpired:
                lab.kill()
                raise SystemExit("interrupted; ended by force") from None


def check_machine() -> None:
    """`SystemExit` with a sentence unless a lab can be made here."""
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


def _interrupt_first_process(unshare: int) -> None:
    """`unshare` passes no signal on, and Ctrl-C is not the only way to be interrupted."""
    children = Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGTERM)


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
