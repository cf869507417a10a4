"""Settings and keys are read strictly: what is not understood stops the node, by name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger.keys import SigningKey
from cocket.network.address import Address
from cocket.node.config import Config, SetupError, key_text, load_config, read_key

GOOD = """\
[node]
organisation = "customs-my"
network = "green-lane"
[api]
listen = "127.0.0.1:8101"
[peer]
listen = "[::1]:9101"
"""


def load(directory: Path, text: str) -> Config:
    (directory / "cocket.toml").write_text(text)
    return load_config(directory)


def test_a_node_is_told_who_it_is_where_it_listens_and_what_it_takes_on(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD + "[limits]\npending_documents_max = 7\n")
    assert (config.organisation, config.network) == ("customs-my", "green-lane")
    assert (config.api_host, config.api_port) == ("127.0.0.1", 8101)
    assert (config.peer_host, config.peer_port) == ("::1", 9101)
    assert config.reads == "members"
    assert config.limits.pending_documents_max == 7
    assert config.data == tmp_path / "data"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("[api]", "[api]\nlissten = 1"), "unknown key `lissten`"),
        (("[peer]", "[pier]"), "unknown key `pier`"),
        (('network = "green-lane"\n', ""), "missing required key `network`"),
        (('"customs-my"', '"Customs MY"'), "node.organisation"),
        (('"customs-my"', "7"), "node.organisation"),
        (("127.0.0.1:8101", "127.0.0.1"), "[api] listen"),
        (("127.0.0.1:8101", "127.0.0.1:70000"), "[api] listen"),
        (("127.0.0.1:8101", "http://127.0.0.1:8101"), "[api] listen"),
        (("[::1]:9101", "127.0.0.1:8101"), "its own port"),
        (("[peer]", 'reads = "everyone"\n[peer]'), "everyone"),
        (("[peer]", "[limits]\npending_documents_max = 0\n[peer]"), "pending_documents_max"),
        (("[peer]", "[limits]\npending_documents_max = true\n[peer]"), "pending_documents_max"),
        (("[node]", "[node"), "not TOML"),
    ],
)
def test_a_setting_that_is_not_understood_is_refused_by_file_and_name(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    with pytest.raises(SetupError) as caught:
        load(tmp_path, GOOD.replace(*change))
    assert str(tmp_path / "cocket.toml") in str(caught.value)
    assert named in str(caught.value)


def test_a_directory_without_settings_says_what_is_expected_there(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cocket network create"):
        load_config(tmp_path)


def test_a_key_file_round_trips(tmp_path: Path) -> None:
    key = SigningKey.generate()
    path = tmp_path / "vote.key"
    path.write_text(key_text(key))
    path.chmod(0o600)
    assert read_key(path) == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "vote.key"
    path.write_text(key_text(SigningKey.generate()))
    path.chmod(mode)
    with pytest.raises(SetupError) as caught:
        read_key(path)
    assert f"chmod 600 {path}" in str(caught.value)


@pytest.mark.parametrize("content", ["", "\n", "AAAA\n", "ö" * 43, "A" * 43, "A" * 300, "A" * 44])
def test_what_is_not_a_key_is_not_taken_for_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vote.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SetupError, match=r"vote\.key"):
        read_key(path)


@given(st.text(max_size=40))
def test_an_address_is_either_refused_or_printed_as_it_was_read(text: str) -> None:
    try:
        address = Address.parse(text)
    except ValueError:
        return
    assert str(address) == text
