"""Peers over real sockets: who gets in, what arrives, and what happens when a peer goes away."""

from cocket.network.frames import ConsensusFrame
from tests.network.conftest import network


async def test_a_broadcast_reaches_every_peer_from_the_organisation_that_proved_its_key():
    async with network("aa", "bb", "cc", "dd") as nodes:
        for node in nodes:
            node.peers.broadcast(ConsensusFrame(node.me.encode()))
        for node in nodes:
            await node.notes.until(lambda node=node: len(node.notes.heard) == 3)
            expected = {(o.me, ConsensusFrame(o.me.encode())) for o in nodes if o is not node}
            assert set(node.notes.heard) == expected
