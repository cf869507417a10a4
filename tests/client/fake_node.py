"""A node of memory alone that speaks the HTTP API, and fails on demand.

`faults` says what the next requests meet: `Busy`, `LoseAnswer` (the work is done, the answer never
arrives) or `LoseRequest` (nothing is done). `requests` remembers what was asked, and how.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from cocket.ledger.document import Document
from tests import sample

SCHEMA = {"type": "object", "properties": {"totalPaymentDue": {"x-confidential": True}}}


@dataclass(frozen=True)
class Busy:
    status: int = 503
    retry_after: int = 7


class LoseAnswer:
    pass


class LoseRequest:
    pass


@dataclass
class FakeNode:
    documents: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    pending_turns: int = 0
    busy_documents: int = 0
    receipt_after: int = 0
    events_per_connection: int = 1000
    page: int = 2
    faults: deque[Any] = field(default_factory=deque)
    requests: list[web.Request] = field(default_factory=list)
    overrides: dict[str, Callable[[], web.Response]] = field(default_factory=dict)
    under_way: int = 0
    most_under_way: int = 0
    bodies: list[bytes] = field(default_factory=list)

    def answer(self, id: str) -> dict[str, Any]:
        if id in self.refusals:
            code, message, path = self.refusals[id]
            refusal = {"code": code, "message": message, "path": path, "height": 9}
            return {"id": id, "state": "refused", **refusal}
        if id not in self.documents:
            return {"id": id, "state": "unknown"}
        index = list(self.documents).index(id)
        warnings = [{"code": "w", "message": "careful", "path": "/body"}]
        place = {"index": index, "height": index + 1, "time": sample.TIME_S}
        return {"id": id, "state": "committed", **place, "warnings": warnings, "unchecked": ["u"]}

    def entry(self, id: str) -> dict[str, Any]:
        document = Document.parse(self.documents[id])
        named = {"type": document.type, "issuer": document.issuer}
        return {**self.answer(id), **named, "document": document.jws.decode(), "claims": {}}

    async def submit(self, request: web.Request) -> web.Response:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        body = await request.read()
        self.bodies.append(body)
        await asyncio.sleep(0)
        answers = []
        for line in body.split(b"\n"):
            id = Document.parse(line).id
            if self.busy_documents:
                self.busy_documents -= 1
                load = {"code": "full", "message": "too many documents wait", "retryAfter": 3}
                answers.append({"id": id, "state": "unknown", **load})
                continue
            self.documents.setdefault(id, line)
            if self.pending_turns:
                self.pending_turns -= 1
                answers.append({"id": id, "state": "pending"})
            else:
                answers.append(self.answer(id))
        self.under_way -= 1
        text = "".join(json.dumps(each) + "\n" for each in answers)
        return web.Response(text=text, content_type="application/x-ndjson")

    async def document(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if id not in self.documents:
            return problem(404, "unknown-document", f"no document {id} is known here")
        return web.json_response(self.entry(id))

    async def receipt(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if id in self.refusals:
            return problem(404, "refused-document", "it was refused")
        if id not in self.documents:
            return problem(404, "unknown-document", f"no document {id} is known here")
        if self.receipt_after:
            self.receipt_after -= 1
            return problem(
                409, "not-yet-final", "cosignatures are still coming", {"Retry-After": "2"}
            )
        log = list(self.documents.values())
        return web.Response(text=str(sample.receipt(log, list(self.documents).index(id))))

    async def consignment(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "-1"))
        ucr = request.match_info["ucr"]
        found = [
            self.entry(id)
            for index, (id, jws) in enumerate(self.documents.items())
            if ucr in Document.parse(jws).ucr and index > after
        ]
        page = found[: self.page]
        more = len(found) > len(page)
        return web.json_response({"documents": page, "next": page[-1]["index"] if more else None})

    async def events(self, request: web.Request) -> web.StreamResponse:
        after = int(request.query.get("after", "-1"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": cocket\n\n")
        for index, id in enumerate(list(self.documents)):
            if not after < index <= after + self.events_per_connection:
                continue
            entry = self.entry(id)
            del entry["document"], entry["claims"]
            data = json.dumps({**entry, "ucr": [], "refs": {}})
            await response.write(f"id: {index}\nevent: committed\ndata: {data}\n\n".encode())
        return response

    async def trust_bundle(self, _: web.Request) -> web.Response:
        return web.Response(body=sample.bundle().data, content_type="application/json")

    async def types(self, _: web.Request) -> web.Response:
        known = {"type": sample.INVOICE, "signedBy": ["merchant"], "schema": SCHEMA}
        return web.json_response({"types": [known]})

    async def status(self, _: web.Request) -> web.Response:
        return web.json_response({"organisation": "bank-sg", "height": 9})

    @web.middleware
    async def _fail(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(request)
        fault = self.faults.popleft() if self.faults else None
        if request.path in self.overrides:
            return self.overrides[request.path]()
        if isinstance(fault, Busy):
            headers = {"Retry-After": str(fault.retry_after)}
            return problem(fault.status, "busy", "the node is under load", headers)
        if isinstance(fault, LoseRequest):
            self._cut(request)
        response: web.StreamResponse = await handler(request)
        if isinstance(fault, LoseAnswer):
            self._cut(request)
        return response

    @staticmethod
    def _cut(request: web.Request) -> None:
        assert request.transport is not None
        request.transport.abort()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve on a free port of this machine; gives the address."""
        app = web.Application(middlewares=[self._fail])
        app.add_routes(
            [
                web.post("/v1/documents", self.submit),
                web.get("/v1/documents/{id}", self.document),
                web.get("/v1/documents/{id}/receipt", self.receipt),
                web.get("/v1/consignments/{ucr}", self.consignment),
                web.get("/v1/events", self.events),
                web.get("/v1/trust-bundle", self.trust_bundle),
                web.get("/v1/types", self.types),
                web.get("/v1/status", self.status),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


def problem(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None
) -> web.Response:
    """An RFC 9457 problem as nodes make them."""
    value = {"type": f"urn:cocket:problem:{code}", "title": code, "status": status, "path": ""}
    return web.json_response(
        {**value, "code": code, "detail": detail},
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )
