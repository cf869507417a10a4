"""What an earlier epoch left behind: valid then, meaningless now (failure 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocket.consensus import journal
from cocket.ledger.blocks import Certificate, Kind, Subject, Vote

if TYPE_CHECKING:
    from tests.simulation.world import World

VIEWS = 6
"""The earlier epoch came so far."""


def old_vote(world: World, kind: Kind, view: int, validator: int) -> Vote:
    """A vote that a validator did sign, in the epoch before."""
    name = None if kind is Kind.NULLIFY else bytes([view]) * 32
    subject = Subject(kind, world.committee.epoch - 1, view, name)
    signature = world.signs[validator](subject.signed_bytes(world.committee.network))
    return Vote(subject, validator, signature)


def old_certificate(world: World, kind: Kind, view: int) -> Certificate:
    """A certificate of the epoch before."""
    votes = [old_vote(world, kind, view, each) for each in range(world.committee.quorum)]
    pairs = tuple((vote.validator, vote.signature) for vote in votes)
    return Certificate(votes[0].subject, pairs)


def old_journal(world: World, validator: int) -> list[bytes]:
    """The records with which a validator's journal ends when the next epoch begins."""
    records: list[journal.Record] = []
    for view in range(1, VIEWS + 1):
        kind = Kind.NULLIFY if view % 2 else Kind.FINALIZE
        records += [
            journal.OwnVote(old_vote(world, kind, view, validator)),
            journal.Learned(old_certificate(world, kind, view)),
        ]
    return [journal.encode(record) for record in records]
