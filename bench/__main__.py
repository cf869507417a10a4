"""`python -m bench`: measure, print, and write `bench/README.md` and `bench/throughput.svg`."""

import argparse
import asyncio
import json
import os
import platform
import statistics
import time
from dataclasses import asdict, dataclass, field

import aiohttp

from bench.ceiling import ceiling
from bench.contracts import schema_and_contract
from bench.documents import JWS_BYTES, signed_documents
from bench.load import (
    Run,
    drain,
    latencies_idle,
    latencies_paced,
    metrics,
    saturate,
)
from bench.network import MERCHANT, NETWORK, BenchNetwork, bench_network
from bench.report import write_report

VALIDATORS = 4
IDLE_DOCUMENTS = 200
STAGES = ("verify", "parse", "admit", "contracts", "hashing", "storage", "consensus")


@dataclass
class Figures:
    """Everything one run of the bench found. Seconds, bytes, documents per second."""

    machine: str
    verifications: float
    ceiling: float
    contract_us: float
    rate: float = 0.0
    idle: list[float] = field(default_factory=list)
    half: list[float] = field(default_factory=list)
    memory: dict[int, list[int]] = field(default_factory=dict)
    disk_per_document: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    samples: list[tuple[float, int]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Committed documents per second as a part of the ceiling."""
        return self.rate / self.ceiling


def percentiles(values: list[float]) -> list[float]:
    """p50, p95, p99."""
    cuts = statistics.quantiles(values, n=100)
    return [cuts[49], cuts[94], cuts[98]]


async def measure(seconds: float, documents: int) -> Figures:
    """One network, from its founding to its end."""
    total, per_network = ceiling(VALIDATORS)
    figures = Figures(_machine(), total, per_network, schema_and_contract())
    _say(f"ceiling: {total:,.0f} verifications/s, {per_network:,.0f} documents/s")
    async with bench_network() as network:
        # Half load takes half of what half a minute of saturation does; sign enough for both.
        needed = IDLE_DOCUMENTS + documents + int(per_network * 20)
        signed = signed_documents(network.merchant_key, MERCHANT, NETWORK, 0, needed)
        _say(f"signed {needed:,} documents of {len(signed[0]):,} bytes (about {JWS_BYTES})")
        figures.idle = await latencies_idle(network, signed[:IDLE_DOCUMENTS])
        _say(f"idle: {_milliseconds(figures.idle)}")
        before = await _cpu(network)
        load = signed[IDLE_DOCUMENTS : IDLE_DOCUMENTS + documents]
        run = await saturate(network, load, seconds, documents)
        await drain(network)
        figures.rate = run.rate(seconds)
        figures.samples = [(each.at_s, each.committed) for each in run.samples]
        figures.memory = _memory(run)
        figures.cpu = _per_document(before, await _cpu(network))
        leaves = (await _cpu(network))["leaves"] / VALIDATORS
        figures.disk_per_document = sum(n.disk_bytes() for n in network.nodes) / VALIDATORS / leaves
        _say(f"saturated: {figures.rate:,.0f} documents/s, ratio {figures.ratio:.2f}")
        _say(f"memory: {figures.memory}")
        _say(f"CPU per document and node: {figures.cpu}")
        paced = signed[IDLE_DOCUMENTS + documents :][: int(figures.rate / 2 * 30)]
        figures.half = await latencies_paced(network, paced, figures.rate / 2)
        _say(f"half load: {_milliseconds(figures.half)}")
    return figures


async def _cpu(network: BenchNetwork) -> dict[str, float]:
    """CPU seconds by stage, of all nodes together, and the documents they committed."""
    sums = dict.fromkeys((*STAGES, "process", "leaves"), 0.0)
    async with aiohttp.ClientSession() as session:
        for node in network.nodes:
            found = await metrics(session, node)
            sums["process"] += found["cocket_cpu_seconds"]
            sums["leaves"] += found["cocket_leaves"]
            for stage in STAGES:
                sums[stage] += found[f'cocket_stage_cpu_seconds{{stage="{stage}"}}']
    return sums


def _per_document(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Microseconds per document and node; what no stage claims is network and API."""
    documents = after["leaves"] - before["leaves"]
    spent = {stage: (after[stage] - before[stage]) / documents * 1e6 for stage in STAGES}
    whole = (after["process"] - before["process"]) / documents * 1e6
    spent["network and API"] = whole - sum(spent.values())
    return {stage: round(us, 1) for stage, us in spent.items()}


def _memory(run: Run) -> dict[int, list[int]]:
    """Bytes of each node's process when 100,000 and 200,000 documents were committed."""
    found = {}
    for mark in (100_000, 200_000):
        sample = next((each for each in run.samples if each.committed >= mark), None)
        if sample is not None:
            found[mark] = sample.memory
    return found


def _milliseconds(values: list[float]) -> str:
    p50, p95, p99 = (value * 1000 for value in percentiles(values))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, CPython {platform.python_version()}"


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of saturation, at least")
    parser.add_argument("--documents", type=int, default=210_000, help="to saturate with, at least")
    parser.add_argument("--write", action="store_true", help="write README.md and throughput.svg")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.seconds, options.documents))
    if options.write:
        write_report(figures, {name: percentiles(getattr(figures, name)) for name in LATENCIES})
    else:
        print(json.dumps({k: v for k, v in asdict(figures).items() if k not in _LONG}, indent=1))


LATENCIES = ("idle", "half")
_LONG = ("idle", "half", "samples")

if __name__ == "__main__":
    main()
