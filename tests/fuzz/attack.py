"""Attacks on the two ports of four real nodes, while an honest client goes on with its work.

    python -m tests.fuzz.attack [--only NAME] [--seconds N]

For each attack: how long documents took to be final without it and during it, how much the attacked
node grew, and whether it answers others. Fails where finality takes more than twice as long (and
more than `NOISE_MS` longer: less is the machine's), where memory grows beyond `GROWTH_MIB_MAX`, or
where one in twenty others is not answered within a second; and fails only if it does so twice, as
other programs on the machine slow the nodes down, too.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from cocket.ledger.document import Document
from tests.node.cluster import Cluster

NOISE_MS = 50.0
GROWTH_MIB_MAX = 256
ANSWER_S = 1.0
PATIENCE_S = 10.0
ATTACKED = "carrier"
TRAITOR = "hub"
DOCUMENTS_BEFORE = 200
"""In the log when the attacks begin, so that there is much to ask for."""
LINES = 50


@dataclass(frozen=True, slots=True)
class Attack:
    """Who attacks which port, and how many at a time."""

    name: str
    port: str
    size: int


ATTACKS = (
    Attack("silent", "api", 3000),
    Attack("slow-head", "api", 2000),
    Attack("slow-body", "api", 1000),
    Attack("deaf", "api", 300),
    Attack("deaf-follower", "api", 1000),
    Attack("endless-head", "api", 100),
    Attack("pipelining", "api", 100),
    Attack("coming-and-going", "api", 200),
    Attack("silent", "peer", 3000),
    Attack("half-open", "peer", 3000),
    Attack("garbage", "peer", 200),
    Attack("stranger", "peer", 50),
    Attack("member", "peer", 5),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What an honest client of the attacked node met, in milliseconds; infinite where refused."""

    finality_ms: tuple[float, ...]
    answer_ms: tuple[float, ...]

    def __add__(self, other: "Measured") -> "Measured":
        return Measured(self.finality_ms + other.finality_ms, self.answer_ms + other.answer_ms)

    def __str__(self) -> str:
        slow = nearly_all(self.finality_ms)
        return f"median {median(self.finality_ms):4.0f} ms, 95% {slow:4.0f} ms"


def nearly_all(values: Sequence[float]) -> float:
    """What 95 of 100 do not exceed."""
    return sorted(values)[int(0.95 * len(values))]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attack, and what is wrong with it."""

    attack: Attack
    quiet: Measured
    attacked: Measured
    growth_mib: int

    @property
    def answered_ms(self) -> float:
        """Within what time nearly all others were answered."""
        return nearly_all(self.attacked.answer_ms)

    @property
    def faults(self) -> list[str]:
        """What did not hold, in words."""
        found = []
        quiet, attacked = median(self.quiet.finality_ms), median(self.attacked.finality_ms)
        if attacked > max(2 * quiet, quiet + NOISE_MS):
            found.append(f"finality takes {attacked / quiet:.1f} times as long")
        if self.growth_mib > GROWTH_MIB_MAX:
            found.append(f"the node grew by {self.growth_mib} MiB")
        if self.answered_ms > 1000 * ANSWER_S:
            found.append(f"others waited {self.answered_ms:.0f} ms")
        return found

    def __str__(self) -> str:
        name = f"{self.attack.name} on {self.attack.port}"
        return (
            f"{name:24} {self.attack.size:>5} at a time   finality {self.attacked} "
            f"(quiet: {self.quiet})   others answered within {self.answered_ms:.0f} ms"
            f"   +{self.growth_mib} MiB   {'; '.join(self.faults) or 'holds'}"
        )


async def prepare(cluster: Cluster) -> None:
    """Start the nodes and give them something to tell."""
    cluster.start()
    await cluster.until_ready()
    for _ in range(0, DOCUMENTS_BEFORE, 50):
        many = [large(cluster) for _ in range(50)]
        await cluster.submit_all(ATTACKED, many)
    await cluster.until_equal(DOCUMENTS_BEFORE)


def large(cluster: Cluster) -> Document:
    """An invoice of many lines: 40 KiB."""
    body: dict[str, Any] = cluster.claims()["body"]
    (line,) = body["itemsShipped"]
    total = f"{LINES * Decimal(line['lineItemTotalPrice'])}"
    lines = [{**line, "description": "x" * 500}] * LINES
    changed = {"itemsShipped": lines, "invoiceSubtotal": total, "totalPaymentDue": total}
    return cluster.document(body={**body, **changed})


async def run(cluster: Cluster, attack: Attack, seconds: float) -> Outcome:
    """Measure before, during and after."""
    quiet = await measure(cluster, seconds / 2)
    before = memory_mib(cluster)
    ports = cluster.api_ports if attack.port == "api" else cluster.peer_ports
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fuzz.attackers", attack.name, str(ports[ATTACKED])),
        *(str(seconds + 600), str(attack.size), str(cluster.home(TRAITOR))),
    )
    try:
        await asyncio.sleep(seconds / 4)  # until they are all there
        attacked = await measure(cluster, seconds)
        growth = memory_mib(cluster) - before
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    return Outcome(attack, quiet + await measure(cluster, seconds / 2), attacked, growth)


async def measure(cluster: Cluster, seconds: float) -> Measured:
    """One document after the other through the attacked node, for so long."""
    finality, answers = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end or not finality:
        finality.append(await _milliseconds(_committed(cluster)))
        answers.append(await _milliseconds(_answered(cluster)))
        await asyncio.sleep(0.02)
    return Measured(tuple(finality), tuple(answers))


async def _milliseconds(done: Awaitable[bool]) -> float:
    start = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE_S):
            well = await done
    except (aiohttp.ClientError, ValueError, TimeoutError):  # refused, or not as the API answers
        well = False
    return 1000 * (time.monotonic() - start) if well else float("inf")


async def _committed(cluster: Cluster) -> bool:
    answer = await cluster.commit(ATTACKED, cluster.document())
    return bool(answer["state"] == "committed")


async def _answered(cluster: Cluster) -> bool:
    return (await cluster.text(ATTACKED, "/healthz"))[0] == 200


def memory_mib(cluster: Cluster) -> int:
    """What the attacked node takes."""
    status = Path(f"/proc/{cluster.processes[ATTACKED].pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


async def every(attacks: Sequence[Attack], seconds: float) -> list[Outcome]:
    """One after the other on the same nodes; each outcome is printed as it comes."""
    outcomes = []
    with tempfile.TemporaryDirectory() as directory:
        cluster = Cluster(Path(directory))
        try:
            await prepare(cluster)
            for attack in attacks:
                outcome = await run(cluster, attack, seconds)
                if outcome.faults:
                    print(f"{outcome}: once more", flush=True)
                    outcome = await run(cluster, attack, seconds)
                outcomes.append(outcome)
                print(outcome, flush=True)
                await cluster.until_ready()
        finally:
            cluster.close()
    return outcomes


def main() -> int:
    """Run what is asked for; 1 if anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.attack", description=__doc__)
    parser.add_argument("--only", help="attacks whose name, or name and port, begins so")
    parser.add_argument("--seconds", type=float, default=20, help="for each attack")
    asked = parser.parse_args()
    chosen = [each for each in ATTACKS if f"{each.name} {each.port}".startswith(asked.only or "")]
    outcomes = asyncio.run(every(chosen, asked.seconds))
    failed = [each for each in outcomes if each.faults]
    documents = sum(len(each.quiet.finality_ms + each.attacked.finality_ms) for each in outcomes)
    print(f"{len(outcomes)} attacks; {documents} documents handed in; {len(failed)} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
