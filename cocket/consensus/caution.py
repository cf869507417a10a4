"""Caution: for a while after a view failed, leaders order what a quorum is known to hold.

A voter needs every batch of a block. As a rule all have what one has, within a moment, and a leader
orders whatever is here. On a slow line, or one that loses packets, a batch may be seconds away from
others, and every block that names it is lost until it is there, whoever leads. Hence:

    nullifies a view whose proposal is here ──▶ tells all what it holds (`Held`): first all of it,
                                                then each batch as it comes
    the view is nullified ──▶ is cautious: as a leader, orders only batches that a quorum holds;
                              where there is none, it waits for Δ, and then orders what is here
    `CALM` Δ later ──▶ neither

No batch is left out for ever: what waits is offered to all (dissemination), so n - f honest
validators come to hold it and tell; and caution ends. Who keeps quiet, or tells of what it has not,
does no more harm than by not voting. While nothing fails, nothing is told, and nobody waits.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from cocket.consensus.effects import Effects, Send
from cocket.consensus.messages import HELD_MAX, Held
from cocket.consensus.timing import Timing
from cocket.consensus.tree import Tree
from cocket.ledger.blocks import BATCHES_MAX
from cocket.ledger.committee import Committee

CALM = 20
"""So many Δ after the last view that failed, all is well again."""
REMEMBERED_MAX = 2048
"""So many batches are remembered of those that a validator told of, the newest."""


class Caution:
    """Which batches the others hold, as far as they told, and what is to be told to them."""

    def __init__(self, committee: Committee, timing: Timing) -> None:
        self._committee = committee
        self._timing = timing
        self._tells_until_ms = self._careful_until_ms = 0
        self._told: dict[int, dict[bytes, None]] = {}
        self._holders: dict[bytes, int] = {}
        self._untold: dict[bytes, None] = {}
        self._due_ms: int | None = None

    def fails(self, batches: Iterable[bytes], nullified: bool, now_ms: int) -> None:
        """This validator gives up a view whose proposal is here, or all have (`nullified`).
        `batches` are those that are here."""
        if now_ms >= self._tells_until_ms:
            self._untold = dict.fromkeys(batches)
            self._due_ms = now_ms
        self._tells_until_ms = now_ms + CALM * self._timing.delta_ms
        if nullified:
            self._careful_until_ms = self._tells_until_ms

    def stored(self, batch: bytes, now_ms: int) -> None:
        """A batch is here."""
        if now_ms < self._tells_until_ms:
            self._untold[batch] = None
            if self._due_ms is None:
                self._due_ms = now_ms + self._timing.block_interval_ms

    def heard(self, validator: int, held: Held) -> None:
        """A validator says what it holds."""
        told = self._told.setdefault(validator, {})
        for batch in held.batches if held.epoch == self._committee.epoch else ():
            if batch not in told:
                told[batch] = None
                self._holders[batch] = self._holders.get(batch, 0) + 1
        for batch in list(islice(told, max(0, len(told) - REMEMBERED_MAX))):
            del told[batch]
            self._holders[batch] -= 1
            if not self._holders[batch]:
                del self._holders[batch]

    def waits(self, tree: Tree, parent: bytes, now_ms: int) -> bool:
        """Whether a leader had better wait: none of what it could order is common."""
        careful = now_ms < self._careful_until_ms
        return careful and next(self._common(tree, parent), None) is None

    def choose(self, tree: Tree, parent: bytes, now_ms: int) -> tuple[bytes, ...]:
        """What a leader orders on top of `parent` if it does so now."""
        common = self._common(tree, parent) if now_ms < self._careful_until_ms else ()
        return tuple(islice(common, BATCHES_MAX)) or tuple(
            islice(tree.fresh_batches(parent), BATCHES_MAX)
        )

    def _common(self, tree: Tree, parent: bytes) -> Iterator[bytes]:
        """Of the batches that are here to be ordered, those that a quorum is known to hold."""
        enough = self._committee.quorum - 1
        fresh = tree.fresh_batches(parent)
        return (batch for batch in fresh if self._holders.get(batch, 0) >= enough)

    @property
    def deadline_ms(self) -> int | None:
        """When there is something to tell."""
        return self._due_ms

    def turn(self, effects: Effects, now_ms: int) -> None:
        """Tell what is due."""
        if self._due_ms is None or now_ms < self._due_ms:
            return
        batches = tuple(islice(self._untold, HELD_MAX))
        if batches:
            effects.send.append(Send(None, Held(self._committee.epoch, batches)))
        for batch in batches:
            del self._untold[batch]
        self._due_ms = now_ms + self._timing.block_interval_ms if self._untold else None
