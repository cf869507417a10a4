"""A ledger in memory, for one contract at a time."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from cocket.contracts.language import Run, compile_contract
from cocket.ledger.document import Document
from cocket.ledger.organisations import Key, Organisation

NAME = "urn:cocket:test:1"
HEADER = '"""A contract of a test."""\nSIGNED_BY = []\nWRITES = ["out"]\n'
SIGNER = {"organisation": "lotus", "roles": ["merchant"], "country": "MY", "chamber": "private"}
MEMBER = Organisation("lotus", "Lotus", "MY", ("merchant",), "private", (Key(bytes(32), "sign"),))
CLAIMS: dict[str, Any] = {
    "iss": "lotus",
    "ucr": [],
    "refs": {},
    "body": {"number": "4711", "lines": [{"quantity": "2", "price": "1.50"}], "_sd": ["A" * 43]},
    "id": "D" * 43,
    "height": 7,
    "time": 1_772_600_000,
}


def fresh() -> tuple[dict[str, Any], dict[str, Any]]:
    """Claims and signer that a contract may change."""
    return deepcopy(CLAIMS), deepcopy(SIGNER)


class Memory:
    """What a contract reads and writes: `access.Host`."""

    def __init__(self) -> None:
        self.state: dict[str, bytes] = {"in/known": b'{"held":["a","b"],"n":3}'}
        self.documents: dict[str, Document] = {}

    def get(self, key: str) -> bytes | None:
        return self.state.get(key)

    def put(self, key: str, value: bytes | None) -> None:
        if value is None:
            self.state.pop(key, None)
        else:
            self.state[key] = value

    def document(self, identity: str) -> Document | None:
        return self.documents.get(identity)

    def organisation(self, identity: str) -> Organisation | None:
        return MEMBER if identity == MEMBER.id else None

    def code_list(self, name: str) -> Mapping[str, int | None]:
        return {"country": {"MY": None, "NL": None}, "currency": {"EUR": 2, "JPY": 0}}[name]


def module(body: str) -> str:
    """The source of a contract: as it is if it defines `check`, or else as the body of `check`."""
    if "def check(" in body:
        return HEADER + body
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f"{HEADER}def check(doc, signer):\n{lines}"


def run(body: str, memory: Memory | None = None) -> Run:
    """Run a contract with this body on `CLAIMS`."""
    return compile_contract(module(body), NAME).run(*fresh(), memory or Memory())


def value_of(expression: str) -> Any:
    """What an expression comes to, through `put` and the state."""
    import json

    memory = Memory()
    outcome = run(f'put("out", "value", [{expression}])', memory)
    assert outcome.refusal is None, outcome.refusal
    return json.loads(memory.state["out/value"])[0]
