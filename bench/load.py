"""The load: presigned documents to all nodes at once, and what the nodes say about themselves."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp
import msgpack

from bench.network import BenchNetwork, BenchNode

REQUEST_DOCUMENTS = 256
REQUESTS_IN_FLIGHT = 4
PACED_DOCUMENTS = 32
BUSY_PAUSE_S = 0.2
HEADERS = {"Content-Type": "application/msgpack"}


@dataclass(slots=True)
class Sample:
    """A moment of the saturated run: seconds since its start, documents final, memory by node."""

    at_s: float
    committed: int
    memory: list[int]


@dataclass(slots=True)
class Run:
    """What came of a saturated run."""

    samples: list[Sample] = field(default_factory=list)

    def rate(self, seconds: float) -> float:
        """Documents per second over the last `seconds` of the run."""
        last = self.samples[-1]
        first = next(each for each in self.samples if each.at_s >= last.at_s - seconds)
        return (last.committed - first.committed) / (last.at_s - first.at_s)


async def metrics(session: aiohttp.ClientSession, node: BenchNode) -> dict[str, float]:
    """A node's Prometheus figures by name with labels."""
    async with session.get(f"{node.url}/metrics") as answer:
        text = await answer.text()
    return {
        match[1]: float(match[2]) for match in re.finditer(r"^([^#\s]+) (\S+)$", text, re.MULTILINE)
    }


async def committed(session: aiohttp.ClientSession, node: BenchNode) -> int:
    """Documents that a node has committed."""
    return int((await metrics(session, node))["cocket_leaves"])


async def post(
    session: aiohttp.ClientSession, node: BenchNode, documents: Sequence[bytes], wait: bool = False
) -> list[bytes]:
    """Submit; returns the documents that the node was too busy for."""
    url = f"{node.url}/v1/documents" + ("?wait=committed&timeout=60" if wait else "")
    body = msgpack.packb(list(documents))
    async with session.post(url, data=body, headers=HEADERS) as answer:
        answers = msgpack.unpackb(await answer.read())
    again = []
    for document, each in zip(documents, answers, strict=True):
        if each["state"] == "unknown":
            if "retryAfter" not in each:
                raise SystemExit(f"the bench's own document was refused: {each}")
            again.append(document)
        elif wait and each["state"] != "committed":
            raise SystemExit(f"the bench's own document did not commit: {each}")
    return again


async def saturate(
    network: BenchNetwork, documents: Sequence[bytes], seconds: float, until: int
) -> Run:
    """Keep every node busy for `seconds`, longer if fewer than `until` documents are committed."""
    run = Run()
    chunks = _chunks(documents, REQUEST_DOCUMENTS)
    start = time.perf_counter()
    stop = asyncio.Event()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        before = await committed(session, network.nodes[0])

        async def feed(node: BenchNode) -> None:
            for chunk in chunks:
                left = list(chunk)
                while left and not stop.is_set():
                    left = await post(session, node, left)
                    if left:
                        await asyncio.sleep(BUSY_PAUSE_S)
                if stop.is_set():
                    return

        async def watch() -> None:
            while not stop.is_set():
                count = await committed(session, network.nodes[0]) - before
                at_s = time.perf_counter() - start
                memory = [node.memory_bytes() for node in network.nodes]
                run.samples.append(Sample(at_s, count, memory))
                if at_s >= seconds and count >= until:
                    stop.set()
                await asyncio.sleep(0.5)

        async with asyncio.TaskGroup() as group:
            watcher = group.create_task(watch())
            feeders = [
                group.create_task(feed(node))
                for node in network.nodes
                for _ in range(REQUESTS_IN_FLIGHT)
            ]
            await asyncio.gather(*feeders)
            stop.set()
            await watcher
    return run


async def drain(network: BenchNetwork) -> None:
    """Wait until nothing is on its way."""
    async with aiohttp.ClientSession() as session:
        for node in network.nodes:
            while (await metrics(session, node))["cocket_pending"] > 0:
                await asyncio.sleep(0.2)


async def latencies_idle(network: BenchNetwork, documents: Sequence[bytes]) -> list[float]:
    """Seconds from sending one document to hearing that it is committed, one at a time."""
    found = []
    async with aiohttp.ClientSession() as session:
        for i, document in enumerate(documents):
            node = network.nodes[i % len(network.nodes)]
            start = time.perf_counter()
            await post(session, node, [document], wait=True)
            found.append(time.perf_counter() - start)
            await asyncio.sleep(0.05)
    return found


async def latencies_paced(
    network: BenchNetwork, documents: Sequence[bytes], per_second: float
) -> list[float]:
    """The same under a steady load of `per_second` documents, a few a request, to all nodes."""
    found: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(node: BenchNode, chunk: Sequence[bytes]) -> None:
            start = time.perf_counter()
            await post(session, node, chunk, wait=True)
            found.extend([time.perf_counter() - start] * len(chunk))

        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for i, chunk in enumerate(_chunks(documents, PACED_DOCUMENTS)):
                due = start + i * PACED_DOCUMENTS / per_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(one(network.nodes[i % len(network.nodes)], chunk))
    return found


def _chunks(documents: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(documents), size):
        yield documents[start : start + size]
