"""How a broken promise is told."""


class Broken(AssertionError):
    """A promise was broken; `promise` names it, in the words of docs/reliability.md."""

    def __init__(self, promise: str, detail: object = "") -> None:
        super().__init__(f"{promise}: {detail}")
        self.promise = promise


def require(holds: bool, promise: str, detail: object = "") -> None:
    """Raise `Broken` unless the promise holds."""
    if not holds:
        raise Broken(promise, detail)
