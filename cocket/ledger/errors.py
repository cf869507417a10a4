"""The two ways in which something from outside can be wrong.

`Malformed`  the bytes are not what a format says: a decoder's only error.
`Refused`    the bytes are well formed, but a rule says no: a stable code, a sentence, a path.
"""

from dataclasses import dataclass

REASON_CHARACTERS_MAX = 500
"""A sentence longer than this is cut: reasons travel, and some quote what a stranger sent."""


class Malformed(ValueError):
    """Bytes from outside that are not exactly of the format they should be in."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was refused.

    code     lower-case words joined by hyphens; never changes once published
    message  one sentence that a person can act on
    path     JSON pointer into the document (RFC 6901), or "" for the document as a whole
    """

    code: str
    message: str
    path: str = ""


class Refused(Exception):
    """Raised where a rule says no; carries the `Refusal`."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.refusal = Refusal(code, message[:REASON_CHARACTERS_MAX], path)
