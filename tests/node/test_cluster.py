"""Four real nodes over real sockets and disks: what the network promises, seen from outside.

`COCKET_SCALE` makes the loads larger: `make soak` runs all of this with 5.
"""

import asyncio
import os
import sqlite3
import time
from typing import Any

import aiohttp

from cocket.ledger.foreign import exact_numbers
from cocket.ledger.keys import SigningKey
from cocket.ledger.receipt import Receipt, verify_receipt
from cocket.ledger.trust import TrustBundle
from tests.node.cluster import MERCHANT, NODES, Cluster
from tests.shared import shared_path

SCALE = int(os.environ.get("COCKET_SCALE", "1"))
DOCUMENTS = 2000 * SCALE
KILLS = 4 * SCALE
IDLE_S = 4 if SCALE == 1 else 600


def agreed(statuses: list[dict[str, Any]]) -> bool:
    """Whether nodes have one log and one state."""
    return len({(each["leaves"], each["root"], each["state"]) for each in statuses}) == 1


async def test_documents_sent_to_all_nodes_at_once_commit_once_everywhere(cluster: Cluster) -> None:
    documents = [cluster.document() for _ in range(DOCUMENTS)]
    every_fifth_twice = documents + documents[::5]

    async def feed(name: str, share: list[Any]) -> None:
        for start in range(0, len(share), 200):
            answers = await cluster.submit_all(name, share[start : start + 200])
            assert all(answer["state"] in ("pending", "committed") for answer in answers), answers

    shares = [every_fifth_twice[n :: len(NODES)] for n in range(len(NODES))]
    await asyncio.gather(*map(feed, NODES, shares))
    statuses = await cluster.until_equal(len(documents))
    assert agreed(statuses)
    found: set[str] = set()
    after = -1
    while after is not None:
        page = await cluster.get("hub", f"/v1/documents?after={after}&limit=200")
        found.update(each["id"] for each in page["documents"])
        after = page["next"]
    assert found == {document.id for document in documents}


async def test_a_receipt_from_any_node_verifies_with_any_nodes_trust_bundle(
    cluster: Cluster,
) -> None:
    document = cluster.document()
    answer = await cluster.commit("carrier", document)
    assert answer["state"] == "committed"
    roots = set()
    for name in NODES:
        await cluster.until_equal(1, name)

        async def has_receipt(name: str = name) -> bool:
            return (await cluster.text(name, f"/v1/documents/{document.id}/receipt"))[0] == 200

        await cluster.until("a receipt", has_receipt, 10)
        _, text = await cluster.text(name, f"/v1/documents/{document.id}/receipt")
        receipt = Receipt.parse(text)
        _, bundle = await cluster.text(name, "/v1/trust-bundle")
        epoch = TrustBundle.parse(bundle.encode()).epoch_at(1)
        assert epoch is not None
        verdict = verify_receipt(document.jws, receipt, "test-lane", epoch.cosigners(), 3)
        assert verdict.holds, verdict.reason
        roots.add(receipt.checkpoint.checkpoint.root)
    assert len(roots) == 1


async def test_with_one_node_stopped_it_goes_on_with_two_it_waits_and_then_goes_on_by_itself(
    cluster: Cluster,
) -> None:
    cluster.kill("hub")
    answer = await cluster.commit("carrier", cluster.document())
    assert answer["state"] == "committed"
    cluster.kill("customs-cn")

    async def carrier_noticed() -> bool:
        status = await cluster.status("carrier")
        return status is not None and not status["ready"]

    await cluster.until("the carrier notices", carrier_noticed)
    code, text = await cluster.text("carrier", "/readyz")
    assert code == 503
    assert "2 of 4 validators are connected, 3 are needed" in text
    assert "customs-cn, hub" in text
    waiting = cluster.document()
    _, answer = await cluster.post("carrier", waiting.jws, query="?wait=committed&timeout=2")
    assert answer == {"id": waiting.id, "state": "pending"}
    cluster.start("hub", "customs-cn")
    statuses = await cluster.until_equal(2)
    assert agreed(statuses)
    final = await cluster.get("hub", f"/v1/documents/{waiting.id}")
    assert final["state"] == "committed"


async def test_a_node_killed_under_load_comes_back_consistent_and_loses_nothing_it_answered(
    cluster: Cluster,
) -> None:
    acknowledged: set[str] = set()
    stop = asyncio.Event()

    async def feed(name: str) -> None:
        while not stop.is_set():
            documents = [cluster.document() for _ in range(20)]
            try:
                answers = await cluster.submit_all(name, documents)
            except aiohttp.ClientError:  # it was killed: nothing was promised
                await asyncio.sleep(0.2)
                continue
            acknowledged.update(a["id"] for a in answers if a["state"] in ("pending", "committed"))

    feeders = [asyncio.create_task(feed(name)) for name in NODES]
    for kill in range(KILLS):
        victim = NODES[kill % len(NODES)]
        await asyncio.sleep(1.5)
        cluster.kill(victim)
        await asyncio.sleep(0.5)
        cluster.start(victim)
        await cluster.until_ready(victim)
    stop.set()
    await asyncio.gather(*feeders)

    statuses: list[dict[str, Any]] = []

    async def all_final() -> bool:
        found = [await cluster.status(name) for name in NODES]
        statuses[:] = [each for each in found if each is not None and each["pending"] == 0]
        # Nothing pending in one node may still be a block away in another.
        return len(statuses) == len(NODES) and len({each["height"] for each in statuses}) == 1

    await cluster.until("nothing pending and one height", all_final, 120)
    assert agreed(statuses)
    assert not any(each["consensus"]["accused"] for each in statuses)
    assert acknowledged
    for identity in sorted(acknowledged)[:: max(1, len(acknowledged) // 200)]:
        final = await cluster.get("hub", f"/v1/documents/{identity}")
        assert final["state"] == "committed", final


async def test_a_node_that_was_away_catches_up_without_a_restart_and_says_how_far_it_is(
    cluster: Cluster,
) -> None:
    cluster.kill("hub")
    documents = [cluster.document() for _ in range(DOCUMENTS)]
    for start in range(0, len(documents), 250):
        await cluster.submit_all("carrier", documents[start : start + 250])
    await cluster.until_equal(len(documents), "carrier")
    cluster.start("hub")
    lags = []

    async def caught_up() -> bool:
        status = await cluster.status("hub")
        if status is not None:
            lags.append(status["lag"])
        return status is not None and status["leaves"] == len(documents)

    await cluster.until("the hub catches up", caught_up)
    await cluster.until_ready("hub")
    assert agreed(await cluster.until_equal(len(documents)))


async def test_an_idle_network_writes_no_blocks_and_nothing_to_disk(cluster: Cluster) -> None:
    await cluster.commit("carrier", cluster.document())
    await cluster.until_equal(1)
    await asyncio.sleep(1)

    def written() -> dict[str, int]:
        files = [f for name in NODES for f in (cluster.home(name) / "data").iterdir()]
        return {str(file): file.stat().st_size for file in files}

    before = written(), [await cluster.status(name) for name in NODES]
    await asyncio.sleep(IDLE_S)
    after = written(), [await cluster.status(name) for name in NODES]
    assert after[0] == before[0]
    assert [(s["height"], s["consensus"]["view"]) for s in after[1] if s] == [
        (s["height"], s["consensus"]["view"]) for s in before[1] if s
    ]


async def test_a_node_that_is_told_to_stop_stops_cleanly(cluster: Cluster) -> None:
    await cluster.commit("carrier", cluster.document())
    assert cluster.stop("carrier") == 0
    assert '"stopped"' in cluster.log("carrier")
    assert "Traceback" not in cluster.log("carrier")


async def test_a_real_dcsa_transport_document_commits_as_it_is_with_warnings(
    cluster: Cluster,
) -> None:
    path = shared_path("samples/dcsa/pint-3.0.0-transport-document.json")
    body = exact_numbers(path.read_text())
    document = cluster.document("carrier", vct="urn:cocket:bill-of-lading:1", body=body)
    answer = await cluster.commit("customs-cn", document)
    assert answer["state"] == "committed", answer
    assert {each["code"] for each in answer["warnings"]} == {"reference-length", "held-by-issuer"}
    await cluster.until_equal(1)
    kept = await cluster.get("hub", f"/v1/documents/{document.id}")
    assert kept["warnings"] == answer["warnings"]
    assert kept["claims"]["body"]["charges"][0]["currencyAmount"] == "1.0"


async def test_a_node_whose_state_differs_stops_and_names_block_and_key(cluster: Cluster) -> None:
    await cluster.commit("carrier", cluster.document())
    await cluster.until_equal(1)
    cluster.stop("hub")
    database = sqlite3.connect(cluster.home("hub") / "data" / "ledger.db")
    database.execute(
        "UPDATE state SET value = "
        "CAST(replace(value, 'Musang Orchards', 'Musang 0rchards') AS BLOB) WHERE key = ?",
        (f"organisation/{MERCHANT}",),
    )
    database.commit()
    database.close()
    cluster.start("hub")
    await cluster.until_ready()
    answer = await cluster.commit("carrier", cluster.new_key(SigningKey.generate()))
    assert answer["state"] == "committed"

    async def hub_stopped() -> bool:
        return f"organisation/{MERCHANT}" in cluster.log("hub")

    await cluster.until("the hub names what differs", hub_stopped, 20)
    status, text = await cluster.text("hub", "/readyz")
    assert status == 503
    assert "differs from a quorum's" in text
    cluster.stop("hub")
    cluster.start("hub")

    async def still_stopped() -> bool:
        status = await cluster.status("hub")
        return status is not None and any("differs" in each for each in status["reasons"])

    await cluster.until("a restart changes nothing", still_stopped, 30)
    assert (await cluster.commit("carrier", cluster.document()))["state"] == "committed"


async def test_a_document_is_read_by_id_by_consignment_by_search_and_as_an_event(
    cluster: Cluster,
) -> None:
    first, second = cluster.document(ucr=["A/1"]), cluster.document(ucr=["A/1", "B"])
    for document in (first, second):
        await cluster.commit("carrier", document)
    page = await cluster.get("carrier", "/v1/consignments/A%2F1")
    assert [each["id"] for each in page["documents"]] == [first.id, second.id]
    page = await cluster.get("carrier", "/v1/consignments/A%2F1?limit=1")
    assert page["next"] == 0
    page = await cluster.get("carrier", "/v1/consignments/A%2F1?limit=1&after=0")
    assert [each["id"] for each in page["documents"]] == [second.id]
    for query, found in [
        ("type=urn:cocket:commercial-invoice:1", 2),
        ("type=urn:cocket:bill-of-lading:1", 0),
        (f"issuer={MERCHANT}&ucr=B", 1),
        ("issuer=nobody", 0),
    ]:
        page = await cluster.get("carrier", f"/v1/documents?{query}")
        assert len(page["documents"]) == found, query
    async with (
        aiohttp.ClientSession() as session,
        session.get(cluster.url("carrier") + "/v1/events?after=0") as events,
    ):
        deadline = time.monotonic() + 10
        lines: list[bytes] = []
        while not any(second.id.encode() in line for line in lines):
            assert time.monotonic() < deadline
            lines.append(await events.content.readline())
        assert first.id.encode() not in b"".join(lines)
