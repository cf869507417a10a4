"""Everything a replica lacks and asks for: headers, batches, certificates, stretches of chain.

Each is read off the tree anew in every turn; what is kept is only when it was last asked for.
"""

from cocket.consensus.effects import Effects, Send
from cocket.consensus.messages import Ask
from cocket.consensus.pursuit import Pursuit
from cocket.consensus.timing import Timing
from cocket.consensus.tree import Tree
from cocket.ledger.blocks import Block
from cocket.ledger.committee import Committee


class Fetcher:
    """Asks one validator after the other, the likeliest first."""

    def __init__(self, committee: Committee, me: int | None, timing: Timing) -> None:
        self._committee = committee
        self._me = me
        self._headers: Pursuit[bytes] = Pursuit(timing, timing.grace_ms)
        self._batches: Pursuit[bytes] = Pursuit(timing, timing.grace_ms)
        self._proofs: Pursuit[Ask] = Pursuit(timing, timing.grace_ms)
        self._behind: Pursuit[int] = Pursuit(timing, timing.delta_ms)

    def turn(
        self, tree: Tree, proposal: Block | None, ask: Ask | None, leader: int, now_ms: int
    ) -> Effects:
        """What to ask for now. `proposal` is a block to vote on, `ask` what it or the `leader`'s
        own next block still has to be justified by."""
        effects = Effects()
        missing = missing_batches(tree, proposal)
        for batch, times in self._batches.due(missing, now_ms):
            holder = self._committee.leader(missing[batch].view)
            effects.fetch_batches.append((batch, self._whom(holder, times)))
        for header, _ in self._headers.due(tree.missing_headers(), now_ms):
            effects.fetch_blocks.append(header)
        for question, times in self._proofs.due([] if ask is None else [ask], now_ms):
            effects.send.append(Send(self._whom(leader, times), question))
        behind = tree.behind  # pursued by floor: as long as that rises, no asking more slowly
        if self._behind.due([] if behind is None else [tree.floor.height], now_ms) and behind:
            effects.behind.append(behind)
        return effects

    @property
    def deadline_ms(self) -> int | None:
        """When something is to be asked for next."""
        pursuits = (self._headers, self._batches, self._proofs, self._behind)
        times = [pursuit.deadline_ms for pursuit in pursuits]
        return min((time for time in times if time is not None), default=None)

    def _whom(self, first: int, times: int) -> int:
        """`first`, then the others in turn, never this validator itself."""
        others = [(first + i) % self._committee.size for i in range(self._committee.size)]
        if self._me is not None:
            others.remove(self._me)
        return others[times % len(others)]


def missing_batches(tree: Tree, proposal: Block | None) -> dict[bytes, Block]:
    """Batches that are wanted and not here, each with the block that names it."""
    missing = dict(tree.missing_batches())
    if proposal is not None:
        missing |= {batch: proposal for batch in proposal.batches if batch not in tree.batches}
    return missing
