"""Bodies of documents that this package fills in itself."""

from collections.abc import Sequence
from typing import Any

from cocket.ledger.keys import base64url


def registration(
    organisation: str, legal_name: str, country: str, roles: Sequence[str], sign_key: bytes
) -> dict[str, Any]:
    """The body of the `organisation` document that makes a private organisation known.

    Customs or a chamber of `country` (ISO 3166, two letters) sign it, and vouch that `sign_key`
    (32 bytes) is the organisation's.
    """
    return {
        "id": organisation,
        "legalName": legal_name,
        "country": country,
        "roles": list(roles),
        "chamber": "private",
        "addKeys": [{"use": "sign", "publicKey": base64url(sign_key)}],
    }
