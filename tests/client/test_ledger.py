"""The ledger through HTTP, against a fake node: answers, load, losses, fall-backs."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from aiohttp import web

from cocket.client import (
    Busy,
    DocumentRefused,
    Ledger,
    LedgerError,
    NotOffered,
    SdJwt,
    verify,
)
from cocket.ledger.keys import verify as verify_signature
from tests import sample
from tests.client.asking import NOWHERE, WALLET, Naps, note
from tests.client.fake_node import Busy as BusyNode
from tests.client.fake_node import FakeNode, LoseAnswer, LoseRequest, problem

# Submitting one


async def test_a_submitted_document_comes_back_committed_with_its_place(ledger: Ledger) -> None:
    answer = await ledger.submit(note())
    assert (answer.state, answer.index, answer.height) == ("committed", 0, 1)
    assert answer.time_s == sample.TIME_S
    assert answer.warnings[0].message == "careful"
    assert answer.unchecked == ("u",)


async def test_disclosures_are_never_sent(node: FakeNode, ledger: Ledger) -> None:
    document = WALLET.issue("note", {"price": "9.99"}, confidential=["/price"])
    await ledger.submit(document)
    assert node.bodies == [document.document.jws]
    assert document.disclosures[0].text.encode() not in node.bodies[0]


async def test_a_refusal_is_an_error_with_code_sentence_and_path(
    node: FakeNode, ledger: Ledger
) -> None:
    document = note()
    node.refusals[document.id] = ("on-hold", "lift these holds first", "/refs/declaration")
    with pytest.raises(DocumentRefused) as caught:
        await ledger.submit(document)
    error = caught.value
    assert (error.code, error.message, error.path) == (
        "on-hold",
        "lift these holds first",
        "/refs/declaration",
    )
    assert error.answer.state == "refused"


async def test_waiting_asks_again_while_a_document_is_pending(
    node: FakeNode, ledger: Ledger
) -> None:
    node.pending_turns = 2
    assert (await ledger.submit(note())).state == "committed"
    assert len(node.bodies) == 3
    assert node.requests[0].query["wait"] == "committed"


async def test_without_waiting_pending_is_the_answer(node: FakeNode, ledger: Ledger) -> None:
    node.pending_turns = 1
    assert (await ledger.submit(note(), wait=False)).state == "pending"
    assert "wait" not in node.requests[0].query


async def test_waiting_ends_when_patience_does(node: FakeNode) -> None:
    node.pending_turns = 1000
    async with node.serve() as url, Ledger(url, patience=Naps(finality=0).patience) as ledger:
        with pytest.raises(LedgerError, match="not-yet-final"):
            await ledger.submit(note())


# Load and loss


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_node_is_left_alone_for_as_long_as_it_asks(
    node: FakeNode, naps: Naps, ledger: Ledger, status: int
) -> None:
    node.faults += [BusyNode(status, retry_after=7), BusyNode(status, retry_after=2)]
    assert (await ledger.submit(note())).state == "committed"
    assert naps.taken == [7, 2]


async def test_a_node_may_not_ask_for_more_than_patience_allows(
    node: FakeNode, naps: Naps, ledger: Ledger
) -> None:
    node.faults.append(BusyNode(retry_after=86_400))
    await ledger.submit(note())
    assert naps.taken == [naps.patience.pause_max]


async def test_a_node_that_stays_busy_is_given_up_on(node: FakeNode, ledger: Ledger) -> None:
    node.faults += [BusyNode()] * 10
    with pytest.raises(Busy, match="under load") as caught:
        await ledger.submit(note())
    assert caught.value.code == "busy"
    assert len(node.requests) == 4


async def test_documents_turned_away_for_load_are_sent_again_alone(
    node: FakeNode, naps: Naps, ledger: Ledger
) -> None:
    node.busy_documents = 2
    documents = [note(number) for number in range(5)]
    answers = [answer async for answer in ledger.submit_many(documents)]
    assert [answer.state for answer in answers] == ["committed"] * 5
    assert [len(body.split(b"\n")) for body in node.bodies] == [5, 2]
    assert naps.taken == [3]


async def test_documents_that_are_turned_away_for_ever_end_as_not_taken(
    node: FakeNode, ledger: Ledger
) -> None:
    node.busy_documents = 1000
    with pytest.raises(DocumentRefused) as caught:
        await ledger.submit(note())
    assert caught.value.answer.state == "unknown"
    assert caught.value.code == "full"
    assert len(node.bodies) == 4


async def test_an_answer_lost_on_the_way_is_asked_for_again_and_the_document_counts_once(
    node: FakeNode, ledger: Ledger
) -> None:
    node.faults += [LoseAnswer(), LoseRequest()]
    assert (await ledger.submit(note())).index == 0
    assert len(node.documents) == 1
    assert len(node.requests) == 3


async def test_pauses_between_attempts_grow(node: FakeNode, naps: Naps, ledger: Ledger) -> None:
    node.faults += [LoseRequest()] * 3
    await ledger.submit(note())
    assert [0.5 * 0.1 * 2**n <= nap <= 0.1 * 2**n for n, nap in enumerate(naps.taken)] == [True] * 3


async def test_the_next_node_is_asked_when_one_cannot_be_reached(node: FakeNode) -> None:
    naps = Naps()
    async with node.serve() as url:
        for urls in (f"{NOWHERE},{url}/", [NOWHERE, url]):
            async with Ledger(urls, patience=naps.patience) as ledger:
                assert (await ledger.submit(note())).state == "committed"
                assert (await ledger.submit(note())).state == "committed"
    assert len(naps.taken) == 2


async def test_a_node_that_is_nowhere_is_named_in_the_error() -> None:
    async with Ledger(NOWHERE, patience=Naps().patience) as ledger:
        with pytest.raises(LedgerError, match=r"127\.0\.0\.1:1 did not answer") as caught:
            await ledger.types()
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("url", ["", "node.example", "ftp://node.example", []])
def test_an_address_that_is_not_http_is_refused_at_once(url: str | list[str]) -> None:
    with pytest.raises(ValueError, match="http"):
        Ledger(url)


@pytest.mark.parametrize(
    "url",
    ["http://[::1", "http://127.0.0.1:99999", "http://", "http://a..b:x", "http://\u00fc..x"],
)
def test_an_address_that_cannot_be_one_is_named_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a node"):
        Ledger([NOWHERE, url])


async def test_a_ledger_outside_of_its_context_says_how_to_use_it() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await Ledger(NOWHERE).types()


# Submitting many


async def test_many_documents_are_answered_in_order_in_portions_with_progress(
    node: FakeNode, ledger: Ledger
) -> None:
    documents = [note(number) for number in range(600)]
    progress: list[int] = []
    answers = [a async for a in ledger.submit_many(iter(documents), progress=progress.append)]
    assert [answer.id for answer in answers] == [document.id for document in documents]
    assert progress == [256, 512, 600]
    assert [len(body.split(b"\n")) for body in node.bodies] == [256, 256, 88]


async def test_documents_may_come_from_an_asynchronous_source(ledger: Ledger) -> None:
    async def source() -> AsyncIterator[SdJwt]:
        for number in range(3):
            yield note(number)

    assert len([answer async for answer in ledger.submit_many(source())]) == 3


async def test_a_request_never_grows_beyond_its_bytes(node: FakeNode, ledger: Ledger) -> None:
    documents = [note(number, text="x" * 40_000) for number in range(40)]
    answers = [answer async for answer in ledger.submit_many(documents)]
    assert len(answers) == 40
    assert len(node.bodies) == 3
    assert max(map(len, node.bodies)) <= 1024 * 1024


async def test_no_more_requests_are_under_way_than_the_window(
    node: FakeNode, ledger: Ledger
) -> None:
    documents = (note(number) for number in range(256 * 6))
    assert len([a async for a in ledger.submit_many(documents, window=2)]) == 256 * 6
    assert node.most_under_way <= 2


async def test_a_refused_document_among_many_is_an_answer_like_others(
    node: FakeNode, ledger: Ledger
) -> None:
    documents = [note(number) for number in range(3)]
    node.refusals[documents[1].id] = ("duty-unpaid", "pay first", "/body")
    answers = [answer async for answer in ledger.submit_many(documents)]
    assert [answer.state for answer in answers] == ["committed", "refused", "committed"]
    assert answers[1].code == "duty-unpaid"


async def test_one_document_twice_among_many_is_answered_twice(ledger: Ledger) -> None:
    document = note()
    answers = [answer async for answer in ledger.submit_many([document, document])]
    assert [answer.index for answer in answers] == [0, 0]


async def test_leaving_early_cancels_what_is_under_way(ledger: Ledger) -> None:
    documents = (note(number) for number in range(256 * 20))
    async with aclosing(ledger.submit_many(documents, window=4)) as answers:
        async for _ in answers:
            break
    assert not [task for task in asyncio.all_tasks() if "_settle" in repr(task.get_coro())]


# Reading


async def test_a_document_is_read_back_parsed_with_its_state(ledger: Ledger) -> None:
    submitted = note()
    await ledger.submit(submitted)
    found = await ledger.document(submitted.id)
    assert found.document == submitted.document
    assert found.answer.state == "committed"


async def test_a_document_that_nobody_knows_is_a_typed_error(ledger: Ledger) -> None:
    with pytest.raises(LedgerError) as caught:
        await ledger.document("A" * 43)
    assert caught.value.code == "unknown-document"


async def test_a_node_that_hands_over_another_document_is_caught(
    node: FakeNode, ledger: Ledger
) -> None:
    mine, other = note(1), note(2)
    await ledger.submit(other)
    for id in (mine.id, other.id):
        lie = {**node.entry(other.id), "id": id}
        node.overrides[f"/v1/documents/{mine.id}"] = lambda lie=lie: web.json_response(lie)
        with pytest.raises(LedgerError, match="another document"):
            await ledger.document(mine.id)
        node.overrides.clear()


async def test_a_pending_document_can_be_asked_for_later(node: FakeNode, ledger: Ledger) -> None:
    id = "A" * 43
    pending = {"id": id, "state": "pending"}
    node.overrides[f"/v1/documents/{id}"] = lambda: web.json_response(pending)
    with pytest.raises(LedgerError, match="not-yet-final"):
        await ledger.document(id)


async def test_reads_carry_a_token_that_the_organisation_signed(
    node: FakeNode, ledger: Ledger
) -> None:
    await ledger.consignment("9BE1")
    scheme, token = node.requests[0].headers["Authorization"].split(" ")
    header, claims, signature = token.split(".")
    decoded = [base64.urlsafe_b64decode(part + "==") for part in (header, claims, signature)]
    assert scheme == "Bearer"
    assert json.loads(decoded[0]) == {
        "alg": "EdDSA",
        "kid": WALLET.key.thumbprint,
        "typ": "JWT",
    }
    parsed = json.loads(decoded[1])
    assert (parsed["iss"], parsed["aud"]) == ("merchant-be", sample.NETWORK)
    assert 0 < parsed["exp"] - parsed["iat"] <= 300
    assert verify_signature(WALLET.public_key, f"{header}.{claims}".encode(), decoded[2])


async def test_without_a_wallet_no_token_is_sent(node: FakeNode, naps: Naps) -> None:
    async with node.serve() as url, Ledger(url, patience=naps.patience) as ledger:
        await ledger.consignment("9BE1")
    assert "Authorization" not in node.requests[0].headers


async def test_a_token_never_follows_a_redirection(node: FakeNode, ledger: Ledger) -> None:
    node.overrides["/v1/consignments/9BE1"] = lambda: web.Response(
        status=307, headers={"Location": "/v1/status"}
    )
    with pytest.raises(LedgerError, match="307"):
        await ledger.consignment("9BE1")
    assert len(node.requests) == 1


async def test_a_consignment_is_read_to_its_last_page_in_order(ledger: Ledger) -> None:
    ucr = "9BE/12 3%?#"
    documents = [WALLET.issue("note", {"n": n}, ucr=[ucr]) for n in range(5)]
    for document in documents:
        await ledger.submit(document)
    await ledger.submit(note())
    found = await ledger.consignment(ucr)
    assert [each.document.id for each in found] == [document.id for document in documents]


async def test_pages_that_do_not_advance_end_in_an_error(node: FakeNode, ledger: Ledger) -> None:
    node.overrides["/v1/consignments/9BE1"] = lambda: web.json_response(
        {"documents": [], "next": 5}
    )
    with pytest.raises(LedgerError, match="do not advance"):
        await ledger.consignment("9BE1")


async def test_a_receipt_is_awaited_and_verifies(
    node: FakeNode, naps: Naps, ledger: Ledger
) -> None:
    document = WALLET.issue("commercial-invoice", {"a": "b"}, confidential=["/a"])
    await ledger.submit(document)
    node.receipt_after = 3
    receipt = await ledger.receipt(document.id)
    assert naps.taken == [2, 2, 2]
    assert verify(document, receipt, await ledger.trust_bundle(), now=sample.TIME_S).ok


async def test_a_receipt_that_never_comes_ends_when_patience_does(node: FakeNode) -> None:
    node.receipt_after = 1000
    async with node.serve() as url, Ledger(url, patience=Naps(finality=0).patience) as ledger:
        answer = await ledger.submit(note())
        with pytest.raises(LedgerError, match="not-yet-final"):
            await ledger.receipt(answer.id)


async def test_there_is_no_receipt_for_a_refused_or_unknown_document(
    node: FakeNode, ledger: Ledger
) -> None:
    node.refusals["B" * 43] = ("a", "b", "")
    for id, code in (("A" * 43, "unknown-document"), ("B" * 43, "refused-document")):
        with pytest.raises(LedgerError) as caught:
            await ledger.receipt(id)
        assert caught.value.code == code


async def test_status_certificates_are_honestly_not_offered(ledger: Ledger) -> None:
    with pytest.raises(NotOffered, match="does not offer status certificates yet"):
        await ledger.status("A" * 43)


async def test_an_unknown_document_has_no_status(node: FakeNode, ledger: Ledger) -> None:
    node.overrides[f"/v1/documents/{'A' * 43}/status"] = lambda: problem(
        404, "unknown-document", "never heard of it"
    )
    with pytest.raises(LedgerError) as caught:
        await ledger.status("A" * 43)
    assert not isinstance(caught.value, NotOffered)


async def test_types_status_and_trust_bundle_are_values(ledger: Ledger) -> None:
    (known,) = await ledger.types()
    assert (known.type, known.signed_by) == (sample.INVOICE, ("merchant",))
    assert (await ledger.node_status())["height"] == 9
    assert await ledger.trust_bundle() == sample.bundle()


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"types":7}', b"\xff", b"[" * 100_000])
async def test_what_no_sound_node_would_say_is_a_typed_error(
    node: FakeNode, ledger: Ledger, body: bytes
) -> None:
    for path in ("/v1/types", "/v1/trust-bundle", f"/v1/documents/{'A' * 43}/receipt"):
        node.overrides[path] = lambda: web.Response(body=body)
    node.overrides["/v1/documents"] = lambda: web.Response(body=body)
    for call in (
        ledger.types(),
        ledger.trust_bundle(),
        ledger.receipt("A" * 43),
        ledger.submit(note()),
    ):
        with pytest.raises(LedgerError) as caught:
            await call
        assert caught.value.code == "bad-answer"


async def test_an_answer_for_another_document_is_caught(node: FakeNode, ledger: Ledger) -> None:
    lie = json.dumps({"id": "A" * 43, "state": "committed", "index": 1}) + "\n"
    node.overrides["/v1/documents"] = lambda: web.Response(text=lie)
    with pytest.raises(LedgerError, match="other documents than were sent"):
        await ledger.submit(note())


async def test_a_document_that_the_node_could_not_even_read_is_refused_without_an_id(
    node: FakeNode, ledger: Ledger
) -> None:
    unread = {"id": "", "state": "unknown", "code": "malformed", "message": "no JWS", "path": ""}
    node.overrides["/v1/documents"] = lambda: web.Response(text=json.dumps(unread) + "\n")
    with pytest.raises(DocumentRefused) as caught:
        await ledger.submit(note())
    assert caught.value.code == "malformed"


async def test_an_error_that_is_not_a_problem_is_told_by_its_status(
    node: FakeNode, ledger: Ledger
) -> None:
    node.overrides["/v1/types"] = lambda: web.Response(status=502, text="<html>Bad Gateway</html>")
    with pytest.raises(LedgerError, match="502") as caught:
        await ledger.types()
    assert caught.value.code == "http-502"
