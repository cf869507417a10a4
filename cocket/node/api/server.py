"""The port that the API answers on."""

import asyncio
import contextlib
import errno
import os
import resource
import socket
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI

from cocket.node.api.connection import ApiConnection
from cocket.node.api.guests import Guests
from cocket.node.problems import NodeError

ACCEPTED_PER_TURN = 32
BACKLOG = 1024
BEGUN_PER_TURN = 4
FILES_BESIDES = 512
"""Files of a node that are not its clients' connections: peers, callers at the door, storage."""
SHUTDOWN_S = 5
ACCEPT_AGAIN_S = 1.0


class Turnstile:
    """Lets a few requests begin in each turn of the event loop, the others in the next ones.

    Votes and batches are heard between two turns: they never wait behind a crowd. Addresses take
    turns, too: a crowd that comes from one waits for itself.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._begun = 0
        self._turning = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The application, as ASGI has it."""
        loop = asyncio.get_running_loop()
        if self._begun >= BEGUN_PER_TURN or self._queues:
            turn = loop.create_future()
            address = scope["client"][0] if scope["client"] else ""
            self._queues.setdefault(address, deque()).append(turn)
            await turn
        self._begun += 1
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn)
        await self._app(scope, receive, send)

    def _turn(self) -> None:
        self._begun = 0
        for _ in range(BEGUN_PER_TURN):
            if not self._queues:
                break
            address, queue = self._queues.popitem(last=False)
            turn = queue.popleft()
            if queue:
                self._queues[address] = queue
            if not turn.done():
                turn.set_result(None)
        self._turning = bool(self._queues)
        if self._turning:
            asyncio.get_running_loop().call_soon(self._turn)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `NodeError` port-in-use says which port and what to do."""
    try:
        return socket.create_server((host, port), backlog=BACKLOG, reuse_port=False)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NodeError(
                "port-in-use",
                f"{host}:{port} is in use by another program: stop it, or choose another port "
                "under [api] listen in cocket.toml",
            ) from None
        raise NodeError(
            "cannot-listen",
            f"cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}): see [api] listen "
            "in cocket.toml, which has to be an address of this machine",
        ) from None


def places(wanted: int) -> int:
    """How many of so many connections the system allows, asked to allow as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted + FILES_BESIDES:
        soft = wanted + FILES_BESIDES
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - FILES_BESIDES))


class Doorman:
    """Takes connections as they come, many in a turn of the event loop.

    uvloop takes one in each: whoever came after a crowd of a thousand waited for a thousand turns,
    with all that is answered in them.
    """

    def __init__(self, listening: socket.socket, connection: Callable[[], Any]) -> None:
        self._socket = listening
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._coming: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._socket.setblocking(False)
        self._open()

    def close(self) -> None:
        """Take no more."""
        self._loop.remove_reader(self._socket)
        if self._again is not None:
            self._again.cancel()
        self._socket.close()

    def _open(self) -> None:
        self._loop.add_reader(self._socket, self._take)

    def _take(self) -> None:
        for _ in range(ACCEPTED_PER_TURN):
            try:
                guest, _ = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:  # no file is left to open
                self._loop.remove_reader(self._socket)
                self._again = self._loop.call_later(ACCEPT_AGAIN_S, self._open)
                return
            guest.setblocking(False)
            task = self._loop.create_task(self._welcome(guest))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def _welcome(self, guest: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._connection, guest)
        except OSError:  # it is gone already
            guest.close()


class ApiServer:
    """Serves an application on a socket until told to stop."""

    def __init__(self, app: FastAPI, sock: socket.socket, guests: Guests) -> None:
        config = uvicorn.Config(
            Turnstile(app),
            http=partial(ApiConnection, guests),  # type: ignore[arg-type]  # it is called only
            ws="none",
            loop="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        self._server = _Server(config, sock)

    async def run(self) -> None:
        """Serve; returns once `stop` was called and the requests in flight are answered."""
        await self._server.serve(sockets=[])

    def stop(self) -> None:
        """Take no more requests."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """Signals are the node's own business, not the API's; and it has a doorman."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._doorman = Doorman(self._listening, self._connection)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._doorman.close()
        await super().shutdown(sockets)

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()

    def _connection(self) -> Any:
        made: Callable[..., Any] = self.config.http_protocol_class
        return made(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
