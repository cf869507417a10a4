"""What a replica wants done: the only thing that leaves it.

The driver carries them out in this order:

    append every record of `persist` to the journal, fdatasync     (nothing below may happen before)
    then everything else, `send` in order, `finalized` by ascending height

It may collect the effects of several events (`add`) and carry them out at once: one sync a turn.

A vote that leaves before it is durable is a vote its signer may contradict after a crash
(failure 10); a block applied before its certificate is durable is one that may have to be found
again. If the sync fails, the process must stop without acting on the rest.
"""

from dataclasses import dataclass, field

from cocket.consensus.evidence import Evidence
from cocket.consensus.journal import Record
from cocket.consensus.messages import Message
from cocket.ledger.blocks import Block, Certificate


@dataclass(frozen=True, slots=True)
class Send:
    """A message to the validator `to`; None means to every other validator."""

    to: int | None
    message: Message


@dataclass(frozen=True, slots=True)
class Finalized:
    """A final block, whose batches are all stored here. `certificate` is its own finalization;
    None if it is final only through a descendant."""

    block: Block
    certificate: Certificate | None


@dataclass(slots=True)
class Effects:
    """See the module. All lists are empty when nothing is to be done.

    persist        durable before anything below
    send           messages, in order
    finalized      contiguous heights, ascending; the last always carries a certificate
    fetch_blocks   ids of blocks this replica lacks: ask peers, answer with `on_block`
    fetch_batches  (batch id, validator that should have it): fetch, verify, store, `on_batch`
    behind         the newest finalization, of a block whose ancestry is missing here: fetch final
                   blocks by height, answer with `on_finalized`; said again until done
    evidence       new proofs, already in `persist`
    blame          (validator, why): it sent what no honest validator sends; close its session
    """

    persist: list[Record] = field(default_factory=list)
    send: list[Send] = field(default_factory=list)
    finalized: list[Finalized] = field(default_factory=list)
    fetch_blocks: list[bytes] = field(default_factory=list)
    fetch_batches: list[tuple[bytes, int]] = field(default_factory=list)
    behind: list[Certificate] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    blame: list[tuple[int, str]] = field(default_factory=list)

    def add(self, more: "Effects") -> None:
        """Append what is to be done after this."""
        self.persist += more.persist
        self.send += more.send
        self.finalized += more.finalized
        self.fetch_blocks += more.fetch_blocks
        self.fetch_batches += more.fetch_batches
        self.behind += more.behind
        self.evidence += more.evidence
        self.blame += more.blame
