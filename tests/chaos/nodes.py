"""The nodes: founded as operators do it, each a process on its own host."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from cocket.ledger.keys import SigningKey
from cocket.node.founding import Member, Plan, found
from tests.chaos.clock import Clock, build
from tests.chaos.hosts import Host

NETWORK = "chaos-lane"
MERCHANT = "exporter"
API_PORT, PEER_PORT = 8101, 9101
ROLES = {
    "carrier": "carrier",
    "customs-cn": "customs",
    "customs-my": "customs",
    "hub": "payment",
    "inspection": "inspection",
    "forwarder": "forwarder",
    "chamber": "chamber",
}


@dataclass(slots=True)
class Node:
    """`cocket node run` on a host; its data, log and clock are its own."""

    host: Host
    home: Path
    log: Path
    clock: Clock
    popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The organisation whose node it is."""
        return self.host.name

    @property
    def url(self) -> str:
        """Where its API answers."""
        return f"http://{self.host.address}:{API_PORT}"

    def start(self) -> None:
        """Start it; does not wait."""
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [
                    *("nsenter", f"--net={self.host.namespace}"),
                    *(sys.executable, "-m", "cocket", "node", "run", str(self.home)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self.clock.environment},
            )

    def kill(self) -> None:
        """kill -9."""
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait()
            self.popen = None

    def wipe(self) -> None:
        """Everything it ever wrote is gone; its keys and settings are not."""
        for path in (self.home / "data").iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def stop(self) -> None:
        """SIGSTOP: it neither runs nor ends."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGCONT)

    def ended_by_itself(self) -> str | None:
        """The end of its log if it ended though nobody killed it."""
        if self.popen is None or self.popen.poll() is None:
            return None
        return self.log.read_text(errors="replace")[-1500:]


@dataclass(frozen=True, slots=True)
class Founded:
    """The nodes of a network, and the key that signs the merchant's documents."""

    nodes: list[Node]
    merchant: SigningKey


def found_network(hosts: list[Host], directory: Path) -> Founded:
    """A network whose nodes are on `hosts`, in `directory`; none runs yet."""
    keys: dict[str, SigningKey] = {}

    def make_wallet(path: Path, organisation: str, network: str) -> bytes:
        path.write_text("{}")
        keys[organisation] = SigningKey(secrets.token_bytes(32))
        return keys[organisation].public_key

    members = [
        Member(
            id=host.name,
            legal_name=host.name.title(),
            country="CN" if host.name == "customs-cn" else "MY",
            roles=(ROLES[host.name],),
            peer=f"{host.address}:{PEER_PORT}",
            api=f"{host.address}:{API_PORT}",
            reads="open",
        )
        for host in hosts
    ]
    members.append(
        Member(id=MERCHANT, legal_name="Musang Orchards", country="MY", roles=("merchant",))
    )
    found(Plan(network=NETWORK, members=tuple(members)), directory / "net", make_wallet)
    library = build(directory)
    nodes = []
    for host in hosts:
        clock = Clock(directory / f"{host.name}.clock", library)
        clock.set(0)
        home = directory / "net" / host.name
        nodes.append(Node(host, home, directory / f"{host.name}.log", clock))
    return Founded(nodes, keys[MERCHANT])
