"""Bodies at random, and what of them is hidden."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from typing import Any

from hypothesis import strategies as st

from cocket.ledger.keys import base64url
from cocket.ledger.sdjwt import Disclosure

NAMES = st.sampled_from(["a", "b", "c/d", "e~f", "", "0", "10", "price"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=4)


def salts() -> Callable[[], bytes]:
    """Salts that differ from each other and are the same at each run."""
    numbers = count()
    return lambda: sha256(b"%d" % next(numbers)).digest()[:16]


def paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            where = path + "/" + name.replace("~", "~0").replace("/", "~1")
            yield where
            yield from paths(inner, where)
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield f"{path}/{index}"
            yield from paths(inner, f"{path}/{index}")


@st.composite
def concealed(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    body = draw(BODIES)
    every = sorted(paths(body))
    return body, draw(st.lists(st.sampled_from(every), unique=True) if every else st.just([]))


def member(name: str | None, value: Any, number: int = 0) -> Disclosure:
    return Disclosure(base64url(sha256(b"salt%d" % number).digest()[:16]), name, value)


ELEMENT = member(None, "x")
