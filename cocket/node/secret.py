"""The operator's secret: whoever can read a node's directory may ask its API what operators ask.

`data/operator.secret`, mode 0600, one line of base64url, new at each start. It goes into the same
header as a member's token: Authorization: Bearer …
"""

import os
from hmac import compare_digest
from pathlib import Path
from random import Random

from cocket.ledger.keys import base64url

SECRET_FILE = "operator.secret"
SECRET_BYTES = 32


def new_secret(data: Path, random: Random) -> str:
    """A new secret, in place of the one before; `random` must be one that nobody can guess."""
    secret = base64url(random.randbytes(SECRET_BYTES))
    new = data / f"{SECRET_FILE}.new"
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    new.replace(data / SECRET_FILE)
    return secret


def read_secret(data: Path) -> str | None:
    """The secret of the node that runs, or ran last, in a directory; None if it is not readable."""
    try:
        return (data / SECRET_FILE).read_text("ascii")[:100].strip()
    except (OSError, UnicodeDecodeError):
        return None


def shows(authorization: str, secret: str) -> bool:
    """Whether an `Authorization` header shows the secret."""
    return compare_digest(authorization.encode(), f"Bearer {secret}".encode())
