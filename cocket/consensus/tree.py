"""What is proven above the floor: headers, the certificates about them, and which batches are here.

    floor ── b ── b ── b (final) ── b (notarized) ── b (proposed)
                 linked: every ancestor back to the floor is here          loose: one is missing

The tree holds facts and asks nobody: certificates prove themselves, and a header is what its id
says. Everything at or below the floor is gone from it; everything that must still be fetched can be
read off it (`missing_header`, `behind`, `missing_batches`) and so cannot be forgotten (failure 8).
"""

from collections.abc import Iterator, Sequence

from cocket.consensus.effects import Finalized
from cocket.consensus.floor import Floor
from cocket.ledger.blocks import Block, Certificate, Kind, Subject

WINDOW = 256
"""Heights above the floor for which headers of final blocks are kept; farther ones are fetched
again by height once the floor comes near."""
BLOCKS_MAX = 3 * WINDOW
"""With more headers than this, all that are decided are let go of: faulty leaders of decided views
left them here, and what is final among them comes again by height."""
STEPS = 64
"""Missing headers within so many heights of the floor are asked for one by one."""
BLOCKS_AHEAD = 8
"""So many blocks that lack batches have them fetched at the same time."""


class Fork(Exception):
    """Two certificates that cannot both exist unless more than f validators are faulty.

    Whoever signed both is faulty, and that is f + 1 validators or more. The node must stop.
    """

    def __init__(self, first: Certificate, second: Certificate) -> None:
        super().__init__(f"more than f validators are faulty in view {first.subject.view}")
        self.first = first
        self.second = second


class Tree:
    """Headers, certificates and batches above the last block handed out as final."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.final: Certificate | None = floor.certificate
        """The newest finalization; its block may still be missing."""
        self.batches: dict[bytes, None] = {}
        """Stored here, and in no block up to the floor; in the order they came."""
        self._linked: dict[bytes, Block] = {}
        self._loose: dict[bytes, Block] = {}
        self._certificates: dict[int, dict[Kind, Certificate]] = {}
        self._notarized: dict[bytes, int] = {floor.block_id: floor.view}

    # certificates

    @property
    def base(self) -> int:
        """The newest view known to be final: earlier ones are decided for ever."""
        return self.floor.view if self.final is None else self.final.subject.view

    def certificate(self, view: int, kind: Kind) -> Certificate | None:
        """The certificate of this kind in this view, if held."""
        return self._certificates.get(view, {}).get(kind)

    def notarized(self, block_id: bytes) -> int | None:
        """The view in which the block was proven notarized (or final), None if it was not."""
        return self._notarized.get(block_id)

    def unfinished(self) -> bool:
        """Whether a block is notarized in a view after the newest final one."""
        return any(view > self.base for view in self._notarized.values())

    def useless(self, subject: Subject) -> bool:
        """Whether a certificate of this subject would add nothing."""
        view = subject.view
        if subject.kind in self._certificates.get(view, {}):
            # one that contradicts the one held must not pass for it
            return self._certificates[view][subject.kind].subject == subject
        if view <= self.floor.view:
            return True
        if subject.kind is Kind.FINALIZE:
            return view < self.base and self.block(subject.block) is None
        return view <= self.base

    def add_certificate(self, certificate: Certificate) -> None:
        """Take over a verified certificate that is not `useless`; raises `Fork`."""
        subject = certificate.subject
        held = self._certificates.setdefault(subject.view, {})
        for other in held.values():
            kinds = {subject.kind, other.subject.kind}
            if kinds == {Kind.NOTARIZE, Kind.NULLIFY}:
                continue
            if Kind.NULLIFY in kinds or other.subject.block != subject.block:
                raise Fork(other, certificate)
        held[subject.kind] = certificate
        if subject.block is not None:
            self._notarized[subject.block] = subject.view
        if subject.kind is Kind.FINALIZE and subject.view > self.base:
            self.final = certificate
            self._prune()

    def certificates(self) -> list[Certificate]:
        """All that are held."""
        return [c for kinds in self._certificates.values() for c in kinds.values()]

    # headers

    def blocks(self) -> list[Block]:
        """All headers that are held."""
        return [*self._linked.values(), *self._loose.values()]

    def block(self, block_id: bytes | None) -> Block | None:
        """The header with this id, if it is here and above the floor."""
        if block_id is None:
            return None
        return self._linked.get(block_id) or self._loose.get(block_id)

    def add_block(self, block: Block) -> None:
        """Keep a header: proposed by its leader, or an ancestor of a notarized one."""
        if self.block(block.id) is None and block.view > self.floor.view:
            self._loose[block.id] = block
            self._link()

    def linked(self, block_id: bytes) -> bool:
        """Whether the block is the floor, or it and its ancestors back to the floor are here."""
        return block_id == self.floor.block_id or block_id in self._linked

    def path(self, block_id: bytes) -> list[Block]:
        """From the floor's child to the (linked) block, ascending; empty for the floor itself."""
        blocks = []
        while block_id != self.floor.block_id:
            block = self._linked[block_id]
            blocks.append(block)
            block_id = block.parent
        return blocks[::-1]

    def tip(self) -> bytes:
        """The newest linked block that is notarized or final."""
        views = ((view, name) for name, view in self._notarized.items() if self.linked(name))
        return max(views)[1]

    def missing_header(self, block_id: bytes) -> bytes | None:
        """The nearest ancestor (or the block itself) to ask for by id; None if there is none, or
        it is so far from the floor that only `behind` helps."""
        while block_id in self._loose:
            block = self._loose[block_id]
            if not 1 < block.height - self.floor.height <= STEPS:
                return None
            block_id = block.parent
        return None if self.linked(block_id) else block_id

    def missing_headers(self) -> list[bytes]:
        """What to ask for by id, of all that is notarized or final."""
        found = {self.missing_header(block_id): None for block_id in self._notarized}
        return [block_id for block_id in found if block_id is not None]

    @property
    def behind(self) -> Certificate | None:
        """The newest finalization, if its block does not hang together with the floor here."""
        final = self.final
        if final is None or final.subject.view <= self.floor.view:
            return None
        assert final.subject.block is not None
        return None if self.linked(final.subject.block) else final

    # batches

    def ordered(self, block_id: bytes) -> set[bytes]:
        """The batches that blocks from the floor's child to the (linked) block name."""
        return {batch for block in self.path(block_id) for batch in block.batches}

    def fresh_batches(self, parent: bytes) -> Iterator[bytes]:
        """Batches that are here and in no block up to the (linked) `parent`, in their order."""
        ordered = self.ordered(parent)
        return (batch for batch in self.batches if batch not in ordered)

    def missing_batches(self) -> list[tuple[bytes, Block]]:
        """Batches that blocks up to the tip name and that are not here, with their block."""
        wanted: list[tuple[bytes, Block]] = []
        blocks = 0
        for block in self.path(self.tip()):
            lacking = [batch for batch in block.batches if batch not in self.batches]
            wanted += [(batch, block) for batch in lacking]
            blocks += bool(lacking)
            if blocks == BLOCKS_AHEAD:
                break
        return wanted

    # finality

    def take_final(self) -> list[Finalized]:
        """The blocks that are final, linked and complete, up to the newest with a certificate of
        its own; the floor moves onto it."""
        finals = [
            (view, kinds[Kind.FINALIZE].subject.block or b"")
            for view, kinds in self._certificates.items()
            if Kind.FINALIZE in kinds and view > self.floor.view
        ]
        newest = max((final for final in finals if final[1] in self._linked), default=None)
        if newest is None:
            return []
        taken: list[Finalized] = []
        ready = 0
        for block in self.path(newest[1]):
            if any(batch not in self.batches for batch in block.batches):
                break
            taken.append(Finalized(block, self.certificate(block.view, Kind.FINALIZE)))
            if taken[-1].certificate is not None:
                ready = len(taken)
        if ready:
            self._raise_floor(taken[:ready])
        return taken[:ready]

    def adopt(self, blocks: Sequence[Block], certificate: Certificate) -> list[Finalized]:
        """Take over a verified stretch of final blocks from the floor on: it is handed out at once,
        however long it is."""
        final = [
            Finalized(block, self.certificate(block.view, Kind.FINALIZE)) for block in blocks[:-1]
        ]
        final.append(Finalized(blocks[-1], certificate))
        self._raise_floor(final)
        return final

    def _raise_floor(self, final: list[Finalized]) -> None:
        for item in final:
            for batch in item.block.batches:
                self.batches.pop(batch, None)
        self.floor = Floor.of(final[-1].block, final[-1].certificate)
        self._prune()

    def _prune(self) -> None:
        """Forget what the newest finalization and the floor made useless."""
        above = [block for block in self.blocks() if self._is_near(block)]
        if len(above) > BLOCKS_MAX:
            above = [block for block in above if block.view >= self.base]
        self._linked = {}
        self._loose = {block.id: block for block in above}
        self._link()
        kept: dict[int, dict[Kind, Certificate]] = {}
        self._notarized = {self.floor.block_id: self.floor.view}
        for view, kinds in self._certificates.items():
            for kind, certificate in kinds.items():
                if self._is_open(certificate.subject):
                    kept.setdefault(view, {})[kind] = certificate
                    if certificate.subject.block is not None:
                        self._notarized[certificate.subject.block] = view
        self._certificates = kept

    def _is_near(self, block: Block) -> bool:
        far = block.view < self.base and block.height > self.floor.height + WINDOW
        return block.view > self.floor.view and not far

    def _is_open(self, subject: Subject) -> bool:
        if subject.kind is Kind.FINALIZE and subject.view > self.floor.view:
            return subject.view == self.base or self.block(subject.block) is not None
        return subject.view > self.base

    def _link(self) -> None:
        for block in sorted(self._loose.values(), key=lambda block: block.height):
            if self.linked(block.parent):
                self._linked[block.id] = self._loose.pop(block.id)
