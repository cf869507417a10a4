"""Keys, limits, and layers of writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.contracts.meter import Failure
from cocket.contracts.state import KEY_BYTES_MAX, Layer, state_key, value_bytes_max

keys = st.sampled_from(["a", "b", "c", "d"])
writes = st.dictionaries(keys, st.none() | st.binary(max_size=3))


class Memory(dict[str, bytes]):
    """A state in a dict."""


def applied(state: dict[str, bytes], *layers: dict[str, bytes | None]) -> dict[str, bytes]:
    result: dict[str, bytes | None] = dict(state)
    for layer in layers:
        result |= layer
    return {key: value for key, value in result.items() if value is not None}


def seen(layer: Layer) -> dict[str, bytes]:
    values = {key: layer.get(key) for key in "abcd"}
    return {key: value for key, value in values.items() if value is not None}


@given(st.dictionaries(keys, st.binary(max_size=3)), writes, writes)
def test_a_layer_is_seen_through_until_it_is_merged_or_dropped(
    below: dict[str, bytes], block: dict[str, bytes | None], document: dict[str, bytes | None]
) -> None:
    state = Memory(below)
    lower = Layer(state)
    for key, value in block.items():
        lower.put(key, value)
    upper = Layer(lower)
    for key, value in document.items():
        upper.put(key, value)
    assert seen(upper) == applied(below, block, document)
    assert seen(lower) == applied(below, block), "a document that is dropped was never there"
    lower.merge(upper.writes)
    assert seen(lower) == applied(below, block, document)
    assert state == below, "only the caller writes to the state"


@pytest.mark.parametrize("key", ["1", "MAEU/123 é", "k" * KEY_BYTES_MAX])
def test_a_key_is_collection_and_key(key: str) -> None:
    assert state_key("title", key) == f"title/{key}"


@pytest.mark.parametrize(
    ("collection", "key"),
    [
        ("Title", "1"),
        ("title/x", "1"),
        ("", "1"),
        ("1", "1"),
        ("t" * 33, "1"),
        (1, "1"),
        ("title", ""),
        ("title", "k" * (KEY_BYTES_MAX + 1)),
        ("title", "é" * (KEY_BYTES_MAX // 2 + 1)),
        ("title", "a\nb"),
        ("title", "a\0"),
        ("title", 1),
        ("title", None),
    ],
)
def test_what_cannot_be_a_key_is_the_contracts_failure(collection: object, key: object) -> None:
    with pytest.raises(Failure):
        state_key(collection, key)


def test_contracts_are_longer_than_other_values() -> None:
    assert value_bytes_max("title") == 16 * 1024
    assert value_bytes_max("contract") > 2 * 64 * 1024
