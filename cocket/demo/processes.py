"""Four nodes as four processes on this machine, on ports that were free, and never left behind."""

import ctypes
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cocket.client import Wallet
from cocket.demo.calendar import Calendar
from cocket.demo.cast import WITH_NODES, Company
from cocket.node.config import SetupError
from cocket.node.founding import Founded, Member, Plan, found

NETWORK = "durian-lane"
PORTS = range(20_000, 32_000)
STOP_SECONDS = 10.0
LOG_FILE = "node.log"
LOG_LINES_SHOWN = 5
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(slots=True)
class Process:
    """A node's process: `cocket node run` on an organisation's directory, its output in a file.

    calendar    what it goes by in place of the machine's calendar
    """

    member: Member
    directory: Path
    lasting: bool
    calendar: Calendar | None = None
    popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where its API answers."""
        return f"http://{self.member.api}"

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.directory / LOG_FILE

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self.popen is not None
        return self.popen.pid

    def start(self) -> None:
        """Start it; in a session of its own, so that Ctrl-C reaches the demo alone."""
        command = ["cocket", "node", "run"]
        if self.calendar is not None:
            command = ["cocket.demo.calendar", str(self.calendar.file)]
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", *command, str(self.directory)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=None if self.lasting else _end_with_parent,  # noqa: PLW1509
            )

    def check(self) -> None:
        """`SetupError` with the last lines of its output if it ended by itself."""
        if self.popen is not None and self.popen.poll() is not None:
            lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
            raise SetupError(
                f"the node of {self.member.id} ended with code {self.popen.returncode}; "
                f"the end of {self.log}:\n" + "\n".join(lines)
            )

    def kill(self) -> None:
        """End it at once, with no chance to tidy up: SIGKILL, the `kill -9` of a power cut."""
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait()
            self.popen = None

    def stop(self) -> None:
        """End it properly; by force if it takes too long."""
        if self.popen is None:
            return
        self.popen.terminate()
        try:
            self.popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.popen = None


def _end_with_parent() -> None:
    """Runs in the child: on Linux, end it even when the demo itself is killed with -9.

    Between fork and exec only what other threads cannot hold may be touched: so libc was loaded
    before, and nothing is imported or locked here.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class LocalNetwork:
    """The founded network, a wallet for each organisation, and the processes of its nodes.

    calendar    what all of them go by in place of the machine's
    """

    founded: Founded
    wallets: dict[str, Wallet]
    nodes: dict[str, Process]
    calendar: Calendar | None

    def start(self) -> None:
        """Start every node."""
        for node in self.nodes.values():
            node.start()

    def stop(self) -> None:
        """Stop every node: all are told before any is waited for."""
        for node in self.nodes.values():
            if node.popen is not None:
                node.popen.terminate()
        for node in self.nodes.values():
            node.stop()


def found_locally(
    directory: Path,
    password: str,
    lasting: bool,
    guests: Sequence[Company] = (),
    own_calendar: bool = False,
) -> LocalNetwork:
    """A network of four in `directory`, which must not exist; wallets sealed with `password`.

    guests        further founding members, which have no node
    own_calendar  whether its nodes go by a calendar that can be turned
    """
    plan = Plan(network=NETWORK, members=(*_with_nodes(), *map(_member, guests)))
    wallets: dict[str, Wallet] = {}

    def make_wallet(path: Path, organisation: str, network: str) -> bytes:
        wallets[organisation] = wallet = Wallet.create(organisation, network)
        wallet.save(path, password)
        return wallet.public_key

    founded = found(plan, directory, make_wallet)
    calendar = Calendar.of_today(directory / "calendar") if own_calendar else None
    nodes = {
        member.id: Process(member, founded.directory_of(member), lasting, calendar)
        for member in plan.members
        if member.has_node
    }
    return LocalNetwork(founded, wallets, nodes, calendar)


def _member(company: Company, api: str | None = None, peer: str | None = None) -> Member:
    return Member(
        id=company.id,
        legal_name=company.legal_name,
        country=company.country,
        roles=company.roles,
        chamber="public" if {"customs", "chamber"} & set(company.roles) else "private",
        api=api,
        peer=peer,
    )


def _with_nodes() -> Iterator[Member]:
    addresses = (f"127.0.0.1:{port}" for port in free_ports(2 * len(WITH_NODES)))
    for company in WITH_NODES:
        yield _member(company, next(addresses), next(addresses))


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on now.

    Below the ports that systems give to outgoing connections: a node that calls a dead neighbour
    again and again must not be given the neighbour's own port to call from.
    """
    ports: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports.append(port)
        if len(ports) == count:
            return ports
    raise SetupError(f"no {count} free ports from {PORTS.start} to {PORTS.stop} on this machine")


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP end the demo as Ctrl-C does: through every `finally`."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signals = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """What tidies up is not itself interrupted."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
