"""Certificates that never expire, and that belong to exactly one organisation."""

import contextlib
import shutil
import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cocket.ledger.errors import Malformed
from cocket.ledger.organisations import Key, NodeInfo
from cocket.network.tls import Identity, Pins, check_certificate, make_certificate
from tests.network.conftest import identity, member, tls_key


def certificate(key, *, begin=datetime(1970, 1, 1), end=datetime(9999, 12, 31, 23, 59, 59)):
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aa")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(end)
        .sign(private, algorithm=None)
    )
    return built.public_bytes(Encoding.DER)


def test_one_key_makes_one_certificate():
    made = make_certificate("aa", tls_key("aa"))
    assert made == make_certificate("aa", tls_key("aa"))
    assert made != make_certificate("aa", tls_key("bb"))
    parsed = x509.load_der_x509_certificate(made)
    assert parsed.subject.rfc4514_string() == "CN=aa"
    assert parsed.not_valid_after_utc == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert b"99991231235959Z" in made


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
@pytest.mark.parametrize("seconds", [0, 946_684_800, 4_102_444_800, 253_402_300_798])
def test_a_certificate_is_valid_whatever_the_clock_says(tmp_path: Path, seconds: int):
    pem = tmp_path / "node.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(identity("aa").certificate))
    command = ["openssl", "verify", "-attime", str(seconds), "-CAfile", str(pem), str(pem)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_certificate_that_will_expire_is_refused():
    soon = datetime.now() + timedelta(days=3650)
    with pytest.raises(Malformed, match="valid from 1970 until 9999"):
        check_certificate(certificate(tls_key("aa"), end=soon), tls_key("aa").public_key)


def test_a_certificate_that_is_not_valid_yet_on_a_clock_that_is_slow_is_refused():
    late = certificate(tls_key("aa"), begin=datetime(2026, 1, 1))
    with pytest.raises(Malformed, match="valid from 1970 until 9999"):
        check_certificate(late, tls_key("aa").public_key)


def test_a_certificate_for_another_key_is_refused():
    with pytest.raises(Malformed, match="not for the organisation's tls key"):
        check_certificate(identity("aa").certificate, tls_key("bb").public_key)
    with pytest.raises(Malformed):
        Identity("aa", tls_key("bb"), identity("aa").certificate)


@pytest.mark.parametrize("data", [b"", b"junk", identity("aa").certificate[:-1], b"0" * 5000])
def test_bytes_that_are_no_certificate_are_refused(data: bytes):
    with pytest.raises(Malformed):
        check_certificate(data, tls_key("aa").public_key)


def test_a_member_without_a_node_or_a_key_in_force_is_not_pinned():
    pins = Pins(identity("aa"))
    with pytest.raises(Malformed, match="no node"):
        pins.pin(replace(member("bb"), node=None))
    ended = Key(tls_key("bb").public_key, "tls", 0, 7)
    with pytest.raises(Malformed, match="no tls key in force"):
        pins.pin(replace(member("bb"), keys=(ended,)))


def test_a_certificate_pinned_by_one_member_cannot_be_claimed_by_another():
    pins = Pins(identity("aa"))
    pins.pin(member("bb"))
    thief = replace(
        member("cc"),
        keys=(Key(tls_key("bb").public_key, "tls"),),
        node=NodeInfo("127.0.0.1:1", identity("bb").certificate),
    )
    with pytest.raises(Malformed, match="shows the certificate of bb"):
        pins.pin(thief)


def shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends of a handshake; `ssl.SSLError` if one of them does not want it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(4):
        for end in ends:
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()
    return ends


@pytest.mark.parametrize(
    ("begin", "end"),
    [(datetime(1970, 1, 1), datetime(1971, 1, 1)), (datetime(2999, 1, 1), datetime(3000, 1, 1))],
    ids=["long over", "not yet"],
)
def test_no_date_in_a_certificate_is_looked_at_by_either_end(
    tmp_path: Path, begin: datetime, end: datetime
):
    ours, theirs = Pins(identity("aa")), Pins(identity("bb"))
    dated = {}
    for name, pins in (("aa", ours), ("bb", theirs)):
        dated[name] = certificate(tls_key(name), begin=begin, end=end)
        private = Ed25519PrivateKey.from_private_bytes(tls_key(name).seed)
        pem = tmp_path / f"{name}.pem"
        pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pem.open("a") as file:
            file.write(ssl.DER_cert_to_PEM_cert(dated[name]))
        pins.client.load_cert_chain(pem)
        pins.server.load_cert_chain(pem)
    ours.client.load_verify_locations(cadata=dated["bb"])
    theirs.server.load_verify_locations(cadata=dated["aa"])
    client, server = shaken(theirs.server, ours.client)
    assert client.getpeercert(binary_form=True) == dated["bb"]
    assert server.getpeercert(binary_form=True) == dated["aa"]
