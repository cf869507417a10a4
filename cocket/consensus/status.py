"""A replica's state in words and numbers, for metrics and for `cocket node why-stuck`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """Where a replica stands and what it waits for. Times are monotonic milliseconds.

    view              the view it is in; `leader` is whose turn that is
    floor_view, floor_height   the last block handed out as final
    final_view        the newest view known to be final; ahead of `floor_view`: data is missing
    notarizes, nullifies, finalizes   validators heard to vote so in this view
    proposal          id of the block proposed in this view
    signed            kinds of vote this replica signed in this view
    waiting_for       why it does not notarize or propose, one sentence; empty if nothing is open
    missing_blocks, missing_batches   ids it asks peers for
    behind            whether it must catch up by heights
    delta_ms          Δ as it has grown
    armed_ms          since when this view's timer runs; None while idle
    deadline_ms       when it wants to be ticked next
    silent            validators it takes for silent
    accused           validators it holds evidence against
    abstains          whether it takes no part in this view, because it lost its journal
    votes_from        the view from which on it takes part; None while that is not known
    unanswered        then it waits for answers of `answers_lacking` of these validators
    """

    view: int
    leader: int
    floor_view: int
    floor_height: int
    final_view: int
    notarizes: tuple[int, ...]
    nullifies: tuple[int, ...]
    finalizes: tuple[int, ...]
    proposal: bytes | None
    signed: tuple[str, ...]
    waiting_for: str
    missing_blocks: tuple[bytes, ...]
    missing_batches: tuple[bytes, ...]
    behind: bool
    delta_ms: int
    armed_ms: int | None
    deadline_ms: int | None
    silent: tuple[int, ...]
    accused: tuple[int, ...]
    abstains: bool
    votes_from: int | None
    unanswered: tuple[int, ...]
    answers_lacking: int
