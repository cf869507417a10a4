"""Settings for all tests."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

# Machines are shared and slow at times: what a test decides must not depend on how long it took.
settings.register_profile("cocket", deadline=None)
settings.load_profile("cocket")


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A test that ran a whole command leaves no logger behind that writes to its closed output."""
    yield
    structlog.reset_defaults()
