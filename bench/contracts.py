"""What a document costs in the engine: schema, contract, admission, state digest.

    python -m bench.contracts

Prints microseconds per document, the middle and the 99th of a hundred runs each of many.
"""

import time
from collections.abc import Callable
from itertools import count
from statistics import quantiles

from cocket.contracts.engine import signer_claims
from cocket.contracts.language import compile_contract
from cocket.contracts.lthash import LtHash
from cocket.contracts.schema import Schema
from cocket.ledger.organisations import Key, Organisation

RUNS = 2_000

CONTRACT = '''"""An invoice: lines and their sum."""
SIGNED_BY = ["merchant"]
WRITES = ["invoice"]

def check(doc, signer):
    body = doc["body"]
    require(get("invoice", body["number"]) is None, "duplicate", "this number was used before")
    require(known_code("currency", body["currency"]), "unknown-currency", "no such currency")
    total = decimal("0")
    for line in body["lines"]:
        amount = decimal(line["quantity"]) * decimal(line["price"])
        require(amount == decimal(line["amount"]), "line-amount", "not quantity times price",
                line["amount"], "/body/lines")
        total += amount
    require(total == decimal(body["total"]), "total", "not the sum of the lines", total)
    put("invoice", body["number"], {"document": doc["id"], "total": str(total)})
'''

_AMOUNT = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$"}
_LINE = dict.fromkeys(("quantity", "price", "amount"), _AMOUNT)
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["number", "currency", "lines", "total"],
    "properties": {
        "number": {"type": "string", "minLength": 1, "maxLength": 35},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "total": _AMOUNT,
        "lines": {
            "type": "array",
            "maxItems": 200,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["description", *_LINE],
                "properties": {"description": {"type": "string", "maxLength": 200}, **_LINE},
            },
        },
    },
}
BODY = {
    "number": "INV-4711",
    "currency": "EUR",
    "total": "617.50",
    "lines": [
        {"description": f"goods {n}", "quantity": "10", "price": "12.35", "amount": "123.50"}
        for n in range(5)
    ],
}
MEMBER = Organisation("lotus", "Lotus", "MY", ("merchant",), "private", (Key(bytes(32), "sign"),))
CLAIMS = {
    "iss": "lotus",
    "aud": "green-lane",
    "iat": 1_772_600_000,
    "jti": "AAAAAAAAAAAAAAAAAAAAAA",
    "vct": "urn:cocket:invoice:1",
    "ucr": [],
    "refs": {},
    "body": BODY,
    "id": "A" * 43,
    "height": 1,
    "time": 1_772_600_000,
}


class Memory:
    """A ledger with nothing on it."""

    def __init__(self) -> None:
        self.written: dict[str, bytes | None] = {}

    def get(self, key: str) -> bytes | None:
        """Nothing, so that no invoice is a duplicate."""
        return None

    def put(self, key: str, value: bytes | None) -> None:
        """Keep it."""
        self.written[key] = value

    def document(self, identity: str) -> None:
        """None."""

    def organisation(self, identity: str) -> None:
        """None."""

    def code_list(self, name: str) -> dict[str, int | None]:
        """One currency."""
        return {"EUR": 2}


def measure(what: str, once: Callable[[], object]) -> None:
    """Print the middle and the 99th percentile of `RUNS` runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter_ns()
        once()
        times.append((time.perf_counter_ns() - start) / 1000)
    cuts = quantiles(times, n=100)
    print(f"{what:<36} p50 {cuts[49]:8.1f} µs   p99 {cuts[98]:8.1f} µs")


def main() -> None:
    """Measure and print."""
    contract = compile_contract(CONTRACT, "urn:cocket:invoice:1")
    schema = Schema(SCHEMA)
    memory, signer = Memory(), signer_claims(MEMBER)
    run = contract.run(CLAIMS, signer, memory)
    assert run.refusal is None, run.refusal
    print(f"an invoice of 5 lines: {run.steps} steps")
    measure("schema", lambda: schema.validate(BODY))
    measure("contract", lambda: contract.run(CLAIMS, signer, memory))
    measure(
        "schema and contract",
        lambda: (schema.validate(BODY), contract.run(CLAIMS, signer, memory)),
    )
    digest, entry = LtHash(), [(b"invoice/INV-4711", b'{"document":"A"}')]
    measure("state digest, one write", lambda: digest.update(entry))
    measure("state digest, one change", lambda: digest.update(entry, entry))
    version = count()
    measure("compile", lambda: compile_contract(f"{CONTRACT}# {next(version)}\n", "invoice"))


if __name__ == "__main__":
    main()
