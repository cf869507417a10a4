"""What a document hides, judged by whoever holds its disclosures: `cocket check --disclosed`, on
four real nodes."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.client import Ledger, SdJwt, Wallet
from cocket.contracts.standard import NAMES, example
from tests.node.cluster import MERCHANT, NETWORK, Cluster

UCR = ["26MY123456789LT0117"]
PRICE = "/itemsShipped/0/unitPrice"


@pytest.fixture
async def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cluster]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCKET_PASSWORD", "correct horse")
    for name in ("COCKET_NODE", "COCKET_WALLET"):
        monkeypatch.delenv(name, raising=False)
    async with Cluster(tmp_path / "network", documents=NAMES).running() as cluster:
        yield cluster


class Office:
    """Someone at a terminal, with the wallet of an organisation."""

    def __init__(self, cluster: Cluster, name: str, node: str = "carrier") -> None:
        self.url = cluster.url(node)
        self.wallet = Wallet(name, NETWORK, cluster.keys[name])
        self.file = Path(f"{name}.wallet.json")
        self.wallet.save(self.file, "correct horse")

    async def submit(self, type: str, body: dict[str, Any], **more: Any) -> SdJwt:
        document = self.wallet.issue(type, body, UCR, **more)
        async with Ledger(self.url, self.wallet) as ledger:
            assert (await ledger.submit(document)).state == "committed"
        return document

    async def check(self, *arguments: Any, code: int = 0, online: bool = True) -> dict[str, Any]:
        """The value or the error of `cocket check --disclosed`, which exits with `code`."""
        words = ["check", *arguments, "--disclosed", "--json", "--wallet", self.file]
        words += ["--to", self.url if online else "http://127.0.0.1:1"]
        result = await asyncio.to_thread(CliRunner().invoke, app, list(map(str, words)))
        assert result.exit_code == code, result.output
        value: dict[str, Any] = json.loads(result.stdout or result.stderr)
        return value


def kept(document: SdJwt, name: str = "invoice.sdjwt") -> Path:
    path = Path(name)
    path.write_text(f"{document}\n")
    return path


def read(name: str) -> SdJwt:
    return SdJwt.parse(Path(name).read_text().strip())


def invoice(price: str) -> dict[str, Any]:
    body = example("commercial-invoice")
    body["itemsShipped"][0]["unitPrice"] = price
    return body


async def test_a_hidden_price_is_judged_found_and_a_false_finding_exposed(cluster: Cluster) -> None:
    seller, customs, hub, carrier = (
        Office(cluster, name) for name in (MERCHANT, "customs-my", "hub", "carrier")
    )
    wrong = await seller.submit("commercial-invoice", invoice("31.51"), confidential=[PRICE])
    file = kept(wrong)

    value = await customs.check(file, code=1)
    assert (value["state"], value["code"]) == ("refused", "line-total")
    assert value["leftUnchecked"] == value["rulesRun"] == ["line-total"]

    true = await customs.check(file, "--finding", code=1)
    assert true["findingState"] == "committed"
    again = await customs.check(file, "--finding", "-o", "second.sdjwt", code=2)
    assert again["code"] == "usage" and "--reason" in again["message"]
    anew = await customs.check(
        *(file, "--finding", "-o", "second.sdjwt", "--reason", "Said in other words."), code=1
    )
    assert anew["findingState"] == "committed"

    body = read("second.sdjwt").document.body
    lie = {name: body[name] for name in ("contract", "rulesRun", "inputs")}
    false = await hub.submit("finding", {**lie, "verdict": "accepted"}, refs={"document": wrong.id})
    exposed = await carrier.check(file, "--against", false.id, code=1)
    assert exposed["against"]["result"] == "false"
    assert exposed["against"]["by"] == "hub"
    assert "it says accepted; the contract says refused (line-total)" in exposed["against"]["why"]
    repeated = await carrier.check(file, "--against", "second.sdjwt")
    assert (repeated["against"]["by"], repeated["against"]["result"]) == (
        "customs-my",
        "reproduced",
    )

    # without the disclosure nothing can be said, and nothing is
    blind = kept(SdJwt(wrong.document), "blind.sdjwt")
    unseen = await carrier.check(blind, "--against", false.id, code=1)
    assert (unseen["state"], unseen["unchecked"]) == ("accepted", ["line-total"])
    assert unseen["against"]["result"] == "unknown"
    nothing = await carrier.check(blind, "--finding", code=1)
    assert nothing["code"] == "nothing-unchecked"


async def test_what_may_not_be_hidden_is_found_by_whoever_is_shown_it(cluster: Cluster) -> None:
    seller, customs, hub = (Office(cluster, name) for name in (MERCHANT, "customs-my", "hub"))
    hides = await seller.submit(
        "commercial-invoice", invoice("31.50"), confidential=["/originCountry"]
    )
    file = kept(hides)
    value = await customs.check(file, "--finding", code=1)
    assert (value["state"], value["code"]) == ("refused", "hidden-not-allowed")
    assert value["leftUnchecked"] == [] and value["findingState"] == "committed"
    repeated = await hub.check(file, "--against", value["finding"])
    assert repeated["against"]["result"] == "reproduced"
    blind = await hub.check(
        kept(SdJwt(hides.document), "blind.sdjwt"), "--against", value["finding"], code=1
    )
    assert blind["against"]["result"] == "unknown"


async def test_the_verdict_is_the_same_later_and_offline(cluster: Cluster) -> None:
    seller, customs = (Office(cluster, name) for name in (MERCHANT, "customs-my"))
    right = await seller.submit("commercial-invoice", invoice("31.50"), confidential=[PRICE])
    file = kept(right)
    first = await customs.check(file, "--keep", "case.json")
    assert (first["state"], first["rulesRun"]) == ("accepted", ["line-total"])
    text = Path("case.json").read_text()  # noqa: ASYNC240
    assert all(each.text not in text for each in right.disclosures)

    await seller.submit("revocation", example("revocation"), refs={"document": right.id})
    later = await customs.check(file)
    offline = await customs.check(file, "--basis", "case.json", online=False)
    del first["kept"]
    assert first == later == offline

    signed = await customs.check(
        *(file, "--basis", "case.json", "--finding", "-o", "f.sdjwt"), online=False
    )
    assert "findingState" not in signed
    checked = await customs.check(
        *(file, "--basis", "case.json", "--against", "f.sdjwt"), online=False
    )
    assert checked["against"]["result"] == "reproduced"

    other = kept(
        await seller.submit("commercial-invoice", invoice("31.50") | {"invoiceNumber": "2"})
    )
    hides_nothing = await customs.check(other, code=1)
    assert hides_nothing["code"] == "nothing-hidden"
    mixed_up = await customs.check(other, "--basis", "case.json", online=False, code=1)
    assert mixed_up["code"] == "other-document"
