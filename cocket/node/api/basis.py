"""What a document's contract was run on, for whoever holds its disclosures and runs it again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.genesis import DEPTH_MAX
from cocket.node.api.answers import Problem
from cocket.node.reader import Reader
from cocket.node.records import Final

if TYPE_CHECKING:
    from cocket.node.service import Node

KEYS_MAX = 16


def basis(node: "Node", reader: Reader, document_id: str, keys: Sequence[str]) -> dict[str, Any]:
    """The basis of a committed document, and the state at `keys` as it is now.

    "read" is null where the document hides nothing, or its contract read more than is kept.
    Raises `Problem`: unknown-document, refused-document, not-yet-final.
    """
    final = final_state(node, reader, document_id)
    if final.leaf is None:
        raise Problem(404, "refused-document", f"{document_id} was refused: there it ended")
    document = Document.parse(reader.jws(final.place))
    return {
        "id": final.id,
        "height": final.height,
        "time": final.time_ms // 1000,
        "unchecked": final.notes.get("unchecked", []),
        "signer": _entry(reader, f"organisation/{document.issuer}"),
        "contract": _entry(reader, f"contract/{document.type}"),
        "read": final.notes.get("read"),
        "more": {key: _entry(reader, key) for key in keys},
    }


def final_state(node: "Node", reader: Reader, document_id: str) -> Final:
    """What became of a document; raises `Problem`: unknown-document, not-yet-final."""
    final = reader.outcome(document_id)
    if final is None:
        if document_id in node.pending:
            raise Problem(409, "not-yet-final", f"{document_id} is not final yet: ask again")
        raise Problem(404, "unknown-document", f"this node knows no document {document_id}")
    return final


def _entry(reader: Reader, key: str) -> Any:
    data = reader.get(key)
    return None if data is None else canonical.decode(data, DEPTH_MAX)
