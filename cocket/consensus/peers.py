"""What is known of the other validators: who is there, who is behind, who was helped when.

Helping is an answer to a sign that a peer is behind, never more than one in Δ for each peer and one
kind of answer: whatever a peer sends, it cannot make this replica send much more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cocket.consensus.timing import Timing


@dataclass(slots=True)
class Peer:
    """One other validator.

    heard      newest view in which it gave a sign of life, or was given the benefit of the doubt
    finalized  newest view it has shown to know final
    """

    heard: int
    finalized: int = 0
    helped_ms: int | None = None
    answered_ms: int | None = None


class Peers:
    """All validators but this one."""

    def __init__(self, size: int, me: int | None, quorum: int, view: int, timing: Timing) -> None:
        self._size = size
        self._quorum = quorum
        self._timing = timing
        self._peers = {index: Peer(heard=view) for index in range(size) if index != me}

    def __contains__(self, index: int) -> bool:
        return index in self._peers

    def __iter__(self) -> Iterator[int]:
        return iter(self._peers)

    def heard(self, index: int, view: int, current: int) -> None:
        """A sign of life in `view`. A claim of a far view counts for the next one only."""
        peer = self._peers[index]
        peer.heard = max(peer.heard, min(view, current + 1))

    def knows_final(self, index: int, view: int) -> None:
        """It has sent the finalization of `view`."""
        self._peers[index].finalized = max(self._peers[index].finalized, view)

    def is_aware(self, index: int, view: int) -> bool:
        """Whether it has shown to know that `view` is final."""
        return self._peers[index].finalized >= view

    def reconnected(self, index: int) -> None:
        """It may be a machine restored from a backup: what it knew is not known any more."""
        self._peers[index].finalized = 0

    def trust_all(self, view: int) -> None:
        """Whoever just came back, or jumped, has no ground to call anyone silent."""
        for peer in self._peers.values():
            peer.heard = max(peer.heard, view)

    def silent(self, index: int, view: int) -> bool:
        """Whether `index` gave no sign of life in the last n views, though a quorum did."""
        if index not in self._peers:
            return False
        since = view - self._size
        there = 1 + sum(peer.heard >= since for peer in self._peers.values())
        return self._peers[index].heard < since and there >= self._quorum

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
