"""Verification off the consensus path: parsing and signatures, in threads, a batch at a time.

libsodium runs without Python's lock, so the threads use all cores while the event loop goes on
with votes. What is parsed here is what the contracts run on later: nothing is parsed twice unless
the node was restarted, or the cache of parsed batches was full, in between.
"""

import asyncio
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cocket.ledger import canonical
from cocket.ledger.batches import Batch
from cocket.ledger.document import Document
from cocket.ledger.errors import Malformed, Refusal, Refused
from cocket.ledger.organisations import public_key
from cocket.node.metrics import Stage, Stages
from cocket.node.reader import Reader

KEYS_CACHED = 50_000
PARSED_BYTES_MAX = 4 * 1024 * 1024
"""Of documents' bytes; parsed they take about four times as much memory."""


class BadBatch(Exception):
    """A batch with a document that is malformed or wrongly signed: its author is to blame."""


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """A batch whose documents are parsed. `unverified` are positions whose key was not known."""

    batch: Batch
    documents: tuple[Document, ...]
    unverified: tuple[int, ...]


class Verifier:
    """A pool of threads that parse and verify documents."""

    def __init__(self, database: Path, stages: Stages, workers: int | None = None) -> None:
        self._database = database
        self._stages = stages
        self._pool = ThreadPoolExecutor(workers or os.cpu_count() or 1, "verify")
        self._local = threading.local()
        self._keys: dict[str, bytes] = {}

    async def batch(self, batch: Batch, tolerant: bool) -> ParsedBatch:
        """Parse and verify a peer's batch; `BadBatch` says what its author did wrong.

        tolerant  a document that is badly signed counts as not verified, like one whose key is
                  not known here yet: execution will look at it again
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._batch, batch, tolerant)

    async def submissions(self, texts: Sequence[bytes]) -> list[Document | Refusal]:
        """Parse and verify what clients sent: for each, the document or why it is refused."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._submissions, texts)

    async def parse(self, batch: Batch, unverified: tuple[int, ...]) -> ParsedBatch:
        """Parse again a batch that was verified when it was stored."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._parse, batch, unverified)

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _batch(self, batch: Batch, tolerant: bool) -> ParsedBatch:
        parsed = self._parse(batch, ())
        unverified = []
        with self._stages.measure(Stage.VERIFY):
            for position, document in enumerate(parsed.documents):
                key = self._key(document.kid)
                if key is not None and document.signature_valid(key):
                    continue
                if key is not None and not tolerant:
                    raise BadBatch(f"document {position} of the batch has an invalid signature")
                unverified.append(position)
        return ParsedBatch(batch, parsed.documents, tuple(unverified))

    def _parse(self, batch: Batch, unverified: tuple[int, ...]) -> ParsedBatch:
        with self._stages.measure(Stage.PARSE):
            try:
                documents = tuple(map(Document.parse, batch.documents))
            except Refused as error:
                raise BadBatch(f"a document of the batch is malformed: {error}") from None
        return ParsedBatch(batch, documents, unverified)

    def _submissions(self, texts: Sequence[bytes]) -> list[Document | Refusal]:
        results: list[Document | Refusal] = []
        with self._stages.measure(Stage.PARSE):
            for text in texts:
                try:
                    results.append(Document.parse(text))
                except Refused as error:
                    results.append(error.refusal)
        with self._stages.measure(Stage.VERIFY):
            return [each if isinstance(each, Refusal) else self._checked(each) for each in results]

    def _checked(self, document: Document) -> Document | Refusal:
        key = self._key(document.kid)
        if key is None:
            return Refusal(
                "unknown-key",
                f"no organisation of this network has the key {document.kid}: register it with an "
                "organisation document first",
            )
        if not document.signature_valid(key):
            return Refusal(
                "bad-signature", "the signature does not fit the document: it was changed or cut"
            )
        return document

    def _key(self, kid: str) -> bytes | None:
        """The public key that a kid names. It can never change: the kid is its hash."""
        key = self._keys.get(kid)
        if key is None:
            reader = getattr(self._local, "reader", None)
            if reader is None:
                reader = self._local.reader = Reader(self._database)
            value = reader.get(f"key/{kid}")
            if value is None:
                return None
            try:
                key = public_key(canonical.decode(value)["publicKey"])
            except (Malformed, Refused, KeyError):
                return None
            if len(self._keys) >= KEYS_CACHED:
                self._keys.clear()
            self._keys[kid] = key
        return key


class ParsedBatches:
    """Parsed batches that wait for execution; the oldest is forgotten when memory is short."""

    def __init__(self, bytes_max: int = PARSED_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._batches: OrderedDict[bytes, tuple[int, ParsedBatch]] = OrderedDict()

    def put(self, number: int, parsed: ParsedBatch) -> None:
        """Keep a parsed batch with its number in the database."""
        identity = parsed.batch.id
        if identity not in self._batches:
            self._batches[identity] = number, parsed
            self._bytes += len(parsed.batch.data)
        while self._bytes > self._bytes_max and len(self._batches) > 1:
            _, (_, forgotten) = self._batches.popitem(last=False)
            self._bytes -= len(forgotten.batch.data)

    def pop(self, identity: bytes) -> tuple[int, ParsedBatch] | None:
        """Take a parsed batch out, None if it is not here any more."""
        found = self._batches.pop(identity, None)
        if found is not None:
            self._bytes -= len(found[1].batch.data)
        return found
