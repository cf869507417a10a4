"""Connections between nodes: WebSockets over TLS 1.3, both ends known by pinned certificates."""

import asyncio
import socket as socket_options
from typing import cast

import aiohttp
from aiohttp import web
from yarl import URL

from cocket.ledger.errors import Malformed
from cocket.ledger.organisations import Organisation
from cocket.network.address import Address
from cocket.network.connection import Answer, Connection, Gone
from cocket.network.door import Door
from cocket.network.frames import FRAME_BYTES_MAX
from cocket.network.session import Limits
from cocket.network.tls import Identity, Pins

WRITE_BUFFER_BYTES = 64 * 1024
"""What has left the outbox can no longer be overtaken, so little may leave it early."""
CLOSE_REASON_BYTES_MAX = 120
REASON_CHARACTERS_MAX = 200

Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


class WebSocket:
    """A `Connection` on a WebSocket whose other end has the certificate of `peer`."""

    def __init__(
        self,
        peer: str | None,
        socket: Socket,
        transport: asyncio.BaseTransport,
        close_s: float,
    ) -> None:
        self.peer = peer
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's does not inherit
        self._socket = socket
        self._close_s = close_s
        self.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        if hasattr(socket_options, "TCP_NOTSENT_LOWAT"):  # the kernel's buffer: megabytes, else
            transport.get_extra_info("socket").setsockopt(
                socket_options.IPPROTO_TCP, socket_options.TCP_NOTSENT_LOWAT, WRITE_BUFFER_BYTES
            )

    async def send(self, data: bytes) -> None:
        """See `Connection`."""
        try:
            await self._socket.send_bytes(data)
        except (OSError, aiohttp.ClientError) as error:
            raise Gone(f"the connection broke: {error or type(error).__name__}") from None

    async def receive(self) -> bytes:
        """See `Connection`."""
        message = await self._socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            return cast(bytes, message.data)
        if message.type is aiohttp.WSMsgType.TEXT:
            raise Malformed("a text where frames are binary")
        if isinstance(message.data, aiohttp.WebSocketError):
            raise Malformed(f"not a frame: {message.data}")
        if message.type is aiohttp.WSMsgType.CLOSE and message.extra:
            raise Gone(f"it left, saying: {message.extra[:REASON_CHARACTERS_MAX]}")
        raise Gone("it left")

    async def close(self, reason: str, blamed: bool) -> None:
        """See `Connection`."""
        message = reason.encode()[:CLOSE_REASON_BYTES_MAX].decode(errors="ignore").encode()
        code = aiohttp.WSCloseCode.POLICY_VIOLATION if blamed else aiohttp.WSCloseCode.OK
        try:
            async with asyncio.timeout(self._close_s):
                await self._socket.close(code=code, message=message)
        except (TimeoutError, OSError, aiohttp.ClientError):
            pass  # it is told why only if it listens
        finally:
            self.transport.abort()


class WebSockets:
    """The `Switchboard` of a node that shows its peers `identity`."""

    def __init__(self, identity: Identity, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._pins = Pins(identity)
        self._door: Door | None = None

    @property
    def refused(self) -> int:
        """See `Switchboard`."""
        return 0 if self._door is None else self._door.refused

    def admit(self, member: Organisation) -> None:
        """See `Switchboard`."""
        self._pins.pin(member)

    def expel(self, member: str) -> None:
        """See `Switchboard`."""
        self._pins.unpin(member)

    async def open(self, listen: Address, answer: Answer, tasks: asyncio.TaskGroup) -> Address:
        """See `Switchboard`."""
        self._http = web.Server(lambda request: self._answer(request, answer), access_log=None)
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=self._pins.client, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_staying_here()],
        )
        self._door = Door(self._pins, self._http, tasks, self._limits.handshake)
        try:
            return await self._door.open(listen)
        except BaseException:
            await self._client.close()
            raise

    async def call(self, member: Organisation) -> Connection:
        """See `Switchboard`."""
        assert member.node is not None
        try:
            address = Address.parse(member.node.address)
            socket = await self._client.ws_connect(
                URL.build(scheme="wss", host=address.host, port=address.port, path="/"),
                max_msg_size=FRAME_BYTES_MAX + 1,
                timeout=aiohttp.ClientWSTimeout(ws_close=self._limits.close),
            )
        except (OSError, ValueError, aiohttp.ClientError) as error:
            raise Gone(f"cannot reach {member.node.address}: {_why(error, member.id)}") from None
        found = self._pins.organisation_of(socket.get_extra_info("ssl_object"))
        # aiohttp has no public way to the transport that a client's WebSocket writes to.
        transport = cast(asyncio.BaseTransport, socket._writer.transport)
        return WebSocket(found, socket, transport, self._limits.close)

    def greeted(self, caller: Connection) -> None:
        """See `Switchboard`."""
        if isinstance(caller, WebSocket) and self._door is not None:
            self._door.settle(caller.transport)

    def refuse(self) -> None:
        """See `Switchboard`."""
        if self._door is not None:
            self._door.close()

    async def close(self) -> None:
        """See `Switchboard`."""
        try:
            await self._http.shutdown(self._limits.close)
        finally:
            await self._client.close()

    async def _answer(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        """One caller whom the door let in, from its request to the end of the session."""
        transport = request.transport
        peer = self._pins.organisation_of(request.get_extra_info("ssl_object"))
        socket = web.WebSocketResponse(
            timeout=self._limits.close,
            compress=False,
            max_msg_size=FRAME_BYTES_MAX + 1,
            writer_limit=WRITE_BUFFER_BYTES,
        )
        if peer is None or transport is None:
            return web.Response(status=403)
        if not socket.can_prepare(request):
            assert self._door is not None
            self._door.settle(transport)
            return web.Response(status=426, text="peers speak WebSocket here\n")
        await socket.prepare(request)
        await answer(WebSocket(peer, socket, transport, self._limits.close))
        return socket


def _why(error: Exception, member: str) -> str:
    """Why a call failed, in an operator's words."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return f"whoever answers there has another key than genesis names for {member}"
        case aiohttp.ClientConnectorDNSError():
            return "nobody knows this host name"
        case aiohttp.ClientConnectorError():
            if isinstance(error.os_error, ConnectionRefusedError):
                return "connection refused, so no node is running there"
            return error.os_error.strerror or str(error.os_error)
        case aiohttp.ServerDisconnectedError() | ConnectionResetError():
            return "it hung up at once; it may know another key of this node than the one it has"
        case aiohttp.WSServerHandshakeError():
            return f"what answers there is no node (HTTP status {error.status})"
    return str(error) or type(error).__name__


def _staying_here() -> aiohttp.TraceConfig:
    """Makes a client refuse redirects: a member must not choose what else this node calls.

    `ws_connect` follows them and cannot be told not to; this is called before it does.
    """

    async def refuse(
        _session: aiohttp.ClientSession, _: object, redirect: aiohttp.TraceRequestRedirectParams
    ) -> None:
        redirect.response.close()
        raise aiohttp.ClientError("it answers with a redirect, which no node does")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace
