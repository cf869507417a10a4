"""What a proposal needs: the parent a leader builds on, and what a voter must hold (rules 1, 2).

Both look at the same facts. A block of view v on a parent of view p is justified by the parent's
notarization and a nullification of each view between p and v: then no view between them can have
finalized anything, and the chain through the parent holds all that is final.
"""

from dataclasses import dataclass

from cocket.consensus.floor import Floor
from cocket.consensus.messages import Ask
from cocket.consensus.timing import Now, Timing
from cocket.consensus.tree import Tree
from cocket.ledger.blocks import Block, Certificate, Kind

PROOFS_MAX = 16
"""So many nullifications of a gap are sent along with a proposal; for more, voters ask."""
ANSWER_MAX = 32
"""So many views' certificates answer one question."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a block cannot be proposed or notarized yet, none of which is its leader's fault.

    ask       certificates to ask for
    header    the parent's header, or one of its ancestors', is missing
    batches   batches that are not stored here
    early_ms  how long until its time is near enough
    """

    ask: Ask | None = None
    header: bool = False
    batches: tuple[bytes, ...] = ()
    early_ms: int = 0

    @property
    def reason(self) -> str:
        """In words, for people."""
        if self.ask is not None:
            return "certificates that justify the next block"
        if self.header:
            return "headers of notarized blocks"
        if self.batches:
            return f"{len(self.batches)} batches of the proposal"
        return f"the proposal's time, {self.early_ms} ms ahead"


class Wrong(Exception):
    """The proposal breaks a rule, whatever else may still arrive. Its leader is faulty."""


def parent_for(tree: Tree, epoch: int, view: int) -> Floor | Waiting:
    """Rule 1: the newest block known notarized or final, all views since it nullified."""
    for earlier in range(view - 1, tree.base, -1):
        notarization = tree.certificate(earlier, Kind.NOTARIZE)
        if notarization is not None:
            assert notarization.subject.block is not None
            if tree.linked(notarization.subject.block):
                return _linked(tree, notarization.subject.block)
        if tree.certificate(earlier, Kind.NULLIFY) is None:
            if notarization is not None:
                return Waiting(header=True)
            return Waiting(ask=Ask(epoch, earlier, None))
    if tree.behind is not None:
        return Waiting(header=True)
    if tree.final is None or tree.final.subject.block is None:
        return tree.floor
    return _linked(tree, tree.final.subject.block)


def proofs(tree: Tree, block: Block) -> list[Certificate]:
    """What justifies `block` to a voter that missed it: its parent's notarization (or
    finalization), and nullifications since, the newest `PROOFS_MAX`."""
    since = tree.notarized(block.parent)
    assert since is not None
    if block.parent == tree.floor.block_id:
        proof = tree.floor.certificate
    else:
        finalization = tree.certificate(since, Kind.FINALIZE)
        proof = finalization or tree.certificate(since, Kind.NOTARIZE)
    found = [] if proof is None else [proof]
    for view in range(max(since + 1, block.view - PROOFS_MAX), block.view):
        nullification = tree.certificate(view, Kind.NULLIFY)
        if nullification is not None:
            found.append(nullification)
    return found


def answer(tree: Tree, ask: Ask, current: int) -> list[Certificate]:
    """What is held of the certificates a peer asks for, the newest `ANSWER_MAX` views of them; the
    newest finalization if there is none, or the question is about views that are decided."""
    found: list[Certificate | None] = []
    since = None if ask.block is None else tree.notarized(ask.block)
    if since is not None:
        found += [tree.certificate(since, kind) for kind in (Kind.NOTARIZE, Kind.FINALIZE)]
    last = min(ask.last, current)
    for view in range(last, max(tree.base, last - ANSWER_MAX), -1):
        found += [tree.certificate(view, kind) for kind in (Kind.NOTARIZE, Kind.NULLIFY)]
    if ask.last <= tree.base or not any(found):
        found.append(tree.final)
    return [certificate for certificate in found if certificate is not None]


def judge(tree: Tree, block: Block, now: Now, timing: Timing) -> Waiting | None:
    """Rule 2: None if all that a notarize vote requires is here, else what is still missing.

    Raises `Wrong` if the block can never be notarized by an honest validator.
    """
    since = tree.notarized(block.parent)
    if since is None:
        return Waiting(ask=Ask(block.epoch, 0, block.parent))
    if since >= block.view:
        raise Wrong("its parent is not of an earlier view")
    if since < tree.base:
        raise Wrong("it skips a view that is final")
    for view in range(block.view - 1, since, -1):
        if tree.certificate(view, Kind.NULLIFY) is None:
            return Waiting(ask=Ask(block.epoch, view, None))
    if not tree.linked(block.parent):
        return Waiting(header=True)
    parent = _linked(tree, block.parent)
    if block.height != parent.height + 1:
        raise Wrong("its height is not its parent's plus one")
    if block.time_ms <= parent.time_ms:
        raise Wrong("its time is not later than its parent's")
    if not tree.ordered(block.parent).isdisjoint(block.batches):
        raise Wrong("it orders a batch a second time")
    lacking = tuple(batch for batch in block.batches if batch not in tree.batches)
    if lacking:
        return Waiting(batches=lacking)
    # One millisecond after the parent is never too early: else a quorum of clocks that once ran
    # ahead would hold the chain up until the others reach them.
    early_ms = block.time_ms - now.wall_ms - timing.clock_ahead_ms
    if early_ms > 0 and block.time_ms > parent.time_ms + 1:
        return Waiting(early_ms=early_ms)
    return None


def _linked(tree: Tree, block_id: bytes) -> Floor:
    """As much of a linked block as its children are checked against."""
    block = tree.block(block_id)
    return tree.floor if block is None else Floor.of(block, None)
