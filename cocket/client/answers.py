"""What a node answers, as values. Decoding is strict about what is there, lax about what is new."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from cocket.ledger.document import Document

State = Literal["unknown", "pending", "committed", "refused"]
"""DESIGN §1: `committed` and `refused` are final and never change."""


class Remark(msgspec.Struct, frozen=True):
    """Something that did not stop a document but that its issuer should know."""

    code: str
    message: str
    path: str = ""


class Answer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What became of one document.

    index        its leaf in the log, from 0; height and time_s: of its block   when committed
    warnings     what the contract remarks; `unchecked`: rules that hidden members kept from running
    code, message, path                                       why not, when refused or not taken
    retry_after  seconds to wait, where only load kept the node from taking it
    """

    id: str
    state: State
    index: int | None = None
    height: int | None = None
    time_s: int | None = msgspec.field(name="time", default=None)
    warnings: tuple[Remark, ...] = ()
    unchecked: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    path: str = ""
    retry_after: float | None = None

    @property
    def final(self) -> bool:
        """Whether this will never change."""
        return self.state in ("committed", "refused")

    @property
    def worth_repeating(self) -> bool:
        """Whether the node would take the document later: only load stood in the way."""
        return self.state == "unknown" and self.retry_after is not None


class Event(Answer, frozen=True, kw_only=True):
    """A committed document, as `follow` reports it: enough to decide whether to fetch it."""

    index: int
    type: str
    issuer: str
    ucr: tuple[str, ...] = ()
    refs: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class LedgerDocument:
    """A document as a node returned it, with what became of it. The id was checked against it."""

    answer: Answer
    document: Document


class DocumentType(msgspec.Struct, frozen=True, rename="camel"):
    """A document type of the network: its urn, the roles that may sign it, the body's schema."""

    type: str
    signed_by: tuple[str, ...]
    schema: dict[str, Any]


class Basis(msgspec.Struct, frozen=True, rename="camel"):
    """What a document's contract was run on (`GET /v1/documents/{id}/basis`), as the node says it.

    read  key of the state -> value as it was then; None where the document hides nothing, or more
          was read than is kept
    more  the state at keys asked for, as it is now
    """

    height: int
    time: int
    unchecked: tuple[str, ...]
    signer: dict[str, Any]
    contract: dict[str, Any]
    read: dict[str, Any] | None
    more: dict[str, Any]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error in RFC 9457 form, with what a node adds to it."""

    code: str
    detail: str = ""
    path: str = ""
    id: str = ""
    state: State = "unknown"
    height: int | None = None
