"""What a document may hide, asked before it is signed: afterwards a digest stands there, and the
ledger cannot tell of which member (`cocket.contracts.schema`).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from cocket.asking import ledger
from cocket.client import DocumentType
from cocket.contracts.schema import Schema
from cocket.forms.kinds import kind
from cocket.ledger.errors import Refused


async def offered(to: str) -> list[DocumentType]:
    """The types of the network that the node at `to` is of."""
    async with ledger(to) as asked:
        return await asked.types()


def check_hidden(
    type: str,
    bodies: Iterable[dict[str, Any]],
    pointers: Sequence[str],
    types: Sequence[DocumentType] | None,
) -> None:
    """Raise `Refused`, hidden-not-allowed, where `type` does not let a member be hidden.

    bodies    with everything open; pointers lead to members of each
    types     the network's; None: the standard's. Of a type that is not among them nothing is known
    """
    urn = type if type.startswith("urn:") else f"urn:cocket:{type}:1"
    try:
        found = kind(urn, types)
    except Refused:
        return
    for body in bodies:
        Schema(found.schema).check_hidden(body, pointers)
