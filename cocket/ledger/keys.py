"""Ed25519 keys with the one signature rule of the ledger.

Strict Ed25519 (RFC 8032 with the cofactorless check): S < L, A and R canonical, neither of small
order. libsodium does exactly this; OpenSSL does not, and two nodes that disagree on one crafted
signature are two ledgers. So nothing else may ever verify a ledger signature.
"""

import hashlib
from binascii import b2a_base64
from dataclasses import dataclass, field
from typing import Self

from nacl import bindings
from nacl.exceptions import CryptoError

PUBLIC_KEY_BYTES = 32
SECRET_SEED_BYTES = 32
SIGNATURE_BYTES = 64
_TO_URL = bytes.maketrans(b"+/", b"-_")


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) over `message` is by `public_key` (32 bytes). Never raises."""
    try:
        if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
            return False
        bindings.crypto_sign_open(bytes(signature) + bytes(message), bytes(public_key))
    except (CryptoError, TypeError, ValueError):
        return False
    return True


def thumbprint(public_key: bytes) -> str:
    """The RFC 7638 thumbprint of the key's JWK (RFC 8037): 43 characters of base64url."""
    x = base64url(public_key)
    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return base64url(hashlib.sha256(jwk.encode("ascii")).digest())


def base64url(data: bytes) -> str:
    """RFC 4648 base64url without padding."""
    return b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair, made from a 32 byte seed. `repr` never shows the secret."""

    seed: bytes = field(repr=False)
    public_key: bytes = field(init=False)
    _secret: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SECRET_SEED_BYTES:
            raise ValueError(f"a signing key's seed has {SECRET_SEED_BYTES} bytes")
        public, secret = bindings.crypto_sign_seed_keypair(self.seed)
        object.__setattr__(self, "public_key", public)
        object.__setattr__(self, "_secret", secret)

    @classmethod
    def generate(cls) -> Self:
        """A new key from libsodium's random source: the one place where the ledger meets chance."""
        return cls(bindings.randombytes(SECRET_SEED_BYTES))

    def sign(self, message: bytes) -> bytes:
        """The 64 byte signature over `message`."""
        return bytes(bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES])

    @property
    def thumbprint(self) -> str:
        """`thumbprint` of the public half."""
        return thumbprint(self.public_key)
