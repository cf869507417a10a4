"""Whatever the OpenAPI description says can be asked is asked of real nodes, by schemathesis.

The answers must be as described: status, media type, headers, shape; what is wrong must be refused,
and what is right not. Two nodes are asked: one that anyone may read, and one for members alone.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from cocket.client import Wallet
from tests.node.cluster import MERCHANT, NETWORK, Cluster

SCALE = int(os.environ.get("COCKET_SCALE", "1"))
OPEN, CLOSED = "carrier", "hub"
KNOWN = 5
ENDLESS = "/v1/events"
QUICK = settings(
    max_examples=8 * SCALE,
    derandomize=SCALE == 1,
    suppress_health_check=list(HealthCheck),
    database=None,
)

load_all_checks()
CALLED_VALID = CHECKS.get_one("positive_data_acceptance")
CALLED_INVALID = CHECKS.get_one("negative_data_rejection")
MANY = ("application/x-ndjson", "application/msgpack")


@schemathesis.serializer("application/dc+sd-jwt", "application/x-ndjson", "application/msgpack")
def _as_it_is(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


class Nodes:
    """The cluster with some documents, and the descriptions of two of its nodes."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        settings_file = cluster.home(CLOSED) / "cocket.toml"
        text = settings_file.read_text().replace('reads = "open"', 'reads = "members"')
        settings_file.write_text(text)
        cluster.start()
        asyncio.run(self._prepare())
        self.operations = {name: self._operations(name) for name in (OPEN, CLOSED)}

    async def _prepare(self) -> None:
        cluster = self.cluster
        self.documents = [cluster.document() for _ in range(KNOWN)]
        await cluster.until_ready()
        await cluster.submit_all(OPEN, self.documents)
        await cluster.until_equal(KNOWN)
        for name in (OPEN, CLOSED):
            await cluster.until("receipts", lambda name=name: self._cosigned(name))

    async def _cosigned(self, name: str) -> bool:
        path = f"/v1/documents/{self.documents[-1].id}/receipt"
        return (await self.cluster.text(name, path))[0] == 200

    def _operations(self, name: str) -> dict[str, Any]:
        schema = schemathesis.openapi.from_url(f"{self.cluster.url(name)}/v1/openapi.json")
        found = (each.ok() for each in schema.get_all_operations())
        return {each.label: each for each in found if each.path != ENDLESS}

    @property
    def token(self) -> dict[str, str]:
        """What a member shows."""
        wallet = Wallet(MERCHANT, NETWORK, self.cluster.keys[MERCHANT])
        return {"Authorization": f"Bearer {wallet.token()}"}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    cluster = Cluster(Path(tmp_path_factory.mktemp("openapi")))
    try:
        yield Nodes(cluster)
    finally:
        cluster.close()


def judge(case: Case, *statuses: int) -> None:
    """Ask, and hold the answer against the description; it has one of `statuses` where some are
    given."""
    response = case.call(timeout=30)
    assert not statuses or response.status_code in statuses
    excluded = [CALLED_VALID] if case.method == "POST" else []  # no shape says what is well signed
    if "number" in (case.query or {}):  # goes with type and issuer alone, which OpenAPI cannot say
        excluded.append(CALLED_VALID)
    if case.media_type in MANY:  # each document of many has its own answer
        excluded.append(CALLED_INVALID)
    case.validate_response(response, excluded_checks=excluded)


@pytest.mark.parametrize("name", [OPEN, CLOSED])
@pytest.mark.parametrize("mode", GenerationMode)
def test_whatever_is_asked_is_answered_as_described(
    nodes: Nodes, name: str, mode: GenerationMode
) -> None:
    asked = 0
    for operation in nodes.operations[name].values():
        headers = nodes.token if name == CLOSED else None
        given_by_us = {"Authorization"}
        parameters = {each.name for each in operation.iter_parameters()} - given_by_us
        if mode is GenerationMode.NEGATIVE and not parameters and not operation.body:
            continue  # nothing can be wrong about it
        cases = operation.as_strategy(generation_mode=mode, headers=headers)

        @QUICK
        @given(cases)
        def holds(case: Case) -> None:
            nonlocal asked
            asked += 1
            judge(case)

        holds()
    assert asked > 20


@pytest.mark.parametrize("name", [OPEN, CLOSED])
def test_documents_that_are_there_are_answered_as_described(nodes: Nodes, name: str) -> None:
    ids = st.sampled_from([document.id for document in nodes.documents])
    for label, operation in nodes.operations[name].items():
        if "{document_id}" not in label:
            continue

        @QUICK
        @given(
            ids.flatmap(
                lambda id, of=operation: of.as_strategy(
                    path_parameters={"document_id": id}, headers=nodes.token
                )
            )
        )
        def holds(case: Case) -> None:
            judge(case, 200)

        holds()


def test_documents_are_taken_and_answered_as_described(nodes: Nodes) -> None:
    submit = nodes.operations[OPEN]["POST /v1/documents"]
    fresh = [nodes.cluster.document().jws.decode() for _ in range(3)]
    bodies = {
        "application/dc+sd-jwt": [*fresh, nodes.documents[0].jws.decode()],
        "text/plain": [nodes.cluster.document().jws.decode() + "~"],
        "application/x-ndjson": ["\n".join(fresh), fresh[0] + "\nx.y.z"],
    }
    for media_type, texts in bodies.items():
        for text in texts:

            @QUICK
            @given(submit.as_strategy(body=text, media_type=media_type))
            def holds(case: Case) -> None:
                case.query = {"wait": "committed", "timeout": 5}
                judge(case, 200, 202)

            holds()


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("?after=-1", 200), ("?after=x", 422), ("?afer=1", 422), ("?after=-2", 422)],
)
async def test_events_are_answered_as_described(nodes: Nodes, query: str, status: int) -> None:
    url = nodes.cluster.url(OPEN)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/v1/openapi.json") as described:
            responses = (await described.json())["paths"][ENDLESS]["get"]["responses"]
        async with session.get(f"{url}{ENDLESS}{query}") as answer:
            assert answer.status == status
            assert [answer.content_type] == list(responses[str(status)]["content"])
            assert await answer.content.readany()
