"""How the process takes memory from the system: told once, when a node starts."""

import ctypes
import gc
import sys

GC_THRESHOLDS = (50_000, 20, 50)
"""Documents on their way are many small objects without cycles: look for cycles seldom."""
MMAP_THRESHOLD_BYTES = 16 * 1024 * 1024
TRIM_THRESHOLD_BYTES = 16 * 1024 * 1024
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def settle() -> None:
    """What is there now stays: the collector need not look at it again. And batches come and go:
    the C library keeps their room (at most so much), rather than asking for fresh pages each time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's; musl has none
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES)
            mallopt(_M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES)
