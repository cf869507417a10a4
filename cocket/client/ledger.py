"""The ledger as seen through one or more nodes' HTTP API.

    async with Ledger("https://node.example", wallet) as ledger:
        answer = await ledger.submit(wallet.issue("commercial-invoice", body))
        receipt = await ledger.receipt(answer.id)

Only a document's signed part is ever sent: its disclosures stay here. What a node says about a
document is its word; what proves it is the receipt (`cocket.client.verify`).
"""

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Sequence,
)
from contextlib import aclosing
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from cocket.client.answers import Answer, Basis, DocumentType, Event, LedgerDocument
from cocket.client.errors import Busy, DocumentRefused, LedgerError, NotOffered
from cocket.client.sse import EventParser
from cocket.client.transport import LOST, Patience, Reply, Request, Transport, read
from cocket.client.wallet import Wallet
from cocket.ledger.document import Document
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.receipt import Receipt
from cocket.ledger.sdjwt import SdJwt
from cocket.ledger.trust import TrustBundle

DOCUMENTS_PER_REQUEST = 256
BYTES_PER_REQUEST = 1024 * 1024
NDJSON = "application/x-ndjson"
WAIT_SECONDS = 30
"""How long a node is asked to hold an answer back until the document is final; it takes 60."""

Anything = TypeVar("Anything")
Issued = SdJwt | Document


class Ledger:
    """A network's ledger. `url` is a node's address; more of them, as a sequence or separated by
    commas, are fall-backs. A `wallet` is needed for reads from a node whose reads are for members.

    Every call raises `LedgerError` with a code and a sentence: the node's own (`token-expired`,
    `unknown-document`, …), `unreachable`, or `bad-answer` for what no sound node would say.
    """

    def __init__(
        self,
        url: str | Sequence[str],
        wallet: Wallet | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        urls = url.split(",") if isinstance(url, str) else url
        self._transport = Transport(urls, self._patience)
        self._wallet = wallet

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._transport.__aexit__(*error)

    async def submit(self, document: Issued, wait: bool = True) -> Answer:
        """Hand a document in; with `wait`, until it is final. Safe to repeat.

        `DocumentRefused` where it is not taken; `not-yet-final` where patience ran out: it may
        still become final, and submitting it again tells.
        """
        (answer,) = await self._settle([_signed(document)], wait)
        if answer.state in ("refused", "unknown"):
            raise DocumentRefused(answer)
        if wait and not answer.final:
            raise LedgerError("not-yet-final", "the document is still pending: ask again later")
        return answer

    async def submit_many(
        self,
        documents: Iterable[Issued] | AsyncIterable[Issued],
        wait: bool = True,
        *,
        progress: Callable[[int], None] | None = None,
        window: int = 8,
    ) -> AsyncGenerator[Answer, None]:
        """Hand in any number of documents; yields their answers, in the same order.

        At most `window` requests of 256 documents or 1 MiB are under way, and no more documents
        are taken from the source than these need. Refusals are answers here, not exceptions. With
        `wait`, an answer is final, unless patience ran out. `progress` gets the number answered.
        """
        running: deque[asyncio.Task[list[Answer]]] = deque()
        answered = 0
        try:
            async with aclosing(_chunks(documents)) as chunks:
                async for chunk in chunks:
                    running.append(asyncio.create_task(self._settle(chunk, wait)))
                    if len(running) < window:
                        continue
                    for answer in await running.popleft():
                        answered += 1
                        yield answer
                    if progress:
                        progress(answered)
            while running:
                for answer in await running.popleft():
                    answered += 1
                    yield answer
                if progress:
                    progress(answered)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def document(self, id: str) -> LedgerDocument:
        """A final document and its state; `unknown-document`, or `not-yet-final` while pending."""
        reply = await self._get(f"/v1/documents/{_quoted(id)}")
        found = _ledger_document(_decoded(reply, _Found))
        if found.document.id != id:
            raise _bad_answer("another document than was asked for")
        return found

    async def basis(self, id: str, keys: Sequence[str] = ()) -> Basis:
        """What the contract of a document that hides something was run on, and the state at `keys`.

        `unknown-document`, `refused-document`, `not-yet-final`.
        """
        query = urlencode([("key", key) for key in keys])
        return _decoded(await self._get(f"/v1/documents/{_quoted(id)}/basis?{query}"), Basis)

    async def receipt(self, id: str) -> Receipt:
        """The receipt of a document, awaited while it is not yet final; not verified yet.

        `unknown-document`, `refused-document`; `not-yet-final` where patience ran out.
        """
        deadline = _now() + self._patience.finality
        attempt = 0
        while True:
            reply = await self._ask(f"/v1/documents/{_quoted(id)}/receipt")
            if reply.status == 200:
                break
            error = reply.error()
            if error.code != "not-yet-final" or _now() >= deadline:
                raise error
            await self._patience.rest(attempt, reply.retry_after or 0.0)
            attempt += 1
        try:
            return Receipt.parse(reply.body.decode("utf-8"))
        except (UnicodeDecodeError, Malformed) as error:
            raise _bad_answer(f"not a receipt ({error})") from None

    async def status(self, id: str) -> str:
        """The status certificate of a document, as text; `NotOffered` by nodes without them."""
        reply = await self._ask(f"/v1/documents/{_quoted(id)}/status")
        error = reply.error() if reply.status != 200 else None
        if reply.status in (404, 405, 501) and error and error.code != "unknown-document":
            raise NotOffered(
                "not-offered",
                "this node does not offer status certificates yet: a receipt proves that a "
                "document was accepted, not what happened since",
            )
        if error:
            raise error
        return reply.body.decode("utf-8", errors="replace")

    async def consignment(self, ucr: str) -> list[LedgerDocument]:
        """Every document of a consignment, in the log's order."""
        return await self._pages(f"/v1/consignments/{_quoted(ucr)}?")

    async def of_type(self, type: str) -> list[LedgerDocument]:
        """Every committed document of a type, `urn:cocket:…`, in the log's order."""
        return await self._pages(f"/v1/documents?type={_quoted(type)}&")

    async def _pages(self, path: str) -> list[LedgerDocument]:
        """The documents on all pages; `path` takes one more parameter."""
        documents: list[LedgerDocument] = []
        after: int | None = None
        while True:
            query = "" if after is None else f"after={after}"
            page = _decoded(await self._get(f"{path}{query}"), _Page)
            documents += map(_ledger_document, page.documents)
            if page.next is None:
                return documents
            if after is not None and page.next <= after:
                raise _bad_answer("pages that do not advance")
            after = page.next

    async def follow(self, after: int | None = None) -> AsyncGenerator[Event, None]:
        """Committed documents as they come, each once and in order, without end.

        Starts behind log index `after` (-1: at the very first), or from now on if there is none,
        and goes on where it was when a connection is lost.
        """
        attempt = 0
        while True:
            try:
                async with aclosing(self._stream(after)) as stream:
                    async for event in stream:
                        attempt = 0
                        if event is None or (after is not None and event.index <= after):
                            continue
                        after = event.index
                        yield event
                error = LedgerError("unreachable", "the node ended the stream of events")
            except LOST as lost:
                error = self._transport.unreachable(lost)
            except Busy as busy:
                error = busy
            attempt = await self._transport.after_failure(attempt, error)

    async def trust_bundle(self) -> TrustBundle:
        """What verification needs. Trust it only as far as the way it came: compare its digest."""
        reply = await self._get("/v1/trust-bundle")
        try:
            return TrustBundle.parse(reply.body)
        except Malformed as error:
            raise _bad_answer(str(error)) from None

    async def numbered(self, type: str, issuer: str, number: str) -> LedgerDocument | None:
        """The committed document of this type (a urn) to which its issuer gave this number."""
        query = urlencode({"type": type, "issuer": issuer, "number": number})
        page = _decoded(await self._get(f"/v1/documents?{query}"), _Page)
        return _ledger_document(page.documents[0]) if page.documents else None

    async def types(self) -> list[DocumentType]:
        """The network's document types, with the roles that may sign them and their schemas."""
        return list(_decoded(await self._get("/v1/types"), _Types).types)

    async def node_status(self) -> dict[str, Any]:
        """What the node tells its operators about itself, as it says it."""
        return _decoded(await self._get("/v1/status"), dict[str, Any])

    async def _settle(self, documents: list[Document], wait: bool) -> list[Answer]:
        """Submit documents, and again those that may still become final, while patience lasts."""
        answers: dict[str, Answer] = {}
        deadline = _now() + self._patience.finality
        attempt = 0
        left = {document.id: document.jws for document in documents}
        while left:
            query = f"?wait=committed&timeout={WAIT_SECONDS}" if wait else ""
            body = b"\n".join(left.values())
            reply = await self._transport.send(
                Request("POST", f"/v1/documents{query}", {"Content-Type": NDJSON}, body)
            )
            answers.update(_answers(_succeeded(reply), list(left)))
            turned_away = [a.retry_after or 0.0 for a in answers.values() if a.worth_repeating]
            attempt += bool(turned_away)
            if _now() >= deadline or attempt >= self._patience.attempts:
                break
            left = {id: jws for id, jws in left.items() if _open(answers[id], wait)}
            if left:
                await self._patience.rest(attempt, max(turned_away, default=0.0))
        return [answers[document.id] for document in documents]

    async def _ask(self, path: str) -> Reply:
        return await self._transport.send(Request("GET", path, self._authorization()))

    async def _get(self, path: str) -> Reply:
        return _succeeded(await self._ask(path))

    async def _stream(self, after: int | None) -> AsyncGenerator[Event | None, None]:
        """One connection's events; None for a later sign of life, which a greeting is not."""
        headers = {"Accept": "text/event-stream", **self._authorization()}
        query = "" if after is None else f"?after={after}"
        async with self._transport.stream(
            Request("GET", f"/v1/events{query}", headers)
        ) as response:
            if response.status != 200:
                raise (await read(response)).error()
            parser = EventParser()
            greeted = False
            async for piece in response.content.iter_any():
                if greeted:
                    yield None
                greeted = True
                for event in _parsed(parser, piece):
                    yield event

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._wallet.token()}"} if self._wallet else {}


class _Found(Answer, frozen=True, kw_only=True):
    document: str | None = None


class _Page(msgspec.Struct, frozen=True):
    documents: tuple[_Found, ...]
    next: int | None = None


class _Types(msgspec.Struct, frozen=True):
    types: tuple[DocumentType, ...]


def _open(answer: Answer, wait: bool) -> bool:
    """Whether submitting the document again may bring it further."""
    return answer.worth_repeating or (wait and answer.state == "pending")


def _signed(issued: Issued) -> Document:
    return issued.document if isinstance(issued, SdJwt) else issued


async def _chunks(
    documents: Iterable[Issued] | AsyncIterable[Issued],
) -> AsyncGenerator[list[Document], None]:
    """The documents in portions that fit into one request."""
    chunk: list[Document] = []
    size = 0
    async for issued in _each(documents):
        document = _signed(issued)
        size += len(document.jws) + 1
        if chunk and (size > BYTES_PER_REQUEST or len(chunk) == DOCUMENTS_PER_REQUEST):
            yield chunk
            chunk, size = [], len(document.jws) + 1
        chunk.append(document)
    if chunk:
        yield chunk


async def _each(items: Iterable[Issued] | AsyncIterable[Issued]) -> AsyncIterator[Issued]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


def _parsed(parser: EventParser, piece: bytes) -> list[Event]:
    try:
        events = list(parser.feed(piece))
        return [
            msgspec.json.decode(event.data, type=Event)
            for event in events
            if event.name == "committed"
        ]
    except (Malformed, msgspec.MsgspecError, RecursionError) as error:
        raise _bad_answer(f"an event that cannot be read ({error})") from None


def _answers(reply: Reply, ids: list[str]) -> dict[str, Answer]:
    """The answers in an NDJSON body: one for each id, in the same order."""
    lines = reply.body.splitlines()
    if len(lines) != len(ids):
        raise _bad_answer(f"{len(lines)} answers for {len(ids)} documents")
    answers = [_decoded(Reply(reply.status, line), Answer) for line in lines]
    # What a node could not even read has no id there.
    if any(answer.id not in (id, "") for answer, id in zip(answers, ids, strict=True)):
        raise _bad_answer("answers for other documents than were sent")
    return dict(zip(ids, answers, strict=True))


def _ledger_document(found: _Found) -> LedgerDocument:
    """The document parsed, and its id computed here: a node may not hand over another."""
    if found.document is None:
        raise LedgerError("not-yet-final", f"the document is {found.state}: ask again later")
    try:
        document = Document.parse(found.document.encode("ascii"))
    except (UnicodeEncodeError, Refused) as error:
        raise _bad_answer(f"something that is not a document ({error})") from None
    if document.id != found.id:
        raise _bad_answer("another document under this id")
    answer = Answer(**{name: getattr(found, name) for name in Answer.__struct_fields__})
    return LedgerDocument(answer, document)


def _succeeded(reply: Reply) -> Reply:
    if reply.status not in (200, 202):
        raise reply.error()
    return reply


def _decoded(reply: Reply, type: type[Anything]) -> Anything:
    try:
        return msgspec.json.decode(reply.body, type=type)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _bad_answer(str(error)) from None


def _bad_answer(what: str) -> LedgerError:
    return LedgerError("bad-answer", f"the node answered with {what}"[:500])


def _quoted(segment: str) -> str:
    return quote(segment, safe="")


def _now() -> float:
    return asyncio.get_running_loop().time()
