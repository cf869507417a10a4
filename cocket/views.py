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

from cocket.client.answers import Answer, Event, LedgerDocument, Remark
from cocket.client.verify import Verdicts
from cocket.ledger.errors import Malformed
from cocket.ledger.trust import TrustBundle

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
    return Group(
        facts(
            {
                "type": type_name(signed.type),
                "issuer": signed.issuer,
                "issued": moment(signed.issued_at),
                "consignments": ", ".join(signed.ucr),
                "builds on": "\n".join(f"{role}: {id}" for role, id in signed.refs.items()),
                "expires": moment(signed.expires_at),
            }
        ),
        answer(found.answer),
        JSON(json.dumps(signed.body, ensure_ascii=False), indent=2),
    )


def consignment(documents: Sequence[LedgerDocument]) -> RenderableType:
    """The documents of a consignment as a table, in the log's order."""
    if not documents:
        return Text("no document of this consignment")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("leaf", "time", "document", "issuer"):
        table.add_column(name, no_wrap=True)
    table.add_column("id", overflow="fold")
    for each in documents:
        table.add_row(
            str(each.answer.index),
            moment(each.answer.time_s) or "",
            type_name(each.document.type),
            each.document.issuer,
            each.document.id,
        )
    return table


def event_value(event: Event) -> dict[str, Any]:
    """As the node's event stream has it."""
    about = {"type": event.type, "issuer": event.issuer, "ucr": list(event.ucr)}
    return {**answer_value(event), **about, "refs": dict(event.refs)}


def event(event: Event) -> RenderableType:
    """One line for a document that has become final."""
    consignments = ", ".join(event.ucr)
    return Text.assemble(
        (f"{event.index:>8}  {moment(event.time_s)}  ", "dim"),
        (f"{type_name(event.type):<20} ", "bold"),
        f"{event.issuer:<16} {event.id}  ",
        (consignments, "dim"),
    )


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
    table = Table.grid(padding=(0, 2))
    for identity, directory in value["directories"].items():
        table.add_row(Text(identity, "bold"), directory)
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
