"""Many inputs for one decoder: by a loop of our own, or led by coverage where atheris is installed.

The loop takes an input of its pool, changes it, and keeps what was accepted, so that changes add
up. Atheris (libFuzzer) keeps what reaches a branch that nothing reached before; the changes are
made by the same mutators. Both go on after a failure: one input of each kind is kept.
"""

import os
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from tests.fuzz.decoder import Decoder, Tally

POOL = 256
POOL_INPUT_BYTES_MAX = 16 * 1024
GROWTH_MIB_MAX = 512
"""Memory that trying may take on top of what the process had after the seeds."""


@dataclass
class Hunt:
    """Tries inputs until there were `count` or `seconds` are over, and keeps what failed."""

    decoder: Decoder
    count: int
    seconds: float
    seed: int
    kept: Path
    tally: Tally = field(default_factory=Tally)
    failures: dict[str, Path] = field(default_factory=dict)
    crashes: int = 0

    def __post_init__(self) -> None:
        for data in self.decoder.corpus:
            assert self.decoder.accepts(data), f"{self.decoder.name} refuses a seed: {data[:99]!r}"
        self._start = time.monotonic()
        self._memory_kib = _peak_kib()

    @property
    def over(self) -> bool:
        """Whether enough was tried. The clock is looked at every 256 inputs."""
        if self.tally.inputs >= self.count:
            return True
        return not self.tally.inputs % 256 and time.monotonic() - self._start >= self.seconds

    def attempt(self, data: bytes) -> bool:
        """Whether `data` is accepted; a failure is written down, and is no reason to stop."""
        try:
            return self.tally.add(self.decoder, data)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # RecursionError and what Rust panics with, too
            self.tally.inputs += 1
            self.crashes += 1
            self._write_down(error, data)
            return False

    def summary(self) -> str:
        """One line: what was tried, and what came of it."""
        tally = self.tally
        elapsed = max(time.monotonic() - self._start, 0.001)
        return (
            f"{self.decoder.name:20} {tally.inputs:>9,} inputs  {self.crashes} crashes  "
            f"slowest {tally.slowest_ms:6.1f} ms ({len(tally.slowest):,} bytes)  "
            f"memory {tally.heaviest_mib:5.1f} MiB  process +{self.growth_mib} MiB  "
            f"{100 * tally.accepted // max(tally.inputs, 1)}% accepted  "
            f"{tally.inputs / elapsed:,.0f}/s"
        )

    @property
    def growth_mib(self) -> int:
        """How much the process has grown, at its peak."""
        return (_peak_kib() - self._memory_kib) // 1024

    @property
    def failed(self) -> bool:
        """Whether anything did not hold, memory included."""
        return bool(self.crashes) or self.growth_mib > GROWTH_MIB_MAX

    def _write_down(self, error: BaseException, data: bytes) -> None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}"
        if kind in self.failures or len(self.failures) > 100:
            return
        path = self.kept / f"{self.decoder.name}-{sha256(data).hexdigest()[:12]}"
        self.kept.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.failures[kind] = path
        print(f"{self.decoder.name}: {kind}: {error}\n  input kept as {path}", flush=True)


def loop(hunt: Hunt) -> None:
    """Our own engine."""
    random, decoder = Random(hunt.seed), hunt.decoder
    pool = list(decoder.corpus)
    seeds = len(pool)
    while not hunt.over:
        data = decoder.mutate(random, random.choice(pool), pool)
        if hunt.attempt(data) and len(data) <= POOL_INPUT_BYTES_MAX:
            if len(pool) < POOL:
                pool.append(data)
            else:
                pool[random.randrange(seeds, POOL)] = data


def by_coverage(hunt: Hunt, atheris: Any) -> NoReturn:
    """Atheris's engine. It never returns, so the process ends here."""
    decoder = hunt.decoder

    def one(data: bytes) -> None:
        hunt.attempt(data)
        if hunt.over:
            finish(hunt)

    def change(data: bytes, size_max: int, seed: int) -> bytes:
        return decoder.mutate(Random(seed), bytes(data), decoder.corpus)[:size_max]

    with TemporaryDirectory() as folder:
        for number, data in enumerate(decoder.corpus):
            Path(folder, str(number)).write_bytes(data)
        size_max = max(map(len, decoder.corpus)) + 4096
        options = [
            f"-seed={hunt.seed}",
            f"-max_len={size_max}",
            "-rss_limit_mb=4096",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *options, folder], one, custom_mutator=change)
        atheris.Fuzz()
    raise AssertionError("atheris came back")


def finish(hunt: Hunt) -> NoReturn:
    """Say what came of it, and end the process with 1 if anything failed."""
    print(hunt.summary(), flush=True)
    os._exit(1 if hunt.failed else 0)


def inputs(decoder: Decoder, seed: int) -> Iterator[bytes]:
    """Mutants of the seeds without end, the same for the same seed."""
    random = Random(seed)
    while True:
        yield decoder.mutate(random, random.choice(decoder.corpus), decoder.corpus)


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
