"""Each hostile contract in a process of its own, which the kernel ends at 64 MiB more than it had.

    python -m tests.contracts.limits      prints those that took too much, and how many there were

Time is the processor's, of compiling and running; the least of a few tries, since other work on the
machine slows a process down even then.
"""

import json
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

from cocket.contracts.language import compile_contract
from cocket.ledger.errors import Refused
from tests.contracts import golden
from tests.contracts.memory import NAME, Memory, fresh, module

SECONDS_MAX = 0.1
BYTES_MAX = 64 * 1024 * 1024
TRIES = 5


def seconds(source: str, name: str) -> float:
    """What compiling and running takes of the processor."""
    claims, signer = fresh()
    memory = Memory()
    start = time.process_time()
    with suppress(Refused):
        compile_contract(source, name).run(claims, signer, memory)
    return time.process_time() - start


def data_bytes() -> int:
    """The memory that this process has for its own."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def measure(source: str) -> float | None:
    """The seconds that `source` takes in a child of this process; None where it was ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        limit = data_bytes() + BYTES_MAX
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
        least = seconds(source, NAME)
        for number in range(1, TRIES):
            if least < SECONDS_MAX / 2:
                break
            least = min(least, seconds(source, f"{NAME}{number}"))
        os.write(writer, json.dumps(least).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else None


def main() -> int:
    """Measure all, print what took too much."""
    every = golden.cases("hostile.txt")
    wrong = 0
    for title, body, _ in every:
        took = measure(module(golden.spelled_out(body)))
        if took is None or took > SECONDS_MAX:
            wrong += 1
            print(f"{title}: {'ended' if took is None else f'{took * 1000:.0f} ms'}")
    print(f"{len(every)} cases, {wrong} took too much")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
