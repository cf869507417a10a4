"""What can go wrong for someone who uses the ledger, each with a stable code and a sentence."""

from cocket.client.answers import Answer
from cocket.client.display import safe


class ClientError(Exception):
    """The root of this package's errors.

    code     lower-case words joined by hyphens; never changes once published
    message  one sentence that a person can act on

    Both may be a node's own words; as `str` they cannot steer a terminal.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(safe(f"{code}: {message}"))
        self.code = code
        self.message = message


class WalletError(ClientError):
    """A wallet's file cannot be read or written."""


class WrongPassword(WalletError):
    """The password does not open this wallet."""

    def __init__(self) -> None:
        super().__init__(
            "wrong-password",
            "this password does not open the wallet: check the keyboard's layout and the file; "
            "a lost password cannot be recovered, a new key has to be registered",
        )


class LedgerError(ClientError):
    """A node cannot be reached, or says no. `path` is a JSON pointer into the document, or ""."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(code, message)
        self.path = path


class DocumentRefused(LedgerError):
    """A document was not taken. `answer.state` is `refused` where that is final on the ledger, and
    `unknown` where only this node would not take it now."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(
            answer.code or "refused",
            answer.message or "the node gave no reason",
            answer.path,
        )
        self.answer = answer


class Busy(LedgerError):
    """A node under load; it asked to be left alone for `retry_after` seconds."""

    def __init__(self, code: str, message: str, retry_after: float) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class NotOffered(LedgerError):
    """The node does not offer this call, or not yet."""
