"""What a session stands on: a connection that carries frames, and the switchboard that makes them.

`websocket` has those that nodes use; a simulated network has its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from cocket.ledger.organisations import Organisation
from cocket.network.address import Address


class Gone(Exception):
    """The connection is of no more use; the sentence says why."""


class Connection(Protocol):
    """Frames both ways, each way in order and without loss, until it breaks."""

    @property
    def peer(self) -> str | None:
        """The member that the other end proved to be; None for a stranger."""

    async def send(self, data: bytes) -> None:
        """Hand over a frame; returns once there is room for the next. `Gone` if it broke."""

    async def receive(self) -> bytes:
        """The next frame. `Gone` if none will come, `Malformed` if what came cannot be one."""

    async def close(self, reason: str, blamed: bool) -> None:
        """Tell the other end why, if it still listens, and cut the connection."""


Answer = Callable[[Connection], Awaitable[None]]
"""Talks with a caller, whose certificate is pinned, until the session is over."""


class Switchboard(Protocol):
    """Makes connections with members, and answers their calls."""

    @property
    def refused(self) -> int:
        """How many callers were cut off since the start."""

    def admit(self, member: Organisation) -> None:
        """Know this member by its certificate, from now on; `Malformed` if that is not usable."""

    def expel(self, member: str) -> None:
        """Know this member no more."""

    async def open(self, listen: Address, answer: Answer, tasks: asyncio.TaskGroup) -> Address:
        """Answer calls, and return the address, with the port that was free where 0 was asked for.

        `CannotListen` if the address cannot be had.
        """

    async def call(self, member: Organisation) -> Connection:
        """Connect; `Gone` says why not. Whoever calls decides how long to wait."""

    def greeted(self, caller: Connection) -> None:
        """The caller has said Hello, or was sent away: it waits at the door no longer."""

    def refuse(self) -> None:
        """Answer no more."""

    async def close(self) -> None:
        """Leave nothing open. Those who talk have been told to end."""
