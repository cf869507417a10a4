"""The command line: what a person types, what comes back, and the exit code."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner, Result

from cocket.cli import app
from cocket.client import SdJwt, Wallet
from cocket.contracts.standard import NAMES
from cocket.ledger.genesis import Genesis
from cocket.ledger.keys import base64url
from tests import sample
from tests.client.fake_node import FakeNode, LoseRequest
from tests.shared import shared_path

INVOICE = {"invoiceNumber": "1", "totalPaymentDue": "9.25", "seller": {"name": "Orchard"}}


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCKET_PASSWORD", "correct horse")
    for name in ("COCKET_NODE", "COCKET_WALLET"):
        monkeypatch.delenv(name, raising=False)
    yield


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def json_of(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def make_wallet() -> Path:
    run(
        "org", "init", "orchard", "--legal-name", "Orchard", "--country", "MY", "--role", "merchant"
    )
    return Path("wallet.json")


def write_body(body: Any = INVOICE, name: str = "invoice.json") -> Path:
    path = Path(name)
    path.write_text(body if isinstance(body, str) else json.dumps(body))
    return path


# --- networks and organisations -------------------------------------------------------------------


def test_a_network_is_created_with_defaults_and_its_genesis_hash_is_printed() -> None:
    value = json_of(run("network", "create", "--json"))
    assert list(value["directories"]) == ["customs-my", "customs-cn", "carrier", "payment-hub"]
    genesis = Genesis.parse(Path("network/carrier/genesis.json").read_bytes())
    assert value["genesis"] == base64url(genesis.hash)
    wallet = Wallet.load("network/carrier/wallet.json", "correct horse")
    assert genesis.organisation("carrier").key("sign").public_key == wallet.public_key


def test_creating_a_network_says_what_to_do_next() -> None:
    result = run("network", "create", "--organisations", 5, "--directory", "five")
    assert result.exit_code == 0
    assert "cocket node run five/customs-sg" in result.stdout


def test_an_existing_network_is_not_touched() -> None:
    run("network", "create")
    before = Path("network/carrier/wallet.json").read_bytes()
    result = run("network", "create")
    assert result.exit_code == 1
    assert "network exists already" in result.stderr
    assert Path("network/carrier/wallet.json").read_bytes() == before


def test_a_network_of_three_is_refused_in_a_sentence() -> None:
    result = run("network", "create", "--organisations", 3)
    assert result.exit_code == 1
    assert "4 to 100" in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_an_organisation_gets_a_wallet_and_the_registration_for_its_voucher() -> None:
    result = run(
        "org", "init", "orchard", "--legal-name", "Raub Orchard", "--country", "MY",
        "--role", "merchant", "--role", "forwarder", "--network", "durian-lane",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    wallet = Wallet.load("wallet.json", "correct horse")
    body = json.loads(Path("organisation.json").read_text())
    assert (wallet.organisation, wallet.network) == ("orchard", "durian-lane")
    assert body["addKeys"] == [{"use": "sign", "publicKey": base64url(wallet.public_key)}]
    assert body["roles"] == ["merchant", "forwarder"]


def test_an_organisation_id_that_no_document_could_carry_is_refused_before_anything_is_made() -> (
    None
):
    result = run(
        "org", "init", "Orchard!", "--legal-name", "O", "--country", "MY", "--role", "merchant"
    )
    assert result.exit_code == 1
    assert list(Path().iterdir()) == []


def test_a_role_that_there_is_not_is_refused_before_anything_is_made() -> None:
    result = run(
        "org", "init", "orchard", "--legal-name", "O", "--country", "MY",
        "--role", "merchant", "--role", "king",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "'king' is not a role; there are customs," in " ".join(result.stderr.split())
    assert list(Path().iterdir()) == []


def test_a_wallet_is_not_overwritten() -> None:
    make_wallet()
    before = Path("wallet.json").read_bytes()
    result = run(
        "org", "init", "orchard", "--legal-name", "O", "--country", "MY", "--role", "merchant",
        "-o", "other.json",
    )  # fmt: skip
    assert result.exit_code == 1
    assert Path("wallet.json").read_bytes() == before


# --- passwords ------------------------------------------------------------------------------------


def test_a_password_that_is_not_text_is_a_misuse_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wallet, body = make_wallet(), write_body()
    Path("password").write_bytes(b"\xff\xfe\x00")
    signing = ("issue", body, "--type", "commercial-invoice", "--wallet", wallet)
    result = run(*signing, "--password-file", "password")
    assert result.exit_code == 2
    assert "password is not text in UTF-8" in " ".join(result.stderr.split())
    monkeypatch.setenv("COCKET_PASSWORD", "\udcff")
    result = run(*signing)
    assert result.exit_code == 2
    assert "COCKET_PASSWORD is not text in UTF-8" in " ".join(result.stderr.split())


def test_a_password_comes_from_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COCKET_PASSWORD")
    Path("secret").write_text("from a file\n")
    result = run("network", "create", "--password-file", "secret")
    assert result.exit_code == 0, result.stderr
    assert Wallet.load("network/carrier/wallet.json", "from a file").organisation == "carrier"


def test_without_a_password_and_without_a_person_the_ways_to_give_one_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COCKET_PASSWORD")
    result = run("network", "create")
    assert result.exit_code == 2
    assert "--password-file" in result.stderr
    assert "COCKET_PASSWORD" in result.stderr


def test_a_wrong_password_is_an_error_with_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = make_wallet()
    monkeypatch.setenv("COCKET_PASSWORD", "wrong")
    result = run("issue", write_body(), "--type", "x", "--wallet", wallet, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["code"] == "wrong-password"
    assert result.stdout == ""


def test_a_wallet_gets_another_password_and_keeps_its_key() -> None:
    wallet = make_wallet()
    key = Wallet.load(wallet, "correct horse").public_key
    Path("new").write_text("battery staple\n")
    result = run("org", "password", wallet, "--new-password-file", "new")
    assert result.exit_code == 0, result.stderr
    assert Wallet.load(wallet, "battery staple").public_key == key
    result = run("org", "password", wallet, "--new-password-file", "new")
    assert result.exit_code == 1
    assert "wrong-password" in result.stderr


# --- signing --------------------------------------------------------------------------------------


def test_a_body_is_signed_and_kept_with_what_is_hidden_in_it() -> None:
    ref = "A" * 43
    value = json_of(
        run(
            "issue", write_body(), "--type", "commercial-invoice", "--wallet", make_wallet(),
            "--ucr", "6MY-42", "--ref", f"order={ref}", "--confidential", "/totalPaymentDue",
            "--json",
        )
    )  # fmt: skip
    assert (value["file"], value["disclosures"]) == ("invoice.sdjwt", 1)
    issued = SdJwt.parse(Path("invoice.sdjwt").read_text().strip())
    assert issued.id == value["id"]
    assert issued.document.type == "urn:cocket:commercial-invoice:1"
    assert issued.document.ucr == ("6MY-42",)
    assert issued.document.refs == {"order": ref}
    assert "totalPaymentDue" not in issued.document.body
    assert issued.reveal().body == INVOICE


def test_what_a_standard_type_lets_nobody_hide_is_not_signed() -> None:
    command = ("issue", write_body(), "--type", "commercial-invoice", "--wallet", make_wallet())
    result = run(*command, "--confidential", "/totalPaymentDue", "--confidential", "/seller")
    assert result.exit_code == 1
    told = " ".join(result.stderr.split())
    assert "hidden-not-allowed" in told and "seller is hidden, and may not be" in told
    assert not Path("invoice.sdjwt").exists()
    result = run(*command, "--confidential", "/nobody")
    assert (result.exit_code, "no-such-member" in result.stderr) == (1, True)
    own = ("issue", write_body(), "--type", "x-y", "--wallet", "wallet.json")
    assert run(*own, "--confidential", "/seller").exit_code == 0  # the network's schema is not here


def test_a_signed_document_is_not_overwritten_by_signing_again() -> None:
    arguments = ("issue", write_body(), "--type", "x-y", "--wallet", make_wallet())
    assert run(*arguments).exit_code == 0
    before = Path("invoice.sdjwt").read_bytes()
    result = run(*arguments)
    assert result.exit_code == 2
    assert "submit that one again" in " ".join(result.stderr.split())
    assert Path("invoice.sdjwt").read_bytes() == before


def test_a_transport_document_is_taken_as_dcsa_publishes_it() -> None:
    request = json.loads(shared_path("samples/dcsa/eblissuance-v3.0.0-request.json").read_text())
    body = write_body(request["document"], "bill.json")
    result = run("issue", body, "--type", "bill-of-lading", "--wallet", make_wallet())
    assert result.exit_code == 0, result.stderr
    issued = SdJwt.parse(Path("bill.sdjwt").read_text().strip())
    assert issued.document.body["transportDocumentReference"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "a JSON object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "NaN"),
    ],
)
def test_a_body_that_cannot_be_one_is_refused_by_the_name_of_its_file(body: str, said: str) -> None:
    result = run("issue", write_body(body), "--type", "x-y", "--wallet", make_wallet())
    assert result.exit_code == 1
    assert "invoice.json" in result.stderr
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("issue", "invoice.json", "--wallet", "wallet.json"), "--type"),
        (("issue", "invoice.json", "--type", "x-y"), "--wallet"),
        (("submit", "invoice.json"), "--type"),
        (("submit", "invoice.json", "invoice.json"), "one by one"),
        (("submit", "signed.sdjwt", "--type", "x-y"), "as they are"),
        (("submit", "signed.sdjwt", "--to", "node.example"), "http://"),
        (("verify", "signed.sdjwt"), "DOCUMENT RECEIPT TRUST"),
        (("show",), "ID"),
    ],
)
def test_wrong_usage_has_its_own_exit_code_and_says_what_is_missing(
    arguments: tuple[str, ...], said: str
) -> None:
    wallet = make_wallet()
    assert run("issue", write_body(), "--type", "x-y", "--wallet", wallet, "-o", "signed.sdjwt")
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_missing_file_is_named() -> None:
    result = run("submit", "nowhere.sdjwt")
    assert result.exit_code == 1
    assert "nowhere.sdjwt" in result.stderr


# --- nodes that are not there ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("show", "A" * 43), ("receipt", "A" * 43), ("trust-bundle",), ("consignment", "6MY-42")],
)
def test_a_node_that_is_not_there_has_its_own_exit_code(arguments: tuple[str, ...]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        result = run(*arguments, "--to", url, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stderr)["code"] == "unreachable"


def test_the_status_of_a_node_is_asked_where_its_directory_says() -> None:
    run("network", "create", "--api-port", 18999)
    result = run("node", "status", "network/customs-my", "--json")
    assert result.exit_code == 3
    assert "127.0.0.1:18999" in json.loads(result.stderr)["message"]


def test_a_directory_without_a_node_is_not_run() -> None:
    Path("empty").mkdir()
    result = run("node", "run", "empty")
    assert result.exit_code == 1
    assert "empty/cocket.toml does not exist" in " ".join(result.stderr.split())


# --- a node that is there -------------------------------------------------------------------------

MERCHANT = Wallet("merchant-be", sample.NETWORK, sample.key("merchant-be"))
UCR = "6BE-2026-7"


@dataclass
class Served:
    url: str
    node: FakeNode


@pytest.fixture
def served() -> Iterator[Served]:
    """A fake node on a thread of its own: the command has an event loop for itself."""
    node = FakeNode()
    urls: list[str] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with node.serve() as url:
            urls.append(url)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert up.wait(10)
        yield Served(urls[0], node)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def issued(number: int = 0) -> SdJwt:
    return MERCHANT.issue("commercial-invoice", {**INVOICE, "invoiceNumber": str(number)}, [UCR])


def saved(*documents: SdJwt, name: str = "documents.ndjson") -> Path:
    path = Path(name)
    path.write_text("".join(f"{each}\n" for each in documents))
    return path


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


EVIDENCE = ("document.sdjwt", "receipt.tlog-proof", "trust-bundle.json")


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


def test_an_example_of_each_standard_type_can_be_signed_as_it_is() -> None:
    wallet = make_wallet()
    for name in NAMES:
        body = write_body(run("example", name).stdout, f"{name}.json")
        assert run("issue", body, "--type", name, "--wallet", wallet).exit_code == 0
    result = run("example", "no-such-thing")
    assert result.exit_code == 2
    assert "bill-of-lading" in result.stderr


def test_following_prints_each_document_on_a_line_until_the_node_is_gone(served: Served) -> None:
    documents = [issued(number) for number in range(3)]
    run("submit", saved(*documents), "--to", served.url)
    served.node.faults.extend([None, *(LoseRequest() for _ in range(10))])
    result = run("follow", "--after", -1, "--to", served.url, "--json")
    assert result.exit_code == 3
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["id"] for each in events] == [each.id for each in documents]
    assert {each["type"] for each in events} == {"urn:cocket:commercial-invoice:1"}
