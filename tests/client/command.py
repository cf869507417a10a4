"""The command as a person types it, and what a person has: a wallet, bodies, documents."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from cocket.cli import app
from cocket.client import SdJwt, Wallet
from tests import sample
from tests.client.fake_node import FakeNode

INVOICE = {"invoiceNumber": "1", "totalPaymentDue": "9.25", "seller": {"name": "Orchard"}}
MERCHANT = Wallet("merchant-be", sample.NETWORK, sample.key("merchant-be"))
UCR = "6BE-2026-7"
EVIDENCE = ("document.sdjwt", "receipt.tlog-proof", "trust-bundle.json")


@dataclass
class Served:
    url: str
    node: FakeNode


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def json_of(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def make_wallet() -> Path:
    run(
        "org", "init", "orchard", "--legal-name", "Orchard", "--country", "MY", "--role", "merchant"
    )
    return Path("wallet.json")


def write_body(body: Any = INVOICE, name: str = "invoice.json") -> Path:
    path = Path(name)
    path.write_text(body if isinstance(body, str) else json.dumps(body))
    return path


def issued(number: int = 0) -> SdJwt:
    return MERCHANT.issue("commercial-invoice", {**INVOICE, "invoiceNumber": str(number)}, [UCR])


def saved(*documents: SdJwt, name: str = "documents.ndjson") -> Path:
    path = Path(name)
    path.write_text("".join(f"{each}\n" for each in documents))
    return path
