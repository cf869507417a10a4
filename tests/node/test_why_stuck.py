"""Real nodes say in words what they wait for: over the API, and a dead one from its directory."""

import json
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

import aiohttp

from tests.node.cluster import Cluster


def command(cluster: Cluster, what: str, name: str) -> tuple[int, dict[str, Any]]:
    """Exit code and value of `cocket node status` or `why-stuck`."""
    arguments = [sys.executable, "-m", "cocket", "node", what, str(cluster.home(name)), "--json"]
    result = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout)


async def asked(cluster: Cluster, name: str) -> dict[str, Any]:
    """What a running node says to whoever can read its directory."""
    secret = (cluster.home(name) / "data" / "operator.secret").read_text().strip()
    url = cluster.url(name) + "/v1/why-stuck"
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return dict(await answer.json())


def sentences(value: dict[str, Any]) -> dict[str, str]:
    return {each["code"]: each["sentence"] for each in value["findings"]}


async def test_f_and_one_stopped_nodes_are_named_with_the_votes_that_are_missing(
    cluster: Cluster,
) -> None:
    assert (await cluster.commit("carrier", cluster.document()))["state"] == "committed"
    await cluster.until_equal(1)
    assert list(sentences(await asked(cluster, "carrier"))) == ["idle"]
    cluster.kill("hub")
    cluster.stop("customs-my")
    _, answer = await cluster.post("carrier", cluster.document().jws)
    assert answer["state"] == "pending"

    async def tells_of_votes() -> bool:
        return "votes-missing" in sentences(await asked(cluster, "carrier"))

    await cluster.until("the view is talked about", tells_of_votes, 30)
    code, value = command(cluster, "why-stuck", "carrier")
    found = sentences(value)
    assert (code, value["well"]) == (1, False)
    assert found["no-quorum"] == (
        "2 of 4 validators are here, this one included, and 3 are needed: nothing becomes final "
        "until 1 more of customs-my, hub is back"
    )
    assert "there has been no connection with hub" in found["peer-away"]
    assert "connection refused, so no node is running there" in found["peer-away"]
    assert "needs 3 votes of one kind" in found["votes-missing"]
    assert found["votes-missing"].endswith("customs-my, hub")

    status, text = await cluster.text("carrier", "/v1/why-stuck")
    assert (status, json.loads(text)["code"]) == (401, "token-needed")
    told = await cluster.status("carrier")
    assert told is not None
    assert all("address" not in each and "lastError" not in each for each in told["peers"])
    peers = command(cluster, "status", "carrier")[1]["peers"]
    assert {each["address"] for each in peers} == {
        f"127.0.0.1:{cluster.peer_ports[each['organisation']]}" for each in peers
    }
    assert (cluster.home("carrier") / "data" / "operator.secret").stat().st_mode & 0o777 == 0o600


async def test_a_node_that_is_down_or_held_is_read_from_its_directory_without_hanging(
    cluster: Cluster,
) -> None:
    assert (await cluster.commit("hub", cluster.document()))["state"] == "committed"
    await cluster.until_equal(1)
    process = cluster.processes["hub"]
    process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    code, value = command(cluster, "why-stuck", "hub")
    assert time.monotonic() - began < 20
    assert code == 1
    assert f"process {process.pid} runs the node" in sentences(value)["no-answer"]
    assert "its ledger ends at block " in sentences(value)["last-block"]
    process.send_signal(signal.SIGCONT)

    cluster.kill("hub")
    code, value = command(cluster, "why-stuck", "hub")
    found = sentences(value)
    assert code == 1
    assert list(found) == ["not-running", "last-block"]

    journal = cluster.home("hub") / "data" / "consensus.journal"
    whole = journal.read_bytes()
    journal.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert "damaged-journal" in sentences(command(cluster, "why-stuck", "hub")[1])
    shutil.rmtree(cluster.home("hub") / "data")
    (cluster.home("hub") / "keys" / "vote.key").chmod(0o644)
    found = sentences(command(cluster, "why-stuck", "hub")[1])
    assert list(found) == ["not-running", "no-ledger", "journal-lost", "setup"]
    assert "can be read by others" in found["setup"]
