"""What is known of the other validators: who is there, who is behind, who was helped when.

Helping is an answer to a sign that a peer is behind, never more than one in Δ for each peer and one
kind of answer: whatever a peer sends, it cannot make this replica send much more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cocket.consensus.timing import Timing
from cocket.ledger.committee import Committee


@dataclass(slots=True)
class Peer:
    """One other validator.

    heard      newest view in which it gave a sign of life, or was given the benefit of the doubt
    heard_ms   when that was
    finalized  newest view it has shown to know final
    """

    heard: int
    heard_ms: int
    finalized: int = 0
    helped_ms: int | None = None
    answered_ms: int | None = None


class Peers:
    """All validators but this one."""

    def __init__(
        self, committee: Committee, me: int | None, view: int, timing: Timing, now_ms: int
    ) -> None:
        self._committee = committee
        self._timing = timing
        others = (index for index in range(committee.size) if index != me)
        self._peers = {index: Peer(view, now_ms) for index in others}

    def __contains__(self, index: int) -> bool:
        return index in self._peers

    def __iter__(self) -> Iterator[int]:
        return iter(self._peers)

    def heard(self, index: int, view: int, current: int, now_ms: int) -> None:
        """A sign of life in `view`. A claim of a far view counts for the next one only."""
        peer = self._peers[index]
        view = min(view, current + 1)
        if view > peer.heard:
            peer.heard, peer.heard_ms = view, now_ms

    def knows_final(self, index: int, view: int) -> None:
        """It has sent the finalization of `view`."""
        self._peers[index].finalized = max(self._peers[index].finalized, view)

    def is_aware(self, index: int, view: int) -> bool:
        """Whether it has shown to know that `view` is final."""
        return self._peers[index].finalized >= view

    def reconnected(self, index: int) -> None:
        """It may be a machine restored from a backup: what it knew is not known any more."""
        self._peers[index].finalized = 0

    def trust_all(self, view: int, now_ms: int) -> None:
        """Whoever just came back, or jumped, has no ground to call anyone silent."""
        for index in self._peers:
            self.heard(index, view, view, now_ms)

    def silent(self, index: int, view: int, now_ms: int) -> bool:
        """Whether `index` gave no sign of life in the last n views, nor of any newer view within
        two Δ (it may be alive and far away), though a quorum did."""
        peer = self._peers.get(index)
        since = view - self._committee.size
        if peer is None or peer.heard >= since:
            return False
        there = 1 + sum(other.heard >= since for other in self._peers.values())
        quiet_ms = now_ms - peer.heard_ms
        return there >= self._committee.quorum and quiet_ms >= 2 * self._timing.delta_ms

    def may_help(self, index: int, now_ms: int) -> bool:
        """Whether to tell a peer that is behind where the others are; notes that it was told."""
        peer = self._peers[index]
        if peer.helped_ms is not None and now_ms - peer.helped_ms < self._timing.delta_ms:
            return False
        peer.helped_ms = now_ms
        return True

    def may_answer(self, index: int, now_ms: int) -> bool:
        """Whether to answer a peer's question; notes that it was answered."""
        peer = self._peers[index]
        if peer.answered_ms is not None and now_ms - peer.answered_ms < self._timing.grace_ms:
            return False
        peer.answered_ms = now_ms
        return True
