"""At the end: what anyone can read from every node, through the public API alone."""

import asyncio
import json
import time
from collections.abc import Sequence
from hashlib import sha256

from cocket.ledger.keys import base64url
from cocket.ledger.merkle import leaf_hash
from tests.chaos.api import Api, Unreachable
from tests.chaos.checker import Leaf, Observed
from tests.chaos.load import Book, HeldReceipt, Kind
from tests.chaos.nodes import Node

QUIET_S = 2.0
RECEIPTS = 100
RECEIPT_S = 30.0


async def until_quiet(api: Api, nodes: Sequence[Node], seconds: float) -> str | None:
    """Wait until every node is ready, has nothing on its way, and all have equally many documents.

    None, or what is not so when the time is over.
    """
    deadline = time.monotonic() + seconds
    since = None
    while True:
        words = {node.name: await api.status(node.url) for node in nodes}
        left = {
            name: "no answer"
            if word is None
            else f"{word['leaves']} documents, {word['pending']} "
            f"pending, {'ready' if word['ready'] else '; '.join(word['reasons'])}"
            for name, word in words.items()
        }
        quiet = all(word and word["ready"] and not word["pending"] for word in words.values())
        if not quiet or len(set(left.values())) != 1:
            since = None
        elif since is None:
            since = time.monotonic()
        elif time.monotonic() - since > QUIET_S:
            return None
        if time.monotonic() > deadline:
            return f"not quiet after {seconds:.0f} s: {left}"
        await asyncio.sleep(0.2)


async def trust_bundle(api: Api, node: Node) -> str:
    """A node's trust bundle."""
    _, text = await api.text(node.url, "/v1/trust-bundle")
    return text


async def observe(api: Api, nodes: Sequence[Node], book: Book, trust: str) -> Observed:
    """Everything the checker needs."""
    logs = await asyncio.gather(*(_log(api, node) for node in nodes))
    there = {leaf.id for leaf in logs[0]}
    doubtful = [
        each.id
        for each in book.sent.values()
        if each.id not in there or each.kind is not Kind.SOUND or each.state == "refused"
    ]
    states = await asyncio.gather(*(_states(api, node, doubtful) for node in nodes))
    checkpoints = [(await api.text(node.url, "/v1/log/checkpoint"))[1] for node in nodes]
    step = max(1, len(logs[0]) // RECEIPTS)
    sampled = [leaf.id for leaf in [*logs[0][::step], *logs[0][-1:]] if leaf.id in book.sent]
    receipts = await asyncio.gather(*(_receipts(api, node, sampled, book) for node in nodes))
    names = [node.name for node in nodes]
    return Observed(
        book=book,
        logs=dict(zip(names, logs, strict=True)),
        states=dict(zip(names, states, strict=True)),
        checkpoints=dict(zip(names, checkpoints, strict=True)),
        receipts=[each for of_node in receipts for each in of_node],
        trust=trust,
    )


async def _log(api: Api, node: Node) -> list[Leaf]:
    leaves = []
    async for page in api.pages(node.url):
        for each in page:
            jws = each["document"].encode("ascii")
            identity = base64url(sha256(jws).digest())
            leaves.append(Leaf(each["id"], each["index"], identity, leaf_hash(jws)))
    return leaves


async def _states(api: Api, node: Node, ids: Sequence[str]) -> dict[str, str]:
    found = {}
    for identity in ids:
        code, text = await api.text(node.url, f"/v1/documents/{identity}")
        answer = json.loads(text) if code == 200 else {"state": "unknown"}
        found[identity] = " ".join([answer["state"], *filter(None, [answer.get("code")])])
    return found


async def _receipts(api: Api, node: Node, ids: Sequence[str], book: Book) -> list[HeldReceipt]:
    """A receipt for each; the last may still be waiting for cosignatures."""
    held = []
    deadline = time.monotonic() + RECEIPT_S
    for identity in ids:
        code, text = await api.text(node.url, f"/v1/documents/{identity}/receipt")
        while code == 409 and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
            code, text = await api.text(node.url, f"/v1/documents/{identity}/receipt")
        held.append(HeldReceipt(identity, book.sent[identity].jws, text, node.name))
    return held


async def until_ready(api: Api, nodes: Sequence[Node], seconds: float) -> None:
    """Wait for a network that was just started; `Unreachable` if it does not come up."""
    deadline = time.monotonic() + seconds
    while True:
        words = [await api.status(node.url) for node in nodes]
        if all(word is not None and word["ready"] for word in words):
            return
        if time.monotonic() > deadline:
            raise Unreachable(f"the network is not ready after {seconds} s: {words}")
        await asyncio.sleep(0.2)
