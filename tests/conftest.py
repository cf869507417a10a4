"""Settings for all tests."""

from hypothesis import settings

# Machines are shared and slow at times: what a test decides must not depend on how long it took.
settings.register_profile("cocket", deadline=None)
settings.load_profile("cocket")
