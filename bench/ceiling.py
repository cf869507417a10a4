"""The ceiling: how many documents a second this machine could verify if it did nothing else.

Every validator verifies every signature, so with n validators on one machine the ceiling is the
machine's Ed25519 verifications per second, on all cores, divided by n.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor

from nacl import bindings

from cocket.ledger.keys import SigningKey

MESSAGE_BYTES = 960
SECONDS = 4.0


def verifications(seconds: float) -> float:
    """Verifications of 1 KB messages per second by libsodium, in this process."""
    key = SigningKey(bytes(range(32)))
    message = bytes(MESSAGE_BYTES)
    signed = key.sign(message) + message
    count = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(100):
            bindings.crypto_sign_open(signed, key.public_key)
        count += 100
    return count / (time.perf_counter() - start)


def ceiling(validators: int) -> tuple[float, float]:
    """(verifications per second on all cores, documents per second)."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as pool:
        total = sum(pool.map(verifications, [SECONDS] * cores))
    return total, total / validators
