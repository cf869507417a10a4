"""The worked examples of docs/protocol.md, made from fixed keys.

Everything follows from seeds that are one byte repeated 32 times: 1 to 4 for the validators' vote
keys, 11 to 14 for their cosign keys, 31 to 34 for their tls keys, 41 to 44 for their sign keys,
21 for the issuer of the document. Salts and nonces are the bytes 0, 1, 2, ….

`python -m tests.protocol_examples` prints them; `--write` puts them where the page has them.
"""

import re
import sys
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from cocket.client.wallet import MEMORY_BYTES, OPERATIONS, Wallet
from cocket.consensus import journal, messages
from cocket.consensus.evidence import Evidence
from cocket.consensus.floor import Floor
from cocket.contracts.lthash import LtHash, element
from cocket.ledger import canonical
from cocket.ledger.batches import Batch
from cocket.ledger.blocks import BLOCK_BYTES_MAX, Block, Certificate, Kind, Subject, Vote
from cocket.ledger.checkpoint import (
    Checkpoint,
    CosignedCheckpoint,
    cosign,
    cosigner,
    cosigner_name,
)
from cocket.ledger.committee import Committee
from cocket.ledger.document import Document, sign
from cocket.ledger.genesis import PARAMETERS, ContractText, Genesis
from cocket.ledger.keys import SigningKey, base64url
from cocket.ledger.merkle import leaf_hash, node_hash
from cocket.ledger.organisations import Key, NodeInfo, Organisation
from cocket.ledger.receipt import Receipt
from cocket.ledger.sdjwt import ALGORITHM, SdJwt, conceal
from cocket.ledger.tiles import TileId, Tree, grow
from cocket.ledger.trust import Epoch, TrustBundle
from cocket.network import frames, questions
from cocket.node.config import key_text
from cocket.node.journal import CHECKED_BYTES, HEADER, LENGTH

PAGE = Path(__file__).parents[1] / "docs" / "protocol.md"
NETWORK = "green-lane"
ISSUER = "exporter"
INVOICE = "urn:cocket:commercial-invoice:1"
ORGANISATIONS = ("carrier", "customs-cn", "customs-my", "hub")
ROLES = ("carrier", "customs", "customs", "payment")
TIME_MS = 1_790_000_000_000
TIME_S = TIME_MS // 1000
PASSWORD = "correct horse"
STATE_KEY = f"invoice/{ISSUER}/inv-1"
WIDTH = 96
NONCE = bytes(range(16))


def key(byte: int) -> SigningKey:
    """The key whose seed is one byte, 32 times."""
    return SigningKey(bytes([byte]) * 32)


def counted(size: int) -> bytes:
    """The bytes 0, 1, 2, …"""
    return bytes(range(size))


def members() -> tuple[Organisation, ...]:
    """Four validators and a merchant."""
    merchant = Organisation(
        ISSUER, "Exporter", "MY", ("merchant",), "private", (Key(key(21).public_key, "sign"),)
    )
    validators = [
        Organisation(
            identity,
            identity.title(),
            "CN" if identity == "customs-cn" else "MY",
            (role,),
            "public" if role == "customs" else "private",
            tuple(
                Key(key(first + n).public_key, use)
                for first, use in ((40, "sign"), (0, "vote"), (10, "cosign"), (30, "tls"))
            ),
            NodeInfo(f"{identity}.example:9101", b"DER"),
        )
        for n, (identity, role) in enumerate(zip(ORGANISATIONS, ROLES, strict=True), 1)
    ]
    return tuple(sorted([*validators, merchant], key=lambda each: each.id))


def genesis() -> Genesis:
    """A network of these members, with a contract that accepts everything."""
    source = (
        '"""An example."""\n\nSIGNED_BY = []\nWRITES = []\n\n\ndef check(doc, signer):\n    pass\n'
    )
    contract = ContractText(INVOICE, source, {"type": "object"})
    lists: dict[str, dict[str, int | None]] = {"country": {"MY": None}, "currency": {"USD": 2}}
    return Genesis(
        NETWORK, TIME_MS - 1000, members(), ORGANISATIONS, PARAMETERS, (contract,), lists
    )


def committee() -> Committee:
    """The validators of the first epoch."""
    return genesis().committee()


def issued() -> SdJwt:
    """A small document with one confidential member, and its disclosure."""
    body = {"buyer": {"name": "Hangzhou Fresh Import"}, "invoiceNumber": "INV-1"}
    signed_body, disclosures = conceal(body, ["/buyer"], lambda: counted(16))
    claims = {
        "iss": ISSUER,
        "aud": NETWORK,
        "iat": TIME_S,
        "jti": base64url(counted(16)),
        "vct": INVOICE,
        "ucr": ["6MYEXPORTER0001"],
        "refs": {},
        "body": signed_body,
        "_sd_alg": ALGORITHM,
    }
    return SdJwt(sign(claims, key(21)), disclosures)


def invoice() -> Document:
    """What of it goes on the ledger."""
    return issued().document


def batch() -> Batch:
    """The batch that the document came in."""
    return Batch("carrier", 1, (invoice().jws,))


def block() -> Block:
    """The block that ordered the batch: the first, by the leader of view 1."""
    return Block(NETWORK, 1, 1, 1, genesis().hash, TIME_MS, (batch().id,))


def subject(kind: Kind) -> Subject:
    """What is voted on in view 1."""
    return Subject(kind, 1, 1, None if kind is Kind.NULLIFY else block().id)


def vote(kind: Kind, validator: int) -> Vote:
    """A validator's vote in view 1."""
    signature = key(validator + 1).sign(subject(kind).signed_bytes(NETWORK))
    made = Vote(subject(kind), validator, signature)
    assert committee().verify_vote(made)
    return made


def certificate(kind: Kind) -> Certificate:
    """A quorum of votes of one kind in view 1."""
    votes = {n: vote(kind, n).signature for n in range(committee().size)}
    made = committee().certificate(subject(kind), votes)
    assert committee().verify_certificate(made)
    assert Certificate.parse(made.data) == made
    return made


# --- the log: the document between two leaves that are no documents -------------------------------

LEAVES = (leaf_hash(b"before"), leaf_hash(invoice().jws), leaf_hash(b"after"))


def state() -> LtHash:
    """The digest of a state with one entry."""
    return LtHash().update([(STATE_KEY.encode(), state_value())])


def state_value() -> bytes:
    """What the contract of invoices writes."""
    return canonical.encode({"document": invoice().id})


def tree() -> Tree:
    """The log's tree."""
    return Tree(grow(0, LEAVES, lambda _: b"").__getitem__)


def checkpoint() -> Checkpoint:
    """The log's head after block 1."""
    root = node_hash(node_hash(LEAVES[0], LEAVES[1]), LEAVES[2])
    return Checkpoint(NETWORK, len(LEAVES), root, 1, state().digest)


def receipt() -> Receipt:
    """The document's receipt, with the cosignatures of a quorum."""
    cosignatures = tuple(
        cosign(key(11 + n), cosigner_name(NETWORK, name), str(checkpoint()), TIME_S)
        for n, name in enumerate(ORGANISATIONS[:3])
    )
    cosigned = CosignedCheckpoint(checkpoint(), cosignatures)
    return Receipt(1, tree().inclusion_proof(1, len(LEAVES)), cosigned)


def trust() -> TrustBundle:
    """What verifies that receipt."""
    return TrustBundle(
        network=NETWORK,
        genesis=genesis().hash,
        epochs=(Epoch(committee(), 1),),
        organisations=tuple(each for each in members() if each.id == ISSUER),
        issuers={INVOICE: ("merchant",)},
        height=1,
        time_s=TIME_S,
    )


def wallet_file() -> bytes:
    """The issuer's wallet, made here by hand, so that the page and `Wallet` check each other."""
    public = [ISSUER, NETWORK, base64url(key(21).public_key)]
    secret = argon2id.kdf(
        SecretBox.KEY_SIZE, PASSWORD.encode(), counted(16), OPERATIONS, MEMORY_BYTES
    )
    sealed = key(21).seed + sha256(canonical.encode(public)).digest()
    return canonical.encode(
        {
            "version": 1,
            "organisation": ISSUER,
            "network": NETWORK,
            "publicKey": public[2],
            "kdf": {
                "name": "argon2id",
                "memory": MEMORY_BYTES,
                "operations": OPERATIONS,
                "salt": base64url(counted(16)),
            },
            "box": base64url(bytes(SecretBox(secret).encrypt(sealed, nonce=counted(24)))),
        }
    )


# --- as text --------------------------------------------------------------------------------------


def wrapped(text: str) -> str:
    """Long lines cut, for the page."""
    lines = text.split("\n")
    return "\n".join(
        "\n".join(line[i : i + WIDTH] for i in range(0, len(line), WIDTH)) for line in lines
    )


def listing(named: Mapping[str, bytes], whole: int = 40) -> str:
    """The bytes of each in hex after its name; of more than `whole` only the first, and a hash."""
    lines = []
    for name, data in named.items():
        shown = data.hex()
        if len(data) > whole:
            shown = (
                f"{data[:14].hex()}… {len(data)} bytes, SHA-256 {sha256(data).hexdigest()[:16]}…"
            )
        parts = [shown[i : i + WIDTH - 16] for i in range(0, len(shown), WIDTH - 16)]
        lines += [f"{name if n == 0 else '':<16}{part}" for n, part in enumerate(parts)]
    return "\n".join(lines)


def of_documents() -> dict[str, str]:
    """Keys and documents."""
    disclosure = issued().disclosures[0]
    return {
        "key": f"seed        {key(21).seed.hex()}\n"
        f"public key  {key(21).public_key.hex()}\n"
        f"base64url   {base64url(key(21).public_key)}\n"
        f"kid         {key(21).thumbprint}",
        "key-file": key_text(key(1)).rstrip("\n"),
        "payload": wrapped(canonical.encode(invoice().claims).decode()),
        "document": wrapped(invoice().jws.decode()) + f"\n\nid  {invoice().id}",
        "disclosure": f"{disclosure.text}\ndigest  {disclosure.digest}",
        "wallet": wrapped(wallet_file().decode()),
        "token": wrapped(Wallet(ISSUER, NETWORK, key(21), clock=lambda: float(TIME_S)).token()),
    }


def of_consensus() -> dict[str, str]:
    """Batches, blocks, votes, and what replicas say and write down."""
    proposal = messages.Proposal(block(), vote(Kind.NOTARIZE, 1).signature)
    said: dict[str, messages.Message] = {
        "proposal": proposal,
        "vote": vote(Kind.NULLIFY, 0),
        "certificate": certificate(Kind.FINALIZE),
        "ask": messages.Ask(1, 7, None),
        "recall": messages.Recall(1, NONCE),
        "newest": messages.Newest(1, NONCE, certificate(Kind.FINALIZE)),
        "held": messages.Held(1, (batch().id,)),
    }
    evidence = Evidence.of(vote(Kind.NULLIFY, 0), vote(Kind.FINALIZE, 0))
    records: dict[str, journal.Record] = {
        "own vote": journal.OwnVote(vote(Kind.NULLIFY, 0)),
        "own proposal": journal.OwnProposal(block(), proposal.signature),
        "header": journal.Header(block()),
        "certificate": journal.Learned(certificate(Kind.FINALIZE)),
        "floor": journal.Applied(1, Floor(1, 1, block().id, TIME_MS)),
        "evidence": journal.Accused(evidence),
        "lost": journal.Lost(1, NONCE, 3),
    }
    record = journal.encode(records["floor"])
    return {
        "batch": listing(
            {
                "bytes": batch().data,
                "id": batch().id,
                "signature": key(1).sign(batch().signed_bytes),
            },
            whole=64,
        ),
        "block": listing({"bytes": block().data, "id": block().id}, whole=BLOCK_BYTES_MAX),
        "signed": listing(
            {kind.name.lower(): subject(kind).signed_bytes(NETWORK) for kind in Kind}, whole=128
        ),
        "certificate": wrapped(certificate(Kind.FINALIZE).data.hex()),
        "messages": listing({name: messages.encode(each) for name, each in said.items()}),
        "journal-records": listing({name: journal.encode(each) for name, each in records.items()}),
        "journal-file": wrapped(framed(record).hex()),
    }


def framed(record: bytes) -> bytes:
    """A record as it stands in the journal's file, the only one of its append."""
    records = LENGTH.pack(len(record)) + record
    header = HEADER.pack(len(records), zlib.crc32(records), 0)[:CHECKED_BYTES]
    return header + LENGTH.pack(zlib.crc32(header)) + records


def of_peers() -> dict[str, str]:
    """Frames, questions and answers."""
    own = receipt().checkpoint.cosignatures[0].blob
    signed = key(1).sign(batch().signed_bytes)
    link = questions.Link(block(), certificate(Kind.FINALIZE), ((0, own),))
    said: dict[str, frames.Frame] = {
        "Hello": frames.Hello(frames.VERSION, NETWORK, genesis().hash, 1),
        "Alive": frames.Alive(),
        "ConsensusFrame": frames.ConsensusFrame(messages.encode(messages.Ask(1, 7, None))),
        "BatchFrame": frames.BatchFrame(batch().data, signed),
        "Cosignature": frames.CosignatureFrame(1, str(checkpoint()), own),
        "Offer": frames.Offer((batch().id,)),
        "Height": frames.Height(1),
        "GetBatches": frames.Asked(1, questions.GetBatches((batch().id,))),
        "Batches": frames.Answered(1, questions.Batches(((batch().data, signed),))),
        "GetBlock": frames.Asked(2, questions.GetBlock(block().id)),
        "BlockAnswer": frames.Answered(2, questions.BlockAnswer(None)),
        "GetChain": frames.Asked(3, questions.GetChain(1, 64)),
        "Chain": frames.Answered(3, questions.Chain(1, (link,))),
        "GetWrites": frames.Asked(4, questions.GetWrites(1, 0)),
        "Writes": frames.Answered(
            4, questions.Writes(1, ((STATE_KEY.encode(), sha256(state_value()).digest()),))
        ),
        "Unable": frames.Answered(5, questions.Unable("not here")),
        "Freight": frames.Freight(),
    }
    return {"frames": listing({name: frames.encode(each) for name, each in said.items()})}


def of_the_log() -> dict[str, str]:
    """State, tree, checkpoint, receipt and what verifies it."""
    tile = grow(0, LEAVES, lambda _: b"")[TileId(0, 0)]
    name = cosigner_name(NETWORK, ORGANISATIONS[0])
    found = {
        "state-entry": f"key      {STATE_KEY}\nvalue    {state_value().decode()}\n"
        f"element  {element(STATE_KEY.encode(), state_value())[:24].hex()}… 2048 bytes\n"
        f"digest   {state().digest.hex()}",
        "leaves": "\n".join(
            (
                *(f"leaf {n}  {each.hex()}" for n, each in enumerate(LEAVES)),
                f"root    {checkpoint().root.hex()}",
            )
        ),
        "tile": listing({TileId(0, 0).path(3): tile}),
        "checkpoint": str(checkpoint()).rstrip("\n"),
        "cosigner": str(cosigner(name, key(11).public_key)),
        "receipt": str(receipt()).rstrip("\n"),
        "trust-bundle": wrapped(str(trust())),
        "genesis": wrapped(genesis().data.decode()) + f"\n\nhash  {base64url(genesis().hash)}",
    }
    return found


def examples() -> dict[str, str]:
    """Each example's text by its name."""
    return {**of_documents(), **of_consensus(), **of_peers(), **of_the_log()}


EXAMPLE = re.compile(r"(<!-- example: ([a-z-]+) -->\n```[a-z]*\n)(.*?)(\n```\n)", re.DOTALL)
"""An example on the page: a line that names it, and a fenced block."""


def main() -> None:
    """Print the examples, or write them into the page."""
    found = examples()
    if sys.argv[1:] == ["--write"]:
        page = PAGE.read_text("utf-8")
        page = EXAMPLE.sub(lambda m: m[1] + found.get(m[2], m[3]) + m[4], page)
        PAGE.write_text(page, "utf-8")
        return
    for name, text in found.items():
        print(f"<!-- example: {name} -->\n```\n{text}\n```\n")


if __name__ == "__main__":
    main()
