"""Decoders of what stands on the ledger, or proves what does."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from cocket.contracts.standard import NAMES, example
from cocket.ledger import batches as batch_format
from cocket.ledger import canonical, wire
from cocket.ledger.batches import Batch
from cocket.ledger.blocks import Block, Certificate, Kind, Vote
from cocket.ledger.checkpoint import Checkpoint, CosignedCheckpoint
from cocket.ledger.document import DOCUMENT_BYTES_MAX, Document, sign
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.foreign import CHARACTERS_MAX, exact_numbers
from cocket.ledger.genesis import Genesis
from cocket.ledger.keys import base64url
from cocket.ledger.note import Algorithm, Note, Signature, VerifierKey
from cocket.ledger.organisations import Organisation
from cocket.ledger.receipt import Receipt
from cocket.ledger.sdjwt import ALGORITHM, SD_JWT_CHARACTERS_MAX, Disclosure, SdJwt, conceal
from cocket.ledger.tiles import TileId
from cocket.ledger.trust import Epoch, TrustBundle
from tests import protocol_examples as examples
from tests import sample
from tests.fuzz import mutate
from tests.fuzz.decoder import Decoder
from tests.fuzz.mutate import mutator

BOTH = (Malformed, Refused)
KIB = 1024


def as_text(parse: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """A parser of text that takes any bytes: what is not UTF-8 becomes half surrogates."""
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


def as_bytes(value: object) -> bytes:
    """What `str` prints, likewise."""
    return str(value).encode("utf-8", "surrogateescape")


def encoded(values: Sequence[Any]) -> Callable[[], list[bytes]]:
    """Values as UTF-8 text."""
    return lambda: [as_bytes(value) for value in values]


# --- documents ------------------------------------------------------------------------------------


def issued() -> list[SdJwt]:
    """The standard types' examples, with nothing, some and nested members hidden."""
    body = {"a": {"b": [1, {"c": "d"}], "e": None}, "f": "x" * 300, "g": ["h", "i", True]}
    concealed = [([], example(name)) for name in NAMES] + [
        (["/f"], body),
        (["/a", "/a/b/1/c", "/g/0", "/a/b/1"], body),
    ]
    made = [examples.issued()]
    for number, (paths, each) in enumerate(concealed):
        signed_body, disclosures = conceal(each, paths, lambda: examples.counted(16))
        claims: dict[str, Any] = {
            **examples.invoice().claims,
            "body": signed_body,
            "refs": {"order": "A" * 43} if number else {},
            "ucr": [f"6MY{number}", "6NL-1 2"],
        }
        claims.pop("_sd_alg", None)
        if disclosures:
            claims["_sd_alg"] = ALGORITHM
        if number % 2:
            claims["exp"] = claims["iat"] + 1
        made.append(SdJwt(sign(claims, examples.key(21)), disclosures))
    return made


def _document(data: bytes) -> Document:
    document = Document.parse(data)
    assert canonical.encode(document.claims) == document.payload
    assert document.body == document.claims["body"]
    assert not document.signature_valid(examples.key(1).public_key)
    return document


def _sd_jwt(text: str) -> SdJwt:
    issued = SdJwt.parse(text)
    with suppress(Refused):  # that a disclosure does not belong here is no fault of the form
        revealed = issued.reveal()
        assert len(revealed.paths) == len(issued.disclosures)
        assert issued.present(revealed.paths) == issued
    return issued


def _disclosures() -> list[bytes]:
    return [each.text.encode() for sd_jwt in issued() for each in sd_jwt.disclosures]


def _exact(data: bytes) -> Any:
    value = exact_numbers(data.decode("utf-8", "surrogatepass"))
    again = json.dumps(value)
    assert exact_numbers(again) == value
    _no_float(value)
    return value


def _no_float(value: Any) -> None:
    assert not isinstance(value, float)
    for each in value.values() if isinstance(value, dict) else value if type(value) is list else ():
        _no_float(each)


def _foreign() -> list[bytes]:
    numbers = '{"w": 12000.0, "x": [1.5e3, -2E-3, 9007199254740992, 0.10, -0, 1e5], "t": "1.5"}'
    return [numbers.encode(), *(json.dumps(example(name), indent=1).encode() for name in NAMES)]


def _canonical_seeds() -> list[bytes]:
    return [canonical.encode(example(name)) for name in NAMES] + [
        examples.invoice().payload,
        canonical.encode({"é": [1, -(2**53) + 1, "\u2028\x00/", {"a": None}, True, []]}["é"]),
        b"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    ]


DOCUMENTS = (
    Decoder(
        "canonical-json",
        canonical.decode,
        canonical.encode,
        _canonical_seeds,
        mutator(mutate.json_text, 64 * KIB),
        (Refused,),
    ),
    Decoder(
        "document",
        _document,
        lambda document: document.jws,
        lambda: [each.document.jws for each in issued()],
        mutator(mutate.sd_jwt, DOCUMENT_BYTES_MAX),
        (Refused,),
    ),
    Decoder(
        "sd-jwt",
        as_text(_sd_jwt),
        as_bytes,
        lambda: [str(each).encode() for each in issued()],
        mutator(mutate.sd_jwt, SD_JWT_CHARACTERS_MAX),
        BOTH,
        ms_max=500,
    ),
    Decoder(
        "disclosure",
        as_text(Disclosure.parse),
        as_bytes,
        _disclosures,
        mutator(mutate.sd_jwt, 80_000),
    ),
    Decoder(
        "foreign-json",
        _exact,
        None,
        _foreign,
        mutator(mutate.json_text, CHARACTERS_MAX),
        (Malformed, UnicodeDecodeError),
        ms_max=1000,
    ),
)

# --- batches, blocks, votes -----------------------------------------------------------------------


def _batches() -> list[bytes]:
    documents = tuple(each.document.jws for each in issued())
    return [
        examples.batch().data,
        Batch("hub", 2**40, documents).data,
        Batch("hub", 1, (b"x",) * 512).data,
        Batch("hub", 7, (documents[0], b"y" * 60_000)).data,
    ]


def _batch(data: bytes) -> Batch:
    batch = Batch.parse(data)
    assert batch == Batch(batch.author, batch.sequence, batch.documents)
    pieces = [batch.data[start : start + length] for start, length in batch.spans()]
    assert pieces == list(batch.documents)
    return batch


def _blocks() -> list[bytes]:
    ids = tuple(bytes([n]) * 32 for n in range(64))
    full = Block("a" * 63, 2**40, 2**63 - 1, 2**32, bytes(32), 2**41, ids)
    return [examples.block().data, full.data, Block("x", 1, 1, 1, bytes(32), 0, ()).data]


def votes() -> list[Vote]:
    """A vote of each kind."""
    return [examples.vote(kind, n) for n, kind in enumerate(Kind)]


def certificates() -> list[Certificate]:
    """A certificate of each kind, and one of a hundred validators."""
    hundred = tuple((n, bytes([n]) * 64) for n in range(100))
    return [
        *(examples.certificate(kind) for kind in Kind),
        Certificate(examples.subject(Kind.NOTARIZE), hundred),
    ]


BLOCKS = (
    Decoder(
        "batch",
        _batch,
        lambda batch: batch.data,
        _batches,
        mutator(mutate.messagepack, batch_format.BYTES_MAX + batch_format.ENVELOPE_BYTES_MAX),
    ),
    Decoder(
        "block",
        Block.parse,
        lambda block: block.data,
        _blocks,
        mutator(mutate.messagepack, 4 * KIB),
    ),
    Decoder(
        "vote",
        lambda data: Vote.from_fields(wire.unpack(data, KIB, "vote")),
        lambda vote: wire.pack(vote.to_fields()),
        lambda: [wire.pack(vote.to_fields()) for vote in votes()],
        mutator(mutate.messagepack, KIB),
    ),
    Decoder(
        "certificate",
        Certificate.parse,
        lambda certificate: certificate.data,
        lambda: [each.data for each in certificates()],
        mutator(mutate.messagepack, 8 * KIB),
    ),
)

# --- the log --------------------------------------------------------------------------------------


def _receipts() -> list[bytes]:
    documents = [str(n).encode() for n in range(40)]
    long = sample.receipt(documents, 17)
    extra = Receipt(long.index, long.proof, long.checkpoint, b"extra")
    return [str(each).encode() for each in (examples.receipt(), long, extra)]


def _notes() -> list[bytes]:
    cosigned = examples.receipt().checkpoint
    free = Note("any\n\ntext é\n", (Signature("someone", b"1234", b"x"),) * 2)
    return [str(cosigned).encode(), str(free).encode()]


def _checkpoints() -> list[bytes]:
    largest = Checkpoint("x" * 63, 2**63 - 1, b"\xff" * 32, 2**63 - 1, bytes(32))
    return [str(examples.checkpoint()).encode(), str(largest).encode()]


def _vkeys() -> list[bytes]:
    keys = [VerifierKey(f"green-lane/{a.name}", a, examples.key(3).public_key) for a in Algorithm]
    return [str(each).encode() for each in keys]


def _tile_path(text: str) -> tuple[TileId, int]:
    return TileId.parse_path(text)


def _bundles() -> list[bytes]:
    epochs = (
        Epoch(sample.committee(1), 1, sample.sealing(1)),
        Epoch(sample.committee(2), 50),
    )
    bundles = (examples.trust(), sample.bundle(), sample.bundle(epochs=epochs))
    return [each.data for each in bundles]


def _trust(data: bytes) -> TrustBundle:
    bundle = TrustBundle.parse(data)
    assert TrustBundle.parse(bundle.data).digest == bundle.digest
    for height in (0, 1, 2**62):
        bundle.epoch_at(height)
    bundle.chain_holds()
    bundle.signing_keys("A" * 43)
    return bundle


def _sealed_json(random: Any, data: bytes, others: Sequence[bytes]) -> bytes:
    """A trust bundle changed, with the digest that goes with it most of the time."""
    changed = mutate.json_text(random, data, others)
    with suppress(Exception):
        value = canonical.decode(changed)
        if isinstance(value, dict) and random.random() < 0.9:
            value.pop("digest", None)
            digest = base64url(sha256(canonical.encode(value)).digest())
            return canonical.encode({**value, "digest": digest})
    return changed


def _organisations() -> list[bytes]:
    members = [sample.organisation("customs-nl", until=70), sample.organisation("merchant-be")]
    return [canonical.encode(each.to_value()) for each in members]


LOG = (
    Decoder(
        "checkpoint",
        as_text(Checkpoint.parse),
        as_bytes,
        _checkpoints,
        mutator(mutate.lines, KIB),
    ),
    Decoder("note", as_text(Note.parse), as_bytes, _notes, mutator(mutate.lines, 64 * KIB)),
    Decoder(
        "verifier-key", as_text(VerifierKey.parse), as_bytes, _vkeys, mutator(mutate.lines, KIB)
    ),
    Decoder(
        "cosigned-checkpoint",
        as_text(CosignedCheckpoint.parse),
        as_bytes,
        lambda: _notes()[:1],
        mutator(mutate.lines, 64 * KIB),
    ),
    Decoder(
        "receipt",
        as_text(Receipt.parse),
        as_bytes,
        _receipts,
        mutator(mutate.lines, 80 * KIB),
    ),
    Decoder(
        "tile-path",
        as_text(_tile_path),
        lambda found: found[0].path(found[1]).encode(),
        lambda: [TileId(0, 1234067).path(5).encode(), TileId(7, 0).path().encode()],
        mutator(mutate.lines, KIB),
    ),
    Decoder(
        "trust-bundle",
        _trust,
        lambda bundle: bundle.data,
        _bundles,
        mutator(_sealed_json, 256 * KIB),
        ms_max=500,
    ),
    Decoder(
        "genesis",
        Genesis.parse,
        lambda genesis: genesis.data,
        lambda: [examples.genesis().data, sample.genesis().data],
        mutator(mutate.json_text, 256 * KIB),
        ms_max=500,
    ),
    Decoder(
        "organisation",
        lambda data: Organisation.from_value(canonical.decode(data)),
        lambda organisation: canonical.encode(organisation.to_value()),
        _organisations,
        mutator(mutate.json_text, 64 * KIB),
        BOTH,
    ),
)
