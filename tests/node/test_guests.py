"""Places at the API: a crowd makes room for others, and shuts out nobody but itself."""

import pytest

from cocket.node.api.guests import Guests
from cocket.node.api.server import Turnstile


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


@pytest.mark.parametrize("crowd", [1, 4, 5, 101])
async def test_a_few_requests_begin_in_a_turn_and_each_in_its_order(crowd: int) -> None:
    import asyncio

    begun: list[tuple[int, int]] = []
    turn = 0

    async def app(scope: int, *_: object) -> None:
        begun.append((turn, scope))

    turnstile = Turnstile(app)  # type: ignore[arg-type]
    tasks = [asyncio.create_task(turnstile(number, None, None)) for number in range(crowd)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        turn += 1
    assert [number for _, number in begun] == list(range(crowd))
    turns = [at for at, _ in begun]
    assert max(map(turns.count, turns)) <= 4
    assert max(turns) <= crowd // 4 + 3
