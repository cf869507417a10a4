"""What can be wrong with a node itself, said to its operator: a stable code and what to do."""


class NodeError(Exception):
    """A condition that an operator must see. `code` never changes; the text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class StorageFull(NodeError):
    """Nothing more can be written; what was being written left no trace."""

    def __init__(self, path: object) -> None:
        super().__init__(
            "disk-full",
            f"no space left for {path}: free some, the node goes on by itself",
        )
