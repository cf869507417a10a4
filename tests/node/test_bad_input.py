"""Whatever is wrong with what comes in: its own code, a sentence, no change, no harm to others."""

import asyncio
import json
import socket
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.ledger import canonical
from cocket.ledger.document import DOCUMENT_BYTES_MAX, Document, sign
from cocket.ledger.keys import SigningKey
from tests.node.cluster import MERCHANT, Cluster, invoice

ABSENT = "A" * 43
NUMBERED = "type=urn:cocket:commercial-invoice:1&issuer=exporter"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("bad-input"))
    cluster.start()
    yield cluster
    cluster.close()


@pytest.fixture
async def cluster(running: Cluster) -> AsyncIterator[Cluster]:
    """The network, which must be ready before and have the same log after a test as before."""
    await running.until_ready()
    yield running
    await running.until_ready()


def signed(payload: bytes, key: SigningKey) -> bytes:
    """A JWS over any bytes."""

    def encoded(data: bytes) -> bytes:
        return urlsafe_b64encode(data).rstrip(b"=")

    header = canonical.encode({"alg": "EdDSA", "kid": key.thumbprint, "typ": "dc+sd-jwt"})
    signing_input = encoded(header) + b"." + encoded(payload)
    return signing_input + b"." + encoded(key.sign(signing_input))


def wrong_payloads(cluster: Cluster) -> dict[str, bytes]:
    """Payloads that are no document, by the code they are refused with."""
    claims = cluster.claims()
    text = canonical.encode(claims)
    deep: Any = "x"
    for _ in range(20):
        deep = [deep]
    body = canonical.encode(claims["body"])
    return {
        "not-canonical": json.dumps(claims).encode(),
        "float": text.replace(b'"iat":', b'"iat":1.5,"ias":'),
        "duplicate-member": text.replace(b'{"aud":', b'{"aud":"x","aud":'),
        "too-large": canonical.encode({**claims, "body": {"x": "y" * DOCUMENT_BYTES_MAX}}),
        "too-deep": canonical.encode({**claims, "body": {"x": deep}}),
        "integer-range": text.replace(body, b'{"x":9007199254740992}'),
        "member-name": text.replace(body, '{"é":1}'.encode()),
        "not-json": b"{",
        "claims": canonical.encode({**claims, "jti": "short"}),
    }


async def test_what_is_no_document_is_refused_with_its_own_code(cluster: Cluster) -> None:
    for code, payload in wrong_payloads(cluster).items():
        status, answer = await cluster.post("carrier", signed(payload, cluster.keys[MERCHANT]))
        assert answer["code"] == code, answer
        assert status in (400, 413), answer
        assert len(answer["detail"]) > 10


def wrong_documents(cluster: Cluster) -> dict[str, Document]:
    """Well-formed documents that a rule refuses, by code."""
    now = int(time.time())
    stranger = SigningKey.generate()
    body = invoice(0)
    return {
        "unknown-key": sign(cluster.claims(), stranger),
        "issuer-mismatch": sign(cluster.claims("carrier"), cluster.keys[MERCHANT]),
        "wrong-network": cluster.document(aud="other-lane"),
        "unknown-type": cluster.document(vct="urn:cocket:poem:1"),
        "schema": cluster.document(body={**body, "invoiceNumber": 7}),
        "wrong-role": cluster.document("customs-cn"),
        "unknown-reference": cluster.document(refs={"order": ABSENT}),
        "expired": cluster.document(exp=now - 10),
        "clock-ahead": cluster.document(iat=now + 3600),
        "too-old": cluster.document(iat=now - 40 * 24 * 3600),
    }


async def test_what_a_rule_refuses_gets_its_code_a_sentence_and_a_place(cluster: Cluster) -> None:
    before = await cluster.status("carrier")
    for code, document in wrong_documents(cluster).items():
        status, answer = await cluster.post("carrier", document.jws)
        assert answer["code"] == code, answer
        assert status in (403, 422)
        assert len(answer["detail"]) > 10
        if code == "schema":
            assert answer["path"] == "/body/invoiceNumber"
        assert (await cluster.text("carrier", f"/v1/documents/{document.id}"))[0] == 404
    after = await cluster.status("carrier")
    assert before is not None
    assert after is not None
    assert (before["leaves"], before["state"]) == (after["leaves"], after["state"])


async def test_a_changed_document_is_refused(cluster: Cluster) -> None:
    jws = bytearray(cluster.document().jws)
    signature = jws.rindex(b".")
    jws[signature + 5] = ord("A") if jws[signature + 5] != ord("A") else ord("B")
    _, answer = await cluster.post("carrier", bytes(jws))
    assert answer["code"] == "bad-signature"


async def test_disclosures_never_enter_a_node(cluster: Cluster) -> None:
    document = cluster.document()
    status, answer = await cluster.post("carrier", document.jws + b"~secret~")
    assert (status, answer["code"]) == (400, "disclosures-sent")


async def test_a_revoked_key_signs_nothing_more(cluster: Cluster) -> None:
    new = SigningKey.generate()
    rotation = cluster.new_key(new, revokeKeys=[cluster.keys[MERCHANT].thumbprint])
    answer = await cluster.commit("carrier", rotation)
    assert answer["state"] == "committed", answer
    _, refused = await cluster.post("carrier", cluster.document().jws)
    assert refused["code"] == "revoked-key"
    assert "not valid at block" in refused["detail"]
    cluster.keys[MERCHANT] = new
    assert (await cluster.commit("hub", cluster.document()))["state"] == "committed"


async def test_a_contract_s_refusal_is_final_and_the_same_for_who_sends_it_again(
    cluster: Cluster,
) -> None:
    first = cluster.document()
    assert (await cluster.commit("carrier", first))["state"] == "committed"
    second = cluster.document(body=first.body)
    answer = await cluster.commit("hub", second)
    assert answer["state"] == "refused"
    assert first.id in answer["detail"]
    again = await cluster.commit("customs-my", second)
    assert (again["state"], again["code"]) == ("refused", answer["code"])
    _, receipt = await cluster.text("hub", f"/v1/documents/{second.id}/receipt")
    assert json.loads(receipt)["code"] == "refused-document"


async def test_one_bad_document_among_many_is_answered_alone(cluster: Cluster) -> None:
    good = [cluster.document() for _ in range(3)]
    bad = cluster.document(aud="other-lane")
    answers = await cluster.submit_all("carrier", [good[0], bad, *good[1:]])
    assert [a["state"] for a in answers] == ["pending", "unknown", "pending", "pending"]
    assert answers[1]["code"] == "wrong-network"


@pytest.mark.parametrize(
    ("media_type", "body", "code"),
    [
        ("application/dc+sd-jwt", b"", "malformed"),
        ("application/dc+sd-jwt", b"\x00\xff" * 100, "malformed"),
        ("application/xml", b"<a/>", "unknown-media-type"),
        ("application/msgpack", b"\xc1", "not-messagepack"),
        ("application/msgpack", b"\x91\xc0", "not-messagepack"),
        ("application/msgpack", b"\xdd\x00\xff\xff\xff" + b"\x90" * 1000, "too-many"),
        ("application/msgpack", b"\x91\xdd\x00\xff\xff\xff" + b"\x90" * 1000, "not-messagepack"),
        ("application/msgpack", b"\x91\xc4\x01x" + b"more", "not-messagepack"),
        ("application/x-ndjson", b"\n" * (8 * 1024 * 1024), "too-many"),
        ("application/x-ndjson", b"\n\n", "empty"),
        ("application/x-ndjson", b"x\n" * 5000, "too-many"),
        ("application/x-ndjson", b"x" * (17 * 1024 * 1024), "too-large"),
    ],
)
async def test_a_request_that_is_none_gets_a_problem(
    cluster: Cluster, media_type: str, body: bytes, code: str
) -> None:
    status, answer = await cluster.post("carrier", body, media_type)
    assert answer["code"] == code
    assert 400 <= status < 500


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/documents/abc", 422, "invalid-parameter"),
        ("/v1/documents?limit=0", 422, "invalid-parameter"),
        ("/v1/documents?number=1", 422, "invalid-parameter"),
        ("/v1/documents?number=1&issuer=exporter", 422, "invalid-parameter"),
        (f"/v1/documents?{NUMBERED}&number=", 422, "invalid-parameter"),
        (f"/v1/documents?{NUMBERED}&number=1&ucr=1", 422, "invalid-parameter"),
        (f"/v1/documents?{NUMBERED}&number={'1' * 129}", 422, "invalid-parameter"),
        ("/v1/events?after=x", 422, "invalid-parameter"),
        ("/v1/documents/", 404, "not-found"),
        ("/nope", 404, "not-found"),
        ("/v1/types/", 404, "not-found"),
    ],
)
async def test_a_call_that_does_not_exist_is_a_problem_with_a_code(
    cluster: Cluster, path: str, status: int, code: str
) -> None:
    found, text = await cluster.text("carrier", path)
    assert (found, json.loads(text)["code"]) == (status, code)


async def test_a_payload_made_to_be_slow_to_explain_holds_nobody_up(cluster: Cluster) -> None:
    slow = signed(b'"' + b'\\"' * 22_000, cluster.keys[MERCHANT])
    start = time.monotonic()
    _, answer = await cluster.post("carrier", slow)
    assert answer["code"] == "not-json"
    assert time.monotonic() - start < 3  # it took 6.7 s of the node's only lock


async def test_garbage_and_silence_on_both_ports_do_not_slow_the_others(cluster: Cluster) -> None:
    ports = (cluster.peer_ports["carrier"], cluster.api_ports["carrier"])
    silent = [socket.create_connection(("127.0.0.1", port)) for port in ports for _ in range(100)]
    garbage = [socket.create_connection(("127.0.0.1", port)) for port in ports for _ in range(20)]
    try:
        for each in garbage:
            each.sendall(b"\x16\x03\x01\xff\xff" + bytes(range(256)) * 8)
        start = time.monotonic()
        for _ in range(5):
            assert (await cluster.commit("carrier", cluster.document()))["state"] == "committed"
        assert time.monotonic() - start < 10
    finally:
        for each in silent + garbage:
            each.close()


async def test_a_silent_connection_to_the_api_is_closed_after_a_while(cluster: Cluster) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", cluster.api_ports["hub"])
    writer.write(b"POST /v1/documents HTTP/1.1\r\nHost: x\r\n")
    await writer.drain()
    async with asyncio.timeout(25):
        await reader.read()
    writer.close()


async def test_a_second_process_on_one_directory_says_so_and_stops(cluster: Cluster) -> None:
    process = await asyncio.create_subprocess_exec(
        *(cluster.processes["hub"].args),  # type: ignore[misc]
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output = b"".join(await process.communicate()).decode()
    assert process.returncode != 0
    assert "already uses" in " ".join(output.split())
    assert "Traceback" not in output


async def test_a_port_in_use_is_named_with_the_remedy(cluster: Cluster, tmp_path: Path) -> None:
    other = Cluster(tmp_path)
    with socket.create_server(("127.0.0.1", other.api_ports["hub"])):
        other.start("hub")
        assert other.processes["hub"].wait(30) != 0
    said = " ".join(other.log("hub").split())
    assert f"127.0.0.1:{other.api_ports['hub']} is in use" in said
    assert "Traceback" not in said
    with socket.create_server(("127.0.0.1", other.peer_ports["hub"])):
        other.start("hub")
        assert other.processes["hub"].wait(30) != 0
    said = other.log("hub")
    assert str(other.peer_ports["hub"]) in said
    assert "Traceback" not in said


async def test_damaged_storage_stops_the_node_and_says_what_to_do(tmp_path: Path) -> None:
    other = Cluster(tmp_path)
    data = other.home("hub") / "data"
    data.mkdir(exist_ok=True)
    (data / "ledger.db").write_bytes(b"not a database at all" * 1000)
    other.start("hub")
    assert other.processes["hub"].wait(30) != 0
    said = " ".join(other.log("hub").split())
    assert "is damaged" in said
    assert "from its peers" in said
    assert "Traceback" not in said
