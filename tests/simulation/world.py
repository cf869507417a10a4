"""A world for replicas: virtual time, and a network and machines that fail as a seed says.

    World ── one queue of events by time, one source of chance
      ├─ Weather   how messages are lost, doubled and delayed; and the links that are cut
      ├─ Node      one machine: a replica, its clocks and its disk, and the driver that joins them
      └─ Watch     looks at everything that leaves a node, and says at once if a promise is broken

Everything is decided by the seed: the same seed gives the same run, to the last message.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import sha256
from random import Random

from cocket.consensus import messages
from cocket.consensus.timing import Timing
from cocket.ledger.blocks import Certificate, Subject, Vote
from tests.simulation.committees import cheap_committee, real_committee
from tests.simulation.node import Node
from tests.simulation.watch import Watch
from tests.simulation.weather import Link, Weather, apart


class World:
    """`size` nodes under a weather. `trace` takes a line for everything that happens; `liars` makes
    some nodes of another kind. `turns` are the leaders of views 0, 1, …, over and over; without it
    they are round-robin."""

    def __init__(
        self,
        seed: int,
        size: int = 4,
        weather: Weather | None = None,
        *,
        epoch: int = 0,
        turns: tuple[int, ...] = (),
        real_keys: bool = False,
        liars: dict[int, type[Node]] | None = None,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.random = Random(seed)
        self.now_ms = 0
        self.recovery_ms = 0
        """How long the calm took until everything was together,"""
        self.recovery_share = 0.0
        """and how much that was of what is allowed."""
        self.weather = weather or Weather()
        self.timing = Timing()
        self.committee, self.signs = (
            real_committee(size, epoch) if real_keys else cheap_committee(size, epoch, turns)
        )
        self.faults: Counter[str] = Counter()
        """How often what went wrong."""
        self.trace = trace
        self._cuts: list[frozenset[Link]] = []
        self._blocked: frozenset[Link] = frozenset()
        self._queue: list[tuple[int, int, Callable[[], object]]] = []
        self._count = 0
        self._batches = 0
        self._names: dict[bytes, str] = {}
        liars = liars or {}
        self.nodes = [
            liars.get(index, Node)(self, index, sign) for index, sign in enumerate(self.signs)
        ]
        self.honest = [node for node in self.nodes if node.honest]
        """The nodes that keep to the protocol."""
        self.watch = Watch(self)

    # time

    def at(self, delay_ms: int, action: Callable[[], object]) -> None:
        """Do something `delay_ms` from now."""
        self._count += 1
        heapq.heappush(self._queue, (self.now_ms + delay_ms, self._count, action))

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

    # the network

    def send(self, sender: int, receiver: int, thing: object) -> None:
        """Give a message to the network: it comes later, twice, or never."""
        weather, chance = self.weather, self.random
        if (sender, receiver) in self._blocked:
            self.faults["cut off"] += 1
            return
        if weather.loss and chance.random() < weather.loss:
            self._fate(sender, receiver, "lost")
            return
        copies = 1
        if weather.double and chance.random() < weather.double:
            self._fate(sender, receiver, "doubled")
            copies = 2
        for _ in range(copies):
            delay_ms = chance.randint(weather.delay_min_ms, weather.delay_max_ms)
            if weather.straggle and chance.random() < weather.straggle:
                delay_ms *= chance.randint(2, 10)
                self.faults["late"] += 1
            if weather.far_ms:
                delay_ms += weather.far_ms.get(sender, 0) + weather.far_ms.get(receiver, 0)
            if self.trace is not None and not weather.steady:
                self.say(f"  {sender} to {receiver} takes {delay_ms} ms")
            self.at(delay_ms, lambda: self.nodes[receiver].deliver(sender, thing))

    def _fate(self, sender: int, receiver: int, fate: str) -> None:
        self.faults[fate] += 1
        self.say(f"  {sender} to {receiver} is {fate}")

    def connected(self, sender: int, receiver: int) -> bool:
        """Whether messages of one reach the other."""
        return (sender, receiver) not in self._blocked

    def cut(self, links: frozenset[Link]) -> None:
        """Let nothing through on these links."""
        self._cuts.append(links)
        self._blocked = frozenset().union(*self._cuts)

    def mend(self, links: frozenset[Link], sessions: bool = True) -> None:
        """Undo one such cut; unless told otherwise, sessions open anew where it was."""
        if links not in self._cuts:
            return  # the whole network was healed meanwhile
        self._cuts.remove(links)
        self._blocked = frozenset().union(*self._cuts)
        pairs = {(min(link), max(link)) for link in links if link[0] != link[1]}
        for one, other in sorted(pairs) if sessions else []:
            if self.connected(one, other) and self.connected(other, one):
                self.nodes[one].greet(other)
                self.nodes[other].greet(one)

    def partition(self, *groups: set[int]) -> None:
        """Cut the network into groups; those in none are alone."""
        self.say(f"partition {groups}")
        self.cut(apart(len(self.nodes), groups))

    def heal(self, sessions: bool = True) -> None:
        """Everyone can reach everyone again; unless told otherwise, sessions open anew."""
        self.say("heal")
        self._cuts.clear()
        self._blocked = frozenset()
        for node in self.nodes if sessions else []:
            node.reconnect()

    # for the trace

    def show(self, message: messages.Message) -> str:
        """A message in a few words."""
        match message:
            case messages.Proposal(block):
                batches = " ".join(map(self.name, block.batches)) or "nothing"
                return f"propose {self.name(block.id)} view {block.view} orders {batches}"
            case Vote(subject):
                return self._show_subject(subject)
            case Certificate(subject):
                return f"certificate {self._show_subject(subject)}"
            case messages.Ask(_, last, block_id):
                return f"ask for views up to {last} and block {self.name(block_id)}"
            case messages.Recall():
                return "ask for the newest certificate"
            case messages.Newest(_, _, certificate):
                newest = "none" if certificate is None else self.show(certificate)
                return f"newest: {newest}"
            case messages.Held(_, batches):
                return f"holds {' '.join(map(self.name, batches))}"

    def _show_subject(self, subject: Subject) -> str:
        block = "" if subject.block is None else f" {self.name(subject.block)}"
        return f"{subject.kind.name.lower()}{block} view {subject.view}"

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

    def all_have(self, *batches: bytes) -> bool:
        """Whether every honest node that is up has ordered all of these batches."""
        return all(node.ordered.issuperset(batches) for node in self.honest if node.up)

    def orders(self, *batches: bytes, within_ms: int) -> bool:
        """Let time pass until `all_have` these batches; whether that came in time."""
        return self.run(within_ms, lambda: self.all_have(*batches))
