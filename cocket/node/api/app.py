"""The application and its routes (DESIGN §10), those that read documents and those for who looks
after the node in files of their own. Each says what it answers; what it means is in the parts it
calls."""

from typing import TYPE_CHECKING, Annotated

import msgpack
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from cocket.ledger import canonical
from cocket.node.api import submissions
from cocket.node.api.access import check_reader
from cocket.node.api.answers import Problem, answer_problem, answer_value, problem
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
from cocket.node.api.documents import add_documents
from cocket.node.api.events import Feed
from cocket.node.api.operations import add_operations
from cocket.node.api.parameters import After, only_known, wrong_parameter
from cocket.node.intake import Answer

if TYPE_CHECKING:
    from cocket.node.service import Node

WAIT_S_MAX = 60


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
    app.add_exception_handler(RequestValidationError, wrong_parameter)
    app.add_exception_handler(HTTPException, _no_route)
    _add_submission(app, node)
    add_documents(app, node)
    _add_events(app, node)
    _add_proofs(app, node)
    add_operations(app, node)
    describe(app)
    return app


async def _raised(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response


async def _no_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != 405:
        return problem(error.status_code, "not-found", "there is nothing under this path")
    refused = problem(405, "method-not-allowed", "this path does not take this method")
    refused.headers.update(error.headers or {})  # Allow: what it takes (RFC 9110 §15.5.6)
    return refused


def _add_submission(app: FastAPI, node: "Node") -> None:
    budget = submissions.Budget()

    @app.post(
        "/v1/documents",
        status_code=202,
        openapi_extra=SUBMISSION,
        dependencies=[Depends(only_known)],
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


def _add_events(app: FastAPI, node: "Node") -> None:
    feed = Feed(node)

    @app.get(
        "/v1/events",
        response_class=Response,
        responses=responses(plain(EVENTS), 401, 422, 503),
        openapi_extra=for_members(node.config.reads == "members"),
        dependencies=[Depends(only_known)],
    )
    async def events(request: Request, after: After | None = None) -> Response:
        """Server-sent events: every committed document, from any log index, for ever."""
        check_reader(node, request)
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
