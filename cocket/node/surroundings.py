"""What a node stands on and does not decide itself: time, chance, who writes to the disk and checks
signatures, who connects it with its peers and serves its clients. In earnest it is `machine`; in a
simulation, what a seed makes of one."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Protocol

from cocket.network.connection import Switchboard
from cocket.network.tls import Identity
from cocket.network.websocket import WebSockets
from cocket.node.api.app import create_app
from cocket.node.api.guests import Guests
from cocket.node.api.server import ApiServer, listen, places
from cocket.node.clock import Clock
from cocket.node.database import Writer
from cocket.node.metrics import Stage, Stages
from cocket.node.signatures import Signatures, SignatureWorkers

if TYPE_CHECKING:
    from cocket.node.service import Node


class Server(Protocol):
    """Serves a node's clients."""

    async def run(self) -> None:
        """Serve; returns once `stop` was called and the requests in flight are answered."""

    def stop(self) -> None:
        """Take no more requests."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """See the module. `switchboard` makes the one that shows peers an identity."""

    clock: Clock
    random: Random
    writer: Callable[[Path, Stages], Writer]
    signatures: Callable[[Stages], Signatures]
    switchboard: Callable[[Identity], Switchboard]
    server: Callable[["Node"], Server]


def machine() -> Surroundings:
    """This machine, with the system's clocks and processes, files and sockets."""
    return Surroundings(Clock(), SystemRandom(), Writer, _signatures, WebSockets, _server)


def _signatures(stages: Stages) -> Signatures:
    workers = (os.cpu_count() or 2) - 1
    return SignatureWorkers(workers, lambda seconds: stages.add(Stage.VERIFY, seconds))


def _server(node: "Node") -> Server:
    limits = node.config.limits
    guests = Guests(places(limits.connections_max), limits.connections_per_address_max)
    return ApiServer(create_app(node), listen(node.config.api_host, node.config.api_port), guests)
