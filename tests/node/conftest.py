"""What most tests of real nodes begin with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.node.cluster import Cluster


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Four nodes, ready, of a network that few types of documents are on."""
    async with Cluster(tmp_path).running() as cluster:
        yield cluster
