"""What a document costs in the engine: schema, contract, state digest.

    python -m bench.contracts

Prints microseconds for a commercial invoice of five lines, of the standard contract: the middle and
the 99th percentile of 2,000 runs.
"""

import time
from collections.abc import Callable, Mapping
from itertools import count
from statistics import quantiles
from typing import Any

import msgspec

from cocket.contracts.codes import code_lists
from cocket.contracts.engine import signer_claims
from cocket.contracts.language import compile_contract
from cocket.contracts.lthash import LtHash
from cocket.contracts.schema import Schema
from cocket.contracts.standard import contract_texts, example, type_urn
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.organisations import Key, Organisation

RUNS = 2_000
LINES = 5
TYPE = type_urn("commercial-invoice")
MEMBER = Organisation("lotus", "Lotus", "MY", ("merchant",), "private", (Key(bytes(32), "sign"),))
CLAIMS = {
    "iss": "lotus",
    "aud": "green-lane",
    "iat": 1_772_600_000,
    "jti": "AAAAAAAAAAAAAAAAAAAAAA",
    "vct": TYPE,
    "ucr": [],
    "refs": {},
    "id": "A" * 43,
    "height": 1,
    "time": 1_772_600_000,
}


class Memory:
    """A ledger with code lists and nothing on it, so that no number was used before."""

    def __init__(self) -> None:
        self.lists = code_lists()

    def get(self, key: str) -> bytes | None:
        """Nothing."""
        return None

    def put(self, key: str, value: bytes | None) -> None:
        """Forget it."""

    def document(self, identity: str) -> Document | None:
        """None."""
        return None

    def organisation(self, identity: str) -> Organisation | None:
        """None."""
        return None

    def code_list(self, name: str) -> Mapping[str, int | None]:
        """One of the lists."""
        return self.lists[name]


def invoice() -> dict[str, Any]:
    """The example of the standard invoice with five lines of its first."""
    body = example("commercial-invoice")
    line = body["itemsShipped"][0]
    body |= {
        "itemsShipped": [line] * LINES,
        "invoiceSubtotal": "63000.00",
        "totalPaymentDue": "63936.90",
    }
    return body


def measure(what: str, once: Callable[[], object]) -> float:
    """Print the middle and the 99th percentile of `RUNS` runs; the middle, in microseconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter_ns()
        once()
        times.append((time.perf_counter_ns() - start) / 1000)
    cuts = quantiles(times, n=100)
    print(f"{what:<36} p50 {cuts[49]:8.1f} µs   p99 {cuts[98]:8.1f} µs")
    return cuts[49]


def schema_and_contract() -> float:
    """Microseconds of both for an invoice of `LINES` lines, in the middle."""
    text = next(text for text in contract_texts() if text.type == TYPE)
    contract, schema = compile_contract(text.source, TYPE), Schema(text.schema)
    memory, signer = Memory(), signer_claims(MEMBER)
    claims = canonical.encode(CLAIMS | {"body": invoice()})
    body = invoice()

    def run() -> object:  # a contract may change what it is given: each run has a copy
        return contract.run(msgspec.json.decode(claims), dict(signer), memory)

    def both() -> None:
        schema.validate(body, may_hide=False)
        run()

    result = contract.run(msgspec.json.decode(claims), dict(signer), memory)
    assert result.refusal is None, result.refusal
    print(f"a commercial invoice of {LINES} lines: {result.steps} steps")
    decoding = measure("decode", lambda: msgspec.json.decode(claims))
    measure("schema", lambda: schema.validate(body, may_hide=False))
    measure("decode and contract", run)
    spent = measure("all three", both) - decoding
    print(f"{'schema and contract':<36} p50 {spent:8.1f} µs")
    return spent


def main() -> None:
    """Measure and print."""
    schema_and_contract()
    digest, entry = LtHash(), [(b"invoice/INV-4711", b'{"document":"A"}')]
    measure("state digest, one write", lambda: digest.update(entry))
    measure("state digest, one change", lambda: digest.update(entry, entry))
    source = next(text for text in contract_texts() if text.type == TYPE).source
    version = count()
    measure("compile", lambda: compile_contract(f"{source}# {next(version)}\n", TYPE))


if __name__ == "__main__":
    main()
