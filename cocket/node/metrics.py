"""Numbers for Prometheus, and the processor time that each stage of a document's way costs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Stage(StrEnum):
    """Where a document's processor time goes; the rest of the process is network and API."""

    VERIFY = "verify"
    PARSE = "parse"
    ADMIT = "admit"
    CONTRACTS = "contracts"
    HASHING = "hashing"
    STORAGE = "storage"
    CONSENSUS = "consensus"


class Stages:
    """Processor seconds by stage, over all threads; those of `verify` are other processes'."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seconds: dict[Stage, float] = dict.fromkeys(Stage, 0.0)

    @contextmanager
    def measure(self, stage: Stage) -> Iterator[None]:
        """Add this thread's processor time inside the block to a stage."""
        start = time.thread_time()
        try:
            yield
        finally:
            self.add(stage, time.thread_time() - start)

    def add(self, stage: Stage, seconds: float) -> None:
        """Add what was spent elsewhere."""
        with self._lock:
            self.seconds[stage] += seconds


class Metrics:
    """The node's own registry: a test may run many nodes in one process."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self.registry = CollectorRegistry()
        self.documents = Counter(
            "cocket_documents", "Documents that became final", ["state"], registry=self.registry
        )
        self.not_taken = Counter(
            "cocket_submissions_refused", "Submissions not taken", ["code"], registry=self.registry
        )
        self.blocks = Counter("cocket_blocks", "Blocks applied", registry=self.registry)
        self.finality = Histogram(
            "cocket_finality_seconds",
            "From taking a document here to its finality",
            buckets=(0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 30),
            registry=self.registry,
        )
        self.height = Gauge("cocket_height", "Blocks applied", registry=self.registry)
        self.lag = Gauge("cocket_lag_blocks", "Blocks behind the peers", registry=self.registry)
        self.leaves = Gauge("cocket_leaves", "Documents in the log", registry=self.registry)
        self.view = Gauge("cocket_view", "Consensus view", registry=self.registry)
        self.peers = Gauge("cocket_peers_connected", "Peers connected", registry=self.registry)
        self.pending = Gauge("cocket_pending", "Documents not yet final", registry=self.registry)
        self._stage_seconds = Gauge(
            "cocket_stage_cpu_seconds", "CPU by stage", ["stage"], registry=self.registry
        )
        self._cpu = Gauge("cocket_cpu_seconds", "CPU of the node", registry=self.registry)
        self._memory = Gauge("cocket_memory_bytes", "Resident memory", registry=self.registry)

    def render(self) -> bytes:
        """The exposition text."""
        for stage, seconds in self._stages.seconds.items():
            self._stage_seconds.labels(stage.value).set(seconds)
        self._cpu.set(time.process_time() + self._stages.seconds[Stage.VERIFY])
        self._memory.set(resident_bytes())
        return generate_latest(self.registry)


def resident_bytes() -> int:
    """Resident memory of this process; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096
    except OSError:
        return 0
