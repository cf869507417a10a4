"""Who may read: members, by a short-lived JWT (RFC 7519) signed with their organisation's key.

    header  {"alg":"EdDSA","kid":…,"typ":"JWT"}     claims  {"aud": network, "exp", "iat", "iss"}

Writes need no token, they are signed themselves; receipts and the trust bundle are for anybody.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import Request

from cocket.ledger import canonical
from cocket.ledger.errors import Refused
from cocket.ledger.keys import verify
from cocket.node.api.answers import Problem
from cocket.node.secret import shows
from cocket.node.words import duration, moment

if TYPE_CHECKING:
    from cocket.node.service import Node

TOKEN_CHARACTERS_MAX = 2048
LIFETIME_S_MAX = 300
CLOCK_SKEW_S = 60

MemberKey = Callable[[str], tuple[str, bytes] | None]
"""kid -> (organisation id, public key) of a `sign` key that is valid now; None for any other."""


def check_reader(node: "Node", request: Request) -> None:
    """Raise `Problem` (401) unless the caller may read documents of this node."""
    if node.config.reads == "members":
        _check_member(node, request.headers.get("authorization"))


def check_insider(node: "Node", request: Request) -> None:
    """Raise `Problem` (401) unless the caller is a member or this node's operator."""
    authorization = request.headers.get("authorization")
    if authorization is None or not shows(authorization, node.secret):
        _check_member(node, authorization)


def _check_member(node: "Node", authorization: str | None) -> None:
    check_token(authorization, node.config.network, node.calendar_s, node.member_key)


def check_token(authorization: str | None, network: str, now_s: int, member_key: MemberKey) -> str:
    """The organisation that an `Authorization` header speaks for; raises `Problem` (401)."""
    if authorization is None or not authorization.startswith("Bearer "):
        raise Problem(
            401, "token-needed", "reading documents needs a member's token: Authorization: Bearer …"
        )
    try:
        header, claims, signed, signature = _parts(authorization[len("Bearer ") :])
        kid = header["kid"]
        if header != {"alg": "EdDSA", "kid": kid, "typ": "JWT"}:
            raise ValueError("header")
        issuer, audience = claims["iss"], claims["aud"]
        issued, expires = claims["iat"], claims["exp"]
        if type(issued) is not int or type(expires) is not int or not isinstance(kid, str):
            raise ValueError("kinds")
    except (ValueError, KeyError, TypeError, Refused):
        raise Problem(
            401, "token-invalid", "the token is not a JWT of the form asked for"
        ) from None
    key = member_key(kid)
    if key is None or key[0] != issuer or not verify(key[1], signed, signature):
        raise Problem(
            401, "token-invalid", "the token is not signed by a valid key of the member it names"
        )
    if audience != network:
        raise Problem(401, "token-invalid", f"the token is for another network than {network}")
    if expires - issued > LIFETIME_S_MAX:
        raise Problem(401, "token-invalid", f"a token lives at most {LIFETIME_S_MAX} seconds")
    _check_time(issued, expires, now_s)
    return str(issuer)


def _check_time(issued: int, expires: int, now_s: int) -> None:
    """Raise `Problem` unless the token counts now, with a sentence from which either side sees
    whose clock is wrong."""
    here = f"by this node's clock it is {moment(now_s)}, and the token"
    if now_s > expires + CLOCK_SKEW_S:
        raise Problem(
            401,
            "token-expired",
            f"{here} ended {duration(now_s - expires)} ago: make a new one; if it is new, one of "
            "the two clocks is wrong, so compare both with a good one",
        )
    if now_s < issued - CLOCK_SKEW_S:
        raise Problem(
            401,
            "token-expired",
            f"{here} is made in {duration(issued - now_s)} from now: one of the two clocks is "
            "wrong, so compare both with a good one",
        )


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise ValueError("size")
    signed, _, signature = token.encode("ascii").rpartition(b".")
    header, claims = (canonical.decode(_decoded(part)) for part in signed.split(b"."))
    return dict(header), dict(claims), signed, _decoded(signature)


def _decoded(part: bytes) -> bytes:
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))
