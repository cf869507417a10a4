"""Every decoder with some hundred inputs; with millions: python -m tests.fuzz"""

import os
import warnings
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz.decoder import Decoder, Tally
from tests.fuzz.found import FOUND
from tests.fuzz.hunt import inputs
from tests.fuzz.table import DECODERS

SCALE = int(os.environ.get("COCKET_SCALE", "1"))
QUICK = settings(
    max_examples=40 * SCALE,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
every_decoder = pytest.mark.parametrize("decoder", DECODERS.values(), ids=list(DECODERS))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Libraries warn of odd certificates and escapes: they are meant to be odd."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@every_decoder
def test_what_our_encoders_make_is_read_and_printed_as_it_was(decoder: Decoder) -> None:
    assert decoder.corpus
    for data in decoder.corpus:
        assert decoder.accepts(data), data[:200]


@every_decoder
def test_any_bytes_are_read_or_refused_with_the_decoder_s_own_error(decoder: Decoder) -> None:
    @QUICK
    @given(st.one_of(st.binary(max_size=200), st.text(max_size=60).map(str.encode)))
    @example(b"")
    def holds(data: bytes) -> None:
        decoder.accepts(data)

    holds()


@every_decoder
def test_mutants_are_read_or_refused_with_the_decoder_s_own_error(decoder: Decoder) -> None:
    @QUICK
    @given(st.integers(0, 2**32))
    def holds(seed: int) -> None:
        tally = Tally()
        for data in islice(inputs(decoder, seed), 5):
            tally.add(decoder, data)

    holds()


@pytest.mark.parametrize(("name", "data", "what"), FOUND, ids=[each[0] for each in FOUND])
def test_what_was_found_once_is_mended(name: str, data: bytes, what: str) -> None:
    Tally().add(DECODERS[name], data)
