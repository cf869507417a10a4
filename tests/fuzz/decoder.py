"""What every decoder of hostile bytes owes, and how one input is held against it.

errors     for any bytes at all: a value, or one of the decoder's own errors
canonical  a value is printed as exactly the bytes that it was read from
seeds      what the real encoders make is accepted
time       at most `ms_max` milliseconds of processor time for any input
memory     bounded, by what its largest input justifies: see `Tally.memory_bytes`
"""

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cocket.ledger import canonical
from cocket.ledger.errors import Malformed, Refused
from tests.fuzz.mutate import Mutator

MEMORY_MIB_MAX = 128
WEIGHED_BYTES = 32 * 1024
"""The memory of inputs larger than this is always measured, of smaller ones now and then."""
WEIGHED_ONE_IN = 1000
SUSPECT_MS = 10.0
"""Inputs slower than this are timed again: most only paid for Python's own housekeeping."""


class Broken(AssertionError):
    """A decoder did not keep what it owes."""


@dataclass(frozen=True)
class Decoder:
    """A decoder and what is needed to try it.

    decode   bytes in; a value out, or one of `errors`. It may check more than `encode` can say
    encode   the bytes that a value is printed as; None where a value has more than one spelling
    seeds    makes valid inputs
    """

    name: str
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes] | None
    seeds: Callable[[], Sequence[bytes]]
    mutate: Mutator
    errors: tuple[type[Exception], ...] = (Malformed,)
    ms_max: float = 100.0

    @cached_property
    def corpus(self) -> tuple[bytes, ...]:
        """The seeds, made once."""
        return tuple(self.seeds())

    def accepts(self, data: bytes) -> bool:
        """Whether `data` is read; anything but a value or a typed error comes out as it is."""
        try:
            value = self.decode(data)
        except self.errors as error:
            if isinstance(error, Refused):  # it must be possible to say so in an answer
                refusal = error.refusal
                canonical.encode([refusal.code, refusal.message, refusal.path])
            return False
        if self.encode is not None and self.encode(value) != data:
            raise Broken(f"{self.name}: what was read is not printed as the bytes it was read from")
        return True

    def milliseconds(self, data: bytes) -> float:
        """Processor time of one input, at its best of three."""
        return 1000 * min(self._seconds(data) for _ in range(3))

    def mebibytes(self, data: bytes) -> float:
        """The most memory that one input takes at a time, as far as Python allocates it."""
        tracemalloc.start()
        try:
            self.accepts(data)
            return tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()

    def _seconds(self, data: bytes) -> float:
        start = time.thread_time()
        self.accepts(data)
        return time.thread_time() - start


@dataclass
class Tally:
    """What came of many inputs."""

    inputs: int = 0
    accepted: int = 0
    slowest_ms: float = 0.0
    slowest: bytes = b""
    heaviest_mib: float = 0.0

    def add(self, decoder: Decoder, data: bytes) -> bool:
        """Try one input. Raises what the decoder should not have raised, or `Broken`."""
        start = time.thread_time()
        accepted = decoder.accepts(data)
        elapsed = 1000 * (time.thread_time() - start)
        self.inputs += 1
        self.accepted += accepted
        if elapsed > self.slowest_ms:
            if elapsed > SUSPECT_MS:
                elapsed = decoder.milliseconds(data)
            if elapsed > self.slowest_ms:
                self.slowest_ms, self.slowest = elapsed, data
            if elapsed > decoder.ms_max:
                raise Broken(f"{decoder.name}: {elapsed:.0f} ms for an input of {len(data)} bytes")
        if len(data) > WEIGHED_BYTES or not self.inputs % WEIGHED_ONE_IN:
            weight = decoder.mebibytes(data)
            self.heaviest_mib = max(self.heaviest_mib, weight)
            if weight > MEMORY_MIB_MAX:
                raise Broken(f"{decoder.name}: {weight:.0f} MiB for {len(data)} bytes")
        return accepted
