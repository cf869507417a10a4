"""The routes that read documents: one with its receipt and its basis, or lists of them."""

from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.receipt import Receipt
from cocket.ledger.tiles import Tree
from cocket.node.api.access import check_reader
from cocket.node.api.answers import Problem, document_value
from cocket.node.api.basis import KEYS_MAX, basis, final_state
from cocket.node.api.description import for_members, plain, responses, shape
from cocket.node.api.parameters import (
    UCR_CHARACTERS_MAX,
    After,
    Consignment,
    DocumentId,
    Issuer,
    Limit,
    Number,
    Type,
    only_known,
)
from cocket.node.reader import Reader

if TYPE_CHECKING:
    from cocket.node.service import Node

PAGE_BYTES_MAX = 1024 * 1024
"""Of the documents on a page; one that is larger by itself is a page too."""


def add_documents(app: FastAPI, node: "Node") -> None:
    """Add them to a node's application."""
    read_by = for_members(node.config.reads == "members")
    _add_one(app, node, read_by)
    _add_lists(app, node, read_by)


def _add_one(app: FastAPI, node: "Node", read_by: dict[str, Any]) -> None:
    """A document, and what proves and explains it."""

    @app.get(
        "/v1/documents/{document_id}",
        response_class=Response,
        responses=responses(shape("Document"), 401, 404, 422),
        openapi_extra=read_by,
    )
    async def document(document_id: DocumentId, request: Request) -> Response:
        """A document with its state."""
        check_reader(node, request)

        def read(reader: Reader) -> dict[str, Any] | None:
            final = reader.outcome(document_id)
            if final is None:
                return None
            return document_value(final, Document.parse(reader.jws(final.place)))

        value = await node.read(read)
        if value is not None:
            return JSONResponse(value)
        if document_id in node.pending:
            return JSONResponse({"id": document_id, "state": "pending"})
        raise Problem(404, "unknown-document", f"this node knows no document {document_id}")

    @app.get(
        "/v1/documents/{document_id}/receipt",
        response_class=Response,
        responses=responses(plain(), 404, 409, 422),
    )
    async def receipt(document_id: DocumentId) -> Response:
        """The document's receipt, C2SP tlog-proof@v1: all that is needed to verify it offline."""
        text = await node.read(lambda reader: _receipt(node, reader, document_id))
        return PlainTextResponse(text)

    @app.get(
        "/v1/documents/{document_id}/basis",
        response_class=Response,
        responses=responses(shape("Basis"), 401, 404, 409, 422),
        openapi_extra=read_by,
        dependencies=[Depends(only_known)],
    )
    async def run_on(
        document_id: DocumentId,
        request: Request,
        key: Annotated[list[str] | None, Query(max_length=KEYS_MAX)] = None,
    ) -> Response:
        """What the contract of a committed document that hides something was run on, so that
        whoever holds its disclosures can run it again; and the state, as it is now, at each
        `key`."""
        check_reader(node, request)
        value = await node.read(lambda reader: basis(node, reader, document_id, key or []))
        return Response(canonical.encode(value), media_type="application/json")


def _add_lists(app: FastAPI, node: "Node", read_by: dict[str, Any]) -> None:
    """Documents by what they are and what they are about."""

    @app.get(
        "/v1/documents",
        response_class=Response,
        responses=responses(shape("Page"), 401, 422),
        openapi_extra=read_by,
        dependencies=[Depends(only_known)],
    )
    async def search(
        request: Request,
        type: Type = None,
        issuer: Issuer = None,
        ucr: Consignment = None,
        number: Number = None,
        after: After = -1,
        limit: Limit = 50,
    ) -> Response:
        """Committed documents in log order, with index > `after`. `number`: the one of this `type`
        that has the number its `issuer` gave it, small and capital letters alike."""
        check_reader(node, request)
        if number is None:
            return await _page(node, after=after, limit=limit, kind=type, issuer=issuer, ucr=ucr)
        if type is None or issuer is None or ucr is not None:
            raise Problem(
                422, "invalid-parameter", "the parameter number: it goes with type and issuer alone"
            )
        return await _numbered(node, type, issuer, number)

    @app.get(
        "/v1/consignments/{ucr:path}",
        response_class=Response,
        responses=responses(shape("Page"), 401, 404, 422),
        openapi_extra=read_by,
        dependencies=[Depends(only_known)],
    )
    async def consignment(
        request: Request,
        ucr: Annotated[str, Path(max_length=UCR_CHARACTERS_MAX)],
        after: After = -1,
        limit: Limit = 50,
    ) -> Response:
        """Every document of a consignment, in log order."""
        check_reader(node, request)
        return await _page(node, after=after, limit=limit, kind=None, issuer=None, ucr=ucr)


async def _numbered(node: "Node", kind: str, issuer: str, number: str) -> Response:
    """A page of the document with this number, or of none."""

    def read(reader: Reader) -> bytes:
        found = reader.numbered(kind, issuer, number)
        values = [document_value(f, Document.parse(reader.jws(f.place))) for f in found]
        return canonical.encode({"documents": values, "next": None})

    return Response(await node.read(read), media_type="application/json")


async def _page(node: "Node", *, after: int, limit: int, **wanted: str | None) -> Response:
    """Made whole beside the event loop: a page takes milliseconds."""

    def read(reader: Reader) -> bytes:
        found = reader.search(
            after=after,
            limit=limit + 1,
            kind=wanted["kind"],
            issuer=wanted["issuer"],
            ucr=wanted["ucr"],
        )
        sizes = accumulate(final.place.length for final in found)
        fitting = max(1, sum(size <= PAGE_BYTES_MAX for size in sizes))
        page = found[: min(fitting, limit)]
        values = [document_value(f, Document.parse(reader.jws(f.place))) for f in page]
        return canonical.encode(
            {"documents": values, "next": page[-1].leaf if len(found) > len(page) else None}
        )

    return Response(await node.read(read), media_type="application/json")


def _receipt(node: "Node", reader: Reader, document_id: str) -> str:
    final = final_state(node, reader, document_id)
    if final.leaf is None:
        raise Problem(
            404, "refused-document", f"{document_id} was refused, so there is nothing to prove"
        )
    good = reader.cosigned(final.leaf)
    if good is None:
        raise Problem(
            409, "not-yet-final", "too few validators have cosigned the log yet: ask again"
        )
    checkpoint = node.checkpoints.cosigned(*good)
    proof = Tree(reader.tile).inclusion_proof(final.leaf, checkpoint.checkpoint.size)
    return str(Receipt(final.leaf, proof, checkpoint))
