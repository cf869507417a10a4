"""Settings for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# Machines are shared and slow at times: what a test decides must not depend on how long it took.
settings.register_profile("cocket", deadline=None)
settings.load_profile("cocket")


ALONE = (
    *("node", "client", "demo", "chaos", "network", "forms/test_network.py"),
    *("fuzz/test_attack.py", "fuzz/test_openapi.py", "test_pages.py", "test_readme.py"),
)
"""Tests with processes, sockets and ports: one after the other, beside all that only computes."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of `ALONE` into one group, which one worker of pytest-xdist runs."""
    here = Path(__file__).parent
    alone = tuple(here / name for name in ALONE)
    for item in items:
        if any(item.path.is_relative_to(each) for each in alone):
            item.add_marker(pytest.mark.xdist_group("processes"))


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A test that ran a whole command leaves no logger behind that writes to its closed output."""
    yield
    structlog.reset_defaults()
