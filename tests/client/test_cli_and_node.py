"""The command line with a node that is there: submit, read, prove, follow."""

import json
from pathlib import Path

import pytest
from aiohttp import web

from cocket.client import SdJwt
from tests import sample
from tests.client.command import (
    EVIDENCE,
    MERCHANT,
    UCR,
    Served,
    issued,
    json_of,
    run,
    saved,
    write_body,
)
from tests.client.fake_node import LoseRequest

pytestmark = pytest.mark.usefixtures("in_an_empty_directory")


def test_a_signed_document_is_submitted_and_its_place_shown(served: Served) -> None:
    document = issued()
    value = json_of(run("submit", saved(document), "--to", served.url, "--json"))
    assert (value["id"], value["state"], value["index"]) == (document.id, "committed", 0)
    assert served.node.documents[document.id] == document.document.jws


def test_a_body_is_signed_submitted_and_kept(served: Served) -> None:
    MERCHANT.save("wallet.json", "correct horse")
    result = run(
        "submit", write_body(), "--type", "commercial-invoice", "--wallet", "wallet.json",
        "--confidential", "/totalPaymentDue", "--to", served.url,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "committed" in result.stdout
    kept = SdJwt.parse(Path("invoice.sdjwt").read_text().strip())
    assert kept.id in served.node.documents
    assert len(kept.disclosures) == 1
    assert b"9.25" not in served.node.bodies[0]


def test_what_the_networks_type_lets_nobody_hide_is_not_sent(served: Served) -> None:
    MERCHANT.save("wallet.json", "correct horse")
    result = run(
        "submit", write_body(), "--type", "commercial-invoice", "--wallet", "wallet.json",
        "--confidential", "/seller/name", "--to", served.url,
    )  # fmt: skip
    assert result.exit_code == 1
    assert "hidden-not-allowed" in result.stderr and "name is hidden" in result.stderr
    assert not served.node.documents and not Path("invoice.sdjwt").exists()


def test_a_refusal_is_shown_with_its_reason_and_fails(served: Served) -> None:
    document = issued()
    served.node.refusals[document.id] = ("duplicate-invoice", "used before", "/body/invoiceNumber")
    result = run("submit", saved(document), "--to", served.url)
    assert result.exit_code == 1
    assert "duplicate-invoice: used before (at /body/invoiceNumber)" in result.stdout


def test_many_documents_are_submitted_from_one_file_and_counted(served: Served) -> None:
    documents = [issued(number) for number in range(600)]
    served.node.refusals[documents[7].id] = ("duplicate-invoice", "used before", "")
    result = run("submit", saved(*documents), "--to", served.url)
    assert result.exit_code == 1
    assert "committed  599" in result.stdout
    assert documents[7].id in result.stdout


def test_answers_to_many_documents_are_one_json_value_a_line(served: Served) -> None:
    documents = [issued(number) for number in range(3)]
    result = run("submit", saved(*documents), "--to", served.url, "--json")
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["id"] for each in answers] == [each.id for each in documents]


def test_a_line_that_is_no_document_is_named(served: Served) -> None:
    path = saved(issued())
    path.write_text(path.read_text() + "eyJub25zZW5zZSI6MX0\n")
    result = run("submit", path, "--to", served.url)
    assert result.exit_code == 1
    assert "documents.ndjson, line 2" in " ".join(result.stderr.split())


def test_a_document_is_shown_with_its_body_and_its_state(served: Served) -> None:
    document = issued()
    run("submit", saved(document), "--to", served.url)
    result = run("show", document.id, "--to", served.url)
    assert result.exit_code == 0, result.stderr
    for said in ("commercial-invoice", "merchant-be", UCR, "committed", "9.25"):
        assert said in result.stdout
    value = json_of(run("show", document.id, "--to", served.url, "--json"))
    assert value["claims"]["body"]["totalPaymentDue"] == "9.25"


@pytest.mark.parametrize("start", ["-u", "-o", "--", "-h"])
def test_an_id_that_begins_with_a_hyphen_is_no_option(served: Served, start: str) -> None:
    id = start.ljust(43, "A")
    for command in ("show", "receipt"):
        result = run(command, id, "--to", served.url, "--json")
        assert result.exit_code == 1
        problem = json.loads(result.stderr)
        assert (problem["code"], id in problem["message"]) == ("unknown-document", True)


def test_an_unknown_document_is_an_error_with_the_nodes_code(served: Served) -> None:
    result = run("show", "A" * 43, "--to", served.url, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["code"] == "unknown-document"


def test_reading_signs_a_token_with_the_wallet(served: Served) -> None:
    MERCHANT.save("wallet.json", "correct horse")
    run("consignment", UCR, "--to", served.url, "--wallet", "wallet.json")
    assert served.node.requests[-1].headers["Authorization"].startswith("Bearer eyJ")


def test_a_consignment_is_listed_in_the_logs_order(served: Served) -> None:
    documents = [issued(number) for number in range(5)]
    run("submit", saved(*documents), "--to", served.url)
    found = json_of(run("consignment", UCR, "--to", served.url, "--json"))
    assert [each["id"] for each in found] == [each.id for each in documents]
    shown = run("consignment", UCR, "--to", served.url).stdout.splitlines()
    assert [line.split()[1] for line in shown[1:]] == [each.id for each in documents]


def test_receipt_and_trust_bundle_are_written_and_verify_offline(served: Served) -> None:
    document = issued()
    run("submit", saved(document), "--to", served.url)
    Path("evidence").mkdir()
    saved(document, name="evidence/document.sdjwt")
    for arguments in (
        ("receipt", document.id, "-o", "evidence/receipt.tlog-proof"),
        ("trust-bundle", "-o", "evidence/trust-bundle.json"),
    ):
        assert run(*arguments, "--to", served.url).exit_code == 0
    value = json_of(run("verify", "evidence", "--json"))
    assert value["ok"]
    assert value["trustBundle"] == sample.bundle().digest
    assert value["inclusion"]["index"] == 0
    result = run("verify", *(f"evidence/{name}" for name in EVIDENCE))
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()[:2]] == [
        ["integrity", "pass"],
        ["issuer", "pass"],
    ]


def write_evidence(document: SdJwt, shown: SdJwt) -> Path:
    """A folder with the receipt of one document, and perhaps another document beside it."""
    folder = Path("folder")
    folder.mkdir()
    saved(shown, name="folder/document.sdjwt")
    (folder / EVIDENCE[1]).write_text(str(sample.receipt([document.document.jws], 0)))
    (folder / EVIDENCE[2]).write_text(str(sample.bundle()))
    return folder


def test_a_verdict_that_does_not_hold_is_an_exit_code_too() -> None:
    folder = write_evidence(issued(1), issued(2))
    result = run("verify", folder, "--json")
    assert result.exit_code == 1
    value = json.loads(result.stdout)
    assert (value["ok"], value["inclusion"]["result"]) == (False, "fail")


def test_a_folder_with_two_documents_says_which_kind_is_there_twice() -> None:
    folder = write_evidence(issued(1), issued(1))
    saved(issued(2), name="folder/another.sdjwt")
    result = run("verify", folder)
    assert result.exit_code == 1
    assert "2 files that look like a document" in " ".join(result.stderr.split())


def test_receipts_are_printed_as_they_are_so_that_they_can_be_piped(served: Served) -> None:
    document = issued()
    run("submit", saved(document), "--to", served.url)
    result = run("receipt", document.id, "--to", served.url)
    assert result.stdout == str(sample.receipt([document.document.jws], 0))


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:99999", "http://"])
def test_an_address_that_cannot_be_one_is_a_misuse_in_a_sentence(url: str) -> None:
    result = run("show", issued().id, "--to", url)
    assert result.exit_code == 2
    assert f"{url} is no address of a node" in " ".join(result.stderr.split())


def test_a_file_may_stand_for_the_document_in_it(served: Served) -> None:
    document = issued()
    path = saved(document)
    run("submit", path, "--to", served.url)
    assert json_of(run("receipt", path, "--to", served.url, "--json"))["id"] == document.id
    assert document.id in run("show", path, "--to", served.url).stdout


def test_the_status_of_a_node_is_shown_and_fails_while_it_is_not_ready(served: Served) -> None:
    result = run("node", "status", served.url, "--wait", 0.3)
    assert result.exit_code == 1
    assert "bank-sg  not ready" in result.stdout
    ready = {"organisation": "bank-sg", "ready": True, "height": 9}
    served.node.overrides["/v1/status"] = lambda: web.json_response(ready)
    assert json_of(run("node", "status", served.url, "--json"))["height"] == 9


def test_following_prints_each_document_on_a_line_until_the_node_is_gone(served: Served) -> None:
    documents = [issued(number) for number in range(3)]
    run("submit", saved(*documents), "--to", served.url)
    served.node.faults.extend([None, *(LoseRequest() for _ in range(10))])
    result = run("follow", "--after", -1, "--to", served.url, "--json")
    assert result.exit_code == 3
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["id"] for each in events] == [each.id for each in documents]
    assert {each["type"] for each in events} == {"urn:cocket:commercial-invoice:1"}
