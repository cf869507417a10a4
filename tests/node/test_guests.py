"""Places at the API: a crowd makes room for others, and shuts out nobody but itself."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from cocket.node.api.guests import Guests
from cocket.node.api.server import BEGUN_PER_TURN, Turnstile


class Someone:
    """A connection that counts how often it was cut off, and is gone then."""

    def __init__(self, guests: Guests, address: str, unread: int = 0) -> None:
        self.guests = guests
        self.address = address
        self.unread = unread
        self.here = guests.came(self)

    def unread_bytes(self) -> int:
        return self.unread

    def cut_off(self) -> None:
        assert self.here
        self.here = False
        self.guests.left(self)

    def asks(self) -> "Someone":
        self.guests.asks(self)
        return self


def test_the_longest_waiting_of_an_address_at_its_bound_makes_room() -> None:
    guests = Guests(places=100, per_address=3)
    other = Someone(guests, "b")
    first, second, third = (Someone(guests, "a") for _ in range(3))
    first.asks()
    assert Someone(guests, "a").here
    assert (first.here, second.here, third.here) == (True, False, True)
    assert other.here


def test_where_all_of_an_address_have_requests_the_newcomer_is_turned_away() -> None:
    guests = Guests(places=100, per_address=2)
    asking = [Someone(guests, "a").asks() for _ in range(2)]
    assert not Someone(guests, "a").here
    assert Someone(guests, "b").here
    guests.idles(asking[0])
    assert Someone(guests, "a").here
    assert [each.here for each in asking] == [False, True]


def test_where_all_places_are_taken_the_largest_crowd_makes_room() -> None:
    guests = Guests(places=6, per_address=5)
    alone = Someone(guests, "b")
    crowd = [Someone(guests, "a") for _ in range(5)]
    assert Someone(guests, "c").here
    assert alone.here
    assert [each.here for each in crowd] == [False, True, True, True, True]
    for each in crowd[1:]:
        each.asks()
    assert Someone(guests, "d").here
    assert not alone.here, "it waited, and those of the crowd have requests"


def test_places_are_free_again_once_their_guests_have_left() -> None:
    guests = Guests(places=2, per_address=2)
    for _ in range(5):
        here = [Someone(guests, "a").asks(), Someone(guests, "b").asks()]
        assert not Someone(guests, "c").here
        for each in here:
            each.cut_off()
    assert guests._houses == {}


def test_whoever_has_not_read_for_longest_is_cut_off_where_too_much_is_unread() -> None:
    guests = Guests(places=9, per_address=9, unread_bytes_max=100)
    deaf = [Someone(guests, "a", unread=40) for _ in range(3)]
    guests.stops_reading(deaf[0])
    guests.stops_reading(deaf[1])
    guests.reads(deaf[0])
    guests.stops_reading(deaf[0])
    guests.stops_reading(deaf[2])
    assert [each.here for each in deaf] == [True, False, True]


@dataclass
class Begun:
    """An application that writes down in which turn of the event loop a request began."""

    requests: list[tuple[int, str, int]] = field(default_factory=list)
    turn: int = 0

    async def __call__(self, scope: dict[str, Any], *_: object) -> None:
        self.requests.append((self.turn, scope["client"][0], scope["number"]))

    async def of(self, *crowds: tuple[str, int]) -> list[tuple[int, str, int]]:
        """So many requests from each address, all at once."""
        turnstile = Turnstile(self)  # type: ignore[arg-type]
        tasks = [
            asyncio.create_task(turnstile({"client": (address, 1), "number": n}, None, None))
            for address, size in crowds
            for n in range(size)
        ]
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            self.turn += 1
        return self.requests


@pytest.mark.parametrize("crowd", [1, 4, 5, 101])
async def test_a_few_requests_begin_in_a_turn_and_each_in_its_order(crowd: int) -> None:
    begun = await Begun().of(("a", crowd))
    assert [number for _, _, number in begun] == list(range(crowd))
    turns = [turn for turn, _, _ in begun]
    assert max(map(turns.count, turns)) <= BEGUN_PER_TURN
    assert max(turns) <= crowd // BEGUN_PER_TURN + 3


async def test_one_request_from_elsewhere_does_not_wait_behind_a_crowd() -> None:
    begun = await Begun().of(("crowd", 200), ("other", 2))
    assert [turn < 6 for turn, address, _ in begun if address == "other"] == [True, True]
