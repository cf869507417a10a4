"""The meter of a contract: what it may still spend, and the two ways its own doing can end it.

Neither exception can be caught by a contract, because the language has no `try`.
"""

from typing import NoReturn

STEPS_MAX = 100_000
"""Steps for one document (DESIGN §12)."""

CHARACTERS_PER_STEP = 16
"""Characters, or bytes, read or made for one step."""


class OutOfSteps(Exception):
    """The contract spent more than `STEPS_MAX`."""


class Failure(Exception):
    """The contract did what its language does not allow; the text is ours and never changes."""


class Meter:
    """Steps left for the document at hand. Charge first, work after: work is then bounded too."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = STEPS_MAX

    def step(self, steps: int) -> None:
        """Spend `steps`; raise `OutOfSteps` when there are not that many left."""
        self.left -= steps
        if self.left < 0:
            raise OutOfSteps

    def stop(self) -> NoReturn:
        """Nothing is left."""
        raise OutOfSteps

    def text(self, characters: int) -> None:
        """Spend for reading or making that many characters or bytes."""
        self.left -= characters // CHARACTERS_PER_STEP
        if self.left < 0:
            raise OutOfSteps
