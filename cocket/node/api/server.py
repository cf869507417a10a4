"""The port that the API answers on, and how long it listens to those who say nothing."""

import asyncio
import contextlib
import errno
import socket
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cocket.node.problems import NodeError

REQUEST_HEAD_S = 15.0
CONNECTIONS_MAX = 2048
SHUTDOWN_S = 5


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection on which no request's head has come after `REQUEST_HEAD_S`.

    uvicorn itself waits for ever for the rest of a head, and a few thousand silent connections
    would shut others out.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self._wait_for_head()  # of the next request on this connection
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(REQUEST_HEAD_S, self.transport.close)

    def _head_is_here(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `NodeError` port-in-use says which port and what to do."""
    try:
        return socket.create_server((host, port), backlog=1024, reuse_port=False)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NodeError(
                "port-in-use",
                f"{host}:{port} is in use by another program: stop it, or choose another port "
                "under [api] listen in cocket.toml",
            ) from None
        raise NodeError(
            "cannot-listen", f"cannot listen on {host}:{port}: {error.strerror}"
        ) from None


class ApiServer:
    """Serves an application on a socket until told to stop."""

    def __init__(self, app: FastAPI, sock: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=PatientProtocol,
            loop="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        self._server = _Server(config)
        self._socket = sock

    async def run(self) -> None:
        """Serve; returns once `stop` was called and the requests in flight are answered."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Take no more requests."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """Signals are the node's own business, not the API's."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()
