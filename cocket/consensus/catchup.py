"""Catch-up: a stretch of final blocks, fetched by height, checked against the floor."""

from collections.abc import Sequence

from cocket.consensus.floor import Floor
from cocket.ledger.blocks import Block, Certificate, Kind
from cocket.ledger.committee import Committee
from cocket.ledger.errors import Refused


def require_chain(
    committee: Committee, floor: Floor, blocks: Sequence[Block], certificate: Certificate
) -> None:
    """`Refused` unless `blocks` follow each other from the floor on, ascending, and `certificate`
    finalizes the last. Then the ids prove every block in between."""
    parent, height = floor.block_id, floor.height
    for block in blocks:
        if (block.parent, block.height) != (parent, height + 1):
            raise Refused(
                "not-a-chain",
                f"block {block.height} does not follow block {height}: fetch from another peer",
            )
        parent, height = block.id, block.height
    subject = certificate.subject
    if subject.kind is not Kind.FINALIZE or subject.block != parent:
        raise Refused("not-final", f"the certificate is not a finalization of block {height}")
    if not committee.verify_certificate(certificate):
        raise Refused("not-signed", f"the finalization of block {height} has invalid signatures")
