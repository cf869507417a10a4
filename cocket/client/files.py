"""Documents in files: what someone has at hand when they submit, and what they keep afterwards.

    .sdjwt, .jwt    one signed document, with or without disclosures
    .ndjson         signed documents, one a line
    .json           the body of a document that is not signed yet; or a trust bundle
    .tlog-proof     a receipt

What a file holds is told by its content, not by its name.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.foreign import CHARACTERS_MAX, exact_numbers
from cocket.ledger.receipt import MAGIC
from cocket.ledger.sdjwt import SD_JWT_CHARACTERS_MAX, SdJwt

SIGNED_SUFFIX = ".sdjwt"
EVIDENCE_BYTES_MAX = 16 * 1024 * 1024
_SIGNED_START = b"eyJ"
"""BASE64URL of `{"`, with which every compact JWS begins."""


def is_signed(path: Path) -> bool:
    """Whether a file holds signed documents."""
    with path.open("rb") as file:
        return file.read(len(_SIGNED_START)) == _SIGNED_START


def signed_count(path: Path) -> int:
    """How many signed documents a file holds."""
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def read_signed(path: Path) -> Iterator[SdJwt]:
    """The signed documents in a file, one by one: it may be larger than memory.

    `Malformed` and `Refused` name the line that is not a document.
    """
    with path.open("rb") as file:
        number = 0
        while line := file.readline(SD_JWT_CHARACTERS_MAX + 2):
            number += 1
            if line.strip():
                yield _signed(path, number, line)


def read_first(path: Path) -> SdJwt:
    """The signed document in a file, the first if there are more; `Malformed` if there is none."""
    for document in read_signed(path):
        return document
    raise Malformed(f"{path} is empty: a signed document belongs there")


def _signed(path: Path, number: int, line: bytes) -> SdJwt:
    text = line.strip().decode("ascii", "replace")
    try:
        return SdJwt.parse(text if text.endswith("~") else text + "~")
    except Malformed as error:
        raise Malformed(f"{path}, line {number}: {error}") from None
    except Refused as refused:
        refusal = refused.refusal
        message = f"{path}, line {number}: {refusal.message}"
        raise Refused(refusal.code, message, refusal.path) from None


def read_body(path: Path) -> dict[str, Any]:
    """The JSON object in a file, every number exact (`cocket.ledger.foreign`)."""
    if path.stat().st_size > 4 * CHARACTERS_MAX:
        raise Malformed(f"{path} is larger than any document")
    try:
        body = exact_numbers(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise Malformed(f"{path} is not text in UTF-8") from None
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from None
    if not isinstance(body, dict):
        raise Malformed(f"{path}: a document's body is a JSON object")
    return body


@dataclass(frozen=True, slots=True)
class Evidence:
    """What `verify` is given, as it was saved: nothing in it is checked yet."""

    document: bytes
    receipt: bytes
    trust: bytes


def read_evidence(directory: Path) -> Evidence:
    """A document, its receipt and the trust bundle: the three files in a directory."""
    contents = [read_small(path) for path in sorted(directory.iterdir()) if path.is_file()]
    found = []
    for what, start in (
        ("document", _SIGNED_START),
        ("receipt", MAGIC.encode()),
        ("trust bundle", b"{"),
    ):
        matching = [content for content in contents if content.startswith(start)]
        if len(matching) != 1:
            raise Malformed(
                f"{directory} holds {len(matching)} files that look like a {what}: "
                "one document, one receipt and one trust bundle belong there"
            )
        found += matching
    return Evidence(*found)


def read_small(path: Path) -> bytes:
    """A file that fits into memory, or `Malformed`."""
    with path.open("rb") as file:
        data = file.read(EVIDENCE_BYTES_MAX + 1)
    if len(data) > EVIDENCE_BYTES_MAX:
        raise Malformed(f"{path} is larger than any document, receipt or trust bundle")
    return data


def write_new(path: Path, text: str, mode: int = 0o644) -> Path:
    """Write a file that does not exist yet; `FileExistsError` otherwise."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path
