"""The command line: what a person types, what comes back, and the exit code."""

import json
import socket
from pathlib import Path

import pytest

from cocket.client import SdJwt, Wallet
from cocket.contracts.standard import NAMES
from cocket.ledger.genesis import Genesis
from cocket.ledger.keys import base64url
from tests.client.command import (
    INVOICE,
    json_of,
    make_wallet,
    run,
    write_body,
)
from tests.shared import shared_path

pytestmark = pytest.mark.usefixtures("in_an_empty_directory")


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


def test_an_example_of_each_standard_type_can_be_signed_as_it_is() -> None:
    wallet = make_wallet()
    for name in NAMES:
        body = write_body(run("example", name).stdout, f"{name}.json")
        assert run("issue", body, "--type", name, "--wallet", wallet).exit_code == 0
    result = run("example", "no-such-thing")
    assert result.exit_code == 2
    assert "bill-of-lading" in result.stderr


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
