"""Founding makes, for each organisation, a directory with all it needs and nothing of another's."""

import ssl
import stat
from pathlib import Path

import pytest

from cocket.ledger.genesis import Genesis
from cocket.ledger.keys import SigningKey
from cocket.network.tls import check_certificate
from cocket.node.config import SetupError, check_keys, load_config, load_genesis, load_keys
from cocket.node.first_start import MARK_FILE, mark
from cocket.node.founding import Founded, found, plan_for, read_plan

FOUR = """\
network = "durian-lane"

[parameters]
deltaMs = 250

[[organisation]]
id = "customs-my"
legal_name = "Royal Malaysian Customs Department"
country = "MY"
roles = ["customs"]
peer = "node.customs.example:9101"
peer_listen = "0.0.0.0:9101"
api = "127.0.0.1:8101"
reads = "open"

[[organisation]]
id = "customs-cn"
legal_name = "General Administration of Customs"
country = "CN"
roles = ["customs"]
peer = "127.0.0.1:9102"
api = "127.0.0.1:8102"

[[organisation]]
id = "carrier"
legal_name = "Straits Container Line"
country = "SG"
roles = ["carrier", "forwarder"]
peer = "127.0.0.1:9103"
api = "127.0.0.1:8103"

[[organisation]]
id = "payment-hub"
legal_name = "Harbour Payment Hub"
country = "HK"
roles = ["payment"]
peer = "127.0.0.1:9104"
api = "127.0.0.1:8104"

[[organisation]]
id = "orchard"
legal_name = "Orchard Sdn Bhd"
country = "MY"
roles = ["merchant"]
"""

wallets: dict[str, SigningKey] = {}


def make_wallet(path: Path, organisation: str, network: str) -> bytes:
    """Stands in for the client's wallet, which nothing here may import."""
    wallets[organisation] = key = SigningKey.generate()
    path.write_text(f"{organisation} of {network}")
    return key.public_key


def founded(tmp_path: Path, text: str = FOUR) -> Founded:
    plan = tmp_path / "plan.toml"
    plan.write_text(text)
    return found(read_plan(plan), tmp_path / "network", make_wallet)


def test_the_plan_in_the_documentation_can_be_founded(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "founding.md").read_text()
    network = founded(tmp_path, page.partition("```toml\n")[2].partition("```")[0])
    assert network.plan.network == "green-lane"
    assert {member.id for member in network.plan.members if not member.has_node} == {"orchard"}
    config = load_config(network.directory / "straits-line")
    assert (config.peer_host, config.peer_port) == ("0.0.0.0", 9101)


def test_every_directory_holds_the_same_genesis_byte_for_byte(tmp_path: Path) -> None:
    network = founded(tmp_path)
    files = [network.directory_of(member) / "genesis.json" for member in network.plan.members]
    assert {file.read_bytes() for file in files} == {network.genesis.data}
    assert Genesis.parse(files[0].read_bytes()).hash == network.genesis.hash


def test_genesis_says_what_the_founders_decided(tmp_path: Path) -> None:
    genesis = founded(tmp_path).genesis
    assert genesis.network == "durian-lane"
    assert genesis.parameters["deltaMs"] == 250
    assert genesis.validators == ("customs-my", "customs-cn", "carrier", "payment-hub")
    customs, orchard = genesis.organisation("customs-my"), genesis.organisation("orchard")
    assert customs.node is not None
    assert customs.node.address == "node.customs.example:9101"
    assert customs.chamber == "public"
    assert genesis.organisation("carrier").chamber == "private"
    assert orchard.node is None
    assert [key.use for key in orchard.keys] == ["sign"]
    assert orchard.key("sign").public_key == wallets["orchard"].public_key
    assert "urn:cocket:bill-of-lading:1" in {contract.type for contract in genesis.contracts}


def test_founders_choose_the_documents_to_begin_with_and_can_take_in_more_later(
    tmp_path: Path,
) -> None:
    genesis = founded(tmp_path, 'documents = ["commercial-invoice"]\n' + FOUR).genesis
    names = {contract.type.split(":")[2] for contract in genesis.contracts}
    assert names == {
        *("commercial-invoice", "organisation"),
        *("contract-proposal", "contract-approval", "schema-definitions"),
    }


@pytest.mark.parametrize(
    ("documents", "sentence"),
    [
        ('["comercial-invoice"]', "'comercial-invoice' is not a document type"),
        ('["clearance", "clearance"]', "the document type clearance stands twice"),
        ("[]", "documents"),
    ],
)
def test_documents_that_do_not_exist_or_stand_twice_are_named(
    tmp_path: Path, documents: str, sentence: str
) -> None:
    with pytest.raises(SetupError, match=sentence):
        founded(tmp_path, f"documents = {documents}\n" + FOUR)


def test_each_node_gets_the_mark_of_its_first_start_and_no_other_data(tmp_path: Path) -> None:
    network = founded(tmp_path)
    for member in network.plan.members[:4]:
        data = load_config(network.directory_of(member)).data
        assert [each.name for each in data.iterdir()] == [MARK_FILE]
        assert (data / MARK_FILE).read_bytes() == mark(network.genesis)
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert not (network.directory / "orchard" / "data").exists()


def test_a_node_starts_from_its_directory_alone(tmp_path: Path) -> None:
    network = founded(tmp_path)
    for member in network.plan.members[:4]:
        config = load_config(network.directory_of(member))
        keys = load_keys(config)
        known = load_genesis(config).organisation(config.organisation)
        assert keys.vote.public_key == known.key("vote").public_key
        assert keys.cosign.public_key == known.key("cosign").public_key
        certificate = ssl.PEM_cert_to_DER_cert(keys.tls_certificate_pem.decode())
        assert known.node is not None
        assert certificate == known.node.certificate
        check_certificate(certificate, known.key("tls").public_key)
    config = load_config(network.directory_of(network.plan.members[0]))
    assert (config.peer_host, config.peer_port, config.reads) == ("0.0.0.0", 9101, "open")


def test_a_certificate_of_another_key_stops_a_node_before_it_starts(tmp_path: Path) -> None:
    directory = founded(tmp_path).directory
    stranger = (directory / "carrier" / "keys" / "tls.crt").read_bytes()
    (directory / "customs-my" / "keys" / "tls.crt").write_bytes(stranger)
    with pytest.raises(SetupError, match=r"does not go with .*tls\.key"):
        load_keys(load_config(directory / "customs-my"))


def test_the_genesis_of_another_network_stops_a_node_before_it_starts(tmp_path: Path) -> None:
    network = founded(tmp_path)
    other = found(
        plan_for("other-lane", range(8101, 8105), range(9101, 9105)),
        tmp_path / "other",
        make_wallet,
    )
    config = load_config(network.directory / "customs-my")
    config.genesis.write_bytes(other.genesis.data)
    with pytest.raises(SetupError, match="other-lane"):
        load_genesis(config)
    config.genesis.write_bytes(network.genesis.data[:-1])
    with pytest.raises(SetupError, match="copy it again"):
        load_genesis(config)


def test_an_organisation_without_a_node_gets_a_wallet_and_genesis_only(tmp_path: Path) -> None:
    network = founded(tmp_path)
    directory = network.directory / "orchard"
    assert {path.name for path in directory.iterdir()} == {"wallet.json", "genesis.json"}


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    network = founded(tmp_path)
    secrets = list(network.directory.glob("*/keys/*.key"))
    assert len(secrets) == 12
    for path in [*secrets, *network.directory.glob("*"), *network.directory.glob("*/keys")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_what_exists_is_never_overwritten(tmp_path: Path) -> None:
    network = founded(tmp_path)
    before = (network.directory / "carrier" / "keys" / "vote.key").read_bytes()
    with pytest.raises(SetupError, match="exists already"):
        founded(tmp_path)
    assert (network.directory / "carrier" / "keys" / "vote.key").read_bytes() == before


def test_a_founding_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def no_wallet(path: Path, organisation: str, network: str) -> bytes:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        found(
            plan_for("green-lane", range(8101, 8105), range(9101, 9105)),
            tmp_path / "network",
            no_wallet,
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('id = "customs-cn"', 'id = "customs-my"'), "customs-my stands twice"),
        (('id = "carrier"', 'id = "The Carrier"'), "organisation The Carrier, id"),
        (('country = "HK"', 'country = "XK"'), "XK is not an ISO 3166 country"),
        (('"forwarder"]', '"shipper"]'), "'shipper' is not a role"),
        (("deltaMs", "delta"), "'delta' does not exist"),
        (("127.0.0.1:9104", "127.0.0.1:9103"), "reached at 127.0.0.1:9103"),
        (("127.0.0.1:9104", "127.0.0.1:8104"), "a port each"),
        (('peer = "127.0.0.1:9104"\n', ""), "payment-hub has no `peer`"),
        (('api = "127.0.0.1:8104"\n', ""), "needs `api`"),
        (
            ('peer = "127.0.0.1:9104"\napi = "127.0.0.1:8104"\n', ""),
            "3 of the organisations have a node",
        ),
        (("127.0.0.1:9104", "9104"), "host:port"),
        (('network = "durian-lane"', 'network = "Durian"'), "network"),
        (("reads", "read"), "unknown key `read`"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_before_anything_is_made(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    with pytest.raises(SetupError) as caught:
        founded(tmp_path, FOUR.replace(*change))
    assert str(tmp_path / "plan.toml") in str(caught.value)
    assert named in str(caught.value)
    assert not (tmp_path / "network").exists()


@pytest.mark.parametrize("organisations", [4, 7, 12])
def test_a_plan_can_be_made_from_ports_alone(organisations: int) -> None:
    ports = range(18101, 18101 + organisations)
    plan = plan_for("green-lane", ports, [port + 1000 for port in ports])
    assert len(plan.members) == organisations
    assert all(member.has_node for member in plan.members)
    assert (plan.members[1].api, plan.members[1].peer) == ("127.0.0.1:18102", "127.0.0.1:19102")


@pytest.mark.parametrize("organisations", [0, 3, 101])
def test_a_network_has_four_to_a_hundred_nodes(organisations: int) -> None:
    with pytest.raises(SetupError, match="4 to 100"):
        plan_for("green-lane", range(8101, 8101 + organisations), range(9101, 9101 + organisations))


def test_ports_that_do_not_exist_are_refused() -> None:
    with pytest.raises(SetupError, match="host:port"):
        plan_for("green-lane", range(65_534, 65_538), range(9101, 9105))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('"SG"', '"Singapore"'), "organisation carrier, country: has to be two capital letters"),
        (('"durian-lane"', '"Durian"'), "network: has to be 2 to 63 of a-z"),
        (("deltaMs = 250", "deltaMs = 0"), "parameters: has to be a whole number from 1 on"),
        (
            ('"open"', '"anyone"'),
            "organisation customs-my, reads: 'anyone' has to be members or open",
        ),
        (('"payment-hub"', '"Hub"'), "organisation Hub, id: has to be 2 to 32 of a-z"),
        (('id = "orchard"', "id = 7"), "organisation number 5, id: has to be 2 to 32 of a-z"),
        (('["payment"]', '"payment"'), "organisation payment-hub, roles: has to be a list"),
        (('["payment"]', '["paying"]'), "organisation payment-hub: 'paying' is not a role"),
    ],
)
def test_a_fault_in_a_plan_is_told_by_the_name_of_the_organisation_and_what_has_to_be_there(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(SetupError) as caught:
        founded(tmp_path, FOUR.replace(*change))
    assert sentence in str(caught.value)
    assert "regex" not in str(caught.value)


@pytest.mark.parametrize("use", ["vote", "cosign", "tls"])
def test_a_node_does_not_take_a_key_that_genesis_does_not_name_for_it(
    tmp_path: Path, use: str
) -> None:
    directory = founded(tmp_path).directory
    config = load_config(directory / "carrier")
    genesis = load_genesis(config)
    check_keys(config, load_keys(config), genesis)
    for name in (f"{use}.key", *(["tls.crt"] if use == "tls" else [])):
        other = directory / "payment-hub" / "keys" / name
        (directory / "carrier" / "keys" / name).write_bytes(other.read_bytes())
    with pytest.raises(SetupError, match=rf"{use}\.key is not the key that .*genesis\.json names"):
        check_keys(config, load_keys(config), genesis)
