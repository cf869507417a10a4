"""The routes for those who look after a node: is it alive, is it ready, what does it wait for."""

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from cocket.node.api.access import check_insider
from cocket.node.api.answers import problem
from cocket.node.api.description import for_members, plain, responses, shape
from cocket.node.condition import condition
from cocket.node.diagnosis import diagnose
from cocket.node.status import status as node_status
from cocket.node.status import unready

if TYPE_CHECKING:
    from cocket.node.service import Node


def add_operations(app: FastAPI, node: "Node") -> None:
    """Add them to a node's application."""

    @app.get(
        "/v1/status",
        response_class=Response,
        responses=responses(shape("Object"), 401),
        openapi_extra=for_members(needed=False),
    )
    async def status(request: Request) -> Response:
        """What this node does and waits for, in numbers and words; where its peers are, and why
        they are not connected, only to a member (with a token) or the operator."""
        inside = "authorization" in request.headers
        if inside:
            check_insider(node, request)
        return JSONResponse(node_status(node, inside))

    @app.get(
        "/v1/why-stuck",
        response_class=Response,
        responses=responses(shape("Object"), 401),
        openapi_extra=for_members(needed=True),
    )
    async def why_stuck(request: Request) -> Response:
        """What this node waits for, in sentences; for a member (with a token) or the operator."""
        check_insider(node, request)
        found = diagnose(condition(node))
        value = {
            "organisation": node.config.organisation,
            "network": node.config.network,
            "height": node.head.height,
            "well": all(each.well for each in found),
            "findings": [each.value for each in found],
        }
        return JSONResponse(value)

    @app.get("/healthz", response_class=Response, responses=responses(shape("Object")))
    async def healthz() -> Response:
        """The process is alive."""
        return JSONResponse({"status": "alive"})

    @app.get("/readyz", response_class=Response, responses=responses(shape("Object"), 503))
    async def readyz() -> Response:
        """Caught up and able to commit; otherwise 503 with the reasons."""
        reasons = unready(node)
        if reasons:
            return problem(503, "not-ready", "; ".join(reasons), reasons=reasons)
        return JSONResponse({"status": "ready", "height": node.head.height})

    @app.get("/metrics", response_class=Response, responses=responses(plain()))
    async def metrics() -> Response:
        """Prometheus text."""
        return Response(node.render_metrics(), media_type="text/plain; version=0.0.4")
