"""Who is connected to the API, and who has to leave so that others can be served.

Nobody is asked who they are before their request, so places are what is scarce: there are so many
in all, and so many for one address. Where none is left, whoever has waited longest without a
request makes room, at the address that is at its bound, or at the one with the most connections.
Where all there have requests, the newcomer is turned away. So a crowd from one address shuts out
nobody but itself.

Answers that nobody reads are memory: where there is too much of it, the connection that has not
read for longest is cut off.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

UNREAD_BYTES_MAX = 128 * 1024 * 1024


class Guest(Protocol):
    """A connection."""

    address: str

    def unread_bytes(self) -> int:
        """How much of its answers waits in this process."""

    def cut_off(self) -> None:
        """End it at once; `Guests.left` is called before or after, once."""


@dataclass(slots=True)
class _House:
    """The connections from one address; those without a request by how long they wait."""

    size: int = 0
    idle: OrderedDict[Guest, None] = field(default_factory=OrderedDict)


class Guests:
    """All connections."""

    def __init__(
        self,
        places: int,
        per_address: int,
        unread_bytes_max: int = UNREAD_BYTES_MAX,
    ) -> None:
        """`places` in all, `per_address` for one."""
        self._places = places
        self._per_address = per_address
        self._unread_bytes_max = unread_bytes_max
        self._houses: dict[str, _House] = {}
        self._size = 0
        self._deaf: OrderedDict[Guest, None] = OrderedDict()

    def came(self, guest: Guest) -> bool:
        """Give `guest` a place; False where it has to be turned away."""
        house = self._houses.get(guest.address, _House())
        if house.size >= self._per_address:
            makes_room = self._send_away(house)
        elif self._size >= self._places:
            waiting = [each for each in self._houses.values() if each.idle]
            makes_room = self._send_away(max(waiting, key=lambda h: h.size, default=_House()))
        else:
            makes_room = True
        if makes_room:
            house = self._houses.setdefault(guest.address, house)
            house.size += 1
            house.idle[guest] = None
            self._size += 1
        return makes_room

    def left(self, guest: Guest) -> None:
        """`guest`, which had a place, is gone."""
        house = self._houses[guest.address]
        house.size -= 1
        house.idle.pop(guest, None)
        self._size -= 1
        self._deaf.pop(guest, None)
        if not house.size:
            del self._houses[guest.address]

    def asks(self, guest: Guest) -> None:
        """`guest` has a request: it keeps its place until it is answered."""
        self._houses[guest.address].idle.pop(guest, None)

    def idles(self, guest: Guest) -> None:
        """The last request of `guest` is answered."""
        self._houses[guest.address].idle[guest] = None

    def stops_reading(self, guest: Guest) -> None:
        """More waits for `guest` than the system takes."""
        self._deaf[guest] = None
        unread = sum(each.unread_bytes() for each in self._deaf)
        while unread > self._unread_bytes_max:
            longest, _ = self._deaf.popitem(last=False)
            unread -= longest.unread_bytes()
            longest.cut_off()

    def reads(self, guest: Guest) -> None:
        """`guest` takes its answers again."""
        self._deaf.pop(guest, None)

    @staticmethod
    def _send_away(house: _House) -> bool:
        if not house.idle:
            return False
        longest, _ = house.idle.popitem(last=False)
        longest.cut_off()
        return True
