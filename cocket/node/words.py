"""Numbers as an operator reads them."""

from datetime import UTC, datetime


def duration(seconds: float) -> str:
    """A length of time, as exact as anyone wants it."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def moment(time_s: float) -> str:
    """A time of this node's own, in seconds since 1970, as UTC."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
