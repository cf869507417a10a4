"""Wallets: what they issue, and what their files keep from whom."""

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cocket.client import Wallet, WalletError, WrongPassword
from cocket.client import wallet as wallet_module
from cocket.ledger.errors import Refused
from tests import sample

PASSWORD = "correct horse bätterý"


@pytest.fixture(autouse=True)
def cheap_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallet_module, "MEMORY_BYTES", 64 * 1024)
    monkeypatch.setattr(wallet_module, "OPERATIONS", 1)


@pytest.fixture
def wallet() -> Wallet:
    return Wallet(
        "carrier-dk",
        sample.NETWORK,
        sample.key("carrier-dk"),
        clock=lambda: 1_790_000_000.9,
        random=lambda size: b"\x07" * size,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wallet.json"


def changed(path: Path, **members: Any) -> None:
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, **members}))


# Issuing


def test_an_issued_document_has_every_claim_and_its_signature(wallet: Wallet) -> None:
    issued = wallet.issue(
        "bill-of-lading",
        {"vessel": "Ever"},
        ucr=["9DK1"],
        refs={"booking": "A" * 43},
        expires=1_800_000_000,
    )
    document = issued.document
    assert document.claims == {
        "iss": "carrier-dk",
        "aud": "green-lane",
        "iat": 1_790_000_000,
        "jti": "BwcHBwcHBwcHBwcHBwcHBw",
        "vct": "urn:cocket:bill-of-lading:1",
        "ucr": ["9DK1"],
        "refs": {"booking": "A" * 43},
        "body": {"vessel": "Ever"},
        "exp": 1_800_000_000,
    }
    assert document.signature_valid(wallet.public_key)
    assert document.kid == wallet.key.thumbprint
    assert issued.disclosures == ()


def test_a_whole_urn_names_a_type_s_other_versions(wallet: Wallet) -> None:
    assert wallet.issue("urn:cocket:note:3", {}).document.type == "urn:cocket:note:3"


def test_confidential_members_leave_the_document_and_stay_in_what_was_issued(
    wallet: Wallet,
) -> None:
    body = {"charges": [{"amount": "7.50"}], "vessel": "Ever"}
    issued = replace(wallet, random=Wallet.create("xx").random).issue(
        "bill-of-lading", body, confidential=["/charges/0/amount", "/vessel"]
    )
    assert b"7.50" not in json.dumps(issued.document.claims).encode()
    assert issued.document.claims["_sd_alg"] == "sha-256"
    assert issued.reveal().body == body


def test_two_documents_of_one_body_differ() -> None:
    wallet = Wallet.create("carrier-dk", sample.NETWORK)
    assert wallet.issue("note", {}).id != wallet.issue("note", {}).id


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"type": "Bill of Lading", "body": {}}, "claims"),
        ({"type": "note", "body": {"weight": 1.5}}, "float"),
        ({"type": "note", "body": {}, "ucr": ["x" * 36]}, "claims"),
        ({"type": "note", "body": {}, "refs": {"a": "short"}}, "claims"),
        ({"type": "note", "body": {}, "confidential": ["/nothing"]}, "no-such-member"),
        ({"type": "note", "body": {}, "confidential": ["nothing"]}, "no-such-member"),
        ({"type": "note", "body": {"_sd": []}}, "reserved-name"),
        ({"type": "note", "body": {"text": "x" * 60_000}}, "too-large"),
        ({"type": "note", "body": {"ä": 1}}, "member-name"),
        ({"type": "note", "body": {"n": 2**53}}, "integer-range"),
    ],
)
def test_what_no_node_would_take_is_refused_before_it_is_signed(
    wallet: Wallet, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        wallet.issue(**arguments)
    assert caught.value.refusal.code == code


# Files


def test_a_wallet_comes_back_from_its_file(wallet: Wallet, path: Path) -> None:
    wallet.save(path, PASSWORD)
    loaded = Wallet.load(path, PASSWORD)
    assert loaded == wallet
    assert loaded.issue("note", {}).document.signature_valid(wallet.public_key)


def test_an_empty_password_is_possible_and_the_default_for_loading(
    wallet: Wallet, path: Path
) -> None:
    wallet.save(str(path), "")
    assert Wallet.load(str(path)) == wallet


def test_a_key_file_is_its_owner_s_alone_and_does_not_hold_the_seed(
    wallet: Wallet, path: Path
) -> None:
    wallet.save(path, PASSWORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert wallet.key.seed not in path.read_bytes()
    assert wallet.key.seed.hex() not in repr(wallet)
    assert repr(wallet.key.seed) not in repr(wallet)
    assert [each.name for each in path.parent.iterdir()] == ["wallet.json"]


def test_a_wrong_password_is_said_to_be_one(wallet: Wallet, path: Path) -> None:
    wallet.save(path, PASSWORD)
    with pytest.raises(WrongPassword, match="does not open the wallet") as caught:
        Wallet.load(path, "wrong")
    assert caught.value.code == "wrong-password"


def test_a_wallet_is_never_overwritten_unless_told_to(wallet: Wallet, path: Path) -> None:
    wallet.save(path, PASSWORD)
    before = path.read_bytes()
    other = Wallet.create("bank-sg")
    with pytest.raises(WalletError, match="there already"):
        other.save(path, PASSWORD)
    assert path.read_bytes() == before
    other.save(path, PASSWORD, overwrite=True)
    assert Wallet.load(path, PASSWORD) == other
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["wallet.json"]


def test_a_wallet_that_cannot_be_written_whole_leaves_nothing(
    wallet: Wallet, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(wallet_module.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        wallet.save(path, PASSWORD)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "members",
    [
        {"organisation": "customs-nl"},
        {"network": "red-lane"},
        {"publicKey": "A" * 43},
    ],
)
def test_a_key_cannot_be_put_under_another_name(
    wallet: Wallet, path: Path, members: dict[str, str]
) -> None:
    wallet.save(path, PASSWORD)
    changed(path, **members)
    with pytest.raises(WalletError) as caught:
        Wallet.load(path, PASSWORD)
    assert caught.value.code == "wallet-altered"


@pytest.mark.parametrize(
    "derivation",
    [
        {"memory": 2**40},
        {"memory": 0},
        {"memory": -1},
        {"operations": 10**6},
        {"operations": 0},
        {"name": "scrypt"},
        {"salt": ""},
        {"salt": "A" * 40},
        {"salt": "AAAAAAAAAAAAAAAAAAAAA!"},
        {"salt": "ä" * 22},
        {"extra": 1},
    ],
)
def test_a_stranger_s_file_cannot_make_this_machine_work_without_bound(
    wallet: Wallet, path: Path, derivation: dict[str, Any]
) -> None:
    wallet.save(path, PASSWORD)
    changed(path, kdf={**json.loads(path.read_text())["kdf"], **derivation})
    with pytest.raises(WalletError) as caught:
        Wallet.load(path, PASSWORD)
    assert caught.value.code == "not-a-wallet"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"\xff", b"[" * 4000, b'{"version":2}', b" " * 5000, b"null"],
)
def test_what_is_not_a_key_file_is_said_not_to_be_one(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(WalletError) as caught:
        Wallet.load(path, PASSWORD)
    assert caught.value.code == "not-a-wallet"


def test_a_box_that_was_cut_is_not_opened(wallet: Wallet, path: Path) -> None:
    wallet.save(path, PASSWORD)
    box = json.loads(path.read_text())["box"]
    for length in (0, 1, 20, 40, len(box) - 4):
        changed(path, box=box[:length])
        with pytest.raises(WalletError):
            Wallet.load(path, PASSWORD)


def test_a_file_that_is_not_there_is_the_system_s_own_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Wallet.load(path, PASSWORD)
