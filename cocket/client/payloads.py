"""Payloads as others write them, made into bodies of document types. Nothing is left out.

    DCSA    issuance request, shipping instructions -> bill of lading, sea waybill
            events, arrival notices (several in one payload) -> a body for each
    W3C     credentials of the traceability vocabulary: see `traceability`

Any other payload is the body already. What a type needs and a payload lacks is said beside it:
`with_members`. What maps to what: docs/documents/payloads.md.
"""

import json
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from cocket.client import traceability
from cocket.ledger.errors import Malformed
from cocket.ledger.foreign import exact_numbers

LISTS = {"transport-event": "events", "arrival-notice": "arrivalNotices"}
"""Types of which a payload holds a list, and its one member."""
TRANSPORT_DOCUMENTS = ("bill-of-lading", "sea-waybill")


def bodies(name: str, payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The bodies of documents of the type `name` in a payload, one as a rule.

    `Malformed` says what in the payload has no place in the type.
    """
    payload = deepcopy(payload)
    if "credentialSubject" in payload:
        return [traceability.body(name, payload)]
    listed = LISTS.get(name)
    if listed is not None and list(payload) == [listed]:
        return _objects(payload[listed], listed)
    if name in TRANSPORT_DOCUMENTS:
        return [_transport_document(payload)]
    return [payload]


def with_members(body: dict[str, Any], members: Iterable[str]) -> dict[str, Any]:
    """The body with members that it lacks, each given as `/path=value`.

    A value is text, but for what begins as a JSON object, list or text, and `true` and `false`.
    """
    body = deepcopy(body)
    for text in members:
        path, equals, value = text.partition("=")
        if not path.startswith("/") or not equals:
            raise Malformed(f"{text}: a member is given as /path=value")
        *above, last = path[1:].split("/")
        place: Any = body
        try:
            for part in above:
                place = place[int(part)] if isinstance(place, list) else place[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise Malformed(f"{text}: there is no such place in the body") from None
        if not isinstance(place, dict):
            raise Malformed(f"{text}: only objects have members")
        if last in place:
            raise Malformed(f"{text}: the file has this already: {json.dumps(place[last])[:100]}")
        place[last] = _value(value)
    return body


def _value(text: str) -> Any:
    if text.startswith(("{", "[", '"')) or text in ("true", "false"):
        return exact_numbers(text)
    return text


def _transport_document(payload: dict[str, Any]) -> dict[str, Any]:
    """DCSA's transport document: out of an issuance request or of shipping instructions."""
    if set(payload) == {"document", "issueTo"} and isinstance(payload["document"], dict):
        return {**payload["document"], "issueTo": payload["issueTo"]}
    if "transportDocumentReference" in payload:
        return payload
    parties = payload.get("documentParties")
    if isinstance(parties, dict) and "issueTo" in parties and "issueTo" not in payload:
        payload["issueTo"] = parties.pop("issueTo")
    equipments = payload.get("utilizedTransportEquipments", [])
    for each in _objects(equipments, "utilizedTransportEquipments"):
        if "equipmentReference" in each and "equipment" not in each:
            each["equipment"] = {"equipmentReference": each.pop("equipmentReference")}
    return payload


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Malformed(f"{name} is a list of objects")
    return value
