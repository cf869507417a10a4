"""What the command says when handing in did not end well, and what is to be done then."""

import json
from pathlib import Path

import pytest

from cocket.client import Patience as Hurried
from tests.client.command import MERCHANT, Served, issued, run, saved, write_body
from tests.client.fake_node import LoseRequest

pytestmark = pytest.mark.usefixtures("in_an_empty_directory")

BODY = ("--type", "commercial-invoice", "--wallet", "wallet.json")


def test_a_body_that_was_refused_is_mended_and_submitted_by_the_same_command(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    MERCHANT.save("wallet.json", "correct horse")
    refusals = served.node.refusals

    class RefusesAll(dict[str, tuple[str, str, str]]):
        def __contains__(self, id: object) -> bool:
            return True

        def __missing__(self, id: str) -> tuple[str, str, str]:
            return ("duplicate-number", "used before", "/body/invoiceNumber")

    served.node.refusals = RefusesAll()
    command = ("submit", write_body(), *BODY, "--to", served.url)
    result = run(*command)
    assert result.exit_code == 1
    assert "put away as invoice.refused-1" in " ".join(result.stderr.split())
    assert Path("invoice.refused-1").exists() and not Path("invoice.sdjwt").exists()
    served.node.refusals = refusals
    assert run(*command).exit_code == 0


def test_a_reference_is_an_id_or_the_file_of_a_signed_document(served: Served) -> None:
    MERCHANT.save("wallet.json", "correct horse")
    invoice = issued()
    path = saved(invoice, name="other.sdjwt")
    result = run("issue", write_body(), *BODY, "--ref", f"invoice={path}")
    assert result.exit_code == 0, result.stderr
    again = run("issue", "invoice.json", *BODY, "--ref", f"invoice={invoice.id}", "-o", "x.sdjwt")
    assert again.exit_code == 0
    for wrong in ("invoice", "invoice=LT-1", "=x"):
        result = run("issue", "invoice.json", *BODY, "--ref", wrong, "-o", "y.sdjwt")
        assert result.exit_code == 2
        assert wrong.removeprefix("invoice=") in result.stderr


@pytest.mark.parametrize("command", ["show", "receipt"])
def test_what_is_neither_an_id_nor_a_file_is_wrong_usage(served: Served, command: str) -> None:
    result = run(command, "LT-1", "--to", served.url, "--json")
    assert result.exit_code == 2
    assert "LT-1 is neither a document's id" in json.loads(result.stderr)["message"]


def test_when_the_node_goes_away_in_the_middle_it_is_said_how_far_it_came(served: Served) -> None:
    documents = [issued(number) for number in range(600)]
    served.node.faults.extend([None, *(LoseRequest() for _ in range(40))])
    result = run("submit", saved(*documents), "--to", served.url)
    assert result.exit_code == 3
    assert "committed  256" in result.stdout or "committed  0" in result.stdout
    assert "unreachable" in result.stderr


def test_documents_still_pending_when_patience_runs_out_are_no_success(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.node.pending_turns = 10**6
    monkeypatch.setattr(
        "cocket.asking.Patience", lambda attempts: Hurried(attempts=attempts, finality=0.01)
    )
    result = run("submit", saved(issued(1), issued(2)), "--to", served.url)
    assert result.exit_code == 1
    assert "pending  2" in " ".join(result.stdout.split()).replace("pending 2", "pending  2")
    assert "nothing is taken twice" in " ".join(result.stderr.split())
    assert run("submit", "documents.ndjson", "--no-wait", "--to", served.url).exit_code == 0


@pytest.mark.parametrize("command", ["show", "receipt"])
def test_a_file_without_a_document_is_named(served: Served, command: str) -> None:
    Path("empty.sdjwt").write_text("\n")
    result = run(command, "empty.sdjwt", "--to", served.url)
    assert result.exit_code == 1
    assert "empty.sdjwt is empty" in " ".join(result.stderr.split())


def test_json_that_is_none_is_told_by_line_and_column(served: Served) -> None:
    MERCHANT.save("wallet.json", "correct horse")
    body = write_body('{"invoiceNumber": "1",\n "seller": {"name": "O"},\n}')
    result = run("issue", body, *BODY)
    assert result.exit_code == 1
    assert "invoice.json: foreign JSON: this is not JSON, see line 3, column 1" in " ".join(
        result.stderr.split()
    )
