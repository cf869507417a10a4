"""A wallet: an organisation's signing key, and the documents and tokens it signs.

The key file is JSON; the seed in it is sealed with libsodium (XSalsa20-Poly1305 under a key that
Argon2id makes of the password, RFC 9106):

    {"box":"<base64url of nonce[24] ‖ sealed>","kdf":{"memory":67108864,"name":"argon2id",
     "operations":3,"salt":"<base64url, 16 bytes>"},"network":"green-lane",
     "organisation":"carrier-one","publicKey":"<base64url>","version":1}

    sealed   seed[32] ‖ SHA-256(canonical JSON of [organisation, network, publicKey])

so that nobody without the password can put the key under another name.
"""

import os
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from cocket.client.errors import WalletError, WrongPassword
from cocket.ledger import canonical
from cocket.ledger.document import NETWORK_PATTERN, ORGANISATION_PATTERN, sign
from cocket.ledger.keys import SECRET_SEED_BYTES, SigningKey, base64url
from cocket.ledger.sdjwt import ALGORITHM, SdJwt, conceal

VERSION = 1
DEFAULT_NETWORK = "green-lane"
TOKEN_SECONDS = 240
"""How long a token for reads is valid; nodes take at most 300."""
FILE_BYTES_MAX = 4096
MEMORY_BYTES = 64 * 1024 * 1024
MEMORY_BYTES_MAX = 256 * 1024 * 1024
OPERATIONS = 3
OPERATIONS_MAX = 16

_SALT_BYTES = argon2id.SALTBYTES
_JTI_BYTES = 16


class _Derivation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the password becomes a key. Bounded: a stranger's file must not eat this machine."""

    name: Annotated[str, Meta(pattern=r"^argon2id\Z")]
    memory: Annotated[int, Meta(ge=argon2id.MEMLIMIT_MIN, le=MEMORY_BYTES_MAX)]
    operations: Annotated[int, Meta(ge=argon2id.OPSLIMIT_MIN, le=OPERATIONS_MAX)]
    salt: str

    def box(self, password: str) -> SecretBox:
        key = argon2id.kdf(
            SecretBox.KEY_SIZE,
            password.encode(),
            _octets(self.salt, _SALT_BYTES),
            opslimit=self.operations,
            memlimit=self.memory,
        )
        return SecretBox(key)


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    version: Annotated[int, Meta(ge=VERSION, le=VERSION)]
    organisation: Annotated[str, Meta(pattern=ORGANISATION_PATTERN)]
    network: Annotated[str, Meta(pattern=NETWORK_PATTERN)]
    public_key: str
    kdf: _Derivation
    box: str


@dataclass(frozen=True, slots=True)
class Wallet:
    """An organisation's `sign` key. `repr` never shows the secret.

    `clock` gives seconds since 1970, `random` as many random bytes as asked for: arguments only so
    that tests can repeat themselves.
    """

    organisation: str
    network: str
    key: SigningKey
    clock: Callable[[], float] = field(default=time.time, repr=False, compare=False)
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False, compare=False)

    @classmethod
    def create(cls, organisation: str, network: str = DEFAULT_NETWORK) -> Self:
        """A wallet with a new key. The network has to learn `public_key` before it counts."""
        return cls(organisation, network, SigningKey.generate())

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that the network's registry holds for this organisation."""
        return self.key.public_key

    def issue(
        self,
        type: str,
        body: dict[str, Any],
        ucr: Iterable[str] = (),
        refs: Mapping[str, str] | None = None,
        confidential: Iterable[str] = (),
        *,
        expires: int | None = None,
    ) -> SdJwt:
        """A new signed document.

        type          `commercial-invoice` (its version 1), or a whole `urn:cocket:…:2`
        ucr           the consignments it is about
        refs          role to document id, of documents that this one builds on
        confidential  JSON pointers into `body`: members to hide, as `/itemsShipped/0/unitPrice`
        expires       seconds since 1970, when it stops being valid

        Raises `Refused` (of `cocket.ledger`) with a code and a path where no node would take it.
        """
        signed_body, disclosures = conceal(body, confidential, self._salt)
        claims = {
            "iss": self.organisation,
            "aud": self.network,
            "iat": int(self.clock()),
            "jti": base64url(self.random(_JTI_BYTES)),
            "vct": type if type.startswith("urn:") else f"urn:cocket:{type}:1",
            "ucr": list(ucr),
            "refs": dict(refs or {}),
            "body": signed_body,
        }
        if expires is not None:
            claims["exp"] = expires
        if disclosures:
            claims["_sd_alg"] = ALGORITHM
        return SdJwt(sign(claims, self.key), disclosures)

    def token(self) -> str:
        """A JWT (RFC 7519) that lets this organisation read from a node for some minutes."""
        now = int(self.clock())
        header = {"alg": "EdDSA", "kid": self.key.thumbprint, "typ": "JWT"}
        claims = {
            "iss": self.organisation,
            "aud": self.network,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        parts = [base64url(canonical.encode(part)) for part in (header, claims)]
        signature = self.key.sign(".".join(parts).encode("ascii"))
        return ".".join([*parts, base64url(signature)])

    def save(self, path: str | Path, password: str, overwrite: bool = False) -> None:
        """Write the key file, readable by its owner alone, whole or not at all.

        An empty password protects nothing. `WalletError` (wallet-exists) rather than overwrite,
        unless told to: the key in there may be the only copy.
        """
        target = Path(path)
        part = target.with_name(f".{target.name}.{base64url(os.urandom(6))}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._sealed(password) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if overwrite:
                part.replace(target)
            else:
                target.hardlink_to(part)  # fails where `target` exists: a rename would not
        except FileExistsError:
            raise WalletError(
                "wallet-exists", f"{target} is there already: name another file, or overwrite it"
            ) from None
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | Path, password: str = "") -> Self:
        """The wallet in a key file. `WrongPassword`, or `WalletError` where it is not one."""
        with Path(path).open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
        try:
            if len(data) > FILE_BYTES_MAX:
                raise ValueError(f"more than {FILE_BYTES_MAX} bytes")
            stored = msgspec.json.decode(data, type=_KeyFile)
            sealed = _octets(stored.box)
            box = stored.kdf.box(password)
        except (ValueError, CryptoError) as error:
            raise WalletError("not-a-wallet", f"{path} is not a key file: {error}") from None
        try:
            opened = box.decrypt(sealed)
        except (CryptoError, ValueError):
            raise WrongPassword from None
        public = [stored.organisation, stored.network, stored.public_key]
        seed, bound = opened[:SECRET_SEED_BYTES], opened[SECRET_SEED_BYTES:]
        if bound != sha256(canonical.encode(public)).digest():
            raise WalletError("wallet-altered", f"{path} was changed: its key has another name")
        return cls(stored.organisation, stored.network, SigningKey(seed))

    def _sealed(self, password: str) -> bytes:
        public = (self.organisation, self.network, base64url(self.public_key))
        derivation = _Derivation(
            "argon2id", MEMORY_BYTES, OPERATIONS, base64url(os.urandom(_SALT_BYTES))
        )
        secret = self.key.seed + sha256(canonical.encode(public)).digest()
        box = base64url(bytes(derivation.box(password).encrypt(secret)))
        return canonical.encode(_KeyFile(VERSION, *public, kdf=derivation, box=box))

    def _salt(self) -> bytes:
        return self.random(16)


def _octets(encoded: str, size: int | None = None) -> bytes:
    data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    if base64url(data) != encoded or (size is not None and len(data) != size):
        raise ValueError("not base64url of the right length")
    return data
