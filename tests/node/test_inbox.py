"""What waits for the replica: fair turns, bounded lines, back-pressure on whoever says too much."""

import asyncio

from cocket.node.inbox import MESSAGES_PER_PEER_MAX, Inbox

FLOODER, HONEST, OTHER = 0, 1, 2


async def say(inbox: Inbox[str], peer: int, *messages: str) -> None:
    for message in messages:
        await inbox.hear(peer, message)


async def test_peers_take_turns_however_much_one_of_them_says() -> None:
    inbox: Inbox[str] = Inbox()
    await say(inbox, FLOODER, *(f"noise {n}" for n in range(MESSAGES_PER_PEER_MAX)))
    await say(inbox, HONEST, "a vote", "another")
    await say(inbox, OTHER, "a third")
    assert inbox.take(6) == ["noise 0", "a vote", "a third", "noise 1", "another", "noise 2"]


async def test_turns_go_on_where_they_ended() -> None:
    inbox: Inbox[str] = Inbox()
    for peer in (FLOODER, HONEST, OTHER):
        await say(inbox, peer, *(f"{peer}.{n}" for n in range(3)))
    taken = [event for _ in range(5) for event in inbox.take(2)]
    assert taken == ["0.0", "1.0", "2.0", "0.1", "1.1", "2.1", "0.2", "1.2", "2.2"]
    assert len(inbox) == 0


async def test_a_full_line_holds_up_its_own_peer_and_nobody_else() -> None:
    inbox: Inbox[str] = Inbox(per_peer_max=3)
    flood = asyncio.create_task(say(inbox, FLOODER, *map(str, range(100))))
    await asyncio.sleep(0)
    assert len(inbox) == 3
    await asyncio.wait_for(say(inbox, HONEST, "a vote"), 1)
    assert inbox.take(2) == ["0", "a vote"]
    for number in range(1, 50):
        await asyncio.sleep(0)
        assert len(inbox) <= 3
        assert inbox.take(1) == [str(number)]
    assert not flood.done()
    inbox.clear()
    flood.cancel()


async def test_own_events_keep_their_order_and_neither_kind_starves_the_other() -> None:
    inbox: Inbox[str] = Inbox()
    for number in range(5):
        inbox.put(f"own {number}")
    await say(inbox, HONEST, *(f"vote {number}" for number in range(5)))
    assert inbox.take(2) == ["own 0", "own 1", "vote 0", "vote 1"]
    assert inbox.take(9) == ["own 2", "own 3", "own 4", "vote 2", "vote 3", "vote 4"]
    assert inbox.take(9) == []


async def test_a_halted_node_takes_everything_and_keeps_nothing() -> None:
    inbox: Inbox[str] = Inbox(per_peer_max=1)
    await say(inbox, FLOODER, "one")
    waiting = asyncio.create_task(say(inbox, FLOODER, "two"))
    await asyncio.sleep(0)
    inbox.clear()
    await asyncio.wait_for(waiting, 1)
    assert inbox.take(9) == ["two"]
