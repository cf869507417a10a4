"""When to propose, when to give a view up, when to say it again (rules 4 and 5).

    entered ──▶ armed ──2 Δ without proposal──▶ nullify ──▶ repeat, ever more slowly
                  └──3 Δ without certificate──┘
    armed: at once by batches to order or a proposal to vote on,
           after a patience of Δ by unrest: a block that is notarized and not yet final,
           or a validator that nullified this view (it may hold work that is unknown here)
    idle:  neither; no deadline, for ever

Patience is what lets the last finalize votes come in before anyone orders an empty block to push
them; without it a network slower than the block interval would order empty blocks for ever. Δ grows
by half for each view entered without finality and shrinks back with finality. One view's times
vanish when the next is entered, so that no timer outlives its view.
"""

from cocket.consensus.timing import Timing


class Pacemaker:
    """The times of the current view. All in monotonic milliseconds."""

    def __init__(self, timing: Timing, now_ms: int) -> None:
        self.timing = timing
        self.views_without_finality = 0
        self._last_proposal_ms: int | None = None
        self._entered_ms = now_ms
        self._work_ms: int | None = None
        self._unrest_ms: int | None = None
        self._gap_ms = timing.delta_ms
        self._repeat_ms: int | None = None

    def enter(self, now_ms: int) -> None:
        """A new view: its predecessor's times are void."""
        self.views_without_finality += 1
        self._entered_ms = now_ms
        self._work_ms = self._unrest_ms = self._repeat_ms = None
        self._gap_ms = self.timing.delta_ms

    def finality(self) -> None:
        """A newer block is final: back to the shortest time-outs, from now on. One that ran long
        already must not be over at once."""
        if self.delta_ms > self.timing.delta_ms:
            self._work_ms = self._unrest_ms = None
        self.views_without_finality = 0

    def proposed(self, now_ms: int) -> None:
        """A proposal was made or seen; under load the next waits for the block interval."""
        self._last_proposal_ms = now_ms

    def observe(self, work: bool, unrest: bool, now_ms: int) -> None:
        """Whether there is something to order or vote on now, or unrest (see the module)."""
        self._work_ms = _since(self._work_ms, work, now_ms)
        self._unrest_ms = _since(self._unrest_ms, unrest, now_ms)

    @property
    def delta_ms(self) -> int:
        """Δ as it has grown. To enter a view before the last one is final is normal, and free."""
        return self.timing.delta_after(max(0, self.views_without_finality - 1))

    @property
    def armed_ms(self) -> int | None:
        """Since when this view's timer runs; None while idle. May lie ahead, out of patience."""
        patient = None if self._unrest_ms is None else self._unrest_ms + self.delta_ms
        return min((t for t in (self._work_ms, patient) if t is not None), default=None)

    def propose_ms(self, batches: bool, common: bool) -> int | None:
        """When this view's leader proposes: batches as soon as pace allows, or Δ later if it were
        cautious to wait for others to have them (not `common`), else out of unrest."""
        if not batches:
            return None if self._unrest_ms is None else self._unrest_ms + self.delta_ms
        if not common:
            return self._entered_ms + self.delta_ms
        if self._last_proposal_ms is None:
            return self._entered_ms
        return self._last_proposal_ms + self.timing.block_interval_ms

    def give_up_ms(self, proposal: bool, lost_leader: bool) -> int | None:
        """When to nullify; None while idle. A leader known to be silent or behind gets no time."""
        armed = self.armed_ms
        if armed is None:
            return None
        if lost_leader and not proposal:
            return armed
        return armed + (3 if proposal else 2) * self.delta_ms

    def has_been_here(self, now_ms: int) -> bool:
        """Whether this view is old enough that all who are connected should have entered it."""
        return now_ms - self._entered_ms >= self.timing.delta_ms

    # repetition: of the leader's proposal, later of the nullify vote

    @property
    def repeat_ms(self) -> int | None:
        """When what this replica said in this view is due again; None if it said nothing."""
        return self._repeat_ms

    def said(self, now_ms: int) -> None:
        """Something was sent that has to be repeated until the view is over."""
        self._gap_ms = self.timing.delta_ms
        self._repeat_ms = now_ms + self._gap_ms

    def repeated(self, now_ms: int) -> None:
        """It was sent again; the next time comes later."""
        self._gap_ms = self.timing.slower(self._gap_ms)
        self._repeat_ms = now_ms + self._gap_ms


def _since(before_ms: int | None, holds: bool, now_ms: int) -> int | None:
    """Since when something holds, given since when it did before."""
    if not holds:
        return None
    return now_ms if before_ms is None else before_ms
