"""A merchant's way from nothing to a committed packing list, on four real nodes: no hash typed."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.client import SdJwt, Wallet
from cocket.contracts.standard import NAMES
from tests.node.cluster import MERCHANT, NETWORK, Cluster


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with Cluster(tmp_path / "network", documents=NAMES).running() as cluster:
        yield cluster


class Merchant:
    """The `cocket` command, typed in one folder."""

    def __init__(self, cluster: Cluster, folder: Path, name: str) -> None:
        folder.mkdir()
        self.folder = folder
        Wallet(name, NETWORK, cluster.keys[name]).save(folder / "wallet.json", "secret")
        self.options = ("--to", cluster.url("carrier"), "--wallet", "wallet.json")

    async def run(self, *words: str, code: int = 0, as_json: bool = True) -> Any:
        os.chdir(self.folder)
        options = [*self.options, "--json"] if as_json else self.options
        result = await asyncio.to_thread(
            CliRunner().invoke, app, [*words, *options], env={"COCKET_PASSWORD": "secret"}
        )
        assert result.exit_code == code, result.output
        return json.loads(result.stdout or result.stderr) if as_json else result.stdout

    def edit(self, name: str, **lines: str) -> None:
        """Fill in the first line that begins with each name, and is no remark."""
        path = self.folder / name
        text = path.read_text()
        for member, value in lines.items():
            text, count = re.subn(
                rf"^( *(?:- )?{member}:).*$", rf"\1 {value}", text, count=1, flags=re.MULTILINE
            )
            assert count == 1, member
        path.write_text(text)


async def is_sent_only_if_told_to(merchant: Merchant, form: str, code: str) -> None:
    """What is foreseen to be refused is not signed; with --anyway it is the ledger that refuses."""
    for each in ("issue", "submit"):
        told = await merchant.run(each, form, "-o", "again.sdjwt", code=1, as_json=False)
        assert f"cocket submit {form} --anyway" in " ".join(told.split())
    assert not (merchant.folder / "again.sdjwt").exists()
    answer = await merchant.run("submit", form, "-o", "again.sdjwt", "--anyway", code=1)
    assert (answer["state"], answer["code"]) == ("refused", code)


async def invoice_is_filled_in(merchant: Merchant) -> tuple[str, str]:
    """Wrong at first, then right; gives its file and its number."""
    made = await merchant.run("new", "commercial-invoice", "--ucr", "26MYEXPORTER01")
    form = made["form"]
    assert made["number"].endswith("-0001") and made["filled"] == ["seller"]
    merchant.edit(
        form, destinationCountry="NL", currencyOfSettlement="EURO", description="Durian",
        lineItemTotalPrice="10.00", totalPaymentDue="10.01",
    )  # fmt: skip
    text = (merchant.folder / form).read_text()
    (merchant.folder / form).write_text(
        text.replace("\nbuyer:", "\nhidden buyer:").replace("\n  name:\n", "\n  name: Zuider\n")
    )
    told = await merchant.run("check", form, code=1, as_json=False)
    assert "Currency of settlement is not as it has to be" in " ".join(told.split())
    await merchant.run("submit", form, code=1)  # nothing is signed
    assert not list(merchant.folder.glob("*.sdjwt"))
    merchant.edit(form, currencyOfSettlement="EUR")
    (problem,) = (await merchant.run("check", form, code=1))["problems"]
    assert (problem["code"], problem["title"]) == ("invoice-total", "Total payment due")
    merchant.edit(form, totalPaymentDue="10.00")
    assert (await merchant.run("check", form))["contractRun"]
    return form, made["number"]


async def packing_list_is_made_of_the_invoice(merchant: Merchant, number: str) -> None:
    """It refers to the invoice by its number, and hides what that hides."""
    made = await merchant.run("new", "packing-list", "--ref", "invoice")
    assert made["refs"] == {"invoice": f"{number} of {MERCHANT}"}
    assert made["hidden"] == ["/buyer"]
    merchant.edit(
        made["form"], packageQuantity="1", value="2.5", unitCode="KGM", totalNumberOfPackages="1"
    )
    answer = await merchant.run("submit", made["form"])
    assert answer["state"] == "committed"


async def bill_is_begun_with_what_is_open(carrier: Merchant, number: str) -> None:
    """The carrier has no file of the invoice: its node has what is not hidden, by the number."""
    made = await carrier.run("new", "bill-of-lading", "--from", f"{number} of {MERCHANT}")
    text = (carrier.folder / made["form"]).read_text()
    assert "Durian" in text
    assert "Zuider" not in text and "26MYEXPORTER01" in text
    missing = await carrier.run("new", "bill-of-lading", "--from", f"X of {MERCHANT}", code=1)
    assert missing["code"] == "unknown-reference"


async def test_an_invoice_and_a_packing_list_by_forms(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    merchant = Merchant(cluster, tmp_path / "merchant", MERCHANT)
    carrier = Merchant(cluster, tmp_path / "carrier", "carrier")
    form, number = await invoice_is_filled_in(merchant)

    # signed, its buyer hidden, committed
    answer = await merchant.run("submit", form)
    assert answer["state"] == "committed"
    (paper,) = merchant.folder.glob("*.sdjwt")
    signed = SdJwt.parse(paper.read_text().strip())
    assert "buyer" not in signed.document.body
    assert signed.reveal().body["buyer"] == {"name": "Zuider"}
    used = await merchant.run("check", form, code=1)
    assert used["problems"][0]["code"] == "duplicate-number"
    await is_sent_only_if_told_to(merchant, form, "duplicate-number")
    assert f"{number} of {MERCHANT}" in used["problems"][0]["message"]

    # the next one has the next number, though no file is at hand
    paper.rename(merchant.folder / "paper.kept")
    after = await merchant.run("new", "commercial-invoice", "-o", "next.yaml")
    assert after["number"].endswith("-0002")
    (merchant.folder / "paper.kept").rename(paper)

    await packing_list_is_made_of_the_invoice(merchant, number)
    await bill_is_begun_with_what_is_open(carrier, number)

    # asked of the node itself: one document, or none
    found = f"/v1/documents?type=urn:cocket:commercial-invoice:1&issuer={MERCHANT}&number="
    (document,) = (await cluster.get("customs-my", found + number))["documents"]
    assert document["id"] == signed.id
    assert (await cluster.get("customs-my", found + "none"))["documents"] == []
