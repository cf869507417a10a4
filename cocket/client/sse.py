"""Server-sent events (WHATWG HTML §9.2.6), as far as a node uses them: a parser without I/O.

    id: 4711
    event: committed
    data: {"id":"…","state":"committed", …}
    <empty line>

A line that begins with a colon is a comment: how a node shows that it is alive.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cocket.ledger.errors import Malformed

EVENT_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event. `data` joins the data lines with newlines."""

    name: str
    data: str
    id: str


@dataclass(slots=True)
class EventParser:
    """Takes the stream in pieces of any size, gives the events that are complete."""

    _rest: bytes = b""
    _size: int = 0
    _fields: dict[str, list[str]] = field(default_factory=dict)

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """The events that `piece` completes; `Malformed` for one over 1 MiB, or not UTF-8."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            event = self._line(line.removesuffix(b"\r"))
            if event is not None:
                yield event
        if self._size + len(self._rest) > EVENT_BYTES_MAX:
            raise Malformed(f"event stream: an event of more than {EVENT_BYTES_MAX} bytes")

    def _line(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        if line.startswith(b":"):
            return None
        self._size += len(line)
        if self._size > EVENT_BYTES_MAX:
            raise Malformed(f"event stream: an event of more than {EVENT_BYTES_MAX} bytes")
        try:
            name, _, value = line.decode("utf-8").partition(":")
        except UnicodeDecodeError:
            raise Malformed("event stream: not UTF-8") from None
        self._fields.setdefault(name, []).append(value.removeprefix(" "))
        return None

    def _dispatch(self) -> ServerEvent | None:
        fields, self._fields, self._size = self._fields, {}, 0
        if "data" not in fields:
            return None
        return ServerEvent(
            name=fields.get("event", ["message"])[-1],
            data="\n".join(fields["data"]),
            id=fields.get("id", [""])[-1],
        )
