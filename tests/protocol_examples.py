"""The worked examples of docs/protocol.md, made from fixed keys: `python -m tests.protocol_examples`.

Everything follows from seeds that are one byte repeated 32 times: 1 to 4 for the validators' vote
keys, 11 to 14 for their cosign keys, 21 for the issuer of the document.
"""

from cocket.contracts.lthash import LtHash
from cocket.ledger.batches import Batch
from cocket.ledger.blocks import Block, Certificate, Kind, Subject, Vote
from cocket.ledger.checkpoint import Checkpoint, CosignedCheckpoint, cosign, cosigner_name
from cocket.ledger.committee import Committee, Validator
from cocket.ledger.document import Document, sign
from cocket.ledger.keys import SigningKey
from cocket.ledger.merkle import leaf_hash, root
from cocket.ledger.receipt import Receipt

NETWORK = "green-lane"
ORGANISATIONS = ("carrier", "customs-cn", "customs-my", "hub")
TIME_MS = 1_790_000_000_000


def key(byte: int) -> SigningKey:
    """The key whose seed is one byte, 32 times."""
    return SigningKey(bytes([byte]) * 32)


def committee() -> Committee:
    """Four validators."""
    validators = tuple(
        Validator(name, key(n).public_key, key(10 + n).public_key)
        for n, name in enumerate(ORGANISATIONS, 1)
    )
    return Committee(NETWORK, 1, validators)


def document() -> Document:
    """A small document."""
    claims = {
        "iss": "exporter",
        "aud": NETWORK,
        "iat": TIME_MS // 1000,
        "jti": "AAECAwQFBgcICQoLDA0ODw",
        "vct": "urn:cocket:commercial-invoice:1",
        "ucr": ["6MYEXPORTER0001"],
        "refs": {},
        "body": {"invoiceNumber": "INV-1"},
    }
    return sign(claims, key(21))


def wrapped(text: str, width: int = 96) -> str:
    """Long lines cut, for the page."""
    return "\n".join(text[i : i + width] for i in range(0, len(text), width))


def examples() -> dict[str, str]:
    """Each example's text by its name."""
    invoice = document()
    batch = Batch("carrier", 1, (invoice.jws,))
    block = Block(NETWORK, 1, 1, 1, bytes(32), TIME_MS, (batch.id,))
    found = {
        "document": wrapped(invoice.jws.decode()),
        "document-id": invoice.id,
        "batch": wrapped(batch.data.hex()),
        "batch-id": batch.id.hex(),
        "batch-signature": wrapped(key(1).sign(batch.signed_bytes).hex()),
        "block": wrapped(block.data.hex()),
        "block-id": block.id.hex(),
    }
    for kind in Kind:
        subject = Subject(kind, 1, 1, None if kind is Kind.NULLIFY else block.id)
        found[f"{kind.name.lower()}-signed"] = wrapped(subject.signed_bytes(NETWORK).hex())
        signatures = {
            n: key(n + 1).sign(subject.signed_bytes(NETWORK)) for n in range(committee().size)
        }
        certificate = committee().certificate(subject, signatures)
        assert committee().verify_certificate(certificate)
        found[f"{kind.name.lower()}-certificate"] = wrapped(certificate.data.hex())
        assert Certificate.parse(certificate.data) == certificate
        assert committee().verify_vote(Vote(subject, 0, signatures[0]))
    state = LtHash().update([(b"invoice/exporter/INV-1", b'{"document":"' + b"A" * 43 + b'"}')])
    checkpoint = Checkpoint(NETWORK, 1, root([leaf_hash(invoice.jws)]), 1, state.digest)
    cosignatures = tuple(
        cosign(key(11 + n), cosigner_name(NETWORK, name), str(checkpoint), TIME_MS // 1000)
        for n, name in enumerate(ORGANISATIONS[:3])
    )
    found["state-digest"] = state.digest.hex()
    found["checkpoint"] = str(checkpoint).rstrip("\n")
    receipt = Receipt(0, (), CosignedCheckpoint(checkpoint, cosignatures))
    found["receipt"] = str(receipt).rstrip("\n")
    return found


if __name__ == "__main__":
    for name, text in examples().items():
        print(f"{name}\n\n{text}\n")
