"""How the `cocket` command shows what it learned: values for --json, and text for people.

The text is readable without colour: states are words, never only a colour.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from rich.console import Group, RenderableType
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text

from cocket.client import Answer, Event, LedgerDocument, SdJwt, TrustBundle, Verdicts
from cocket.client.answers import Remark
from cocket.client.display import json_text, safe, utc
from cocket.ledger.errors import Malformed, Refused

STATE_STYLES = {"committed": "green", "pending": "yellow", "refused": "red", "unknown": "red"}
RESULT_STYLES = {"pass": "green", "unknown": "yellow", "fail": "red"}
ID_CHARACTERS_SHOWN = 10


def facts(pairs: Mapping[str, Any]) -> RenderableType:
    """Names and values in two columns; what is None or empty is left out, a tuple is lines."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        if value is None or value in ("", [], {}, ()):
            continue
        table.add_row(Text(safe(name)), value if isinstance(value, Text) else Text(_plain(value)))
    return table


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return "\n".join(map(_plain, value))
    return safe(value) if isinstance(value, str) else json_text(value)


def columns(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> Text:
    """Columns as wide as they need to be, never broken: a line stays one even if it is long."""
    lines = [tuple(map(safe, row)) for row in ([header] if header else []) + list(rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    made = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    text = Text("\n".join(made), no_wrap=True, overflow="ignore")
    if header:
        text.stylize("dim", 0, len(made[0]))
    return text


def _utc(time_s: int | None) -> str | None:
    return None if time_s is None else utc(time_s)


def short(id: str) -> str:
    """The beginning of an id: enough to tell documents of one consignment apart."""
    return id[:ID_CHARACTERS_SHOWN] + "…"


def type_name(urn: str) -> str:
    """`urn:cocket:clearance:1` -> `clearance`; a later version keeps its number."""
    return urn.removeprefix("urn:cocket:").removesuffix(":1")


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
            "time": _utc(answer.time_s),
            "reason": _reason(answer),
            "warnings": tuple(map(_remark, answer.warnings)),
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
    try:
        revealed = SdJwt(signed).reveal()
        body, hidden = revealed.body, f"{revealed.hidden} members" if revealed.hidden else None
    except Refused as refused:
        body = signed.body
        hidden = f"the body is as it was signed, for {refused.refusal.message}"
    return Group(
        facts(
            {
                "type": type_name(signed.type),
                "issuer": signed.issuer,
                "issued": _utc(signed.issued_at),
                "consignments": ", ".join(signed.ucr),
                "builds on": tuple(f"{role}: {id}" for role, id in signed.refs.items()),
                "expires": _utc(signed.expires_at),
                "hidden": hidden,
            }
        ),
        answer(found.answer),
        JSONHighlighter()(Text(json_text(body, indent=2), no_wrap=True)),
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
            _utc(each.answer.time_s) or "",
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
    return Text(safe(f"{line}  {', '.join(event.ucr)}".rstrip()), no_wrap=True, overflow="ignore")


def node_status(value: Mapping[str, Any]) -> RenderableType:
    """What a node says about itself, the important first: is it ready, and if not, why."""
    reasons = "; ".join(map(_plain, _list(value, "reasons"))) or "not ready"
    ready = Text("ready" if value.get("ready") else reasons, "bold")
    named = {
        name: each
        for name, each in value.items()
        if name not in ("organisation", "ready", "reasons", "peers", "consensus", "time")
    }
    time, consensus, peers = value.get("time"), value.get("consensus"), _list(value, "peers")
    last_block = utc(time) if isinstance(time, int | float) else time
    return Group(
        facts({_plain(value.get("organisation", "node")): ready, **named}),
        facts({"last block": last_block, **(consensus if isinstance(consensus, dict) else {})}),
        columns([_peer(each) for each in peers], ("peer", "address", "state", "block", ""))
        if peers
        else "",
    )


def why_stuck(value: Mapping[str, Any]) -> RenderableType:
    """What a node waits for: a line for each finding, the most important first."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for each in _list(value, "findings"):
        found = each if isinstance(each, dict) else {}
        code, sentence = str(found.get("code")), str(found.get("sentence"))
        table.add_row(Text(safe(code)), Text(safe(sentence)))
    return table


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    """The list of this name; nothing where a node says something else there."""
    found = value.get(name)
    return found if isinstance(found, list) else []


def _peer(value: Any) -> tuple[str, ...]:
    peer = value if isinstance(value, dict) else {}
    connected = peer.get("connectedSeconds")
    state = "not connected" if connected is None else f"connected {connected} s"
    trouble = str(peer.get("lastError", "")) if connected is None else ""
    height = str(peer.get("height", ""))
    return (str(peer.get("organisation")), str(peer.get("address", "")), state, height, trouble)


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
        reason = Text(safe(value[name]["reason"]))
        table.add_row(name, Text(result, f"bold {RESULT_STYLES[result]}"), reason)
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
    runs = "\n".join(f"    cocket node run {safe(directory)}" for directory in value["nodes"])
    return Group(
        Text.assemble("The network ", (safe(value["network"]), "bold"), " is founded.\n"),
        table,
        Text.assemble("\ngenesis  ", (value["genesis"], "bold")),
        "Members compare this hash before they start. Hand each directory to its\n"
        "organisation and keep no copy: it holds keys. Those with a node then run\n",
        Text(runs),
        Text(f"\nand see how it is:  cocket node status {safe(value['nodes'][0])}"),
    )


def initialised(value: Mapping[str, Any]) -> RenderableType:
    """A wallet that was just made, and who has to do what next."""
    registration = safe(value["registration"])
    return Group(
        facts({"wallet": value["wallet"], "key": value["key"]}),
        Text(
            f"\nHand {registration} to customs or a chamber of your country, and compare\n"
            "the key with them. They sign it, and so make you known:\n\n"
            f"    cocket submit {registration} --type organisation"
        ),
    )
