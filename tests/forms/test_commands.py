"""`new`, `check` and `issue` without a node: what a person types, and what is said."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cocket import form_commands
from cocket.cli import app
from cocket.client import Answer, SdJwt, Wallet
from cocket.contracts import standard
from tests.forms.making import UCR, form_of, issued


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCKET_PASSWORD", "correct horse")
    for name in ("COCKET_NODE", "COCKET_WALLET"):
        monkeypatch.delenv(name, raising=False)
    yield


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result


def value(*words: str, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code).stdout)


def said(*words: str, code: int) -> str:
    return " ".join(run(*words, code=code).stderr.split())


def keep(name: str, by: str, **details: Any) -> str:
    document = issued(name, by, **details)
    Path(f"{name}.sdjwt").write_text(f"{document}\n")
    return document.id


def test_a_form_is_made_and_not_overwritten() -> None:
    made = value("new", "commercial-invoice", "--offline", "-o", "a.yaml")
    assert made["form"] == "a.yaml"
    assert "is there already" in said("new", "hold", "--offline", "-o", "a.yaml", code=2)


def test_an_unedited_form_is_explained_line_by_line() -> None:
    run("new", "commercial-invoice", "--offline", "-o", "a.yaml")
    found = value("check", "a.yaml", "--offline", code=1)
    lines = Path("a.yaml").read_text().splitlines()
    assert [lines[each["line"] - 1].strip() for each in found["problems"]] == [
        *("name:", "name:", "destinationCountry:", "currencyOfSettlement:"),
        *("- description:", "lineItemTotalPrice:", "totalPaymentDue:"),
    ]
    told = run("check", "a.yaml", "--offline", code=1).stdout
    assert "Seller › Name is missing: Legal name" in told


def test_a_reference_is_the_one_file_that_can_be_meant() -> None:
    keep("commercial-invoice", "lotus")
    made = value("new", "packing-list", "--offline", "--ref", "invoice")
    assert made["refs"] == {"invoice": "LT-2026-0117 of lotus"}
    by_number = ("--ref", "invoice=lt-2026-0117 of lotus", "-o", "b.yaml")
    assert value("new", "packing-list", "--offline", *by_number)["filled"] == made["filled"]
    by_file = ("--ref", "invoice=commercial-invoice.sdjwt", "-o", "c.yaml")
    assert value("new", "packing-list", "--offline", *by_file)["refs"] == made["refs"]


def test_what_is_called_otherwise_is_said_in_words() -> None:
    wrong = said("new", "packing-list", "--offline", "--ref", "invoice", code=2)
    assert "say which one (there is none in this folder)" in wrong
    wrong = said("new", "packing-list", "--offline", "--ref", "invoice=7 of lotus", code=1)
    assert "no commercial-invoice is known as '7 of lotus'" in wrong
    wrong = said("new", "packing-list", "--offline", "--ref", "bill=7", code=1)
    assert "it refers to invoice, purchaseOrder" in wrong and "--from" in wrong
    wrong = said("new", "commercial-invioce", "--offline", code=1)
    assert "commercial-invioce is no document type here: commercial-invoice" in wrong


def test_a_form_is_signed_with_what_it_refers_to_and_what_it_hides() -> None:
    Wallet.create("lotus").save("wallet.json", "correct horse")
    invoice = keep("commercial-invoice", "lotus")
    text = form_of(
        "packing-list", standard.example("packing-list"),
        references={"invoice": "LT-2026-0117 of lotus"}, hidden=["/buyer"],
        consignments=["26MYLOTUS0117"],
    )  # fmt: skip
    Path("packing.yaml").write_text(text.replace("#expires:", "expires: 2030-01-01T00:00:00Z"))
    run("issue", "packing.yaml", "--offline", "--wallet", "wallet.json")
    signed = SdJwt.parse(Path("packing.sdjwt").read_text().strip())
    claims = signed.document.claims
    assert claims["refs"] == {"invoice": invoice}
    assert (claims["ucr"], claims["exp"]) == (["26MYLOTUS0117"], 1893456000)
    assert claims["vct"] == "urn:cocket:packing-list:1"
    assert "buyer" not in claims["body"]
    assert signed.reveal().body == standard.example("packing-list")
    assert "the like say" in said("issue", "packing.yaml", "--type", "hold", code=2)


def test_a_form_that_is_none_is_told_from_a_body_and_refused_with_its_line() -> None:
    Path("a.yaml").write_text("type: hold\n---\nreasons: [a\n")
    assert "a.yaml, line 4:" in said("check", "a.yaml", "--offline", code=1)
    Path("b.yaml").write_text("type: hold\nexpires: soon\n---\na: b\n")
    assert "line 2: expires: a day and time" in said("check", "b.yaml", "--offline", code=1)


def test_a_document_without_a_known_number_is_the_last_of_its_type_in_the_consignment() -> None:
    keep("import-declaration", "noord")
    words = ("--ref", "declaration=import-declaration of noord", "--ucr", UCR)
    made = value("new", "clearance", "--offline", *words)
    assert made["refs"]["declaration"].endswith(" of noord")
    other = ("--ref", "declaration=import-declaration of noord", "--ucr", "OTHER")
    assert "is known as" in said("new", "clearance", "--offline", *other, code=1)


def test_a_number_goes_on_from_the_newest_paper_of_ones_own() -> None:
    Wallet.create("lotus").save("wallet.json", "correct horse")
    keep("commercial-invoice", "lotus")
    made = value("new", "commercial-invoice", "--offline", "--wallet", "wallet.json")
    assert made["number"] == "LT-2026-0118"


def test_what_the_ledger_refuses_is_said_of_the_forms_line_and_put_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = form_of("commercial-invoice", standard.example("commercial-invoice"))
    Path("a.yaml").write_text(text)
    for number in (1, 2):
        Path("a.sdjwt").write_text("signed")
        answer = Answer(id="A" * 43, state="refused", code="x", path="/body/destinationCountry")
        form_commands.refused(Path("a.yaml"), Path("a.sdjwt"), answer)
        line = text.splitlines().index("destinationCountry: NL") + 1
        assert f"line {line} of a.yaml" in " ".join(capsys.readouterr().err.split())
        assert Path(f"a.refused-{number}").read_text() == "signed"
        assert not Path("a.sdjwt").exists()
    Path("a.sdjwt").write_text("signed")
    busy = Answer(id="A" * 43, state="unknown", code="full", retry_after=3.0)
    form_commands.refused(Path("a.yaml"), Path("a.sdjwt"), busy)
    assert Path("a.sdjwt").exists()


def test_what_is_not_of_the_schema_is_not_signed_anyway() -> None:
    Wallet.create("lotus").save("wallet.json", "correct horse")
    run("new", "commercial-invoice", "--offline", "-o", "a.yaml")
    told = run("issue", "a.yaml", "--offline", "--wallet", "wallet.json", "--anyway", code=1).stdout
    assert "Seller › Name is missing" in told and "--anyway" not in told
    assert not Path("a.sdjwt").exists()
    keep("hold", "customs-nl")
    assert "go as they are" in said("submit", "hold.sdjwt", "--anyway", code=2)


def test_a_role_that_the_type_does_not_know_is_said_at_its_line() -> None:
    Path("empty.sdjwt").write_text("")
    text = form_of(
        "packing-list", standard.example("packing-list"),
        references={"bill": "7 of lotus", "invoice": "empty.sdjwt"},
    )  # fmt: skip
    Path("a.yaml").write_text(text)
    assert "empty.sdjwt holds no document" in said("check", "a.yaml", "--offline", code=1)
    Path("a.yaml").write_text(text.replace("  invoice: empty.sdjwt\n", ""))
    (problem,) = value("check", "a.yaml", "--offline", code=1)["problems"]
    assert problem["code"] == "reference-unexpected"
    assert text.splitlines()[problem["line"] - 1] == "  bill: 7 of lotus"


def test_what_supersedes_an_invoice_begins_as_that_one_and_asks_why() -> None:
    keep("commercial-invoice", "lotus", confidential=("/buyer", "/itemsShipped/0/unitPrice"))
    made = value("new", "commercial-invoice", "--offline", "--ref", "supersedes", "-o", "b.yaml")
    assert set(made["hidden"]) == {"/buyer", "/itemsShipped/0/unitPrice"}
    text = Path("b.yaml").read_text()
    assert "\namendmentReason:\n" in text and "invoiceNumber: LT-2026-0117" in text
    assert "hidden unitPrice: 31.50" in text and "supersedes: LT-2026-0117 of lotus" in text
    assert value("check", "b.yaml", "--offline")["problems"] == []


def test_a_document_is_revoked_by_a_form_that_names_it() -> None:
    Wallet.create("lotus").save("wallet.json", "correct horse")
    keep("commercial-invoice", "lotus")
    made = value(
        "new",
        "revocation",
        "--ref",
        "document=commercial-invoice.sdjwt",
        "--offline",
        "-o",
        "r.yaml",
    )
    assert made["refs"] == {"document": "LT-2026-0117 of lotus"}
    text = Path("r.yaml").read_text().replace("reasonCode:", "reasonCode: ERROR", 1)
    Path("r.yaml").write_text(text.replace("\nreason:", "\nreason: the price was wrong", 1))
    found = value("check", "r.yaml", "--offline")
    assert found["problems"] == []
    run("new", "revocation", "--offline", "-o", "bare.yaml")
    assert "  document:" in Path("bare.yaml").read_text()


def test_a_signed_document_is_no_form_and_it_is_said_what_can_be_done_with_it() -> None:
    keep("commercial-invoice", "lotus")
    assert "--disclosed" in said("check", "commercial-invoice.sdjwt", "--offline", code=2)


def test_a_member_that_is_not_known_is_told_at_its_own_line() -> None:
    form = (
        "type: commercial-invoice\n---\ninvoiceNumber: 1\nseller:\n  name: L\n  colour: x\nx: 1\n"
    )
    Path("a.yaml").write_text(form)
    found = value("check", "a.yaml", "--offline", code=1)["problems"]
    assert {each["line"] for each in found if "not known here" in each["message"]} == {6, 7}
