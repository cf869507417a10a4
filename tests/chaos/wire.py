"""The wire: every packet from one host to another passes through this process.

    interface of a host ─▶ lost? ─▶ waits delay ± jitter ─▶ interface of the other host

Why not `tc netem`: not every kernel has it, and it knows interfaces, not pairs. Here every ordered
pair of hosts has a link of its own, so that a cut can have any shape and go one way only. What
passes are whole IP packets, so the nodes' own TCP has to cope, as on any bad line: it sends again
what was lost, and jitter changes the order of packets.

    python -m tests.chaos.wire SEED FD…     hosts 1, 2, …; orders come on standard input
"""

import heapq
import json
import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from tests.chaos.hosts import Host

PACKET_BYTES_MAX = 2048
PACKETS_A_TURN = 64
_IPV4_DESTINATION_LAST_BYTE = 19


@dataclass(frozen=True, slots=True)
class Link:
    """How packets go from one host to another; `loss` is a part of 1."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0


PERFECT = Link()
CUT = Link(loss=1.0)
Pairs = dict[tuple[int, int], Link]
"""(from, to) -> link, by hosts' indexes; a pair that is not there is perfect."""


class Wire:
    """The harness's hold on the process that is the wire."""

    def __init__(self, hosts: Sequence[Host], seed: int) -> None:
        tuns = [host.tun for host in hosts]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.wire", str(seed), *map(str, tuns)],
            stdin=subprocess.PIPE,
            pass_fds=tuns,
        )

    def set(self, pairs: Pairs) -> None:
        """From now on packets pass as `pairs` says."""
        rules = [[*pair, *astuple(link)] for pair, link in pairs.items()]
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(rules).encode() + b"\n")
        self._process.stdin.flush()

    def check(self) -> None:
        """`SystemExit` if the wire broke: what follows would say nothing about the nodes."""
        if self._process.poll() is not None:
            raise SystemExit(f"the wire ended with code {self._process.returncode}")

    def close(self) -> None:
        """No packet passes any more."""
        self._process.kill()
        self._process.wait()


class _Carrier:
    """The process itself."""

    def __init__(self, seed: int, tuns: Sequence[int]) -> None:
        self.tuns = tuns
        self.hosts = {tun: index for index, tun in enumerate(tuns, start=1)}
        self.random = random.Random(seed)
        self.pairs: Pairs = {}
        self.waiting: list[tuple[float, int, int, bytes]] = []
        self.order = 0

    def take(self, tun: int) -> None:
        """What a host sends, a bounded number of packets."""
        source = self.hosts[tun]
        for _ in range(PACKETS_A_TURN):
            try:
                packet = os.read(tun, PACKET_BYTES_MAX)
            except BlockingIOError:
                return
            target = packet[_IPV4_DESTINATION_LAST_BYTE]
            if packet[0] >> 4 == 4 and 1 <= target <= len(self.tuns):  # else IPv6 or a broadcast
                self._pass(packet, source, target)

    def _pass(self, packet: bytes, source: int, target: int) -> None:
        link = self.pairs.get((source, target), PERFECT)
        if link.loss and self.random.random() < link.loss:
            return
        if not link.delay_s:
            self._deliver(packet, target)
            return
        delay = link.delay_s + self.random.uniform(-link.jitter_s, link.jitter_s)
        self.order += 1
        heapq.heappush(self.waiting, (time.monotonic() + delay, self.order, target, packet))

    def _deliver(self, packet: bytes, target: int) -> None:
        try:
            os.write(self.tuns[target - 1], packet)
        except OSError:  # its queue is full: a packet is lost, as on any wire
            return

    def deliver_due(self) -> float | None:
        """Deliver what has waited long enough; seconds until the next is due."""
        while self.waiting:
            wait = self.waiting[0][0] - time.monotonic()
            if wait > 0:
                return wait
            _, _, target, packet = heapq.heappop(self.waiting)
            self._deliver(packet, target)
        return None

    def obey(self, rules: Iterable[Sequence[float]]) -> None:
        """New links for all pairs."""
        self.pairs = {(int(rule[0]), int(rule[1])): Link(*rule[2:]) for rule in rules}


def carry(seed: int, tuns: Sequence[int], orders: int) -> None:
    """Carry packets until nobody gives orders any more."""
    carrier = _Carrier(seed, tuns)
    poll = select.epoll()
    for fd in (*tuns, orders):
        poll.register(fd, select.EPOLLIN)
    text = b""
    while True:
        for fd, _ in poll.poll(carrier.deliver_due()):
            if fd != orders:
                carrier.take(fd)
                continue
            data = os.read(orders, 65536)
            if not data:
                return
            *lines, text = (text + data).split(b"\n")
            for line in lines:
                carrier.obey(json.loads(line))


if __name__ == "__main__":
    carry(int(sys.argv[1]), [int(text) for text in sys.argv[2:]], sys.stdin.fileno())
