"""Wrong proposer: a leader whose blocks break one rule each."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from cocket.consensus.effects import Send
from cocket.consensus.messages import Proposal
from cocket.ledger.blocks import BATCHES_MAX, Block
from tests.simulation.clock import WALL_MS
from tests.simulation.liars.liar import Liar

YEAR_MS = 365 * 86_400_000


class WrongProposer(Liar):
    """Never proposes anything right; votes like an honest node."""

    wrongs: tuple[str, ...] = ()
    """Which of `WRONGS`; all of them if empty."""

    def tell(self, send: Send) -> list[Send]:
        if not isinstance(send.message, Proposal):
            return [send]
        kind = self.world.random.choice(self.wrongs or tuple(WRONGS))
        self.lied(f"proposal with {kind}")
        block = WRONGS[kind](self, send.message.block, self.world.random)
        return [Send(send.to, self.proposal(block))]

    def ancestor(self, back: int) -> Block | None:
        """One of its final blocks, counted from the newest."""
        return self.chain[-1 - back].block if len(self.chain) > back else None


def unknown_batches(liar: WrongProposer, block: Block, chance: Random) -> Block:
    return replace(block, batches=(*block.batches[:10], chance.randbytes(32)))


def old_batches(liar: WrongProposer, block: Block, chance: Random) -> Block:
    final = [batch for item in liar.chain for batch in item.block.batches]
    return replace(block, batches=tuple(final[-3:]) or (chance.randbytes(32),))


def a_batch_twice(liar: WrongProposer, block: Block, chance: Random) -> Block:
    name = block.batches[0] if block.batches else chance.randbytes(32)
    return replace(block, batches=(name, name))


def too_many_batches(liar: WrongProposer, block: Block, chance: Random) -> Block:
    return replace(block, batches=tuple(chance.randbytes(32) for _ in range(BATCHES_MAX + 1)))


def an_unknown_parent(liar: WrongProposer, block: Block, chance: Random) -> Block:
    return replace(block, parent=chance.randbytes(32))


def an_old_parent(liar: WrongProposer, block: Block, chance: Random) -> Block:
    old = liar.ancestor(chance.randint(1, 3)) or liar.ancestor(0)
    if old is None:
        return an_unknown_parent(liar, block, chance)
    return replace(block, parent=old.id, height=old.height + 1)


def a_wrong_height(liar: WrongProposer, block: Block, chance: Random) -> Block:
    height = max(0, block.height + chance.choice([-1, 1, 1_000]))
    return replace(block, height=height)


def a_time_too_late(liar: WrongProposer, block: Block, chance: Random) -> Block:
    return replace(block, time_ms=block.time_ms + chance.choice([5_000, 3_600_000, 2 * YEAR_MS]))


def a_time_too_early(liar: WrongProposer, block: Block, chance: Random) -> Block:
    parent = liar.ancestor(0)
    return replace(block, time_ms=parent.time_ms if parent else WALL_MS - YEAR_MS)


def another_network(liar: WrongProposer, block: Block, chance: Random) -> Block:
    return replace(block, network="elsewhere")


def a_view_of_another(liar: WrongProposer, block: Block, chance: Random) -> Block:
    return replace(block, view=block.view + 1)


WRONGS: dict[str, Callable[[WrongProposer, Block, Random], Block]] = {
    "unknown batches": unknown_batches,
    "batches ordered before": old_batches,
    "a batch named twice": a_batch_twice,
    "too many batches": too_many_batches,
    "an unknown parent": an_unknown_parent,
    "an old parent": an_old_parent,
    "a wrong height": a_wrong_height,
    "a time far ahead": a_time_too_late,
    "a time not after its parent's": a_time_too_early,
    "another network's name": another_network,
    "a view that another leads": a_view_of_another,
}
