"""The routes (DESIGN §10). Each says what it answers; what it means is in the parts it calls."""

from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

import msgpack
from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from cocket.ledger import canonical
from cocket.ledger.document import ID_PATTERN, ORGANISATION_PATTERN, TYPE_PATTERN, Document
from cocket.ledger.receipt import Receipt
from cocket.ledger.tiles import Tree
from cocket.node.api import submissions
from cocket.node.api.access import check_token
from cocket.node.api.answers import (
    Problem,
    answer_problem,
    answer_value,
    document_value,
    problem,
)
from cocket.node.api.basis import KEYS_MAX, basis
from cocket.node.api.description import (
    EVENTS,
    SUBMISSION,
    SUBMITTED,
    describe,
    for_members,
    plain,
    responses,
    shape,
)
from cocket.node.api.events import Feed
from cocket.node.api.operations import add_operations
from cocket.node.intake import Answer
from cocket.node.reader import Reader

if TYPE_CHECKING:
    from cocket.node.service import Node

NUMBER_CHARACTERS_MAX = 128
PAGE_MAX = 200
PAGE_BYTES_MAX = 1024 * 1024
"""Of the documents on a page; one that is larger by itself is a page too."""
WAIT_S_MAX = 60

DocumentId = Annotated[str, Path(pattern=ID_PATTERN.replace(r"\Z", "$"))]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
After = Annotated[int, Query(ge=-1, le=2**62)]


def create_app(node: "Node") -> FastAPI:
    """The application that answers for a node."""
    app = FastAPI(
        title="cocket node",
        version="1",
        summary="Signed trade documents: submit, read, follow, prove.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_exception_handler(Problem, _raised)
    app.add_exception_handler(RequestValidationError, _wrong_parameter)
    app.add_exception_handler(HTTPException, _no_route)
    _add_submission(app, node)
    _add_documents(app, node)
    _add_events(app, node)
    _add_proofs(app, node)
    add_operations(app, node)
    describe(app)
    return app


async def _raised(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response


async def _wrong_parameter(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = ".".join(str(each) for each in first["loc"][1:])
    return problem(422, "invalid-parameter", f"the parameter {name}: {first['msg']}")


async def _only_known(request: Request) -> None:
    """Raise `Problem` (422) for a query parameter that means nothing here: misspelt, it would ask
    for more than was wanted."""
    known = {each.alias for each in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        if name not in known:
            names = ", ".join(sorted(known))
            detail = f"the parameter {name[:40]!r} is not known here; there are {names}"
            raise Problem(422, "invalid-parameter", detail)


async def _no_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != 405:
        return problem(error.status_code, "not-found", "there is nothing under this path")
    refused = problem(405, "method-not-allowed", "this path does not take this method")
    refused.headers.update(error.headers or {})  # Allow: what it takes (RFC 9110 §15.5.6)
    return refused


def _member(node: "Node", request: Request) -> None:
    if node.config.reads == "members":
        check_token(
            request.headers.get("authorization"),
            node.config.network,
            node.calendar_s,
            node.member_key,
        )


def _add_submission(app: FastAPI, node: "Node") -> None:
    budget = submissions.Budget()

    @app.post(
        "/v1/documents",
        status_code=202,
        openapi_extra=SUBMISSION,
        dependencies=[Depends(_only_known)],
        response_class=Response,
        responses=responses(shape("Answer"), ok=202)
        | responses(SUBMITTED, 400, 403, 408, 413, 415, 422, 429, 503),
    )
    async def submit(
        request: Request,
        wait: Annotated[str | None, Query(pattern="^committed$")] = None,
        timeout: Annotated[float, Query(ge=0, le=WAIT_S_MAX)] = 30,
    ) -> Response:
        """Take one signed document, or many; answer for each what became of it."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        async with budget.body(request) as body:
            answers = await _submit(node, submissions.cut(media_type, body))
        if wait is not None:
            answers = await _wait(node, answers, timeout)
        if media_type == submissions.NDJSON:
            lines = b"".join(canonical.encode(answer_value(each)) + b"\n" for each in answers)
            return Response(lines, media_type=submissions.NDJSON)
        if media_type == submissions.MESSAGEPACK:
            packed = msgpack.packb([answer_value(each) for each in answers])
            return Response(packed, media_type=submissions.MESSAGEPACK)
        (answer,) = answers
        if answer.refusal is not None or (answer.final and answer.final.refusal):
            return answer_problem(answer)
        return JSONResponse(answer_value(answer), 202 if answer.pending else 200)


async def _submit(node: "Node", texts: list[bytes]) -> list[Answer]:
    """Documents with disclosures are answered here; they go no further."""
    refusals = [submissions.disclosures_sent(text) for text in texts]
    answers = iter(
        await node.intake.submit(
            [text for text, refusal in zip(texts, refusals, strict=True) if refusal is None]
        )
    )
    return [Answer("", refusal=each) if each is not None else next(answers) for each in refusals]


async def _wait(node: "Node", answers: list[Answer], timeout_s: float) -> list[Answer]:
    """The answers once every document that is pending is final, or the time is over."""
    finals = await node.await_final({each.id for each in answers if each.pending}, timeout_s)
    return [
        Answer(each.id, final=finals[each.id]) if each.id in finals else each for each in answers
    ]


def _add_documents(app: FastAPI, node: "Node") -> None:
    read_by = for_members(node.config.reads == "members")

    @app.get(
        "/v1/documents/{document_id}",
        response_class=Response,
        responses=responses(shape("Document"), 401, 404, 422),
        openapi_extra=read_by,
    )
    async def document(document_id: DocumentId, request: Request) -> Response:
        """A document with its state."""
        _member(node, request)

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
        dependencies=[Depends(_only_known)],
    )
    async def run_on(
        document_id: DocumentId,
        request: Request,
        key: Annotated[list[str] | None, Query(max_length=KEYS_MAX)] = None,
    ) -> Response:
        """What the contract of a committed document that hides something was run on, so that
        whoever holds its disclosures can run it again; and the state, as it is now, at each
        `key`."""
        _member(node, request)
        value = await node.read(lambda reader: basis(node, reader, document_id, key or []))
        return Response(canonical.encode(value), media_type="application/json")

    @app.get(
        "/v1/documents",
        response_class=Response,
        responses=responses(shape("Page"), 401, 422),
        openapi_extra=read_by,
        dependencies=[Depends(_only_known)],
    )
    async def search(
        request: Request,
        type: Annotated[str | None, Query(pattern=TYPE_PATTERN.replace(r"\Z", "$"))] = None,
        issuer: Annotated[str | None, Query(pattern=ORGANISATION_PATTERN.replace(r"\Z", "$"))] = (
            None
        ),
        ucr: Annotated[str | None, Query(max_length=35)] = None,
        number: Annotated[str | None, Query(min_length=1, max_length=NUMBER_CHARACTERS_MAX)] = None,
        after: After = -1,
        limit: Limit = 50,
    ) -> Response:
        """Committed documents in log order, with index > `after`. `number`: the one of this `type`
        that has the number its `issuer` gave it, small and capital letters alike."""
        _member(node, request)
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
        dependencies=[Depends(_only_known)],
    )
    async def consignment(
        request: Request,
        ucr: Annotated[str, Path(max_length=35)],
        after: After = -1,
        limit: Limit = 50,
    ) -> Response:
        """Every document of a consignment, in log order."""
        _member(node, request)
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
    final = reader.outcome(document_id)
    if final is None:
        if document_id in node.pending:
            raise Problem(409, "not-yet-final", f"{document_id} is not final yet: ask again")
        raise Problem(404, "unknown-document", f"this node knows no document {document_id}")
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


def _add_events(app: FastAPI, node: "Node") -> None:
    feed = Feed(node)

    @app.get(
        "/v1/events",
        response_class=Response,
        responses=responses(plain(EVENTS), 401, 422, 503),
        openapi_extra=for_members(node.config.reads == "members"),
        dependencies=[Depends(_only_known)],
    )
    async def events(request: Request, after: After | None = None) -> Response:
        """Server-sent events: every committed document, from any log index, for ever."""
        _member(node, request)
        last = request.headers.get("last-event-id", "")
        start = after if after is not None else node.head.log.size - 1
        if last.isascii() and last.isdigit() and len(last) < 19:
            start = int(last)
        address = request.client.host if request.client else ""
        return StreamingResponse(feed.follow(address, start), media_type="text/event-stream")


def _add_proofs(app: FastAPI, node: "Node") -> None:
    @app.get("/v1/trust-bundle", response_class=Response, responses=responses(shape("Object")))
    async def trust_bundle() -> Response:
        """What a verifier needs: genesis hash, validators by epoch, organisations and roles."""
        return Response(await node.trust_bundle(), media_type="application/json")

    @app.get("/v1/log/checkpoint", response_class=Response, responses=responses(plain(), 409))
    async def checkpoint() -> Response:
        """The newest checkpoint that a quorum has cosigned, C2SP tlog-checkpoint."""
        newest = await node.read(lambda reader: reader.newest_cosigned())
        if newest is None:
            raise Problem(409, "not-yet-final", "nothing has been cosigned yet")
        return PlainTextResponse(str(node.checkpoints.cosigned(*newest)))

    @app.get("/v1/types", response_class=Response, responses=responses(shape("Types")))
    async def types() -> Response:
        """The document types with the roles that may sign them and their schemas."""
        types = canonical.encode({"types": await node.types()})
        return Response(types, media_type="application/json")
