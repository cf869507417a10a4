"""Real nodes, one of them with a calendar years off: it neither stops nor harms the others."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.node.cluster import NODES, Cluster
from tests.node.test_why_stuck import asked, sentences

LIBRARY = next(Path("/usr").glob("lib*/**/faketime/libfaketimeMT.so.1"), None)
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="needs libfaketime")


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    cluster = Cluster(tmp_path)
    try:
        yield cluster
    finally:
        cluster.close()


def environment(offset: str) -> dict[str, str]:
    """What makes a process believe in another calendar; its timers are left alone."""
    return {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }


@pytest.mark.parametrize(("offset", "finding"), [("+2y", "clock-ahead"), ("-2y", "clock-behind")])
async def test_a_node_with_a_calendar_two_years_off_neither_stops_nor_harms_the_others(
    cluster: Cluster, offset: str, finding: str
) -> None:
    cluster.start("carrier", "customs-cn", "customs-my")
    cluster.start("hub", **environment(offset))
    await cluster.until_ready()
    others = [name for name in NODES if name != "hub"]
    for name in (*others, *others, "hub"):
        answer = await asyncio.wait_for(cluster.commit(name, cluster.document()), 20)
        assert answer["state"] == "committed", (name, answer)
    statuses = await cluster.until_equal(7)
    assert len({(each["height"], each["root"], each["state"]) for each in statuses}) == 1
    assert abs(statuses[0]["time"] - time.time()) < 60
    assert finding in sentences(await asked(cluster, "hub"))
    for name in others:
        assert finding not in sentences(await asked(cluster, name))
