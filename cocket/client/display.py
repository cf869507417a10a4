"""Showing people what came from outside: text that cannot steer a terminal, times of any year.

A terminal obeys control characters: a name that holds some could overwrite the verdict above it.
So they are shown as `\\u001b`, the way JSON writes them, wherever a text is meant to be read.
"""

import json
import re
import time
from typing import Any

_STEERING = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape sequences, ends of lines
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # the Bidi_Control characters of Unicode
    "\u2028\u2029"  # ends of lines as well
    "\ud800-\udfff"  # surrogates, which no terminal can be sent
    "]"
)


def safe(text: str) -> str:
    """The text in one line, with a visible stand-in for each character that steers a terminal."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON that reads back as the same, and that a terminal may be sent.

    JSON's own line ends, from `indent`, are the only control characters in it.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "\n".join(map(safe, text.split("\n")))


def utc(seconds: float) -> str:
    """Seconds since 1970 in ISO 8601; the bare number where a calendar has no such year."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"
