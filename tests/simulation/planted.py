"""Bugs planted on purpose, to see the simulator find them. Each patches the code of a test run."""

from collections.abc import Callable, Iterable

import pytest

from cocket.consensus import journal
from cocket.consensus.book import Book
from cocket.consensus.effects import Effects
from cocket.consensus.floor import Floor
from cocket.consensus.hearing import Hearing
from cocket.consensus.messages import Proposal
from cocket.consensus.view import View
from cocket.ledger.blocks import Block, Kind, Vote
from tests.simulation.committees import CheapCommittee
from tests.simulation.disk import Disk
from tests.simulation.node import Node
from tests.simulation.watch import Watch

Patch = pytest.MonkeyPatch


def quorum_of_2f_plus_1(patch: Patch) -> None:
    """Failure 13: right for n = 3f + 1 alone. At n = 6 two halves of three decide alone."""
    patch.setattr(CheapCommittee, "quorum", property(lambda c: 2 * c.faults_tolerated + 1))


def send_before_sync(patch: Patch) -> None:
    """Failure 10: the journal is appended to, the messages leave, and then it is synced. What the
    Watch sees of the disk is patched too: only what comes of it may give the bug away."""

    def persist(node: Node, effects: Effects) -> None:
        for record in effects.persist:
            node.disk.append(journal.encode(record))

    def apply(node: Node, finalized: list[object]) -> None:
        node.disk.sync()
        original(node, finalized)

    original: Callable[[Node, list[object]], None] = Node._apply  # type: ignore[assignment]
    patch.setattr(Node, "persist", persist)
    patch.setattr(Node, "_apply", apply)
    trust_every_vote(patch)


def trust_every_vote(patch: Patch) -> None:
    """The Watch takes every vote that is sent for durable, and still compares them all."""

    def is_durable(watch: Watch, node: Node, vote: Vote) -> bool:
        watch._signed(node, vote)
        return True

    patch.setattr(Watch, "is_durable", is_durable)


def finalize_after_nullify(patch: Patch) -> None:
    """Failure 2: who gave a view up finalizes it all the same."""
    original = View.may

    def may(view: View, kind: Kind) -> bool:
        if kind is Kind.FINALIZE:
            return kind not in view.signed
        return original(view, kind)

    patch.setattr(View, "may", may)
    remember_without_a_check(patch)


def flags_pruned(patch: Patch) -> None:
    """Failure 2: a compacted journal drops what was signed above the floor."""
    original = Book.snapshot

    def snapshot(book: Book, applied: Floor) -> list[journal.Record]:
        signed = journal.OwnVote | journal.OwnProposal
        return [each for each in original(book, applied) if not isinstance(each, signed)]

    patch.setattr(Book, "snapshot", snapshot)


def journal_opened_without_a_sync(patch: Patch) -> None:
    """What a killed process left in memory is repeated to the others before it is on the disk."""

    original = Disk.boot

    def boot(disk: Disk) -> list[bytes]:
        if not disk.written:
            return original(disk)
        return Disk(disk.journal + b"".join(disk.written)).records

    patch.setattr(Disk, "boot", boot)
    trust_every_vote(patch)


def evidence_forgotten(patch: Patch) -> None:
    """Failure 9: evidence is not among what a journal gives back."""
    original = Book._restore

    def restore(book: Book, records: Iterable[journal.Record]) -> None:
        original(book, [each for each in records if not isinstance(each, journal.Accused)])

    patch.setattr(Book, "_restore", restore)


# what the simulator found in this code once


def late_proposals_unheard(patch: Patch) -> None:
    """A leader's second proposal was dropped if the view was over: no evidence."""
    original = Hearing.proposal

    def proposal(
        hearing: Hearing, sender: int, proposal: Proposal, now_ms: int, effects: Effects
    ) -> Block | None:
        if proposal.block.view < hearing._book.current:
            return None
        return original(hearing, sender, proposal, now_ms, effects)

    patch.setattr(Hearing, "proposal", proposal)


def proposals_known_by_their_block(patch: Patch) -> None:
    """After a restart, a proposal that this replica had voted for was dropped as known when it came
    again, though the leader's vote in it was not: it neither counted nor was evidence."""
    original = Hearing.proposal

    def proposal(
        hearing: Hearing, sender: int, proposal: Proposal, now_ms: int, effects: Effects
    ) -> Block | None:
        block, book = proposal.block, hearing._book
        if book.hears(block.view) and book.view(block.view).proposal == block:
            return None
        return original(hearing, sender, proposal, now_ms, effects)

    patch.setattr(Hearing, "proposal", proposal)


def remember_without_a_check(patch: Patch) -> None:
    """Without the assertion that would stop the replica before the Watch sees anything."""

    def remember(view: View, vote: Vote) -> None:
        view.signed[vote.subject.kind] = vote
        view.hear(vote, checked=True)

    patch.setattr(View, "remember", remember)
