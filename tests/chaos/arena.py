"""All that a fault can reach."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.chaos.disk import Disk
from tests.chaos.load import Load
from tests.chaos.nodes import Node
from tests.chaos.watch import Watch
from tests.chaos.wire import CUT, Link, Pairs, Wire

POLL_S = 0.05


@dataclass(slots=True)
class Arena:
    """The network and its surroundings; `random` draws the victims."""

    nodes: Sequence[Node]
    wire: Wire
    disk: Disk
    disk_owner: Node
    watch: Watch
    load: Load
    random: random.Random

    @property
    def faulty(self) -> int:
        """f: how many nodes may fail at a time."""
        return (len(self.nodes) - 1) // 3

    @property
    def quorum(self) -> int:
        """How many have to work together."""
        return len(self.nodes) - self.faulty

    def draw(self, count: int) -> list[Node]:
        """Nodes that something happens to."""
        return self.random.sample(list(self.nodes), count)

    def cut(self, pairs: Sequence[tuple[Node, Node]]) -> None:
        """Nothing passes from the first to the second of each pair; all else is perfect."""
        self.wire.set({(a.host.index, b.host.index): CUT for a, b in pairs})

    def part(self, some: Sequence[Node]) -> None:
        """Nothing passes between some nodes and the others."""
        names = {node.name for node in some}
        self.cut(
            [
                (a, b)
                for a in self.nodes
                for b in self.nodes
                if (a.name in names) != (b.name in names)
            ]
        )

    def between_nodes(self, link: Link) -> None:
        """Every ordered pair of nodes has this link; strangers keep a perfect one."""
        pairs: Pairs = {
            (a.host.index, b.host.index): link for a in self.nodes for b in self.nodes if a is not b
        }
        self.wire.set(pairs)

    async def until(self, holds: Callable[[], bool], seconds: float) -> float | None:
        """Seconds until something holds; None if it takes longer than so many."""
        begin = self.watch.now()
        while not holds():
            if self.watch.now() > begin + seconds:
                return None
            await asyncio.sleep(POLL_S)
        return self.watch.now() - begin

    def mend_wire(self) -> None:
        """Everything passes again."""
        self.wire.set({})
