"""What the nodes say of themselves, five times a second: how many documents are committed."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.api import Api, Json
from tests.chaos.nodes import Node

EVERY_S = 0.2
FROZEN_S = 1.0
"""A sleep that ends so much too late means that this machine ran nothing of ours meanwhile."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`at_s` since the start; `leaves` of the node that is furthest."""

    at_s: float
    leaves: int


@dataclass(slots=True)
class Watch:
    """A record of the whole run, and the newest word of each node."""

    api: Api
    nodes: Sequence[Node]
    started: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)
    newest: dict[str, Json | None] = field(default_factory=dict)
    freezes: list[tuple[float, float]] = field(default_factory=list)
    """When the machine stood still, and for how long."""

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def leaves(self) -> int:
        """Documents that some node has committed."""
        return self.samples[-1].leaves if self.samples else 0

    async def run(self) -> None:
        """Until cancelled. Each node is asked by itself: one that hangs delays nobody."""
        async with asyncio.TaskGroup() as group:
            for node in self.nodes:
                group.create_task(self._ask(node))
            group.create_task(self._notice_freezes())

    async def _notice_freezes(self) -> None:
        while True:
            before = self.now()
            await asyncio.sleep(EVERY_S)
            late = self.now() - before - EVERY_S
            if late > FROZEN_S:
                self.freezes.append((before, late))

    async def _ask(self, node: Node) -> None:
        while True:
            status = self.newest[node.name] = await self.api.status(node.url)
            if status is not None and (not self.samples or status["leaves"] > self.leaves):
                self.samples.append(Sample(self.now(), status["leaves"]))
            await asyncio.sleep(EVERY_S)

    # -- what the record says ---------------------------------------------------------------

    def leaves_at(self, at_s: float) -> int:
        """Documents committed by then."""
        return max((each.leaves for each in self.samples if each.at_s <= at_s), default=0)

    def rate(self, begin_s: float, end_s: float) -> float:
        """Documents a second between two moments."""
        return (self.leaves_at(end_s) - self.leaves_at(begin_s)) / max(0.001, end_s - begin_s)

    def longest_gap(self, begin_s: float, end_s: float) -> float:
        """The longest time in between in which nothing was committed."""
        times = [each.at_s for each in self.samples if begin_s < each.at_s < end_s]
        return max(
            later - sooner for sooner, later in zip([begin_s, *times], [*times, end_s], strict=True)
        )

    def first_commit_after(self, at_s: float) -> float | None:
        """Seconds until something was committed again."""
        found = (each.at_s - at_s for each in self.samples if each.at_s > at_s)
        return next(found, None)

    def frozen(self, begin_s: float, end_s: float) -> float:
        """For how long of the time between two moments the machine stood still."""
        return sum(late for at_s, late in self.freezes if begin_s <= at_s <= end_s)

    def answering(self) -> int:
        """Nodes that answer now."""
        return sum(each is not None for each in self.newest.values())

    def idle(self) -> bool:
        """Whether no node has anything on its way."""
        return all(each is not None and not each["pending"] for each in self.newest.values())

    def whole(self, leaves: int) -> bool:
        """Whether every node is ready and has that many documents."""
        return len(self.newest) == len(self.nodes) and all(
            each is not None and each["ready"] and each["leaves"] >= leaves
            for each in self.newest.values()
        )
