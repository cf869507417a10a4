"""What a story leaves: each document in a folder with its receipt, to verify without a node."""

import asyncio
import time
from pathlib import Path

from cocket.client import TrustBundle, Verdicts, files, verify
from cocket.demo.telling import POLL_SECONDS, DemoFailed, Kept, Teller

DOCUMENT_FILE, RECEIPT_FILE = "document.sdjwt", "receipt.tlog-proof"
TRUST_FILE = "trust-bundle.json"
AGREE_SECONDS = 30.0


def folder_of(t: Teller, kept: Kept, receipts: Path) -> Path:
    """Where the evidence on a document goes."""
    return receipts / f"{t.kept.index(kept) + 1:02}-{kept.document.document.type_name}"


async def keep_receipts(t: Teller, receipts: Path) -> None:
    """A folder in `receipts` for each document that became final."""
    t.chapter("Receipts for everyone")
    begun = time.monotonic()
    bundles = await _bundles(t)
    for kept in t.kept:
        receipt = await t.ledgers[kept.document.document.issuer].receipt(kept.document.id)
        folder = folder_of(t, kept, receipts)
        folder.mkdir(parents=True)
        files.write_new(folder / DOCUMENT_FILE, f"{kept.document}\n")
        files.write_new(folder / RECEIPT_FILE, str(receipt))
        files.write_new(folder / TRUST_FILE, str(bundles[0]))
    t.stage.happened(
        "ready",
        time.monotonic() - begun,
        f"{len(t.kept)} receipts in {receipts}",
        f"trust bundle {bundles[0].digest}, the same from all {len(bundles)} nodes",
    )


async def _bundles(t: Teller) -> list[TrustBundle]:
    """The trust bundle of each node, all as of one block; `DemoFailed` where they differ."""
    ledgers = [t.ledgers[each] for each in t.network.nodes]
    deadline = time.monotonic() + AGREE_SECONDS
    while time.monotonic() < deadline:
        bundles = await asyncio.gather(*(ledger.trust_bundle() for ledger in ledgers))
        if len({bundle.height for bundle in bundles}) == 1:
            if len({bundle.digest for bundle in bundles}) > 1:
                raise DemoFailed(f"the nodes' trust bundles differ at block {bundles[0].height}")
            return bundles
        await asyncio.sleep(POLL_SECONDS)
    raise DemoFailed(f"the nodes are not at one block: {[bundle.height for bundle in bundles]}")


def verify_offline(t: Teller, receipts: Path) -> None:
    """Every receipt on disk, with nothing but what lies beside it; `DemoFailed` names bad ones."""
    running = sum(node.popen is not None for node in t.network.nodes.values())
    t.chapter(
        "Verified offline",
        f"{running or 'no'} nodes are running, and none is asked: what counts lies in the folders",
    )
    verified = verify_folders(receipts)
    t.stage.verified(verified)
    bad = [name for name, verdicts in verified if not verdicts.ok]
    if bad:
        raise DemoFailed(f"these do not verify: {', '.join(bad)}")


def verify_folders(receipts: Path) -> list[tuple[str, Verdicts]]:
    """Verify what lies in each folder: its name, and the verdicts. Needs no node."""
    verified = []
    for folder in sorted(receipts.iterdir()):
        evidence = files.read_evidence(folder)
        verdicts = verify(evidence.document, evidence.receipt, evidence.trust)
        verified.append((folder.name, verdicts))
    return verified
