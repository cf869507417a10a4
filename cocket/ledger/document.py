"""Documents: an SD-JWT's signed part, as it stands on the ledger (DESIGN §3, RFC 7515, RFC 9901).

    BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)

    header   {"alg":"EdDSA","kid":"<RFC 7638 thumbprint>","typ":"dc+sd-jwt"}   exactly this
    payload  canonical JSON, the claims of `Claims`
    id       BASE64URL(SHA-256(the three parts as ASCII)), 43 characters

Nothing about a document depends on anything but its bytes: whether its key is known, its type
exists or its time has passed is for the contracts to say.
"""

import contextlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import a2b_base64
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from cocket.ledger import canonical
from cocket.ledger.errors import Refused
from cocket.ledger.keys import SIGNATURE_BYTES, SigningKey, base64url, verify

DOCUMENT_BYTES_MAX = 60_000
HEADERS_CACHED = 4096
REFERENCES_MAX = 32
CONSIGNMENTS_MAX = 32
ORGANISATION_PATTERN = r"^[a-z0-9-]{2,32}\Z"
NETWORK_PATTERN = r"^[a-z0-9][a-z0-9-]{1,62}\Z"
ID_PATTERN = r"^[A-Za-z0-9_-]{43}\Z"
TYPE_PATTERN = r"^urn:cocket:[a-z][a-z0-9-]{1,63}:[1-9][0-9]{0,3}\Z"
JTI_PATTERN = r"^[A-Za-z0-9_-]{21}[AQgw]\Z"
ROLE_PATTERN = r"^[a-zA-Z][a-zA-Z0-9-]{0,63}\Z"
UCR_PATTERN = r"^[!-~]([ -~]{0,33}[!-~])?\Z"

_HEADER_START = b'{"alg":"EdDSA","kid":"'
_HEADER_END = b'","typ":"dc+sd-jwt"}'
_KID_CHARACTERS = 43
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING = (b"", b"", b"==", b"=")
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""The characters whose unused bits are zero, by the length of the text modulo 4."""
_SECONDS_MAX = 2**40
_WHERE = re.compile(r" - at (?:`key` in )?`\$([^`]*)`")
"""How msgspec ends its sentences about values: the path from the root."""


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The payload of a document. Seconds are since 1970; ids are base64url."""

    iss: Annotated[str, Meta(pattern=ORGANISATION_PATTERN)]
    aud: Annotated[str, Meta(pattern=NETWORK_PATTERN)]
    iat: Annotated[int, Meta(ge=0, le=_SECONDS_MAX)]
    jti: Annotated[str, Meta(pattern=JTI_PATTERN)]
    vct: Annotated[str, Meta(pattern=TYPE_PATTERN)]
    ucr: Annotated[
        list[Annotated[str, Meta(pattern=UCR_PATTERN)]], Meta(max_length=CONSIGNMENTS_MAX)
    ]
    refs: Annotated[
        dict[
            Annotated[str, Meta(pattern=ROLE_PATTERN)],
            Annotated[str, Meta(pattern=ID_PATTERN)],
        ],
        Meta(max_length=REFERENCES_MAX),
    ]
    body: dict[str, Any]
    exp: Annotated[int, Meta(ge=0, le=_SECONDS_MAX)] | UnsetType = UNSET
    sd_alg: str | UnsetType = msgspec.field(name="_sd_alg", default=UNSET)


_decoder = msgspec.json.Decoder(Claims, float_hook=canonical.refuse_float)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document as parsed: well formed, its signature not yet checked.

    jws       the compact JWS; `digest` is its SHA-256, and `id` that in base64url
    payload   the claims as canonical JSON; the members from `issuer` to `expires_at` are of them
    may_hide  False where the payload has neither `_sd` nor `...` (RFC 9901): nothing is hidden

    The claims are kept as bytes and decoded when they are asked for, which takes two microseconds:
    many documents wait at a time, and as objects each would take ten times the memory.
    """

    jws: bytes
    digest: bytes
    id: str
    kid: str
    issuer: str
    network: str
    issued_at: int
    jti: str
    type: str
    ucr: tuple[str, ...]
    refs: dict[str, str]
    expires_at: int | None
    payload: bytes
    may_hide: bool

    def __repr__(self) -> str:
        return f"Document({self.id}, {self.type}, of {self.issuer})"

    @classmethod
    def parse(cls, jws: bytes) -> Self:
        """The document in `jws` (no disclosures). Raises `Refused` with a stable code.

        Codes: too-large, malformed, header, claims, and those of `canonical.decode`.
        """
        if len(jws) > DOCUMENT_BYTES_MAX:
            raise Refused(
                "too-large",
                f"the document has {len(jws)} bytes, more than {DOCUMENT_BYTES_MAX}: "
                "put pictures and the like into attachments",
            )
        parts = jws.split(b".")
        if len(parts) != 3:
            raise Refused("malformed", "a document is header.payload.signature (a compact JWS)")
        kid = _kid(parts[0])
        payload = _decoded(parts[1], "payload")
        if len(_decoded(parts[2], "signature")) != SIGNATURE_BYTES:
            raise Refused("malformed", f"the signature is not {SIGNATURE_BYTES} bytes")
        typed = _typed(payload)
        digest = sha256(jws).digest()
        return cls(
            jws=jws,
            digest=digest,
            id=base64url(digest),
            kid=kid,
            issuer=typed.iss,
            network=typed.aud,
            issued_at=typed.iat,
            jti=typed.jti,
            type=typed.vct,
            ucr=tuple(typed.ucr),
            refs=typed.refs,
            expires_at=None if typed.exp is UNSET else typed.exp,
            payload=payload,
            may_hide=b"_sd" in payload or b"..." in payload,
        )

    @property
    def claims(self) -> dict[str, Any]:
        """The payload as decoded: a new value each time, the caller's own."""
        claims: dict[str, Any] = msgspec.json.decode(self.payload)
        return claims

    @property
    def body(self) -> dict[str, Any]:
        """The claim `body`, likewise."""
        body: dict[str, Any] = self.claims["body"]
        return body

    def signature_valid(self, public_key: bytes) -> bool:
        """Whether `public_key` (32 bytes) signed this document."""
        return signature_valid(self.jws, public_key)

    @property
    def type_name(self) -> str:
        """The type without scheme and version: `bill-of-lading`."""
        return self.type.split(":")[2]


def signature_valid(jws: bytes, public_key: bytes) -> bool:
    """Whether `public_key` (32 bytes) signed `jws`, which was parsed before (RFC 7515 §5.2)."""
    signed, _, signature = jws.rpartition(b".")
    return verify(public_key, signed, urlsafe_b64decode(signature + b"=="))


def document_id(jws: bytes) -> str:
    """BASE64URL(SHA-256(jws)), 43 characters."""
    return base64url(sha256(jws).digest())


def sign(claims: dict[str, Any], key: SigningKey) -> Document:
    """The document with these claims, signed. `Refused` where they are not a document's claims."""
    header = _HEADER_START + key.thumbprint.encode() + _HEADER_END
    signing_input = _encoded(header) + b"." + _encoded(canonical.encode(claims))
    return Document.parse(signing_input + b"." + _encoded(key.sign(signing_input)))


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _decoded(part: bytes, what: str) -> bytes:
    """Strict base64url: no padding, no other character, no stray bits at the end."""
    length = len(part) % 4
    try:
        data = a2b_base64(part.translate(_FROM_URL) + _PADDING[length], strict_mode=True)
    except ValueError:
        raise Refused("malformed", f"the {what} is not base64url without padding") from None
    if length and part[-1] not in _LAST[length]:
        raise Refused("malformed", f"the {what} is not base64url: stray bits at its end")
    return data


@lru_cache(maxsize=HEADERS_CACHED)
def _kid(part: bytes) -> str:
    """The key that a header names; there are as many headers as there are keys."""
    header = _decoded(part, "header")
    start, end = len(_HEADER_START), len(_HEADER_START) + _KID_CHARACTERS
    if header[:start] != _HEADER_START or header[end:] != _HEADER_END:
        raise Refused(
            "header",
            'the header must be exactly {"alg":"EdDSA","kid":…,"typ":"dc+sd-jwt"}, canonical',
        )
    kid = header[start:end]
    if not kid.replace(b"-", b"").replace(b"_", b"").isalnum():
        raise Refused("header", "the header's kid is not an RFC 7638 thumbprint")
    return kid.decode("ascii")


def _typed(payload: bytes) -> Claims:
    """The claims, straight from the bytes; what is wrong with them is found out the long way."""
    if payload.isascii():
        with contextlib.suppress(ValueError, RecursionError):
            typed = _decoder.decode(payload)
            if typed.sd_alg in (UNSET, "sha-256") and canonical.encode(typed) == payload:
                canonical.check_bounds(payload)
                return typed
    return _explained(canonical.decode(payload))


def _explained(claims: Any) -> Claims:
    try:
        typed = msgspec.convert(claims, Claims)
    except msgspec.ValidationError as error:
        message, where, _ = [*_WHERE.split(str(error), maxsplit=1), "", ""][:3]
        path = where.replace("[...]", "").replace("[", "/").replace("]", "").replace(".", "/")
        raise Refused("claims", f"the claims are not a document's: {message}", path) from None
    if typed.sd_alg not in (UNSET, "sha-256"):
        raise Refused("claims", "only sha-256 is allowed here", "/_sd_alg")
    return typed
