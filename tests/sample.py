"""A small network to test with: its members, their keys, its trust bundle and its receipts.

Keys come from names, so that everything here is the same at each run.
"""

from hashlib import sha256

from cocket.ledger.blocks import Block, Certificate, Kind, Subject
from cocket.ledger.checkpoint import Checkpoint, CosignedCheckpoint, cosign, cosigner_name
from cocket.ledger.committee import Committee, Validator
from cocket.ledger.genesis import PARAMETERS, ContractText, Genesis
from cocket.ledger.keys import SigningKey
from cocket.ledger.merkle import leaf_hash, root
from cocket.ledger.organisations import Key, NodeInfo, Organisation
from cocket.ledger.receipt import Receipt
from cocket.ledger.tiles import Tree, grow
from cocket.ledger.trust import Epoch, TrustBundle

NETWORK = "green-lane"
VALIDATORS = ("bank-sg", "carrier-dk", "customs-cn", "customs-nl")
ROLES = {
    "bank-sg": "payment",
    "carrier-dk": "carrier",
    "customs-cn": "customs",
    "customs-nl": "customs",
    "merchant-be": "merchant",
}
INVOICE = "urn:cocket:commercial-invoice:1"
BILL = "urn:cocket:bill-of-lading:1"
HEIGHT = 42
TIME_S = 1_790_000_000


def key(organisation: str, use: str = "sign") -> SigningKey:
    """The key of an organisation for one use."""
    return SigningKey(sha256(f"{organisation}/{use}".encode()).digest())


def organisation(identity: str, *, until: int | None = None) -> Organisation:
    """A member; `until` ends its signing key's validity."""
    uses = ("vote", "cosign", "tls") if identity in VALIDATORS else ()
    node = NodeInfo(f"{identity}.example:9101", b"certificate") if uses else None
    return Organisation(
        identity,
        f"The {identity} organisation",
        identity[-2:].upper(),
        (ROLES[identity],),
        "public" if ROLES[identity] == "customs" else "private",
        (
            Key(key(identity).public_key, "sign", 0, until),
            *(Key(key(identity, use).public_key, use) for use in uses),
        ),
        node,
    )


def committee(epoch: int = 1, validators: tuple[str, ...] = VALIDATORS) -> Committee:
    """The validators of an epoch."""
    return Committee(
        NETWORK,
        epoch,
        tuple(
            Validator(each, key(each, "vote").public_key, key(each, "cosign").public_key)
            for each in validators
        ),
    )


def genesis() -> Genesis:
    """The file that the network began with."""
    contract = ContractText(INVOICE, "def check(doc, signer):\n    pass\n", {"type": "object"})
    return Genesis(
        NETWORK,
        1_767_225_600_000,
        tuple(map(organisation, sorted(ROLES))),
        VALIDATORS,
        PARAMETERS,
        (contract,),
    )


def certificate(subject: Subject, signers: int = 3, epoch: int = 1) -> Certificate:
    """The votes of the first `signers` validators on a subject."""
    names = committee(epoch).validators[:signers]
    message = subject.signed_bytes(NETWORK)
    return Certificate(
        subject,
        tuple((i, key(each.organisation, "vote").sign(message)) for i, each in enumerate(names)),
    )


def sealing(epoch: int = 1, kind: Kind = Kind.FINALIZE, signers: int = 3) -> Certificate:
    """The certificate that ends an epoch."""
    block = Block(NETWORK, epoch, 9, 40, bytes(32), 1_789_999_999_000, ())
    return certificate(Subject(kind, epoch, 9, block.id), signers, epoch)


def bundle(
    organisations: tuple[Organisation, ...] | None = None,
    epochs: tuple[Epoch, ...] | None = None,
    height: int = 100,
) -> TrustBundle:
    """What a verifier knows of the network."""
    return TrustBundle(
        network=NETWORK,
        genesis=genesis().hash,
        epochs=epochs or (Epoch(committee(), 1),),
        organisations=organisations or tuple(map(organisation, sorted(ROLES))),
        issuers={INVOICE: ("merchant",), BILL: ("carrier",), "urn:cocket:note:1": ()},
        height=height,
        time_s=TIME_S + 600,
    )


def receipt(
    documents: list[bytes],
    index: int,
    *,
    height: int = HEIGHT,
    signers: tuple[str, ...] = VALIDATORS[:3],
    time_s: int = TIME_S,
) -> Receipt:
    """The receipt of one of the documents, in a log of just these."""
    leaves = [leaf_hash(document) for document in documents]
    tiles = grow(0, leaves, lambda _: b"")
    state = sha256(b"state").digest()
    checkpoint = Checkpoint(NETWORK, len(leaves), root(leaves), height, state)
    lines = tuple(
        cosign(key(each, "cosign"), cosigner_name(NETWORK, each), str(checkpoint), time_s)
        for each in signers
    )
    proof = Tree(tiles.__getitem__).inclusion_proof(index, len(leaves))
    return Receipt(index, proof, CosignedCheckpoint(checkpoint, lines))
