"""A ledger in memory, for one contract at a time: what `vectors/input.json` says is on it."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from cocket.contracts.language import Run, compile_contract
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.organisations import Key, Organisation

VECTORS = Path(__file__).parent / "vectors"
INPUT: dict[str, Any] = json.loads((VECTORS / "input.json").read_text("utf-8"))
CLAIMS: dict[str, Any] = INPUT["claims"]
SIGNER: dict[str, Any] = INPUT["signer"]
NAME = "urn:cocket:test:1"
HEADER = '"""A contract of a test."""\nSIGNED_BY = []\nWRITES = ["out"]\n'
DOCUMENTS = {
    document.id: document
    for document in (Document.parse(jws.encode()) for jws in INPUT["documents"])
}
MEMBERS = {
    each["id"]: Organisation(
        each["id"],
        each["legalName"],
        each["country"],
        tuple(each["roles"]),
        each["chamber"],
        (Key(bytes(32), "sign"),),
    )
    for each in INPUT["organisations"]
}


def fresh() -> tuple[dict[str, Any], dict[str, Any]]:
    """Claims and signer that a contract may change."""
    return deepcopy(CLAIMS), deepcopy(SIGNER)


class Memory:
    """What a contract reads and writes: `access.Host`."""

    def __init__(self) -> None:
        self.state = {key: canonical.encode(value) for key, value in INPUT["state"].items()}

    def get(self, key: str) -> bytes | None:
        return self.state.get(key)

    def put(self, key: str, value: bytes | None) -> None:
        if value is None:
            self.state.pop(key, None)
        else:
            self.state[key] = value

    def document(self, identity: str) -> Document | None:
        return DOCUMENTS.get(identity)

    def organisation(self, identity: str) -> Organisation | None:
        return MEMBERS.get(identity)

    def code_list(self, name: str) -> Mapping[str, int | None]:
        codes: dict[str, int | None] = INPUT["codeLists"][name]
        return codes


def module(body: str) -> str:
    """The source of a contract: as it is if it is one, or defines `check`; or the body of `check`.

    A body is given the header, three lines, and the line `def check(doc, signer):`.
    """
    if body.startswith('"""'):
        return body
    if "def check(" in body:
        return HEADER + body
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f"{HEADER}def check(doc, signer):\n{lines}"


def run(body: str, memory: Memory | None = None) -> Run:
    """Run a contract with this body on `CLAIMS`."""
    return compile_contract(module(body), NAME).run(*fresh(), memory or Memory())


def value_of(expression: str) -> Any:
    """What an expression comes to, through `put` and the state."""
    memory = Memory()
    outcome = run(f'put("out", "value", [{expression}])', memory)
    assert outcome.refusal is None, outcome.refusal
    return json.loads(memory.state["out/value"])[0]
