"""What strangers wrote, shown by the command: it neither steers the terminal nor stops the command.

A terminal obeys escape sequences, and rich obeys its markup: neither may come from outside.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cocket import terminal, views
from cocket.client import Answer, Event, LedgerDocument, SdJwt, verify
from cocket.client.display import json_text, safe, utc
from cocket.ledger.checkpoint import CosignedCheckpoint
from cocket.ledger.document import sign
from cocket.ledger.keys import base64url
from tests import sample
from tests.client.command import EVIDENCE, MERCHANT, Served, issued, run, saved
from tests.client.fake_node import problem

pytestmark = pytest.mark.usefixtures("in_an_empty_directory")

FORGED_PASS = "Orchard\x1b[2B\r\x1b[32mstatus     pass\n\u202e\x9b2J"
STEERING = [*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029, 0x61C, 0x200E, 0x200F]
STEERING += [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xD800, 0xDFFF]
FAR_S = 2**40
"""Seconds since 1970, in a year with five digits."""


def steers(text: str) -> bool:
    """Whether anything but the ends of lines in it would steer a terminal."""
    return any(ord(character) in STEERING for character in text.replace("\n", ""))


def rendered(view: Any) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def evidence(document: SdJwt, receipt: object, bundle: object) -> list[Path]:
    """A document, a receipt and a trust bundle, as someone would hand them over."""
    saved(document, name=EVIDENCE[0])
    for name, content in zip(EVIDENCE[1:], (receipt, bundle), strict=True):
        Path(name).write_text(str(content), encoding="utf-8", newline="")
    return [Path(name) for name in EVIDENCE]


@pytest.mark.parametrize("code", STEERING)
def test_what_steers_a_terminal_is_shown_by_its_number(code: int) -> None:
    assert safe(f"a{chr(code)}b") == f"a\\u{code:04x}b"


def test_text_in_any_language_is_shown_as_it_is() -> None:
    names = "Zoë & Søn [/b] 榴莲 دوريان ทุเรียน 🥭 \\ 'quoted'"
    assert safe(names) == names


@given(st.text())
def test_json_for_programs_is_exact_and_does_not_steer_either(text: str) -> None:
    made = json_text({"a": [text]}, indent=2)
    assert json.loads(made) == {"a": [text]}
    assert not steers(made)


def test_markup_in_the_origin_of_a_receipt_is_shown_and_not_obeyed() -> None:
    document = issued()
    receipt = sample.receipt([document.document.jws], 0)
    cosigned = receipt.checkpoint
    marked = CosignedCheckpoint(replace(cosigned.checkpoint, origin="[/x]"), cosigned.cosignatures)
    receipt = replace(receipt, checkpoint=marked)
    result = run("verify", *evidence(document, receipt, sample.bundle()))
    assert result.exit_code == 1
    assert "[/x]" in result.stdout


def test_a_legal_name_cannot_forge_a_verdict() -> None:
    document = issued()
    members = tuple(
        replace(sample.organisation(each), legal_name=FORGED_PASS) for each in sorted(sample.ROLES)
    )
    files = evidence(document, sample.receipt([document.document.jws], 0), sample.bundle(members))
    result = run("verify", *files)
    assert result.exit_code == 0, result.stdout
    assert not steers(result.stdout)
    assert "Orchard\\u001b[2B\\u000d" in "".join(result.stdout.split())
    states = [line for line in result.stdout.splitlines() if line.startswith("status")]
    assert [state.split()[1] for state in states] == ["unknown"]
    shown, receipt, bundle = (path.read_bytes() for path in files)
    verdicts = verify(shown, receipt, bundle)
    assert not steers(str(verdicts))
    assert str(verdicts).count("\n") == 3
    assert not steers(run("verify", *files, "--json").stdout)


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_the_detail_of_a_node_s_problem_does_not_reach_the_terminal_raw(
    served: Served, option: tuple[str, ...]
) -> None:
    document = issued()
    path = f"/v1/documents/{document.id}"
    detail = "no\x1b[2J\x9b2J\u202e\n[/x] such"
    served.node.overrides[path] = lambda: problem(404, "[/y]\x1b", detail)
    result = run("show", document.id, "--to", served.url, *option)
    assert result.exit_code == 1
    assert not steers(result.stderr)
    assert "[/x]" in result.stderr and "[/y]" in result.stderr
    assert "\\u009b2J" in result.stderr


def test_a_receipt_is_verbatim_in_a_pipe_and_harmless_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.verbatim("a\x1b[2J\nb\n")
    assert capsys.readouterr().out == "a\x1b[2J\nb\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    terminal.verbatim("a\x1b[2J\nb\n")
    assert capsys.readouterr().out == "a\\u001b[2J\nb\n"


def test_a_hostile_node_s_status_is_shown_in_words(served: Served) -> None:
    hostile = {
        "organisation": "[/x]\x1b[2J",
        "ready": True,
        "time": 1e30,
        "[/y]\x1b": {"\x9b": "\x1b"},
        "peers": [{"organisation": "\x1b", "lastError": "[/z]\x1b"}, 7],
        "reasons": 7,
        "consensus": {"\x1b": "[/x]"},
    }
    served.node.overrides["/v1/status"] = lambda: web.json_response(hostile)
    result = run("node", "status", served.url)
    assert result.exit_code == 0, result.exception
    assert not steers(result.stdout)
    assert "[/x]\\u001b[2J" in result.stdout


@pytest.mark.parametrize(
    "value",
    [
        {"time": "soon", "peers": 7, "consensus": [], "organisation": {}},
        {"time": True, "peers": {"a": 1}, "consensus": None, "reasons": [7, {}], "ready": False},
        {"time": -1e300, "peers": [], "consensus": {"view": 1}, "reasons": ["\x1b"]},
    ],
)
def test_a_status_of_any_shape_is_shown(value: dict[str, Any]) -> None:
    assert not steers(rendered(views.node_status(value)))


@pytest.mark.parametrize(
    "value",
    [
        {"well": False, "findings": [{"code": "\x1b[2J", "sentence": "[/x]\x9b"}, 7, {}]},
        {"well": 1, "findings": "\x1b"},
    ],
)
def test_findings_of_any_shape_are_shown(value: dict[str, Any]) -> None:
    assert not steers(rendered(views.why_stuck(value)))


def test_a_document_that_expires_in_a_year_of_five_digits_is_shown(served: Served) -> None:
    document = MERCHANT.issue("commercial-invoice", {"invoiceNumber": "1"}, expires=FAR_S)
    run("submit", saved(document), "--to", served.url)
    result = run("show", document.id, "--to", served.url)
    assert result.exit_code == 0, result.exception
    assert utc(FAR_S) in result.stdout


def test_members_and_events_of_hostile_text_are_shown_on_lines_of_their_own() -> None:
    event = Event(id="i", state="committed", index=1, type="[/x]\x1b", issuer="\n", ucr=("\r",))
    assert rendered(views.event(event)).count("\n") == 1
    assert not steers(rendered(views.event(event)))
    document = MERCHANT.issue("note", {"a": "\x1b[2J\x9b\u202e", "[/b]": "[/c]"}).document
    found = LedgerDocument(Answer(id=document.id, state="committed", time_s=2**62), document)
    shown = rendered(views.document(found)) + rendered(views.consignment([found]))
    assert not steers(shown)
    assert "[/b]" in shown and "\\u009b" in shown


def test_a_document_whose_hidden_members_contradict_each_other_is_shown_as_it_is() -> None:
    twice = base64url(bytes(32))
    hidden = {"a": {"_sd": [twice]}, "b": {"_sd": [twice]}}
    claims = MERCHANT.issue("note", {"x": "y"}).document.claims
    document = sign({**claims, "body": hidden}, MERCHANT.key)
    found = LedgerDocument(Answer(id=document.id, state="committed"), document)
    shown = rendered(views.document(found))
    assert twice in shown
    assert "digest" in shown and "twice" in shown
