"""Asking a node for a person who waits: the wallet they sign with, the ledger they ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cocket import terminal
from cocket.client import Ledger, Patience, Wallet

HERE = "http://127.0.0.1:8101"


def wallet(path: Path | None, password_file: Path | None) -> Wallet | None:
    """The wallet in `path`, opened; None where none is given."""
    return None if path is None else Wallet.load(path, terminal.password(password_file))


def must_sign(wallet: Wallet | None, what: str) -> Wallet:
    """The wallet that signs `what`, which has to be given."""
    if wallet is None:
        raise terminal.Misused(f"{what} has to be signed: give --wallet, or set COCKET_WALLET")
    return wallet


@asynccontextmanager
async def ledger(to: str, wallet: Wallet | None = None) -> AsyncIterator[Ledger]:
    """A person is waiting: give up on a silent node after some seconds, not minutes."""
    try:
        asked = Ledger(to, wallet, Patience(attempts=3 if "," not in to else 6))
    except ValueError as error:
        raise terminal.Misused(f"--to: {error}") from None
    async with asked:
        yield asked
