"""What the API says about documents, as JSON values, and its problems (RFC 9457)."""

from typing import Any

from fastapi.responses import Response

from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.errors import Refusal
from cocket.node.intake import BUSY_CODES, RETRY_AFTER_S, Answer
from cocket.node.records import Final

PROBLEM_TYPE = "application/problem+json"
STATUS_BY_CODE = {
    "too-large": 413,
    "malformed": 400,
    "header": 400,
    "claims": 400,
    "not-json": 400,
    "not-canonical": 400,
    "duplicate-member": 400,
    "float": 400,
    "too-deep": 400,
    "integer-range": 400,
    "member-name": 400,
    "disclosures-sent": 400,
    "unknown-key": 403,
    "revoked-key": 403,
    "wrong-key-use": 403,
    "issuer-mismatch": 403,
    "bad-signature": 403,
    "wrong-role": 403,
    "busy": 503,
    "stopping": 503,
    "disk-full": 503,
    "unavailable": 503,
    "organisation-busy": 429,
}
"""HTTP status of a document that was not taken; 422 for every other code."""


def final_value(final: Final) -> dict[str, Any]:
    """The Answer object of a document that is final."""
    value: dict[str, Any] = {
        "id": final.id,
        "state": "committed" if final.refusal is None else "refused",
        "height": final.height,
        "time": final.time_ms // 1000,
    }
    if final.refusal is None:
        value["index"] = final.leaf
        value["warnings"] = final.notes.get("warnings", [])
        value["unchecked"] = final.notes.get("unchecked", [])
    else:
        value |= refusal_value(final.refusal)
    return value


def answer_value(answer: Answer) -> dict[str, Any]:
    """The Answer object for one submitted document."""
    if answer.final is not None:
        return final_value(answer.final)
    if answer.refusal is None:
        return {"id": answer.id, "state": "pending"}
    value = {"id": answer.id, "state": "unknown", **refusal_value(answer.refusal)}
    if answer.refusal.code in BUSY_CODES:
        value["retryAfter"] = RETRY_AFTER_S
    return value


def event_value(final: Final, document: Document) -> dict[str, Any]:
    """The Answer object with what decides whether to fetch the document."""
    return {
        **final_value(final),
        "type": document.type,
        "issuer": document.issuer,
        "ucr": list(document.ucr),
        "refs": document.refs,
    }


def document_value(final: Final, document: Document) -> dict[str, Any]:
    """The Answer object with the document itself."""
    return {
        **event_value(final, document),
        "document": document.jws.decode("ascii"),
        "claims": document.claims,
    }


def refusal_value(refusal: Refusal) -> dict[str, Any]:
    """Code, sentence and path."""
    return {"code": refusal.code, "message": refusal.message, "path": refusal.path}


def problem(status: int, code: str, detail: str, path: str = "", **more: Any) -> Response:
    """An RFC 9457 problem with a stable code; 429 and 503 say when to come again."""
    value = {
        "type": f"urn:cocket:problem:{code}",
        "title": code.replace("-", " "),
        "status": status,
        "code": code,
        "detail": detail,
        "path": path,
        **more,
    }
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status in (409, 429, 503) else None
    return Response(canonical.encode(value), status, headers, media_type=PROBLEM_TYPE)


def answer_problem(answer: Answer) -> Response:
    """The problem of one submitted document that was refused, for good or for now."""
    value = answer_value(answer)
    refusal = answer.final.refusal if answer.final is not None else answer.refusal
    assert refusal is not None
    status = 422 if answer.final is not None else STATUS_BY_CODE.get(refusal.code, 422)
    more = {name: value[name] for name in ("id", "state", "height", "retryAfter") if name in value}
    return problem(status, refusal.code, refusal.message, refusal.path, **more)


class Problem(Exception):
    """Raised in a route to answer with a problem."""

    def __init__(self, status: int, code: str, detail: str, path: str = "") -> None:
        super().__init__(detail)
        self.response = problem(status, code, detail, path)
