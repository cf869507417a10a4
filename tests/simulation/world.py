"""A world for replicas: virtual time, and a network and machines that fail as a seed says.

    World ── one queue of events by time, one source of chance
      ├─ Weather   how messages are lost, doubled and delayed, and who can reach whom
      ├─ Node      one machine: a replica, its disk, and the driver that joins them
      └─ Watch     looks at everything that leaves a node, and says at once if a promise is broken

Everything is decided by the seed: the same seed gives the same run, to the last message.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from cocket.consensus import messages
from cocket.consensus.floor import Floor
from cocket.consensus.timing import Now, Timing
from tests.simulation.committees import cheap_committee, real_committee
from tests.simulation.node import Node
from tests.simulation.watch import Watch

WALL_MS = 1_750_000_000_000
GENESIS = Floor(0, 0, sha256(b"genesis").digest(), WALL_MS)


@dataclass(slots=True)
class Weather:
    """How the network behaves. Delays are in milliseconds; `straggle` is the share of messages
    whose delay is up to ten times the usual."""

    loss: float = 0.0
    double: float = 0.0
    straggle: float = 0.0
    delay_min_ms: int = 5
    delay_max_ms: int = 60
    far_ms: dict[int, int] = field(default_factory=dict)
    """Nodes that are far away: so much is added to every message from and to them."""
    groups: list[set[int]] = field(default_factory=list)
    """Who can reach whom while partitioned; empty: everyone can reach everyone."""

    def connected(self, one: int, other: int) -> bool:
        return not self.groups or any(one in group and other in group for group in self.groups)


class World:
    """`size` nodes under a weather. `trace` takes a line for everything that happens."""

    def __init__(
        self,
        seed: int,
        size: int = 4,
        weather: Weather | None = None,
        timing: Timing | None = None,
        real_keys: bool = False,
        faulty: dict[int, type[Node]] | None = None,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.random = Random(seed)
        self.now_ms = 0
        self.recovery_ms = 0
        self.weather = weather or Weather()
        self.timing = timing or Timing()
        self.committee, signs = real_committee(size) if real_keys else cheap_committee(size)
        self.watch = Watch(self.committee)
        self.trace = trace
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._batches = 0
        self._names: dict[bytes, str] = {}
        self.nodes = [
            (faulty or {}).get(index, Node)(self, index, sign) for index, sign in enumerate(signs)
        ]

    # time

    def at(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Do something `delay_ms` from now."""
        self._count += 1
        heapq.heappush(self._queue, (self.now_ms + delay_ms, self._count, action))

    def clock(self, node: int) -> Now:
        """What the two clocks of a node show."""
        return Now(self.now_ms, WALL_MS + self.now_ms + self.nodes[node].clock_skew_ms)

    def run(self, ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let `ms` pass, or less if `until` comes true before; whether it did."""
        end_ms = self.now_ms + ms
        while not until():
            if not self._queue or self._queue[0][0] > end_ms:
                self.now_ms = end_ms
                return until()
            self.now_ms, _, action = heapq.heappop(self._queue)
            action()
        return True

    @property
    def quiet(self) -> bool:
        """Whether nothing at all is going to happen."""
        return not self._queue

    def say(self, line: str) -> None:
        """Put a line into the trace."""
        if self.trace is not None:
            self.trace(f"{self.now_ms:>7} {line}")

    # messages

    def send(self, sender: int, receiver: int, thing: object) -> None:
        """Give a message to the network: it comes later, twice, or never."""
        weather, chance = self.weather, self.random
        if not weather.connected(sender, receiver) or chance.random() < weather.loss:
            return
        for _ in range(2 if chance.random() < weather.double else 1):
            delay_ms = chance.randint(weather.delay_min_ms, weather.delay_max_ms)
            if chance.random() < weather.straggle:
                delay_ms *= chance.randint(2, 10)
            delay_ms += weather.far_ms.get(sender, 0) + weather.far_ms.get(receiver, 0)
            self.at(delay_ms, lambda: self.nodes[receiver].receive(sender, thing))

    def show(self, message: messages.Message) -> str:
        """A message in a few words, for the trace."""
        match message:
            case messages.Proposal(block):
                batches = " ".join(map(self.name, block.batches)) or "nothing"
                return f"propose {self.name(block.id)} view {block.view} orders {batches}"
            case messages.Vote(subject):
                block = "" if subject.block is None else f" {self.name(subject.block)}"
                return f"{subject.kind.name.lower()}{block} view {subject.view}"
            case messages.Certificate(subject):
                block = "" if subject.block is None else f" {self.name(subject.block)}"
                return f"certificate {subject.kind.name.lower()}{block} view {subject.view}"
            case messages.Ask(_, last, block_id):
                return f"ask for views up to {last} and block {self.name(block_id)}"

    def name(self, name: bytes | None) -> str:
        """Short for an id: numbers in the order in which a trace first shows them."""
        if name is None:
            return "nothing"
        return self._names.setdefault(name, f"#{len(self._names) + 1}")

    # what happens to nodes

    def start(self, nodes: Iterable[int] | None = None) -> None:
        """Switch nodes on (all of them, if none are named)."""
        for index in range(len(self.nodes)) if nodes is None else nodes:
            self.nodes[index].start()

    def submit(self, author: int | None = None, to: Iterable[int] | None = None) -> bytes:
        """A new batch at a node; it sends it to all others, or only to those named."""
        self._batches += 1
        batch = sha256(b"batch %d" % self._batches).digest()
        up = [node.index for node in self.nodes if node.up]
        if author is None:
            author = self.random.choice(up) if up else 0
        self.nodes[author].take(batch, to)
        return batch

    def partition(self, *groups: set[int]) -> None:
        """Cut the network into groups; those in none are alone."""
        self.say(f"partition {groups}")
        self.weather.groups = list(groups)

    def heal(self, sessions: bool = True) -> None:
        """Everyone can reach everyone again; unless told otherwise, sessions open anew."""
        self.say("heal")
        self.weather.groups = []
        for node in self.nodes if sessions else []:
            node.reconnect()

    def all_have(self, *batches: bytes) -> bool:
        """Whether every honest node that is up has ordered all of these batches."""
        return all(node.ordered.issuperset(batches) for node in self.honest if node.up)

    def orders(self, *batches: bytes, within_ms: int) -> bool:
        """Let time pass until `all_have` these batches; whether that came in time."""
        return self.run(within_ms, lambda: self.all_have(*batches))

    @property
    def honest(self) -> list[Node]:
        """The nodes that keep to the protocol."""
        return [node for node in self.nodes if node.honest]
