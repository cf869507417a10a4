"""Verification off the consensus path: documents are parsed and their signatures checked.

Signatures are checked by processes of their own (`signatures`), which use other cores while the
event loop goes on with votes. What is parsed here is what the contracts run on later: nothing is
parsed twice unless the node was restarted, or the cache of parsed batches was full, in between.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from cocket.contracts.state import StateReader
from cocket.ledger import canonical
from cocket.ledger.batches import Batch
from cocket.ledger.document import Document
from cocket.ledger.errors import Malformed, Refusal, Refused
from cocket.ledger.organisations import public_key
from cocket.node.metrics import Stage, Stages
from cocket.node.signatures import Signatures

KEYS_CACHED = 50_000
SLICE = 64
"""So many documents, about a millisecond's work, are parsed before others get their turn."""
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
    """Parses documents, here, and has their signatures checked, elsewhere.

    state  where members' keys are found; `stages` are told what parsing took
    """

    def __init__(self, state: StateReader, signatures: Signatures, stages: Stages) -> None:
        self._state = state
        self._signatures = signatures
        self._stages = stages
        self._keys: dict[str, bytes] = {}

    async def batch(self, batch: Batch, tolerant: bool) -> ParsedBatch:
        """Parse and verify a peer's batch; `BadBatch` says what its author did wrong.

        tolerant  a document that is badly signed counts as not verified, like one whose key is
                  not known here yet: execution will look at it again
        """
        documents = (await self.parse(batch, ())).documents
        unknown, valid = await self._check(documents)
        if not tolerant and not all(valid):
            bad = [document for document in documents if document.kid not in unknown]
            position = documents.index(bad[valid.index(0)])
            raise BadBatch(f"document {position} of the batch has an invalid signature")
        answers = iter(valid)
        unverified = [
            position
            for position, document in enumerate(documents)
            if document.kid in unknown or not next(answers)
        ]
        return ParsedBatch(batch, documents, tuple(unverified))

    async def submissions(self, texts: Sequence[bytes]) -> list[Document | Refusal]:
        """Parse and verify what clients sent: for each, the document or why it is refused."""
        parsed = await self._parsed(texts)
        documents = [each for each in parsed if isinstance(each, Document)]
        unknown, valid = await self._check(documents)
        answers = iter(valid)
        results: list[Document | Refusal] = []
        for each in parsed:
            if isinstance(each, Refused):
                results.append(each.refusal)
            elif each.kid in unknown:
                results.append(_unknown_key(each.kid))
            else:
                results.append(each if next(answers) else _BAD_SIGNATURE)
        return results

    async def parse(self, batch: Batch, unverified: tuple[int, ...]) -> ParsedBatch:
        """Parse again a batch that was verified when it was stored."""
        documents = []
        for each in await self._parsed(batch.documents):
            if isinstance(each, Refused):
                raise BadBatch(f"a document of the batch is malformed: {each}")
            documents.append(each)
        return ParsedBatch(batch, tuple(documents), unverified)

    async def close(self) -> None:
        """Stop whoever checks signatures."""
        await self._signatures.close()

    async def _parsed(self, texts: Sequence[bytes]) -> list[Document | Refused]:
        """Each text as a document, or why it is none; others get their turn in between."""
        parsed: list[Document | Refused] = []
        for start in range(0, len(texts), SLICE):
            with self._stages.measure(Stage.PARSE):
                for text in texts[start : start + SLICE]:
                    try:
                        parsed.append(Document.parse(text))
                    except Refused as error:
                        parsed.append(error)
            await asyncio.sleep(0)
        return parsed

    async def _check(self, documents: Sequence[Document]) -> tuple[set[str], bytes]:
        """The kids that nobody here has, and for each document of a known key, in order, whether
        its signature fits."""
        keys = {kid: self._key(kid) for kid in {document.kid for document in documents}}
        jobs = [
            (key, document.jws) for document in documents if (key := keys[document.kid]) is not None
        ]
        valid = await self._signatures.check(jobs) if jobs else b""
        return {kid for kid, key in keys.items() if key is None}, valid

    def _key(self, kid: str) -> bytes | None:
        """The public key that a kid names. It can never change: the kid is its hash."""
        key = self._keys.get(kid)
        if key is None:
            value = self._state.get(f"key/{kid}")
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


_BAD_SIGNATURE = Refusal(
    "bad-signature", "the signature does not fit the document: it was changed or cut"
)


def _unknown_key(kid: str) -> Refusal:
    return Refusal(
        "unknown-key",
        f"no organisation of this network has the key {kid}: register it with an organisation "
        "document first",
    )


class ParsedBatches:
    """Parsed batches that wait for execution; the oldest is forgotten when memory is short."""

    def __init__(self) -> None:
        self._bytes = 0
        self._batches: OrderedDict[bytes, tuple[int, ParsedBatch]] = OrderedDict()

    def put(self, number: int, parsed: ParsedBatch) -> None:
        """Keep a parsed batch with its number in the database."""
        identity = parsed.batch.id
        if identity not in self._batches:
            self._batches[identity] = number, parsed
            self._bytes += len(parsed.batch.data)
        while self._bytes > PARSED_BYTES_MAX and len(self._batches) > 1:
            _, (_, forgotten) = self._batches.popitem(last=False)
            self._bytes -= len(forgotten.batch.data)

    def pop(self, identity: bytes) -> tuple[int, ParsedBatch] | None:
        """Take a parsed batch out, None if it is not here any more."""
        found = self._batches.pop(identity, None)
        if found is not None:
            self._bytes -= len(found[1].batch.data)
        return found
