"""Evidence: two votes that no honest validator signs both of (DESIGN §6)."""

from dataclasses import dataclass
from typing import Any, Self

from cocket.ledger import wire
from cocket.ledger.blocks import Kind, Vote
from cocket.ledger.committee import Committee
from cocket.ledger.errors import Malformed


def contradict(first: Vote, second: Vote) -> bool:
    """Whether one signer in one view said two different notarizes or finalizes, or nullify and
    finalize. (Notarize with nullify is honest: a time-out after the vote.)"""
    if first.validator != second.validator or first.subject == second.subject:
        return False
    one, other = first.subject, second.subject
    if (one.epoch, one.view) != (other.epoch, other.view):
        return False
    return one.kind is other.kind or {one.kind, other.kind} == {Kind.NULLIFY, Kind.FINALIZE}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Transferable proof that `validator` is faulty: [vote, vote], the lower subject first."""

    first: Vote
    second: Vote

    def __post_init__(self) -> None:
        if not contradict(self.first, self.second) or _order(self.first) > _order(self.second):
            raise Malformed("evidence: not two contradicting votes in order")

    @classmethod
    def of(cls, one: Vote, other: Vote) -> Self:
        """The evidence that two contradicting votes are, in whichever order they were found."""
        first, second = sorted((one, other), key=_order)
        return cls(first, second)

    @property
    def validator(self) -> int:
        """The index of the accused in its epoch's committee."""
        return self.first.validator

    @property
    def charge(self) -> tuple[int, Kind, Kind]:
        """Who broke which rule: one proof of each charge is enough to keep."""
        return self.validator, self.first.subject.kind, self.second.subject.kind

    def verify(self, committee: Committee) -> bool:
        """Whether the accused did sign both."""
        return committee.verify_vote(self.first) and committee.verify_vote(self.second)

    def to_fields(self) -> list[Any]:
        """The wire fields, in order."""
        return [self.first.to_fields(), self.second.to_fields()]

    @classmethod
    def from_fields(cls, value: Any) -> Self:
        """Evidence from decoded fields; `Malformed` otherwise. Signatures not yet checked."""
        first, second = wire.fields(value, 2, "evidence")
        return cls(Vote.from_fields(first), Vote.from_fields(second))


def _order(vote: Vote) -> tuple[int, bytes]:
    return int(vote.subject.kind), vote.subject.block or b""
