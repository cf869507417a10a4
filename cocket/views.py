"""How the `cocket` command shows what it learned: values for --json, and text for people.

The text is readable without colour: states are words, never only a colour.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from cocket.client import Answer, Event, LedgerDocument, SdJwt, TrustBundle, Verdicts
from cocket.client.answers import Remark
from cocket.ledger.errors import Malformed

STATE_STYLES = {"committed": "green", "pending": "yellow", "refused": "red", "unknown": "red"}
RESULT_STYLES = {"pass": "green", "unknown": "yellow", "fail": "red"}
ID_CHARACTERS_SHOWN = 10


def facts(pairs: Mapping[str, Any]) -> RenderableType:
    """Names and values in two columns; what is None or empty is left out."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        if value is None or value in ("", [], {}, ()):
            continue
        shown = value if isinstance(value, Text) else Text(_plain(value))
        table.add_row(name, shown)
    return table


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def columns(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> Text:
    """Columns as wide as they need to be, never broken: a line stays one even if it is long."""
    lines = [tuple(header), *map(tuple, rows)] if header else [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    made = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    text = Text("\n".join(made), no_wrap=True, overflow="ignore")
    if header:
        text.stylize("dim", 0, len(made[0]))
    return text


def moment(time_s: int | None) -> str | None:
    """Seconds since 1970 as a UTC time, to the second."""
    return None if time_s is None else datetime.fromtimestamp(time_s, UTC).strftime("%F %T UTC")


def short(id: str) -> str:
    """The beginning of an id: enough to tell documents of one consignment apart."""
    return id[:ID_CHARACTERS_SHOWN] + "…"


def type_name(urn: str) -> str:
    """`urn:cocket:clearance:1` -> `clearance`; a later version keeps its number."""
    _, _, name, version = urn.split(":")
    return name if version == "1" else f"{name}:{version}"


# --- what a node answered ------------------------------------------------------------------------


def answer_value(answer: Answer) -> dict[str, Any]:
    """As the node's API has it, without what does not apply."""
    value = {
        "id": answer.id,
        "state": answer.state,
        "index": answer.index,
        "height": answer.height,
        "time": answer.time_s,
        "code": answer.code,
        "message": answer.message,
        "path": answer.path,
        "retryAfter": answer.retry_after,
        "warnings": [
            {"code": each.code, "message": each.message, "path": each.path}
            for each in answer.warnings
        ],
        "unchecked": list(answer.unchecked),
    }
    return {name: each for name, each in value.items() if each not in (None, "", [])}


def answer(answer: Answer) -> RenderableType:
    """What became of a document: its state, where it stands, and why."""
    return facts(
        {
            "state": Text(answer.state, f"bold {STATE_STYLES[answer.state]}"),
            "id": answer.id,
            "place": _place(answer),
            "time": moment(answer.time_s),
            "reason": _reason(answer),
            "warnings": "\n".join(map(_remark, answer.warnings)),
            "unchecked": ", ".join(answer.unchecked),
        }
    )


def _place(answer: Answer) -> str | None:
    if answer.height is None:
        return None
    leaf = "" if answer.index is None else f"leaf {answer.index}, "
    return f"{leaf}block {answer.height}"


def _reason(answer: Answer) -> str | None:
    return _remark(Remark(answer.code, answer.message, answer.path)) if answer.code else None


def _remark(remark: Remark) -> str:
    return f"{remark.code}: {remark.message}" + (f" (at {remark.path})" if remark.path else "")


def document_value(found: LedgerDocument) -> dict[str, Any]:
    """A document with its claims, and what became of it."""
    return {
        **answer_value(found.answer),
        "document": found.document.jws.decode("ascii"),
        "claims": found.document.claims,
    }


def document(found: LedgerDocument) -> RenderableType:
    """A document for reading: who signed what, about which consignment, and its state."""
    signed = found.document
    revealed = SdJwt(signed).reveal()
    return Group(
        facts(
            {
                "type": type_name(signed.type),
                "issuer": signed.issuer,
                "issued": moment(signed.issued_at),
                "consignments": ", ".join(signed.ucr),
                "builds on": "\n".join(f"{role}: {id}" for role, id in signed.refs.items()),
                "expires": moment(signed.expires_at),
                "hidden": f"{revealed.hidden} members" if revealed.hidden else None,
            }
        ),
        answer(found.answer),
        JSON(json.dumps(revealed.body, ensure_ascii=False), indent=2),
    )


def consignment(documents: Sequence[LedgerDocument]) -> RenderableType:
    """The documents of a consignment as a table, in the log's order."""
    if not documents:
        return Text("no document of this consignment")
    rows = [
        (
            str(each.answer.index),
            each.document.id,
            type_name(each.document.type),
            each.document.issuer,
            moment(each.answer.time_s) or "",
        )
        for each in documents
    ]
    return columns(rows, ("leaf", "id", "document", "issuer", "final"))


def event_value(event: Event) -> dict[str, Any]:
    """As the node's event stream has it."""
    about = {"type": event.type, "issuer": event.issuer, "ucr": list(event.ucr)}
    return {**answer_value(event), **about, "refs": dict(event.refs)}


def event(event: Event) -> RenderableType:
    """One line for a document that has become final."""
    line = f"{event.index:>6}  {event.id}  {type_name(event.type):<20}  {event.issuer:<12}"
    return Text(f"{line}  {', '.join(event.ucr)}".rstrip(), no_wrap=True, overflow="ignore")


def node_status(value: Mapping[str, Any]) -> RenderableType:
    """What a node says about itself, the important first: is it ready, and if not, why."""
    peers = value.get("peers", [])
    ready = "ready" if value.get("ready") else "; ".join(value.get("reasons", ())) or "not ready"
    named = {
        name: each
        for name, each in value.items()
        if name not in ("organisation", "ready", "reasons", "peers", "consensus", "time")
    }
    return Group(
        facts({value.get("organisation", "node"): Text(ready, "bold"), **named}),
        facts({"last block": moment(value.get("time")), **value.get("consensus", {})}),
        columns([_peer(each) for each in peers], ("peer", "address", "state", "block", ""))
        if peers
        else "",
    )


def _peer(value: Mapping[str, Any]) -> tuple[str, ...]:
    connected = value.get("connectedSeconds")
    state = "not connected" if connected is None else f"connected {connected} s"
    trouble = value.get("lastError", "") if connected is None else ""
    height = str(value.get("height", ""))
    return (str(value.get("organisation")), str(value.get("address")), state, height, trouble)


# --- what was made or verified --------------------------------------------------------------------


def verdicts_value(verdicts: Verdicts, trust: bytes) -> dict[str, Any]:
    """The four verdicts, whether what can be proved offline is, and whose word it all rests on."""
    named = {
        "integrity": verdicts.integrity,
        "issuer": verdicts.issuer,
        "inclusion": verdicts.inclusion,
        "status": verdicts.status,
    }
    value: dict[str, Any] = {
        name: {"result": each.result, "reason": each.reason, **each.facts}
        for name, each in named.items()
    }
    value["ok"] = verdicts.ok
    with suppress(Malformed):
        value["trustBundle"] = TrustBundle.parse(trust).digest
    return value


def verdicts(value: Mapping[str, Any]) -> RenderableType:
    """The verdicts of a verification, each with its reason; from `verdicts_value`."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name in ("integrity", "issuer", "inclusion", "status"):
        result = value[name]["result"]
        table.add_row(name, Text(result, f"bold {RESULT_STYLES[result]}"), value[name]["reason"])
    if "trustBundle" not in value:
        return table
    digest = Text.assemble(
        "This rests on the trust bundle ", (value["trustBundle"], "bold"),
        ":\ncompare these characters with someone you trust.",
    )  # fmt: skip
    return Group(table, "", digest)


def founded(value: Mapping[str, Any]) -> RenderableType:
    """A network that was just made, and how to go on."""
    table = columns(list(value["directories"].items()))
    runs = "\n".join(f"    cocket node run {directory}" for directory in value["nodes"])
    return Group(
        Text.assemble("The network ", (value["network"], "bold"), " is founded.\n"),
        table,
        Text.assemble("\ngenesis  ", (value["genesis"], "bold")),
        "Members compare this hash before they start. Hand each directory to its\n"
        "organisation and keep no copy: it holds keys. Those with a node then run\n",
        runs,
        f"\nand see how it is:  cocket node status {value['nodes'][0]}",
    )


def initialised(value: Mapping[str, Any]) -> RenderableType:
    """A wallet that was just made, and who has to do what next."""
    return Group(
        facts({"wallet": value["wallet"], "key": value["key"]}),
        f"\nHand {value['registration']} to customs or a chamber of your country, and compare\n"
        "the key with them. They sign it, and so make you known:\n\n"
        f"    cocket submit {value['registration']} --type organisation",
    )
