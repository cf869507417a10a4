"""Real nodes: one loses its data directory, catches up, abstains, and then takes part again."""

import shutil
from typing import Any

from tests.node.cluster import NODES, Cluster


async def reasons(cluster: Cluster, name: str) -> list[str]:
    status = await cluster.status(name)
    return [] if status is None else list(status["reasons"])


async def test_a_wiped_node_waits_for_answers_abstains_and_then_its_vote_counts_again(
    cluster: Cluster,
) -> None:
    for name in ("carrier", "customs-cn", "customs-my"):
        assert (await cluster.commit(name, cluster.document()))["state"] == "committed"
    await cluster.until_equal(3)
    cluster.kill("hub")
    cluster.kill("customs-cn")
    shutil.rmtree(cluster.home("hub") / "data")
    cluster.start("hub")
    said: list[str] = []

    async def says(part: str) -> bool:
        said[:] = await reasons(cluster, "hub")
        return any(part in each for each in said)

    await cluster.until("it waits", lambda: says("waits for answers of customs-cn"), 30)
    assert any("its journal was lost" in each for each in said)
    assert "journal-lost" in cluster.log("hub")
    waiting = cluster.document()
    _, answer = await cluster.post("carrier", waiting.jws, query="?wait=committed&timeout=2")
    assert answer["state"] == "pending", "one is away, one abstains: nothing can be final"

    cluster.start("customs-cn")
    await cluster.until("it knows", lambda: says("it will vote again from view"), 30)
    assert (await cluster.commit("hub", cluster.document()))["state"] == "committed"

    async def takes_part() -> bool:
        await cluster.commit("carrier", cluster.document())
        status = await cluster.status("hub")
        return status is not None and not status["consensus"]["abstains"]

    await cluster.until("it takes part", takes_part, 30)
    await cluster.until_ready()
    cluster.kill("customs-my")
    assert (await cluster.commit("carrier", cluster.document()))["state"] == "committed"
    statuses: list[dict[str, Any] | None] = [
        await cluster.status(name) for name in NODES if name != "customs-my"
    ]
    assert all(each is not None and not each["consensus"]["accused"] for each in statuses)
