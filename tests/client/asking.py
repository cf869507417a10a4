"""Whoever asks the ledger in tests: a wallet, documents, and patience that does not sleep."""

import asyncio

from cocket.client import Patience, SdJwt, Wallet
from tests import sample

WALLET = Wallet("merchant-be", sample.NETWORK, sample.key("merchant-be"))
NOWHERE = "http://127.0.0.1:1"


def note(number: int = 0, **more: object) -> SdJwt:
    return WALLET.issue("note", {"number": number, **more})


class Naps:
    """Patience that never sleeps, and remembers how long it would have."""

    def __init__(self, attempts: int = 4, finality: float = 120.0) -> None:
        self.taken: list[float] = []
        self.patience = Patience(attempts=attempts, finality=finality, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)
