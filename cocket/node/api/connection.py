"""One connection to the API: what it may send before it has asked anything, and how slowly.

uvicorn waits for ever for the rest of a head, of any size, takes any number of requests ahead, and
keeps an answer for ever for someone who does not read. Here

    a head         comes within `HEAD_S`, and has at most `HEAD_BYTES_MAX`
    requests       at most `AHEAD_MAX` wait on a connection for the one before them
    an answer      is read on at `READ_BYTES_MIN` every `READ_S` at least
    places         are those of `guests`

and whatever is refused is told so as everything else is, with a problem (RFC 9457).
"""

import asyncio
from typing import Any

from fastapi.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from cocket.node.api.answers import problem
from cocket.node.api.guests import Guests

HEAD_S = 15.0
HEAD_BYTES_MAX = 32 * 1024
AHEAD_MAX = 16
READ_S = 10.0
READ_BYTES_MIN = 64 * 1024


class ApiConnection(HttpToolsProtocol):
    """See the module."""

    def __init__(self, guests: Guests, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self.address = ""
        self._guests = guests
        self._has_place = False
        self._came = 0
        """Bytes since the last whole head: of the next one, where nothing is being answered."""
        self._head = 0
        """Bytes of the head that is being read, as far as its parts are whole."""
        self._patience: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    # -- places ----------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._has_place = self._guests.came(self)
        if self._has_place:
            self._wait_for_head()
        else:
            self._refuse(problem(503, "busy", "too many connections, in all or from your address"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching()
        if self._has_place:
            self._has_place = False
            self._guests.left(self)
        self.pipeline.clear()
        super().connection_lost(exc)

    def cut_off(self) -> None:
        """See `guests.Guest`."""
        self.transport.abort()

    def unread_bytes(self) -> int:
        """See `guests.Guest`."""
        return self.transport.get_write_buffer_size()

    # -- heads -----------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._answered:
            self._wait_for_head()  # of the next request on this connection
        self._came += len(data)
        super().data_received(data)
        if self._patience is not None and self._came > HEAD_BYTES_MAX:
            self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + len(": \r\n"))

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._came = 0
        if len(self.pipeline) >= AHEAD_MAX:
            self.cut_off()
            raise ValueError("too many requests ahead")  # so that the parser stops
        self._guests.asks(self)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._has_place and self._answered:
            self._guests.idles(self)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_BYTES_MAX:
            self._refuse_head()
            raise ValueError("too large a head")  # so that the parser stops

    @property
    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    # -- answers ---------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._has_place:
            self._watch()
            self._guests.stops_reading(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()
        self._guests.reads(self)

    def _watch(self) -> None:
        unread = self.unread_bytes()
        self._unread = self.loop.call_later(READ_S, self._look_again, unread)

    def _look_again(self, before: int) -> None:
        if before - self.unread_bytes() < READ_BYTES_MIN:
            self.cut_off()
        else:
            self._watch()

    def _stop_watching(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    # -- refusals --------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        """Where uvicorn finds that this is no HTTP."""
        self._refuse(problem(400, "malformed-request", "this is not an HTTP request"))

    def _refuse_head(self) -> None:
        most = f"the head of a request has at most {HEAD_BYTES_MAX} bytes"
        self._refuse(problem(431, "head-too-large", most))

    def _refuse(self, response: Response) -> None:
        """Say it, unless another answer is on its way, and close."""
        if not self.transport.is_closing() and self._answered:
            head = [b"%b: %b\r\n" % header for header in response.raw_headers]
            self.transport.write(
                b"".join((STATUS_LINE[response.status_code], *head, b"connection: close\r\n\r\n"))
                + bytes(response.body)
            )
        self.transport.close()
