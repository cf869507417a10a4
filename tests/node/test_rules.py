"""New rules on a running network: a document type and a border rule, and no node is restarted."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.client import Wallet
from cocket.contracts.standard import NAMES
from tests.node.cluster import MERCHANT, NETWORK, NODES, Cluster

PARCEL = '''"""Parcel note: a parcel is announced to customs of its destination.

Signed by: a merchant or a carrier.
"""

SIGNED_BY = ["merchant", "carrier"]
WRITES = ["declaration", "parcel"]


def check(doc, signer):
    body = doc["body"]
    key = doc["iss"] + "/" + body["parcelNumber"]
    first = get("parcel", key)
    require(first is None, "parcel-announced", "announced before, by", first, "/body/parcelNumber")
    put("parcel", key, doc["id"])
    put("declaration", doc["id"], {
        "kind": "parcel-note", "state": "lodged", "declarant": doc["iss"],
        "country": body["destinationCountry"], "open_holds": [], "duty_due": "0",
        "currencyCode": "MYR", "assessment": None})
'''
SCHEMA = {
    "title": "Parcel note",
    "type": "object",
    "description": "A parcel that is announced.",
    "properties": {
        "parcelNumber": {"$ref": "#/$defs/number"},
        "destinationCountry": {"$ref": "#/$defs/country"},
        "value": {"$ref": "#/$defs/amount", "description": "In MYR."},
    },
    "required": ["parcelNumber", "destinationCountry", "value"],
}
EXAMPLE = {"parcelNumber": "P-1", "destinationCountry": "MY", "value": "100"}
RULE = '''"""Over the limit of its table a parcel waits; over ten times that it does not come in."""

SIGNED_BY = []
WRITES = []


def check(doc, signer):
    limit = table_on("MY", "parcels", doc["border"]["date"])
    value = decimal(doc["body"]["value"])
    require(value <= decimal(limit["value"]) * 10, "parcel-too-dear", "declare it in full",
            doc["body"]["value"], "/body/value")
    if value > decimal(limit["value"]):
        hold_goods("over-limit", "bring the invoice")
    else:
        assess_duty("MYR", [flat_line(1, "FEE", 1, decimal(limit["fee"]), 2, "parcels",
                                      table_day("MY", "parcels", doc["border"]["date"]))])
'''


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with Cluster(tmp_path, documents=NAMES).running() as cluster:
        yield cluster


class Terminal:
    """The `cocket` command, as one organisation's staff type it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        for name in NODES:
            wallet = Wallet(name, NETWORK, cluster.keys[name])
            wallet.save(cluster.directory / f"{name}.wallet", "secret")

    async def run(self, who: str, *words: str) -> Any:
        """The JSON that a command prints, sent through that organisation's own node."""
        wallet = str(self.cluster.directory / f"{who}.wallet")
        options = ["--json", "--to", self.cluster.url(who), "--wallet", wallet]
        result = await asyncio.to_thread(
            CliRunner().invoke, app, [*words, *options], env={"COCKET_PASSWORD": "secret"}
        )
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


def write_type(folder: Path) -> Path:
    folder.mkdir()
    (folder / "contract.py").write_text(PARCEL)
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    (folder / "example.json").write_text(json.dumps(EXAMPLE))
    (folder / "cases.txt").write_text(f"# the example\nparcel-note by {MERCHANT}\n")
    return folder


def write_border(folder: Path) -> list[Path]:
    """A table and a rule of MY customs, both in force today."""
    today = datetime.now(UTC).date().isoformat()
    common = {"country": "MY", "from": today, "legalBasis": "A regulation, of today."}
    table = {**common, "name": "parcels", "table": {"value": "500", "fee": "2.50"}}
    rule = {**common, "name": "parcel-limit", "summary": "Limits.", "documents": ["parcel-note"]}
    (folder / "table.json").write_text(json.dumps(table))
    (folder / "limit.json").write_text(json.dumps(rule))
    (folder / "limit.py").write_text(RULE)
    return [folder / "table.json", folder / "limit.json"]


async def test_a_type_and_a_border_rule_come_into_force_on_a_running_network_and_stay(
    cluster: Cluster, tmp_path: Path
) -> None:
    terminal = Terminal(cluster)
    processes = {name: process.pid for name, process in cluster.processes.items()}

    def parcel(number: str, value: str, country: str = "MY") -> Any:
        body = {"parcelNumber": number, "value": value, "destinationCountry": country}
        return cluster.document(vct="urn:cocket:parcel-note:1", body=body)

    async def codes(node: str, document: Any) -> list[str]:
        answer = await cluster.commit(node, document)
        return [answer["state"], *(each["code"] for each in answer.get("warnings", ()))]

    # a new type, by the votes of a quorum
    folder = str(write_type(tmp_path / "parcel-note"))
    made = await terminal.run(
        "carrier", "contract", "deploy", folder, "--writes-into", "declaration"
    )
    assert (await cluster.commit("carrier", parcel("P-0", "100")))["code"] == "unknown-type"
    for number, name in enumerate(NODES[:3]):
        answer = await terminal.run(name, "contract", "approve", made["proposal"])
        assert answer["inForce"] == (number == 2)
    assert await codes("carrier", parcel("P-1", "100")) == ["committed"]
    (proposal,) = (await terminal.run("hub", "contract", "list"))["proposals"]
    assert (proposal["versionInForce"], proposal["approvals"]) == (True, list(NODES[:3]))

    # a rule of one border, by its customs alone
    await terminal.run("customs-my", "contract", "publish", *map(str, write_border(tmp_path)))
    assert await codes("hub", parcel("P-2", "100")) == ["committed", "assessed"]
    assert await codes("hub", parcel("P-3", "501")) == ["committed", "held"]
    refused = await cluster.commit("customs-cn", parcel("P-4", "5001"))
    assert (refused["code"], refused["path"]) == ("parcel-too-dear", "/body/value")
    assert refused["detail"].startswith("customs of MY, rule parcel-limit: ")
    assert await codes("customs-cn", parcel("P-5", "5001", "CN")) == ["committed"]
    assert {name: process.pid for name, process in cluster.processes.items()} == processes

    # and both are there after a node was killed
    cluster.kill("customs-cn")
    assert await codes("hub", parcel("P-6", "501")) == ["committed", "held"]
    cluster.start("customs-cn")
    await cluster.until_ready("customs-cn")
    assert await codes("customs-cn", parcel("P-7", "501")) == ["committed", "held"]
    assert (await cluster.commit("customs-cn", parcel("P-8", "5001")))["code"] == "parcel-too-dear"
    leaves = (await cluster.status("hub") or {})["leaves"]
    statuses = await cluster.until_equal(leaves)
    assert len({(each["root"], each["state"]) for each in statuses}) == 1
