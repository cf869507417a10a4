"""The OpenAPI 3.1 description of what the routes answer: statuses, media types, shapes.

A test asks a node everything that this says can be asked, and whatever it says cannot.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cocket.ledger.document import ID_PATTERN
from cocket.node.api import submissions
from cocket.node.api.answers import PROBLEM_TYPE

Responses = dict[int | str, dict[str, Any]]
JSON = "application/json"
TEXT = "text/plain"
EVENTS = "text/event-stream"

MEANINGS = {
    400: "The request, or the document in it, is malformed",
    401: "A member's token is needed, is not valid, or has expired",
    403: "Signed by nobody who may",
    404: "There is no such thing",
    408: "The request did not come in time",
    409: "Not yet: ask again",
    413: "Too large",
    415: "Of no media type that is taken here",
    422: "A parameter is wrong, or a rule refuses the document",
    429: "This organisation has too much waiting",
    503: "Not now: ask again, or another node",
}
_AGAIN = (409, 429, 503)


def _object(required: Sequence[str], **members: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": members}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 0}
_ID = {"type": "string", "pattern": ID_PATTERN.replace(r"\Z", "$")}
_ID_IF_READ = {"type": "string", "pattern": f"{_ID['pattern']}|^$"}
"""What has disclosures is not read, and so has no id here."""
_STATE = {"enum": ["unknown", "pending", "committed", "refused"]}
_ANSWER: dict[str, Any] = {
    "id": {**_ID_IF_READ, "description": 'of the document; "" where it came with disclosures'},
    "state": _STATE,
    "index": {**_NUMBER, "description": "the document's leaf in the log"},
    "height": {**_NUMBER, "description": "of the block that made it final"},
    "time": {**_NUMBER, "description": "of that block, seconds since 1970"},
    "warnings": _list(_named("Remark")),
    "unchecked": _list(_TEXT),
    "code": {**_TEXT, "description": "why it was refused, or not taken"},
    "message": _TEXT,
    "path": {**_TEXT, "description": "JSON pointer into the document"},
    "retryAfter": {"type": "number", "minimum": 0},
}
_DOCUMENT: dict[str, Any] = {
    **_ANSWER,
    "type": _TEXT,
    "issuer": _TEXT,
    "ucr": _list(_TEXT),
    "refs": {"type": "object", "additionalProperties": _ID},
    "document": {**_TEXT, "description": "the compact JWS"},
    "claims": {"type": "object"},
}
SCHEMAS: dict[str, Any] = {
    "Problem": _object(
        ["type", "title", "status", "code", "detail", "path"],
        type={"type": "string", "pattern": "^urn:cocket:problem:"},
        title=_TEXT,
        status=_NUMBER,
        code={**_TEXT, "description": "lower-case words joined by hyphens; never changes"},
        detail={**_TEXT, "description": "a sentence that a person can act on"},
        path={**_TEXT, "description": 'JSON pointer into the document, or ""'},
        id=_ID_IF_READ,
        state=_STATE,
        height=_NUMBER,
        retryAfter={"type": "number", "minimum": 0},
        reasons=_list(_TEXT),
    ),
    "Remark": _object(["code", "message", "path"], code=_TEXT, message=_TEXT, path=_TEXT),
    "Answer": _object(["id", "state"], **_ANSWER),
    "Document": _object(["id", "state"], **_DOCUMENT),
    "Page": _object(
        ["documents", "next"],
        documents=_list(_named("Document")),
        next={"type": ["integer", "null"], "description": "the next page is after this index"},
    ),
    "Basis": _object(
        ["id", "height", "time", "unchecked", "signer", "contract", "read", "more"],
        id=_ID,
        height=_NUMBER,
        time=_NUMBER,
        unchecked=_list(_TEXT),
        signer={"type": "object", "description": "who signed, as registered now"},
        contract=_object(["schema", "source"], schema={"type": "object"}, source=_TEXT),
        read={
            "type": ["object", "null"],
            "description": "what the contract read of the state, as it was; "
            "null where the document hides nothing, or more was read than is kept",
        },
        more={"type": "object", "description": "the state at each key asked for, as it is now"},
    ),
    "Types": _object(
        ["types"],
        types=_list(
            _object(
                ["type", "signedBy", "schema"],
                type=_TEXT,
                signedBy=_list(_TEXT),
                schema={"type": "object"},
            )
        ),
    ),
    "Object": {"type": "object"},
}
_COMPACT = {
    "schema": {
        "type": "string",
        "description": "a compact JWS; a ~ may follow, but no disclosures",
        "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+~?$",
    }
}
SUBMISSION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **dict.fromkeys(submissions.ONE, _COMPACT),
            submissions.NDJSON: {"schema": {"type": "string", "description": "one JWS a line"}},
            submissions.MESSAGEPACK: {
                "schema": {"type": "string", "format": "binary", "description": "array of JWS"}
            },
        },
    },
}
"""What `POST /v1/documents` takes."""
SUBMITTED: dict[str, dict[str, Any]] = {
    JSON: _named("Answer"),
    submissions.NDJSON: {"type": "string", "description": "an Answer a line, in the same order"},
    submissions.MESSAGEPACK: {"type": "string", "description": "an array of Answers"},
}
"""What it answers, by media type."""


def responses(contents: dict[str, dict[str, Any]], *problems: int, ok: int = 200) -> Responses:
    """The responses of a route: `contents` (media type to schema), or one of these problems."""
    told: Responses = {
        ok: {
            "description": "As asked",
            "content": {media_type: {"schema": schema} for media_type, schema in contents.items()},
        }
    }
    for status in problems:
        told[status] = {
            "description": MEANINGS[status],
            "content": {PROBLEM_TYPE: {"schema": _named("Problem")}},
        }
        if status in _AGAIN:
            told[status]["headers"] = {
                "Retry-After": {"description": "seconds", "schema": _NUMBER},
            }
    return told


def shape(name: str) -> dict[str, dict[str, Any]]:
    """JSON of one of `SCHEMAS`."""
    return {JSON: _named(name)}


def plain(media_type: str = TEXT) -> dict[str, dict[str, Any]]:
    """Text of this media type."""
    return {media_type: _TEXT}


def for_members(needed: bool) -> dict[str, Any]:
    """What a route's `openapi_extra` says where reading needs a member's token, or may have one."""
    return {"security": [{"member": []}] if needed else [{}, {"member": []}]}


def describe(app: FastAPI) -> None:
    """Let `app` answer with its description, shapes and the token included."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = get_openapi(
                title=app.title, version=app.version, summary=app.summary, routes=app.routes
            )
            described["components"] = {
                "schemas": SCHEMAS,
                "securitySchemes": {
                    "member": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
                },
            }
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it
