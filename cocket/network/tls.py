"""Who is at the other end: TLS 1.3 on both sides, certificates pinned through the registry.

A node's certificate is self-signed with its organisation's `tls` key and says nothing that the
registry does not say; it is a wrapper that TLS wants. So there is no authority, no host name to
check and no date that can pass: it is valid from 1970 to "no well-defined expiration date"
(RFC 5280 §4.1.2.5), and OpenSSL is told not to look at dates, whatever a node's clock says.

OpenSSL lets in what chains to a pinned certificate, which is more than we want: a member could
issue certificates with its own. Whom a connection belongs to is therefore decided by
`Pins.organisation_of` alone, by comparing the whole certificate, after the handshake.
"""

import ssl
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from cocket.ledger.errors import Malformed
from cocket.ledger.keys import SigningKey
from cocket.ledger.organisations import Organisation

NOT_BEFORE = datetime(1970, 1, 1)
NOT_AFTER = datetime(9999, 12, 31, 23, 59, 59)
SERIAL_BYTES = 16
CERTIFICATE_BYTES_MAX = 4096
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which the ssl module has no name."""


def make_certificate(organisation: str, key: SigningKey) -> bytes:
    """The DER certificate of an organisation's `tls` key: the same key, the same bytes."""
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, organisation)])
    serial = int.from_bytes(sha256(key.public_key).digest()[:SERIAL_BYTES], "big") or 1
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(serial)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, algorithm=None)
    )
    return certificate.public_bytes(Encoding.DER)


def check_certificate(certificate: bytes, public_key: bytes) -> None:
    """`Malformed` unless this DER certificate is for `public_key` (32 bytes) and never expires."""
    if len(certificate) > CERTIFICATE_BYTES_MAX:
        raise Malformed(f"certificate: more than {CERTIFICATE_BYTES_MAX} bytes")
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        key = parsed.public_key()
        lasts = (
            parsed.not_valid_before_utc.replace(tzinfo=None) <= NOT_BEFORE
            and parsed.not_valid_after_utc.replace(tzinfo=None) == NOT_AFTER
        )
    except Exception as error:  # cryptography raises many kinds, all about hostile bytes
        raise Malformed("certificate: not an X.509 certificate in DER") from error
    if not isinstance(key, Ed25519PublicKey) or key.public_bytes_raw() != public_key:
        raise Malformed("certificate: is not for the organisation's tls key")
    if not lasts:
        raise Malformed("certificate: must be valid from 1970 until 9999, so that no date stops us")


@dataclass(frozen=True, slots=True)
class Identity:
    """What this node shows its peers: its organisation id, `tls` key and DER certificate."""

    organisation: str
    key: SigningKey
    certificate: bytes

    def __post_init__(self) -> None:
        check_certificate(self.certificate, self.key.public_key)


class Pins:
    """The certificates of the registry's members, and the two TLS contexts that trust them.

    Certificates may be pinned while connections come and go. One that is no longer pinned stays
    in OpenSSL's store, which cannot forget, but no longer belongs to anybody.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.server = _context(ssl.PROTOCOL_TLS_SERVER, identity)
        self.server.num_tickets = 0  # every connection proves its key; none is resumed
        self.client = _context(ssl.PROTOCOL_TLS_CLIENT, identity)
        self._organisations: dict[bytes, str] = {}

    def pin(self, organisation: Organisation) -> None:
        """Trust this member's certificate, and no other of it; `Malformed` if it is not usable."""
        self.unpin(organisation.id)
        if organisation.node is None:
            raise Malformed(f"organisation {organisation.id}: has no node")
        certificate = organisation.node.certificate
        check_certificate(certificate, _tls_key(organisation))
        if certificate in self._organisations:
            raise Malformed(
                f"organisation {organisation.id}: shows the certificate of "
                f"{self._organisations[certificate]}"
            )
        try:
            self.server.load_verify_locations(cadata=certificate)
            self.client.load_verify_locations(cadata=certificate)
        except ssl.SSLError as error:
            raise Malformed(
                f"organisation {organisation.id}: OpenSSL refuses its certificate ({error.reason})"
            ) from None
        self._organisations[certificate] = organisation.id

    def unpin(self, organisation: str) -> None:
        """Trust no certificate of this organisation any more."""
        self._organisations = {
            certificate: owner
            for certificate, owner in self._organisations.items()
            if owner != organisation
        }

    def organisation_of(self, connection: ssl.SSLObject | None) -> str | None:
        """The member whose pinned certificate the other end proved to hold; None if it is none."""
        certificate = None if connection is None else connection.getpeercert(binary_form=True)
        return None if certificate is None else self._organisations.get(certificate)


def _tls_key(organisation: Organisation) -> bytes:
    """The newest `tls` key in the registry entry.

    A key counts from the moment it is registered, at whatever height: a node that is behind must
    be able to talk to peers that are ahead of it.
    """
    keys = [key for key in organisation.keys if key.use == "tls" and key.valid_until is None]
    if not keys:
        raise Malformed(f"organisation {organisation.id}: has no tls key in force")
    return max(keys, key=lambda key: key.valid_from).public_key


def _context(protocol: int, identity: Identity) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    # Look a certificate up as a whole: by subject alone, two of one name hide each other.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
    private = Ed25519PrivateKey.from_private_bytes(identity.key.seed)
    certificate = x509.load_der_x509_certificate(identity.certificate)
    # The ssl module reads keys from files only: this one holds nothing without the password.
    password = token_bytes(32).hex().encode()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "identity.pem"
        path.write_bytes(
            private.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
            )
            + certificate.public_bytes(Encoding.PEM)
        )
        context.load_cert_chain(path, password=password)
    return context
